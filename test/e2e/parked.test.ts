import { randomUUID } from 'node:crypto';

import type { INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import { inEnglish } from '../../nodes/HappyHorse/errors/reasons';
import type { SandboxTask } from '../sandbox';
import { CREDENTIAL, errorOf, itemsOf, useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import {
	AFTER,
	AFTER_ERROR,
	NODE,
	node,
	TRIGGER,
	webhookWorkflow,
	workflowFor,
} from '../support/workflows';

/** Tasks end when a test says so; a callback that is not taken comes again after 1.8 and 6 seconds. */
const host = useN8n({ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000 });

const FAILURE = { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' };
const BAD = 'video 1';
/** n8n's start takes most of it. */
const WITH_RESTART_MS = 60_000;
/** Contract: "Callback". */
const ANSWER_LIMIT_MS = 10_000;

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `video ${index}` }));

const parkedVideo = (more: Record<string, NodeParameterValueType> = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'callback', ...more });

/** Starts a run and gives it once it is parked. */
async function park(...run: Parameters<typeof host.start>): Promise<string> {
	const executionId = await host.start(...run);
	await host.n8n.rest.parked(executionId);
	return executionId;
}

const statusOf = async (executionId: string) => (await host.n8n.rest.execution(executionId)).status;

/** In an order that is not that of the items. */
const shuffled = (tasks: SandboxTask[]) => [...tasks].sort((a, b) => a.id.localeCompare(b.id));

const finishAll = async () =>
	await Promise.all(host.tasks.map(async (task) => await host.finish(task)));

/** Posts to a parked run as anybody could who knows its address; as the service does, it does not wait for ever. */
async function post(task: SandboxTask, body: unknown, headers: Record<string, string> = {}) {
	const response = await fetch(task.callbackUrl ?? '', {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
		signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
	});
	await response.body?.cancel();
	return response.status;
}

const promptsOf = (items: INodeExecutionData[]) =>
	items.map(({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt);

const looks = () => host.sandbox.requests.filter(({ path }) => path.startsWith('/v1/tasks/'));

const nodesOf = ({ data }: Execution) => Object.keys(data.resultData.runData);

describe('callbacks in any order end the wait once, with all items in theirs:', () => {
	test.each([1, 3, 20])('%i items', async (count) => {
		const items = prompts(count);
		const executionId = await park(parkedVideo(), { items });
		expect(host.tasks).toHaveLength(count);
		for (const task of shuffled(host.tasks)) {
			expect(await statusOf(executionId)).toBe('waiting');
			expect(await host.finish(task)).toEqual([200]);
		}
		const execution = await host.n8n.rest.finished(executionId);
		expect(execution.status).toBe('success');
		expect(promptsOf(itemsOf(execution, AFTER))).toEqual(items.map(({ prompt }) => prompt));
		expect(itemsOf(execution, NODE).map(({ pairedItem }) => pairedItem)).toEqual(
			items.map((_, item) => ({ item })),
		);
		expect(execution.data.resultData.runData[AFTER]).toHaveLength(1);
		expect(host.sandbox.ledger).toHaveLength(count);
		// a callback costs one look at its own task, and one at another that is not finished
		expect(looks().length).toBeLessThanOrEqual(2 * count);
		if (count === 1) expect(host.sandbox.requests).toHaveLength(2);
	});
});

test('both ways of waiting give the same items, byte for byte', async () => {
	const times = { created_at: 1774790227, completed_at: 1774790589 };
	const normal = (execution: Execution) => {
		const items = [AFTER, AFTER_ERROR].map((node) =>
			itemsOf(execution, node).map(({ binary, ...item }) => {
				const { id, ...file } = binary?.data ?? {};
				return { ...item, file: { ...file, hasId: id !== undefined } };
			}),
		);
		let text = JSON.stringify(items);
		// the whole, and the beginning in the file's name
		for (const [index, { id }] of host.tasks.entries())
			text = text.replaceAll(id, `task ${index}`).replaceAll(id.slice(0, 8), `task ${index}`);
		return text.replaceAll(/\/videos\/\d+\/\d+\/\d+/g, '/videos/day');
	};
	const outcomes: string[] = [];
	for (const waitMethod of ['polling', 'callback']) {
		host.sandbox.reset();
		const task = (body: Record<string, unknown>) => ({ ...body, ...times });
		const taskMs = waitMethod === 'polling' ? 100 : undefined;
		const bad = ({ input }: SandboxTask) => input.prompt === BAD;
		host.sandbox.outcome({ match: bad, status: 'failed', error: FAILURE, taskMs, task });
		const gone = ({ input }: SandboxTask) => input.prompt === 'video 2';
		host.sandbox.outcome({ match: gone, file: 'gone', taskMs, task });
		host.sandbox.outcome({ taskMs, task });
		const items = [...prompts(4), { prompt: '' }];
		const parameters = parkedVideo({
			waitMethod,
			downloadVideo: true,
			// one request at a time, so that the tasks are created in the order of the items
			options: { maxConcurrency: 1 },
		});
		const settings = { onError: 'continueErrorOutput' as const };
		const executionId = await host.start(parameters, { items, settings });
		if (waitMethod === 'callback') {
			await host.n8n.rest.parked(executionId);
			await finishAll();
		}
		outcomes.push(normal(await host.n8n.rest.finished(executionId)));
	}
	expect(outcomes[0]).toContain('"status":"completed"');
	expect(outcomes[0]).toContain('敏感词');
	expect(outcomes[1]).toBe(outcomes[0]);
});

describe('when a task fails, a parked run', () => {
	const failOne = () =>
		host.sandbox.outcome({
			match: ({ input }) => input.prompt === BAD,
			status: 'failed',
			error: FAILURE,
		});

	test('stops with its error, which names the other tasks; nothing after it runs', async () => {
		failOne();
		const executionId = await park(parkedVideo(), { items: prompts(3) });
		await finishAll();
		const execution = await host.n8n.rest.finished(executionId);
		expect(execution.status).toBe('error');
		const failed = host.tasks.find(({ status }) => status === 'failed');
		expect(errorOf(execution)).toMatchObject({
			message: `HappyHorse could not make this video: ${inEnglish(FAILURE.message)}`,
			context: { taskId: failed?.id, status: 'failed', itemIndex: 1, code: FAILURE.code },
		});
		for (const { id } of host.tasks) expect(JSON.stringify(errorOf(execution))).toContain(id);
		expect(nodesOf(execution)).not.toContain(AFTER);
	});

	test('is made anew where the node is set to retry on failure', async () => {
		host.sandbox.outcome({
			times: 1,
			match: ({ input }) => input.prompt === BAD,
			status: 'failed',
			error: FAILURE,
		});
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 };
		const executionId = await park(parkedVideo(), { items: prompts(2), settings });
		await finishAll();
		await host.sandbox.waitFor(() => host.tasks.length === 3);
		await host.n8n.rest.parked(executionId);
		await host.finish(host.tasks[2]);
		const execution = await host.n8n.rest.finished(executionId);
		expect(promptsOf(itemsOf(execution, AFTER))).toEqual(['video 0', BAD]);
		expect(execution.data.resultData.runData[NODE]).toHaveLength(1);
		expect(host.tasks).toHaveLength(3);
	});

	test('sends its item down the error branch with “Continue (using error output)”', async () => {
		failOne();
		const settings = { onError: 'continueErrorOutput' as const };
		const executionId = await park(parkedVideo(), { items: prompts(3), settings });
		await finishAll();
		const execution = await host.n8n.rest.finished(executionId);
		expect(execution.status).toBe('success');
		expect(promptsOf(itemsOf(execution, AFTER))).toEqual(['video 0', 'video 2']);
		const [failed] = itemsOf(execution, AFTER_ERROR);
		expect(failed.json).toMatchObject({ prompt: BAD, error: { code: FAILURE.code } });
	});

	test('says so in its item with “Continue”, also for one that was not in order to begin with', async () => {
		failOne();
		const settings = { onError: 'continueRegularOutput' as const };
		const items = [...prompts(3), { prompt: '' }];
		const executionId = await park(parkedVideo(), { items, settings });
		await finishAll();
		const made = itemsOf(await host.n8n.rest.finished(executionId), AFTER);
		expect(made.map(({ json }) => (json.error as { code: string } | undefined)?.code)).toEqual([
			undefined,
			FAILURE.code,
			undefined,
			'invalid_input',
		]);
	});
});

describe('downloads', () => {
	test('come after the answer, and before the run goes on', async () => {
		host.sandbox.outcome({ fileBytes: 5_000_000 });
		const gate = host.sandbox.fault({ on: 'file', delayMs: 1_000 });
		const executionId = await park(parkedVideo({ downloadVideo: true }), { items: prompts(2) });
		const [first, second] = host.tasks;
		await host.finish(first);
		expect(await host.finish(second)).toEqual([200]);
		expect(host.sandbox.requests.some(({ server }) => server === 'file')).toBe(false);
		const made = itemsOf(await host.n8n.rest.finished(executionId), AFTER);
		expect(gate.hits).toBe(2);
		for (const item of made) {
			const file = await host.fileOf(item);
			expect(file).toHaveLength(5_000_000);
			const made = host.sandbox.videoOf(item.json.taskId);
			expect(file.subarray(0, made.length).equals(made)).toBe(true);
		}
	});

	test('that are impossible leave the task and the reason', async () => {
		host.sandbox.outcome({ file: 'gone' });
		const settings = { onError: 'continueRegularOutput' as const };
		const executionId = await park(parkedVideo({ downloadVideo: true }), {
			settings,
			items: prompts(1),
		});
		await finishAll();
		const [item] = itemsOf(await host.n8n.rest.finished(executionId), AFTER);
		expect(item.json.error).toMatchObject({
			code: 'video_expired',
			taskId: host.tasks[0].id,
			status: 'completed',
			videoUrl: host.tasks[0].videoUrls[0],
		});
	});
});

describe('a callback is a hint:', () => {
	test('one for a task that is still running changes nothing', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(2) });
		const [task] = host.tasks;
		const { id } = task;
		expect(await post(task, { id, status: 'completed' }, { 'x-task-id': id })).toBe(200);
		expect(await statusOf(executionId)).toBe('waiting');
	});

	test('one for a task of nobody’s is refused, and costs no request', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(1) });
		const [task] = host.tasks;
		expect(await post(task, { id: 'of-nobody', status: 'completed' })).toBe(403);
		expect(await post(task, { status: 'completed' })).toBe(400);
		expect(await post(task, [])).toBe(400);
		expect(await post(task, { id: task.id }, { 'x-task-id': 'other' })).toBe(400);
		expect(await post(task, { id: task.id }, { 'content-type': 'text/plain' })).toBe(400);
		expect(await post(task, { id: task.id, more: 'x'.repeat(1_100_000) })).toBe(413);
		expect(looks()).toEqual([]);
		expect(await statusOf(executionId)).toBe('waiting');
	});

	test('it is answered in time and wakes the node where the service can’t be asked', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(1) });
		const [task] = host.tasks;
		host.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		// the sandbox gives it 3 seconds
		expect(await host.finish(task)).toEqual([200]);
		expect((await host.n8n.rest.finished(executionId)).status).toBe('success');
	});

	test('where the key no longer works, the run ends with the reason', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(1) });
		const [task] = host.tasks;
		host.sandbox.fault({ on: 'task', error: 'invalid_api_key' });
		expect(await host.finish(task)).toEqual([200]);
		const error = errorOf(await host.n8n.rest.finished(executionId));
		expect(error).toMatchObject({ context: { code: 'invalid_api_key', taskId: task.id } });
	});

	test('the service may be a little behind its own callback', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(1) });
		const [task] = host.tasks;
		const { id, model } = task;
		const body = { id, model, status: 'processing', created_at: 1 };
		host.sandbox.fault({ on: 'task', times: 1, respond: { body } });
		expect(await host.finish(task)).toEqual([200]);
		expect((await host.n8n.rest.finished(executionId)).status).toBe('success');
	});

	if (!N8N_VERSION.startsWith('1.'))
		test('its address holds n8n’s token, without which n8n itself refuses it', async () => {
			await park(parkedVideo(), { items: prompts(1) });
			const [task] = host.tasks;
			const url = new URL(task.callbackUrl ?? '');
			expect(url.searchParams.get('signature')).toMatch(/^\w{16,}/);
			url.search = '';
			expect(await post({ ...task, callbackUrl: url.href }, { id: task.id })).toBe(401);
		});
});

describe('the run is taken up once', () => {
	const once = async (executionId: string) => {
		const execution = await host.n8n.rest.finished(executionId);
		expect(execution.status).toBe('success');
		expect(execution.data.resultData.runData[AFTER]).toHaveLength(1);
		expect(execution.data.resultData.runData[NODE]).toHaveLength(1);
		return execution;
	};

	test('by two last callbacks at the same moment', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(2) });
		await finishAll();
		await once(executionId);
	});

	test('by fifty copies of one callback at once, which download the video once', async () => {
		const executionId = await park(parkedVideo({ downloadVideo: true }), { items: prompts(2) });
		const [first, last] = host.tasks;
		await host.finish(first);
		const gate = host.sandbox.fault({ on: 'task', delayMs: 300 });
		host.sandbox.finish(last.id);
		const { id } = last;
		const answers = await Promise.all(
			Array.from({ length: 50 }, async () => await post(last, { id, status: 'completed' })),
		);
		expect(answers).toContain(200);
		// 409 and 500 are n8n's own, where the run is being taken up already; on a busy machine some are to come again
		expect(answers.filter((status) => ![200, 409, 500, 503].includes(status))).toEqual([]);
		await once(executionId);
		expect(gate.hits).toBe(1);
		expect(host.sandbox.requests.filter(({ server }) => server === 'file')).toHaveLength(2);
	});

	test('by a callback that came before it was parked, and so comes again', async () => {
		// the task ends at once, and its id takes its time to arrive
		host.sandbox.outcome({ taskMs: 0 });
		host.sandbox.fault({ on: 'create', break: 'drip', dripMs: 5 });
		const executionId = await host.start(parkedVideo(), { items: prompts(1) });
		await host.sandbox.waitFor(() => host.sandbox.deliveries.length === 2);
		// n8n's own words for an execution that is not parked yet: 409, or 500
		expect(host.sandbox.deliveries[0].status).toBeGreaterThanOrEqual(409);
		expect(host.sandbox.deliveries[1].status).toBe(200);
		await once(executionId);
	});

	test('by the last callback, also if earlier ones came before it was parked', async () => {
		host.sandbox.outcome({ times: 1, taskMs: 0 });
		host.sandbox.fault({ on: 'create', skip: 1, delayMs: 400 });
		const executionId = await park(parkedVideo(), { items: prompts(2) });
		const [, last] = host.tasks;
		expect(await host.finish(last)).toEqual([200]);
		await once(executionId);
	});
});

describe('n8n is restarted', () => {
	test(
		'while a run is parked: its callbacks wake it',
		async () => {
			const executionId = await park(parkedVideo(), { items: prompts(2) });
			const [first, second] = host.tasks;
			await host.n8n.restart();
			expect(await statusOf(executionId)).toBe('waiting');
			expect(await host.finish(first)).toEqual([200]);
			expect(await host.finish(second)).toEqual([200]);
			const execution = await host.n8n.rest.finished(executionId);
			expect(promptsOf(itemsOf(execution, AFTER))).toEqual(['video 0', 'video 1']);
			expect(host.sandbox.ledger).toHaveLength(2);
		},
		WITH_RESTART_MS,
	);

	test(
		'just before the last callback of 150, with a slow service: all come out at that callback',
		async () => {
			const count = 150;
			const options = { maxConcurrency: 100 };
			const executionId = await park(parkedVideo({ options }), { items: prompts(count) });
			const [last, ...others] = host.tasks;
			// it remembers nothing of those that it was called for
			for (const { id } of others) host.sandbox.finish(id);
			await host.sandbox.waitFor(() => others.every((task) => host.deliveriesOf(task).length >= 1));
			await host.n8n.restart();
			host.sandbox.fault({ on: 'task', delayMs: 300 });
			expect(await host.finish(last)).toEqual([200]);
			const execution = await host.n8n.rest.finished(executionId);
			expect(itemsOf(execution, AFTER)).toHaveLength(count);
			expect(host.sandbox.ledger).toHaveLength(count);
		},
		3 * WITH_RESTART_MS,
	);
});

test('a node of version 1 is parked as well', async () => {
	const settings = { typeVersion: 1 };
	const executionId = await park(parkedVideo(), { items: prompts(2), settings });
	await finishAll();
	const execution = await host.n8n.rest.finished(executionId);
	expect(promptsOf(itemsOf(execution, AFTER))).toEqual(['video 0', 'video 1']);
});

test('nothing is sent where the service could not reach this n8n', async () => {
	const { rest } = host.n8n;
	const data = { apiKey: host.sandbox.apiKey, baseUrl: 'https://api.example.com' };
	const { id } = await rest.saveCredential('Public', CREDENTIAL, data);
	const own = host.credentialId;
	host.credentialId = id;
	const execution = await host.run(parkedVideo(), { items: prompts(1) }).finally(() => {
		host.credentialId = own;
	});
	expect(errorOf(execution)).toMatchObject({
		message: expect.stringContaining('HappyHorse can’t call back'),
		description: expect.stringContaining('WEBHOOK_URL'),
	});
});

describe('two nodes in one workflow, the second video finished 2 s after its start', () => {
	const SECOND = 'Second';

	/** Our node once more: behind the first, or beside it. */
	function withSecond(isBehind: boolean): WorkflowJson {
		const workflow = workflowFor(host.credentialId, parkedVideo());
		const first = workflow.nodes.find(({ name }) => name === NODE);
		if (!first) throw new Error('There is no node');
		const link = { node: SECOND, type: 'main' as const, index: 0 };
		const from = isBehind ? NODE : 'Items';
		const before = workflow.connections[from].main[0] ?? [];
		const parameters = parkedVideo({ prompt: 'second' });
		return {
			...workflow,
			nodes: [
				...workflow.nodes,
				{ ...first, id: SECOND, name: SECOND, position: [440, 300], parameters },
			],
			connections: {
				...workflow.connections,
				Items: { main: [[...(workflow.connections.Items.main[0] ?? [])]] },
				[from]: { main: [[...before, link]] },
			},
		};
	}

	test.each([
		['in sequence', true],
		['in parallel branches', false],
	])('%s', async (_name, isBehind) => {
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'second', taskMs: 2_000 });
		const workflow = withSecond(isBehind);
		for (const { name, parameters } of workflow.nodes)
			if (name === NODE) parameters.prompt = 'first';
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const executionId = await host.n8n.rest.run(id, TRIGGER);
		await host.n8n.rest.parked(executionId);
		await host.finish(host.tasks[0]);
		const execution = await host.n8n.rest.finished(executionId);
		const second = host.tasks.find(({ input }) => input.prompt === 'second');
		expect(host.deliveriesOf(second ?? host.tasks[0])).toEqual([200]);
		expect(promptsOf(itemsOf(execution, SECOND))).toEqual(['second']);
		expect(promptsOf(itemsOf(execution, NODE))).toEqual(['first']);
	});
});

test('the rounds of a loop each wait for their own video', async () => {
	host.sandbox.outcome({ taskMs: 500 });
	const count = 8;
	const workflow = workflowFor(host.credentialId, parkedVideo(), { items: prompts(count) });
	const link = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const loop = { ...node('Loop', 'n8n-nodes-base.splitInBatches'), typeVersion: 3 };
	workflow.nodes.push(loop);
	workflow.connections = {
		[TRIGGER]: { main: [link('Items')] },
		Items: { main: [link('Loop')] },
		Loop: { main: [link(AFTER), link(NODE)] },
		[NODE]: { main: [link('Loop')] },
	};
	const execution = await host.runWorkflow(workflow);
	expect(execution.status).toBe('success');
	expect(promptsOf(itemsOf(execution, AFTER))).toEqual(prompts(count).map(({ prompt }) => prompt));
	expect(execution.data.resultData.runData[NODE]).toHaveLength(count);
	expect(host.sandbox.ledger).toHaveLength(count);
});

test('a Webhook node that answers when the last node finishes tells what is under way', async () => {
	const own = randomUUID();
	const workflow = webhookWorkflow(host.credentialId, own, parkedVideo({ prompt: 'a' }));
	for (const { name, parameters } of workflow.nodes)
		if (name === TRIGGER) parameters.responseMode = 'lastNode';
	workflow.nodes = workflow.nodes.filter(({ name }) => ![AFTER, AFTER_ERROR].includes(name));
	workflow.connections = { [TRIGGER]: workflow.connections[TRIGGER] };
	const { rest, url } = host.n8n;
	const { id } = await rest.saveWorkflow(workflow);
	await rest.activate(id);
	let response = await fetch(`${url}/webhook/${own}`, { method: 'POST' });
	// n8n says that it listens before it does
	while (response.status === 404)
		response = await fetch(`${url}/webhook/${own}`, { method: 'POST' });
	expect(await response.json()).toEqual({ taskId: host.tasks[0].id, status: 'pending' });
});

test('the execution says what it waits for, and keeps the ids', async () => {
	const executionId = await park(parkedVideo(), { items: prompts(2) });
	const execution = await host.n8n.rest.execution(executionId);
	const [run] = execution.data.resultData.runData[NODE];
	expect(run.executionStatus).toBe('waiting');
	expect(run.metadata?.resumeUrl).toBe(host.tasks[0].callbackUrl);
	expect(promptsOf(itemsOf(execution, NODE))).toEqual(['video 0', 'video 1']);
	const [type] = (await host.n8n.rest.nodeTypes()).filter(
		({ name }) => name === 'n8n-nodes-happyhorse.happyHorse',
	);
	expect(type.waitingNodeTooltip).toContain('HappyHorse is generating the video');
	expect(run.hints?.map(({ message }) => message)).toEqual(['2 videos in progress, 275 credits']);
});
