import { randomUUID } from 'node:crypto';

import type { INodeExecutionData } from 'n8n-workflow';

import type { SandboxTask } from '../sandbox';
import { callFor, createTask as createSandboxTask, MODELS, post } from '../support/calls';
import type { Listening } from '../support/e2e';
import { itemsOf, useN8n } from '../support/e2e';
import { AFTER } from '../support/workflows';

/** Tasks end when a test says so; a callback that is not taken comes again after 1.8 and 6 seconds. */
const host = useN8n({ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000 });

const FAILURE = { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' };
/** For what takes n8n its time. */
const LONG_MS = 60_000;

const createTask = async (callbackUrl?: string, mode?: keyof typeof MODELS) =>
	await createSandboxTask(host.sandbox, callbackUrl, mode);

const call = async ({ url }: Listening, task: SandboxTask, status?: string) =>
	await callFor(url, task, status);

const looks = () => host.sandbox.requests.filter(({ path }) => path.startsWith('/v1/tasks/'));

const runsOf = async ({ workflowId }: Listening, count?: number) =>
	await host.runsOf(workflowId, count);

/** What came out of the only run. */
async function onlyItem(listening: Listening): Promise<INodeExecutionData> {
	const runs = await runsOf(listening, 1);
	expect(runs).toHaveLength(1);
	const execution = await host.n8n.rest.finished(runs[0].id);
	expect(execution.status).toBe('success');
	const items = itemsOf(execution, AFTER);
	expect(items).toHaveLength(1);
	return items[0];
}

describe('what comes out', () => {
	test('for a finished video: the service’s own answer, simplified', async () => {
		const listening = await host.listenForCallbacks();
		const task = await createTask(listening.url);
		expect(await host.finish(task)).toEqual([200]);
		const { json } = await onlyItem(listening);
		expect(json).toEqual({
			event: 'task.completed',
			taskId: task.id,
			status: 'completed',
			mode: 'textToVideo',
			videoUrl: task.videoUrls[0],
			duration: 5,
			aspectRatio: '16:9',
			completedAt: expect.stringMatching(/T.*Z$/),
			expiresAt: expect.stringMatching(/T.*Z$/),
		});
		expect(looks()).toHaveLength(1);
	});

	test('for a task that failed: why', async () => {
		host.sandbox.outcome({ status: 'failed', error: FAILURE });
		const listening = await host.listenForCallbacks();
		const task = await createTask(listening.url);
		expect(await host.finish(task)).toEqual([200]);
		const { json } = await onlyItem(listening);
		expect(json).toEqual({
			event: 'task.failed',
			taskId: task.id,
			status: 'failed',
			mode: 'textToVideo',
			error: FAILURE,
		});
	});

	test('without Simplify: the service’s answer as it is', async () => {
		const listening = await host.listenForCallbacks({ simplify: false });
		const task = await createTask(listening.url);
		await host.finish(task);
		const { json } = await onlyItem(listening);
		expect(json).toMatchObject({ id: task.id, status: 'completed', output: expect.any(Object) });
		expect(json).not.toHaveProperty('event');
	});

	test('with Download Video: the file, after the answer', async () => {
		const gate = host.sandbox.fault({ on: 'file', delayMs: 500 });
		const options = { binaryPropertyName: 'clip' };
		const listening = await host.listenForCallbacks({ downloadVideo: true, options });
		const task = await createTask(listening.url);
		expect(await host.finish(task)).toEqual([200]);
		expect(host.sandbox.requests.some(({ server }) => server === 'file')).toBe(false);
		const item = await onlyItem(listening);
		expect(gate.hits).toBe(1);
		expect((await host.fileOf(item, 'clip')).equals(host.sandbox.videoOf(task.id))).toBe(true);
	});

	test('where the file can’t be had: the task, and why', async () => {
		host.sandbox.outcome({ file: 'gone' });
		const listening = await host.listenForCallbacks({ downloadVideo: true });
		const task = await createTask(listening.url);
		expect(await host.finish(task)).toEqual([200]);
		const { json } = await onlyItem(listening);
		expect(json).toMatchObject({
			taskId: task.id,
			videoUrl: task.videoUrls[0],
			downloadError: { code: 'video_expired', message: expect.any(String) },
		});
	});
});

describe('what starts nothing', () => {
	test('the same task again: 200, and not one request more', async () => {
		const listening = await host.listenForCallbacks();
		const task = await createTask(listening.url);
		await host.finish(task);
		expect(await call(listening, task)).toBe(200);
		expect(await runsOf(listening, 1)).toHaveLength(1);
		expect(looks()).toHaveLength(1);
	});

	test('an event that is not wanted: 200', async () => {
		host.sandbox.outcome({ times: 1, status: 'failed' });
		const listening = await host.listenForCallbacks({ events: ['task.completed'] });
		const [failing, fine] = [await createTask(listening.url), await createTask(listening.url)];
		expect(await host.finish(failing)).toEqual([200]);
		expect(looks()).toEqual([]);
		expect(await runsOf(listening)).toEqual([]);
		expect(await host.finish(fine)).toEqual([200]);
		expect(await runsOf(listening, 1)).toHaveLength(1);
	});

	test('a mode that is not wanted: 200, whatever the callback says', async () => {
		const listening = await host.listenForCallbacks({ options: { modes: ['imageToVideo'] } });
		const task = await createTask(listening.url);
		expect(await host.finish(task)).toEqual([200]);
		const { id } = task;
		const lie = { id, status: 'completed', model: MODELS.imageToVideo };
		expect(await post(listening.url, lie)).toBe(200);
		expect(await runsOf(listening)).toEqual([]);
		const wanted = await createTask(listening.url, 'imageToVideo');
		expect(await host.finish(wanted)).toEqual([200]);
		expect(await runsOf(listening, 1)).toHaveLength(1);
	});

	test.each([
		['a list', [], 400],
		['no task id', { status: 'completed' }, 400],
		['a task id of a wrong type', { id: { $ne: '' }, status: 'completed' }, 400],
		['a task id that is a book', { id: 'x'.repeat(5_000), status: 'completed' }, 400],
		['broken JSON', '{"id":', 422],
		['a number', '1', 400],
		['null', 'null', 400],
		['nothing', '', 400],
		['keys that reach for prototypes', '{"__proto__":{"id":"x"},"constructor":{"id":"x"}}', 400],
		['deep nesting', `{"id":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400],
		['more than a megabyte', { id: 'x', more: 'x'.repeat(1_100_000) }, 413],
	])('%s: %#', async (_name, body, status) => {
		const listening = await host.listenForCallbacks();
		expect(await post(listening.url, body)).toBe(status);
		expect(looks()).toEqual([]);
		expect(await runsOf(listening)).toEqual([]);
	});

	test.each([
		['another task in the header', { 'x-task-id': 'other' }],
		['another event in the header', { 'x-event': 'task.failed' }],
		['another content type', { 'content-type': 'text/plain' }],
		['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
	])('%s: 400', async (_name, headers) => {
		const listening = await host.listenForCallbacks();
		const { id } = await createTask();
		host.sandbox.finish(id);
		expect(await post(listening.url, { id, status: 'completed' }, headers)).toBe(400);
		expect(looks()).toEqual([]);
		expect(await runsOf(listening)).toEqual([]);
	});

	test('a task that the service does not know: 403', async () => {
		const listening = await host.listenForCallbacks();
		expect(await post(listening.url, { id: randomUUID(), status: 'completed' })).toBe(403);
		expect(await runsOf(listening)).toEqual([]);
	});

	test('a task whose state the service contradicts: 403', async () => {
		const listening = await host.listenForCallbacks();
		const task = await createTask();
		expect(await call(listening, task)).toBe(403);
		host.sandbox.finish(task.id);
		expect(await call(listening, task, 'failed')).toBe(403);
		expect(await runsOf(listening)).toEqual([]);
		// and it was not taken for the real one
		expect(await call(listening, task)).toBe(200);
		expect(await runsOf(listening, 1)).toHaveLength(1);
	});

	test('a service that can’t be asked in time: 503; a key that it refuses: a run that says so; the next delivery starts the run', async () => {
		const listening = await host.listenForCallbacks();
		const task = await createTask(listening.url);
		host.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		host.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
		expect(await host.finish(task, 3)).toEqual([503, 500, 200]);
		const listed = await runsOf(listening, 2);
		const runs = await Promise.all(listed.map(async ({ id }) => await host.n8n.rest.finished(id)));
		expect(runs.map(({ status }) => status).sort()).toEqual(['error', 'success']);
	});

	test(
		'200 forged callbacks, which cost a look each',
		async () => {
			const listening = await host.listenForCallbacks();
			const answers = await Promise.all(
				Array.from(
					{ length: 200 },
					async () => await post(listening.url, { id: randomUUID(), status: 'completed' }),
				),
			);
			// 503 where so many at once could not be asked about in time
			expect(answers.filter((status) => status !== 403 && status !== 503)).toEqual([]);
			expect(answers).toContain(403);
			expect(looks().length).toBeLessThanOrEqual(200);
			expect(new Set(looks().map(({ path }) => path)).size).toBe(looks().length);
			expect(await runsOf(listening)).toEqual([]);
		},
		LONG_MS,
	);
});

describe('one run for each task', () => {
	test('of fifty copies at once', async () => {
		const listening = await host.listenForCallbacks();
		const task = await createTask();
		host.sandbox.finish(task.id);
		const answers = await Promise.all(
			Array.from({ length: 50 }, async () => await call(listening, task)),
		);
		expect(new Set(answers)).toEqual(new Set([200]));
		expect(await runsOf(listening, 1)).toHaveLength(1);
		expect(looks()).toHaveLength(1);
	});

	test(
		'of twenty tasks at once, each called for twice',
		async () => {
			const listening = await host.listenForCallbacks();
			const tasks: SandboxTask[] = [];
			for (let count = 0; count < 20; count++) tasks.push(await createTask());
			for (const { id } of tasks) host.sandbox.finish(id);
			await Promise.all(tasks.map(async (task) => await call(listening, task)));
			await Promise.all(tasks.map(async (task) => await call(listening, task)));
			expect(await runsOf(listening, 20)).toHaveLength(20);
			await host.n8n.restart();
			for (const task of tasks) expect(await call(listening, task)).toBe(200);
			expect(await runsOf(listening, 20)).toHaveLength(20);
		},
		LONG_MS,
	);

	test('but as many as there are callbacks without Deduplicate', async () => {
		const listening = await host.listenForCallbacks({ options: { deduplicate: false } });
		const task = await createTask();
		host.sandbox.finish(task.id);
		expect([await call(listening, task), await call(listening, task)]).toEqual([200, 200]);
		expect(await runsOf(listening, 2)).toHaveLength(2);
	});

	test('and for each of two triggers', async () => {
		const [one, other] = [await host.listenForCallbacks(), await host.listenForCallbacks()];
		const task = await createTask();
		host.sandbox.finish(task.id);
		expect([await call(one, task), await call(other, task)]).toEqual([200, 200]);
		expect(await runsOf(one, 1)).toHaveLength(1);
		expect(await runsOf(other, 1)).toHaveLength(1);
	});
});

test('without verification what is sent is believed, and the service is not asked', async () => {
	const listening = await host.listenForCallbacks({ options: { verification: 'none' } });
	const id = randomUUID();
	expect(await post(listening.url, { id, status: 'processing' })).toBe(400);
	const body = { id, status: 'completed', output: { urls: ['https://example.com/a.mp4'] } };
	expect(await post(listening.url, body)).toBe(200);
	const { json } = await onlyItem(listening);
	expect(json).toEqual({
		event: 'task.completed',
		taskId: id,
		status: 'completed',
		videoUrl: 'https://example.com/a.mp4',
	});
	expect(looks()).toEqual([]);
});

test('the test URL works as the production URL does, and takes the same callback again', async () => {
	const listening = await host.listenForCallbacks();
	const task = await createTask();
	host.sandbox.finish(task.id);
	const url = listening.url.replace('/webhook/', '/webhook-test/');
	for (let run = 1; run <= 2; run++) {
		await host.n8n.rest.run(listening.workflowId, 'HappyHorse Trigger');
		expect(await call({ ...listening, url }, task)).toBe(200);
		expect(await runsOf(listening, run)).toHaveLength(run);
	}
});

test('a trigger of version 1 takes callbacks as well', async () => {
	const listening = await host.listenForCallbacks({}, { typeVersion: 1 });
	const task = await createTask(listening.url);
	expect(await post(listening.url, { id: randomUUID(), status: 'completed' })).toBe(403);
	expect(await host.finish(task)).toEqual([200]);
	expect((await onlyItem(listening)).json).toMatchObject({ taskId: task.id });
});

test('n8n finds the trigger', async () => {
	const types = await host.n8n.rest.nodeTypes();
	const found = types.find(({ name }) => name === 'n8n-nodes-happyhorse.happyHorseTrigger');
	expect(found?.codex?.alias).toEqual(expect.arrayContaining(['文生视频']));
});
