import { MODES } from '../../nodes/HappyHorse/contract/modes';
import { inEnglish } from '../../nodes/HappyHorse/errors/reasons';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import { AFTER, AFTER_ERROR, NODE, TRIGGER, workflowFor } from '../support/workflows';

const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 });

describe('n8n finds the package', () => {
	test('the node, with its codex, its icons, and as a tool for AI agents', async () => {
		const found = (await host.n8n.rest.nodeTypes()).filter(({ name }) =>
			name.startsWith('n8n-nodes-happyhorse.'),
		);
		expect(found.map(({ name }) => name).sort()).toEqual([
			'n8n-nodes-happyhorse.happyHorse',
			'n8n-nodes-happyhorse.happyHorseTool',
			'n8n-nodes-happyhorse.happyHorseTrigger',
		]);
		expect(found[0].codex?.alias).toEqual(expect.arrayContaining(['文生视频', 'alibaba']));
		expect(found[0].codex?.categories).toEqual(['Marketing & Content']);
		expect(found[0].builderHint?.searchHint).toContain('add no Wait node');
		const icon = await fetch(`${host.n8n.url}/${found[0].iconUrl?.dark}`);
		expect(icon.headers.get('content-type')).toContain('image/svg+xml');
	});
});

describe('each mode, from the button to the file', () => {
	test.each(MODES)('%s', async (mode) => {
		const execution = await host.run(video(mode, { downloadVideo: true }));
		expect(execution.status).toBe('success');
		const [item] = itemsOf(execution, AFTER);
		expect(item.json).toMatchObject({ taskId: host.tasks[0].id, status: 'completed', mode });
		expect((await host.fileOf(item)).equals(host.sandbox.videoOf(item.json.taskId))).toBe(true);
	});
});

describe('the other operations', () => {
	test('Task: Get and Video: Download take up a task that was started without waiting', async () => {
		const started = await host.run(video('textToVideo', { waitForCompletion: false }));
		const { taskId } = itemsOf(started, AFTER)[0].json;
		const got = await host.run({
			resource: 'task',
			operation: 'get',
			taskId: String(taskId),
			waitForCompletion: true,
			options: { pollingInterval: 0.1 },
		});
		expect(itemsOf(got, AFTER)[0].json).toMatchObject({ taskId, status: 'completed' });
		const downloaded = await host.run({
			resource: 'video',
			operation: 'download',
			taskId: String(taskId),
			binaryPropertyName: 'clip',
		});
		const file = await host.fileOf(itemsOf(downloaded, AFTER)[0], 'clip');
		expect(file.equals(host.sandbox.videoOf(taskId))).toBe(true);
		expect(host.sandbox.tasks.size).toBe(1);
	});

	test('Credit: Get Balance', async () => {
		const execution = await host.run({ resource: 'credit', operation: 'getBalance' });
		expect(itemsOf(execution, AFTER)[0].json).toEqual({
			credits: host.sandbox.balance,
			totalPurchased: host.sandbox.balance,
			totalConsumed: 0,
		});
	});

	test('Credit: Estimate Cost, without a request', async () => {
		const execution = await host.run({
			resource: 'credit',
			operation: 'estimateCost',
			videoMode: 'editVideo',
			resolution: '1080p',
			inputVideoDuration: 20,
		});
		expect(itemsOf(execution, AFTER)[0].json).toMatchObject({ creditsEstimated: 1697.5 });
		expect(host.sandbox.requests).toEqual([]);
	});
});

test('ten videos of 3 seconds’ work each are done in less than 5', async () => {
	host.sandbox.outcome({ taskMs: 3_000 });
	const items = Array.from({ length: 10 }, (_, index) => ({ prompt: `video ${index}` }));
	const execution = await host.run(
		video('textToVideo', { prompt: '={{ $json.prompt }}', options: { pollingInterval: 1 } }),
		{ items },
	);
	const [{ executionTime }] = execution.data.resultData.runData[NODE];
	expect(executionTime).toBeLessThan(5_000);
	const made = itemsOf(execution, AFTER).map(
		({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt,
	);
	expect(made).toEqual(items.map(({ prompt }) => prompt));
});

describe('when things go wrong', () => {
	const FAILURE = { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' };

	test('an invalid item keeps the whole run from sending anything', async () => {
		const execution = await host.run(video('textToVideo', { prompt: '={{ $json.prompt }}' }), {
			items: [{ prompt: 'fine' }, { prompt: '' }],
		});
		expect(execution.status).toBe('error');
		expect(errorOf(execution)?.message).toBe('Prompt must not be empty [Item 1]');
		expect(host.sandbox.requests).toEqual([]);
	});

	test('a failing task stops the workflow with its id and word of the refund', async () => {
		host.sandbox.outcome({ status: 'failed', error: FAILURE });
		const execution = await host.run(video('textToVideo'));
		expect(execution.status).toBe('error');
		expect(errorOf(execution)).toMatchObject({
			message: `HappyHorse could not make this video: ${inEnglish(FAILURE.message)}`,
			description: expect.stringContaining('refunded'),
			context: { taskId: host.tasks[0].id, status: 'failed' },
		});
		expect(itemsOf(execution, AFTER)).toEqual([]);
	});

	test('with "Continue (using error output)" its item takes the second branch, and the others the first', async () => {
		host.sandbox.outcome({
			match: ({ input }) => input.prompt === 'bad',
			status: 'failed',
			error: FAILURE,
		});
		const execution = await host.run(video('textToVideo', { prompt: '={{ $json.prompt }}' }), {
			items: [{ prompt: 'good' }, { prompt: 'bad' }, { prompt: 'fine' }],
			settings: { onError: 'continueErrorOutput' },
		});
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, AFTER).map(({ json }) => json.status)).toEqual([
			'completed',
			'completed',
		]);
		const [failed] = itemsOf(execution, AFTER_ERROR);
		const task = host.tasks.find(({ status }) => status === 'failed');
		expect(failed.json.error).toMatchObject({ code: FAILURE.code, taskId: task?.id });
	});

	test('with "Continue" the item says why', async () => {
		host.sandbox.outcome({ status: 'failed', error: FAILURE });
		const execution = await host.run(video('textToVideo'), {
			settings: { onError: 'continueRegularOutput' },
		});
		expect(execution.status).toBe('success');
		expect(itemsOf(execution, AFTER)[0].json).toEqual({
			error: expect.objectContaining({ taskId: host.tasks[0].id, status: 'failed' }),
		});
	});

	test('the Stop button ends the wait and starts nothing more', async () => {
		host.sandbox.outcome({ taskMs: 60_000 });
		const { id } = await host.n8n.rest.saveWorkflow(
			workflowFor(host.credentialId, video('textToVideo')),
		);
		const executionId = await host.n8n.rest.run(id, TRIGGER);
		await host.sandbox.waitFor(() => (host.tasks[0]?.polls.length ?? 0) > 0);
		await host.n8n.rest.stop(executionId);
		const execution = await host.n8n.rest.finished(executionId);
		expect(execution.status).toBe('canceled');
		expect(host.sandbox.tasks.size).toBe(1);
		// n8n puts an error of its own in place of the node's, but keeps the custom data
		expect(execution.customData).toEqual({ happyHorseTasks: host.tasks[0].id });
		expect(host.n8n.logs()).toContain(host.tasks[0].id);
	});

	test('the API key is in nothing that n8n keeps or prints of a run', async () => {
		host.sandbox.fault({ on: 'task', error: 'invalid_api_key' });
		const execution = await host.run(video('textToVideo'));
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution)).not.toContain(host.sandbox.apiKey);
		expect(host.n8n.logs()).not.toContain(host.sandbox.apiKey);
	});
});

describe('“Retry On Fail” with three tries charges ten items exactly ten times, whatever breaks in between:', () => {
	const ten = Array.from({ length: 10 }, (_, index) => ({ prompt: `video ${index}` }));
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };
	const parameters = video('textToVideo', { prompt: '={{ $json.prompt }}', downloadVideo: true });

	test.each([
		['looking at tasks', { on: 'task', times: 2, error: 'invalid_api_key' }],
		['downloads', { on: 'file', times: 6, break: 'reset-before' }],
		['creating', { on: 'create', skip: 4, times: 2, error: 'spend_limit_exceeded' }],
		['the whole service', { on: 'any', skip: 12, times: 40, break: 'reset-before' }],
	] as const)('%s', async (_name, fault) => {
		const handle = host.sandbox.fault(fault);
		const execution = await host.run(parameters, { items: ten, settings });
		expect(errorOf(execution)).toBeUndefined();
		const made = itemsOf(execution, AFTER);
		expect(
			made.map(({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt),
		).toEqual(ten.map(({ prompt }) => prompt));
		for (const item of made)
			expect((await host.fileOf(item)).equals(host.sandbox.videoOf(item.json.taskId))).toBe(true);
		expect(handle.hits).toBe(fault.times);
		expect(host.sandbox.ledger).toHaveLength(10);
		expect(host.sandbox.balance).toBe(100_000 - 10 * 137.5);
	});
});

test('each round of a loop makes a video of its own, though it asks for the same', async () => {
	const workflow = workflowFor(host.credentialId, video('textToVideo'), { items: [{}, {}, {}] });
	const loop = {
		id: 'Loop',
		name: 'Loop',
		type: 'n8n-nodes-base.splitInBatches',
		typeVersion: 3,
		position: [0, 0] as [number, number],
		parameters: { options: {} },
	};
	const to = (node: string) => [{ node, type: 'main' as const, index: 0 }];
	const connections = {
		...workflow.connections,
		Items: { main: [to('Loop')] },
		Loop: { main: [to(AFTER), to(NODE)] },
		[NODE]: { main: [to('Loop')] },
	};
	const nodes = [...workflow.nodes, loop];
	const execution = await host.runWorkflow({ ...workflow, nodes, connections });
	expect(execution.status).toBe('success');
	const ids = itemsOf(execution, AFTER).map(({ json }) => json.taskId);
	expect(new Set(ids).size).toBe(3);
	expect(host.sandbox.ledger).toHaveLength(3);
});
