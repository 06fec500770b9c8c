import type { INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import type { SandboxTask } from '../sandbox';
import { VIDEO } from '../sandbox/files';
import { CREDENTIAL, errorOf, EXAMPLE_TRIGGER, itemsOf, useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import { video } from '../support/parameters';
import type { Execution } from '../support/restClient';
import { AFTER, AFTER_ERROR, NODE } from '../support/workflows';

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
		for (const [index, { id }] of host.tasks.entries()) text = text.replaceAll(id, `task ${index}`);
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
			message: `HappyHorse could not make this video: ${FAILURE.message}`,
			context: { taskId: failed?.id, status: 'failed', itemIndex: 1, code: FAILURE.code },
		});
		for (const { id } of host.tasks) expect(JSON.stringify(errorOf(execution))).toContain(id);
		expect(nodesOf(execution)).not.toContain(AFTER);
	});

	test('is stopped as well where the node is set to retry on failure, and pays nothing twice', async () => {
		failOne();
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 };
		const executionId = await park(parkedVideo(), { items: prompts(2), settings });
		await finishAll();
		const execution = await host.n8n.rest.finished(executionId);
		expect(errorOf(execution)?.message).toContain(FAILURE.message);
		expect(host.tasks).toHaveLength(2);
		expect(nodesOf(execution)).not.toContain(AFTER);
	});

	test('can be retried as a whole, with the items that came in', async () => {
		failOne();
		const executionId = await park(parkedVideo(), { items: prompts(2) });
		await finishAll();
		await host.n8n.rest.finished(executionId);
		host.sandbox.reset();
		const { id } = await host.n8n.rest.request<{ id: string }>(
			'POST',
			`/executions/${executionId}/retry`,
			{ loadWorkflow: false },
		);
		await host.n8n.rest.parked(id);
		expect(host.tasks.map(({ input }) => input.prompt).sort()).toEqual(['video 0', BAD]);
	});

	test('can be retried without paying where every video is made, and only a download was not', async () => {
		const gate = host.sandbox.fault({ on: 'file', respond: { status: 404 } });
		const executionId = await park(parkedVideo({ downloadVideo: true }), { items: prompts(2) });
		await finishAll();
		const execution = await host.n8n.rest.finished(executionId);
		expect(errorOf(execution)?.message).toContain('could not be downloaded');
		gate.remove();
		const { id } = await host.n8n.rest.request<{ id: string }>(
			'POST',
			`/executions/${executionId}/retry`,
			{ loadWorkflow: false },
		);
		const made = itemsOf(await host.n8n.rest.finished(id), AFTER);
		expect(promptsOf(made)).toEqual(['video 0', 'video 1']);
		for (const item of made) expect((await host.fileOf(item)).equals(VIDEO)).toBe(true);
		expect(host.sandbox.ledger).toHaveLength(2);
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
			expect(file.subarray(0, VIDEO.length).equals(VIDEO)).toBe(true);
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

	test('it is answered in time and comes again where the service can’t be asked', async () => {
		const executionId = await park(parkedVideo(), { items: prompts(1) });
		const [task] = host.tasks;
		host.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		host.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
		// the sandbox gives it 3 seconds
		expect(await host.finish(task, 3)).toEqual([503, 503, 200]);
		expect((await host.n8n.rest.finished(executionId)).status).toBe('success');
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
		'while runs are parked: callbacks take them up, and time-outs end them',
		async () => {
			const parked = await park(parkedVideo(), { items: prompts(2) });
			const [first, second] = host.tasks;
			await host.n8n.restart();
			expect(await statusOf(parked)).toBe('waiting');
			const impatient = parkedVideo({ options: { timeout: 0.01 } });
			const items = [...prompts(2), { prompt: '' }];
			const settings = { onError: 'continueErrorOutput' as const };
			const late = await park(impatient, { items, settings });
			const example = host.example('parked-batch-with-follow-up.json');
			for (const { name, parameters } of example.nodes)
				if (name === NODE) parameters.options = { timeout: 0.01 };
				else if (name === 'Second Look') parameters.options = { pollingInterval: 0.1 };
			const { id } = await host.n8n.rest.saveWorkflow(example);
			const followed = await host.n8n.rest.run(id, EXAMPLE_TRIGGER);
			await host.n8n.rest.parked(followed);
			await host.n8n.kill();
			// between two callbacks, and nobody is there to take one
			host.sandbox.finish(first.id);
			await host.sandbox.waitFor(() => host.deliveriesOf(first).length === 1);
			await host.n8n.restart();

			const timedOut = await host.n8n.rest.finished(late);
			expect(timedOut.status).toBe('success');
			const [, , third, fourth, ...others] = host.tasks;
			const pending = itemsOf(timedOut, AFTER);
			expect(pending.map(({ json }) => json)).toEqual(
				expect.arrayContaining(
					[third, fourth].map(({ id }) => ({ taskId: id, status: 'pending', timedOut: true })),
				),
			);
			expect(promptsOf(pending)).toEqual(['video 0', 'video 1']);
			expect(itemsOf(timedOut, AFTER_ERROR)).toHaveLength(1);

			// the example takes a second look at what took too long
			for (const task of others) host.sandbox.finish(task.id);
			const seen = itemsOf(await host.n8n.rest.finished(followed), 'Videos');
			expect(seen.map(({ json }) => `${json.taskId} ${json.status}`).sort()).toEqual(
				others.map((task) => `${task.id} completed`).sort(),
			);

			expect(await statusOf(parked)).toBe('waiting');
			expect(await host.finish(second)).toEqual([200]);
			const execution = await host.n8n.rest.finished(parked);
			expect(promptsOf(itemsOf(execution, AFTER))).toEqual(['video 0', 'video 1']);
			expect(host.sandbox.ledger).toHaveLength(7);
		},
		WITH_RESTART_MS,
	);

	test(
		'before the run was parked: nothing is charged again, and the log names what was',
		async () => {
			host.sandbox.fault({ on: 'create', skip: 1, break: 'hang' });
			await host.start(parkedVideo(), { items: prompts(2) });
			await host.sandbox.waitFor(() => host.tasks.length === 1);
			const [task] = host.tasks;
			while (!host.n8n.logs().includes(task.id)) await host.n8n.rest.nodeTypes();
			await host.n8n.kill();
			await host.n8n.restart();
			host.sandbox.finish(task.id);
			await host.sandbox.waitFor(() => host.deliveriesOf(task).length === 1);
			expect(host.sandbox.ledger).toHaveLength(1);
		},
		WITH_RESTART_MS,
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
		message: expect.stringContaining('HappyHorse can’t call back'.replace('’', "'")),
		description: expect.stringContaining('WEBHOOK_URL'),
	});
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
	expect(type.waitingNodeTooltip).toContain('HappyHorse is at work');
});
