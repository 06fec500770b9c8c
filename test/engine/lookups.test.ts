import type { NodeParameterValueType } from 'n8n-workflow';
import nock from 'nock';

import { storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { QUICK, video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ credits: 1_234.5 });
const { run } = bench;

async function startTask(): Promise<string> {
	const { json } = await run({ parameters: video('textToVideo', { waitForCompletion: false }) });
	return String(json[0].taskId);
}

const get = (taskId: string, more: Record<string, NodeParameterValueType> = {}) => ({
	parameters: { resource: 'task', operation: 'get', taskId, options: QUICK, ...more },
});

const download = (taskId: string, more: Record<string, NodeParameterValueType> = {}) => ({
	parameters: { resource: 'video', operation: 'download', taskId, ...more },
});

// other tests of the same process have the real HTTP client
afterAll(() => nock.restore());

describe('Task: Get', () => {
	test('tells how far a task is', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		const id = await startTask();
		const { json } = await run(get(id));
		expect(json).toEqual([{ taskId: id, status: 'pending', mode: 'textToVideo' }]);
	});

	test('waits for its end if told to', async () => {
		const id = await startTask();
		const { json } = await run(get(id, { waitForCompletion: true }));
		expect(json[0]).toMatchObject({ taskId: id, status: 'completed', duration: 5 });
		expect(json[0]).not.toHaveProperty('creditsEstimated');
	});

	test('does not wait for what is finished', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		const id = await startTask();
		bench.sandbox.finish(id);
		const { json } = await run(
			get(id, { waitForCompletion: true, options: { pollingInterval: 600 } }),
		);
		expect(json[0].status).toBe('completed');
	});

	test('gives a failed task as data, or as the end of a wait', async () => {
		const error = { code: 'upstream_error', message: 'refused' };
		bench.sandbox.outcome({ status: 'failed', error });
		const id = await startTask();
		bench.sandbox.finish(id);
		const looked = await run(get(id));
		expect(looked.json[0]).toMatchObject({ taskId: id, status: 'failed', error });
		const waited = await run(get(id, { waitForCompletion: true }));
		expect(waited.error?.context).toMatchObject({ code: 'upstream_error', taskId: id });
	});

	test.each([
		['Simplified', { simplify: true }, ['taskId', 'status', 'videoUrl', 'mode']],
		['Raw', { simplify: false }, ['id', 'output', 'created_at']],
		['Selected Fields', { simplify: 'fields', fields: ['videoUrl'] }, ['taskId', 'videoUrl']],
		['Selected Fields, none', { simplify: 'fields' }, ['taskId']],
		['text of a model', { simplify: 'fields', fields: 'videoUrl, mode' }, ['mode', 'taskId']],
	])('as an agent’s tool has the Output %s', async (_name, output, named) => {
		const id = await startTask();
		bench.sandbox.finish(id);
		const { json } = await run({ ...get(id, output), settings: { type: 'happyHorseTool' } });
		expect(Object.keys(json[0])).toEqual(expect.arrayContaining(named));
		if ('fields' in output || output.simplify === 'fields')
			expect(Object.keys(json[0]).length).toBeLessThanOrEqual(3);
	});

	test('as an agent’s tool with Selected Fields tells why there is no video', async () => {
		const error = { code: 'content_policy', message: 'No horses' };
		bench.sandbox.outcome({ status: 'failed', error });
		const id = await startTask();
		bench.sandbox.finish(id);
		const output = { simplify: 'fields', fields: ['videoUrl'] };
		const { json } = await run({ ...get(id, output), settings: { type: 'happyHorseTool' } });
		expect(json).toMatchObject([{ taskId: id, error }]);
	});

	test('Simplify off gives the answer as it came', async () => {
		const id = await startTask();
		bench.sandbox.finish(id);
		const { json } = await run(get(id, { simplify: false }));
		expect(json[0]).toMatchObject({ id, created_at: expect.any(Number) });
	});

	test('a task id is needed, and white space around it does no harm', async () => {
		const { error } = await run(get(' '));
		expect(error?.message).toBe('Task ID must not be empty');
		const id = await startTask();
		expect((await run(get(` ${id}\n`))).json[0].taskId).toBe(id);
	});

	test('takes no id that would lead elsewhere', async () => {
		const { error } = await run(get('..'));
		expect(error?.message).toBe('Task ID must be a task ID, but it is ".."');
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('an odd task id stays one part of the path', async () => {
		const { error } = await run(get('../credits?x=#'));
		expect(error?.context.code).toBe('task_not_found');
		expect(bench.sandbox.requests[0].path).toBe('/v1/tasks/..%2Fcredits%3Fx%3D%23');
	});
});

describe('Video: Download', () => {
	test('gets the video of a finished task', async () => {
		const id = await startTask();
		bench.sandbox.finish(id);
		const { outputs } = await run(download(id, { binaryPropertyName: 'clip' }));
		expect(outputs[0][0].json).toMatchObject({ taskId: id, status: 'completed' });
		expect(outputs[0][0].binary?.clip).toMatchObject({ mimeType: 'video/mp4' });
	});

	test('says so when the task is not finished', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		const id = await startTask();
		const { error } = await run(download(id));
		expect(error?.message).toBe('The video is not ready yet: the task is pending');
		expect(error?.context).toMatchObject({ code: 'not_ready', taskId: id, status: 'pending' });
	});
});

describe('Credit', () => {
	test('Get Balance', async () => {
		const { json } = await run({ parameters: { resource: 'credit', operation: 'getBalance' } });
		expect(json).toEqual([{ credits: 1_234.5, totalPurchased: 1_234.5, totalConsumed: 0 }]);
	});

	test.each([
		[
			{ mode: 'textToVideo', resolution: '720p', duration: 5 },
			{ billedSeconds: 5, creditsPerSecond: 27.5, creditsEstimated: 137.5, usdEstimated: 0.6875 },
		],
		[
			{ mode: 'editVideo', resolution: '1080p', inputVideoDuration: 20 },
			{ billedSeconds: 35, creditsPerSecond: 48.5, creditsEstimated: 1697.5, usdEstimated: 8.4875 },
		],
	])('Estimate Cost of %j, without a request', async ({ mode, ...input }, estimate) => {
		// workflows saved it under the second name, which n8n's workflow SDK keeps for itself
		for (const named of [{ videoMode: mode }, { mode }]) {
			const { json } = await run({
				parameters: { resource: 'credit', operation: 'estimateCost', ...named, ...input },
				settings: { credentials: {} },
			});
			expect(json).toEqual([{ mode, ...input, ...estimate }]);
		}
		expect(bench.sandbox.requests).toEqual([]);
	});

	const estimate = (more: Record<string, NodeParameterValueType>) => ({
		parameters: {
			resource: 'credit',
			operation: 'estimateCost',
			videoMode: 'editVideo',
			resolution: '720p',
			...more,
		},
		settings: { credentials: {} },
	});

	test('Estimate Cost of an edit, by the clip itself', async () => {
		const clip = mediaFile('29.97fps.mov');
		const stored = await storeBinary(clip, 'video/quicktime');
		const inMemory = { data: clip.toString('base64'), mimeType: 'video/quicktime' };
		nock('https://media.example.com')
			.get('/clip.mov')
			.reply(206, clip, { 'content-range': `bytes 0-${clip.length - 1}/${clip.length}` });
		const outcomes = await Promise.all([
			...[stored, inMemory].map(
				async (data) =>
					await run({
						items: [{ json: {}, binary: { data } }],
						...estimate({ videoSource: 'binary', videoBinaryProperty: 'data' }),
					}),
			),
			run(estimate({ videoSource: 'url', videoUrl: 'https://media.example.com/clip.mov' })),
		]);
		for (const { json } of outcomes)
			expect(json).toEqual([
				expect.objectContaining({ billedSeconds: 8.008, creditsEstimated: 220.22 }),
			]);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test.each([
		[
			'fragments.mp4',
			'Video: its length could not be determined; set ‘Video Source’ to Duration and enter it',
		],
		['2.9s.mp4', 'Video: 2.9 seconds; it must be 3 to 60 seconds long'],
		['640x480.webm', 'Video: WEBM or MKV; it must be MP4 or MOV'],
	])('Estimate Cost of an edit of %s says what is wrong', async (name, complaint) => {
		const binary = { data: await storeBinary(mediaFile(name), 'video/mp4') };
		const { error } = await run({
			items: [{ json: {}, binary }],
			...estimate({ videoSource: 'binary', videoBinaryProperty: 'data' }),
		});
		expect(error?.message).toBe(`${complaint}`);
	});

	test('Estimate Cost opens no address of this machine or network', async () => {
		const { error } = await run(
			estimate({ videoSource: 'url', videoUrl: `${bench.sandbox.url}/clip.mp4` }),
		);
		expect(error?.message).toContain('127.0.0.1 is a local or private address');
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('nor is it sent on to one', async () => {
		nock('https://media.example.com')
			.get('/clip.mp4')
			.reply(302, '', { location: `${bench.sandbox.url}/clip.mp4` });
		const { error } = await run(
			estimate({ videoSource: 'url', videoUrl: 'https://media.example.com/clip.mp4' }),
		);
		expect(error?.message).toContain('its length could not be determined');
		expect(bench.sandbox.requests).toEqual([]);
	});
});
