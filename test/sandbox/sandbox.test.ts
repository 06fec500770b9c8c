/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Sandbox } from '.';
import { startSandbox } from '.';
import { readOptions } from './cliOptions';
import { videoContent } from './content';
import { ERRORS } from './errors';
import { describeDelivery, describeEnd, describeRequest } from './log';
import { sceneVideo } from './sceneVideo';
import { heedWords } from './words';

/** What a task is made that asks for nothing in particular. */
const VIDEO = sceneVideo({ ratio: '16:9', resolution: '720p', length: 5 });

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox({ taskMs: 30, credits: 1_000, timeScale: 0.0001 });
});
beforeEach(() => sandbox.reset());
afterAll(async () => await sandbox.close());

const image = 'https://example.com/a.png';
const VALID = {
	'text-to-video': { prompt: 'x' },
	'image-to-video': { prompt: 'x', image_urls: [image] },
	'reference-to-video': { prompt: 'x', image_urls: [image] },
	'video-edit': { prompt: 'x', video_urls: ['https://example.com/a.mp4'] },
} as const;
type Model = keyof typeof VALID;

async function call(path: string, init: RequestInit = {}) {
	const response = await fetch(`${sandbox.url}${path}`, {
		...init,
		headers: { authorization: `Bearer ${sandbox.apiKey}`, ...init.headers },
	});
	const body: unknown = await response.json();
	return { status: response.status, body, headers: response.headers };
}

const post = async (body: unknown) =>
	await call('/v1/videos/generations', {
		method: 'POST',
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});

const create = async (model: Model, input: object = {}, more: object = {}) =>
	await post({ model: `happyhorse-1.0-${model}`, input: { ...VALID[model], ...input }, ...more });

async function createTask(model: Model = 'text-to-video', input = {}, more = {}) {
	await create(model, input, more);
	return [...sandbox.tasks.values()][sandbox.tasks.size - 1];
}

const refusal = (code: string, message: unknown = expect.any(String)) => ({
	error: { code, message, type: expect.any(String) },
});

describe('what the contract forbids is refused', () => {
	test.each<[Model, object, string]>([
		['text-to-video', { prompt: undefined }, "'input.prompt' is required."],
		['text-to-video', { prompt: '' }, 'input.prompt'],
		['text-to-video', { prompt: 'x'.repeat(2_501) }, '2500'],
		['text-to-video', { duration: 2 }, 'input.duration'],
		['text-to-video', { duration: 16 }, 'input.duration'],
		['text-to-video', { duration: 5.5 }, 'input.duration'],
		['text-to-video', { duration: '5' }, 'input.duration'],
		['text-to-video', { aspect_ratio: '2:1' }, 'input.aspect_ratio'],
		['text-to-video', { resolution: '4k' }, 'input.resolution'],
		['text-to-video', { seed: -1 }, 'input.seed'],
		['text-to-video', { seed: 2_147_483_648 }, 'input.seed'],
		['text-to-video', { prompt: 7 }, 'input.prompt'],
		['text-to-video', { duration: null }, 'input.duration'],
		['text-to-video', { aspect_ratio: 1 }, 'input.aspect_ratio'],
		['text-to-video', { resolution: '720P' }, 'input.resolution'],
		['text-to-video', { seed: 1.5 }, 'input.seed'],
		['text-to-video', { seed: '1' }, 'input.seed'],
		['text-to-video', { audio_setting: 'auto' }, 'not accepted'],
		['text-to-video', { image_urls: [image] }, 'not accepted'],
		['text-to-video', { toString: 1 }, 'not accepted'],
		['image-to-video', { aspect_ratio: '16:9' }, 'not accepted'],
		['image-to-video', { prompt: undefined }, "'input.prompt' is required."],
		['image-to-video', { image_urls: undefined }, 'required'],
		['image-to-video', { image_urls: image }, 'input.image_urls'],
		['image-to-video', { image_urls: [] }, 'input.image_urls'],
		['image-to-video', { image_urls: [7] }, 'HTTP(S)'],
		['image-to-video', { image_urls: ['ftp://example.com/a.png'] }, 'HTTP(S)'],
		['image-to-video', { image_urls: ['https://'] }, 'HTTP(S)'],
		['image-to-video', { duration: 2 }, 'input.duration'],
		['image-to-video', { video_urls: [image] }, 'not accepted'],
		['image-to-video', { image_urls: [image, image] }, '1 to 1'],
		['image-to-video', { image_urls: ['data:image/png;base64,AA'] }, 'HTTP(S)'],
		['reference-to-video', { image_urls: [] }, '1 to 9'],
		['reference-to-video', { image_urls: Array(10).fill(image) }, '1 to 9'],
		['reference-to-video', { prompt: undefined }, "'input.prompt' is required."],
		['reference-to-video', { image_urls: undefined }, 'required'],
		['reference-to-video', { image_urls: [image, 'data:,x'] }, 'HTTP(S)'],
		['reference-to-video', { aspect_ratio: 'auto' }, 'input.aspect_ratio'],
		['reference-to-video', { duration: 16 }, 'input.duration'],
		['reference-to-video', { audio_setting: 'auto' }, 'not accepted'],
		['video-edit', { prompt: undefined }, "'input.prompt' is required."],
		['video-edit', { video_urls: undefined }, 'required'],
		['video-edit', { video_urls: [image, image] }, 'input.video_urls'],
		['video-edit', { video_urls: ['data:video/mp4;base64,AA'] }, 'HTTP(S)'],
		['video-edit', { image_urls: ['data:,x'] }, 'HTTP(S)'],
		['video-edit', { resolution: '480p' }, 'input.resolution'],
		['video-edit', { duration: 5 }, 'not accepted'],
		['video-edit', { aspect_ratio: '16:9' }, 'not accepted'],
		['video-edit', { video_urls: [] }, '1 to 1'],
		['video-edit', { image_urls: Array(6).fill(image) }, '0 to 5'],
		['video-edit', { audio_setting: 'mute' }, 'audio_setting'],
	])('%s with %j', async (model, input, message) => {
		const { status, body } = await create(model, input);
		expect(status).toBe(400);
		expect(body).toEqual(refusal('invalid_request', expect.stringContaining(message)));
		expect(sandbox.ledger).toEqual([]);
	});

	test.each([
		[{ input: {} }, 400, 'invalid_request'],
		[{ model: 'happyhorse-2.0', input: {} }, 404, 'model_not_found'],
		[{ model: 'happyhorse-1.0-text-to-video' }, 400, 'invalid_request'],
		[
			{ model: 'happyhorse-1.0-text-to-video', input: { prompt: 'x' }, extra: 1 },
			400,
			'invalid_request',
		],
		[{ model: 7, input: { prompt: 'x' } }, 400, 'invalid_request'],
		[{ model: 'happyhorse-1.0-text-to-video', input: 'x' }, 400, 'invalid_request'],
		[
			{ model: 'happyhorse-1.0-text-to-video', input: { prompt: 'x' }, callback_url: 'x' },
			400,
			'invalid_request',
		],
		['', 400, 'invalid_request'],
		['not JSON', 400, 'invalid_request'],
		[[], 400, 'invalid_request'],
	])('%j', async (body, status, code) => {
		expect(await post(body)).toMatchObject({ status, body: refusal(code) });
	});

	test.each([
		['no key', ''],
		['a wrong key', 'Bearer sk-test-wrong'],
		['no Bearer', 'sk-test-sandbox'],
	])('%s', async (_name, authorization) => {
		const answer = await call('/v1/credits', { headers: { authorization } });
		expect(answer).toMatchObject({ status: 401, body: refusal('invalid_api_key') });
	});

	test('the message for a missing model is the contract’s own', async () => {
		const { body } = await post({ input: { prompt: 'x' } });
		expect(body).toEqual({
			error: {
				code: 'invalid_request',
				message: "'model' is required.",
				type: 'invalid_request_error',
			},
		});
	});

	test('a key that is right but does not begin with sk-', async () => {
		const other = await startSandbox({ apiKey: 'pk-1' });
		const headers = { authorization: 'Bearer pk-1' };
		expect((await fetch(`${other.url}/v1/credits`, { headers })).status).toBe(401);
		await other.close();
	});

	test('a body above 1 MB', async () => {
		const answer = await post({ padding: 'x'.repeat(1024 * 1024) });
		expect(answer).toMatchObject({ status: 413, body: refusal('invalid_request') });
		expect((await post('x'.repeat(1024 * 1024))).status).toBe(400);
	});

	test('other routes and methods', async () => {
		expect((await call('/v1/tasks/%', {})).status).toBe(404);
		expect((await call('/v1/credits', { method: 'POST' })).status).toBe(405);
		expect((await call('/v1/tasks/x', { method: 'DELETE' })).status).toBe(405);
		expect((await call('/v1/other')).status).toBe(404);
		expect((await call('/v1/videos/generations')).status).toBe(405);
		expect(await call('/v1/tasks/nobody')).toMatchObject({
			status: 404,
			body: refusal('task_not_found'),
		});
	});
});

describe('what is just within the limits is taken', () => {
	test.each<[Model, object]>([
		['text-to-video', { prompt: '🐎'.repeat(2_500) }],
		['text-to-video', { seed: 0, duration: 3, aspect_ratio: '9:16' }],
		['text-to-video', { seed: 2_147_483_647, duration: 15, aspect_ratio: '3:4' }],
		['image-to-video', { image_urls: ['http://example.com/a.png'] }],
		['reference-to-video', { image_urls: Array(9).fill(image), aspect_ratio: '1:1' }],
		['video-edit', { image_urls: [], audio_setting: 'origin' }],
		['video-edit', { image_urls: Array(5).fill(image), audio_setting: 'auto', seed: 1 }],
	])('%s with %j', async (model, input) => {
		const { status, body } = await create(model, input);
		const [id] = sandbox.tasks.keys();
		expect({ status, body }).toEqual({
			status: 200,
			body: { code: 200, msg: 'success', data: { taskId: id } },
		});
		expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
	});
});

describe('charges', () => {
	test.each<[Model, object, number]>([
		['text-to-video', {}, 137.5],
		['text-to-video', { duration: 3, resolution: '1080p' }, 145.5],
		['image-to-video', { duration: 15 }, 412.5],
		['reference-to-video', { duration: 4, resolution: '1080p' }, 194],
		['video-edit', {}, 550],
		['video-edit', { resolution: '1080p' }, 970],
	])('%s with %j costs %d', async (model, input, credits) => {
		expect((await create(model, input)).status).toBe(200);
		expect(sandbox.ledger).toEqual([expect.objectContaining({ kind: 'charge', credits })]);
		expect((await call('/v1/credits')).body).toEqual({
			code: 200,
			msg: 'success',
			data: { balance: 1_000 - credits, total_purchased: 1_000, total_consumed: credits },
		});
	});

	test('a request that the balance does not cover is refused', async () => {
		await create('text-to-video', { duration: 15, resolution: '1080p' });
		expect(await create('text-to-video', { duration: 15 })).toMatchObject({
			status: 402,
			body: refusal('insufficient_credits'),
		});
		expect(sandbox.tasks.size).toBe(1);
	});

	test('a model of the future is offered only where that is wanted, at another price', async () => {
		const body = { model: 'happyhorse-1.1-text-to-video', input: { prompt: 'x', duration: 3 } };
		expect(await post(body)).toMatchObject({
			status: 404,
			body: refusal('model_not_found'),
		});
		const other = await startSandbox({ future: true });
		const answer = await fetch(`${other.url}/v1/videos/generations`, {
			method: 'POST',
			headers: { authorization: `Bearer ${other.apiKey}` },
			body: JSON.stringify(body),
		});
		expect(answer.status).toBe(200);
		expect(other.ledger).toEqual([expect.objectContaining({ credits: 93 })]);
		await other.close();
	});

	test('an edit of a long clip is cut at 15 seconds', async () => {
		const other = await startSandbox({ inputVideoSeconds: 40 });
		await fetch(`${other.url}/v1/videos/generations`, {
			method: 'POST',
			headers: { authorization: `Bearer ${other.apiKey}` },
			body: JSON.stringify({ model: 'happyhorse-1.0-video-edit', input: VALID['video-edit'] }),
		});
		const [task] = other.tasks.values();
		expect(task.creditsCharged).toBe((40 + 15) * 27.5);
		other.finish(task.id);
		const answer = await fetch(`${other.url}/v1/tasks/${task.id}`, {
			headers: { authorization: `Bearer ${other.apiKey}` },
		});
		expect(await answer.json()).toMatchObject({
			output: { metadata: { usage: { video_duration: 15 } } },
		});
		await other.close();
	});

	test('a failed task is refunded once', async () => {
		sandbox.outcome({ status: 'failed', error: { code: 'upstream_error', message: 'no' } });
		const task = await createTask();
		sandbox.finish(task.id);
		sandbox.finish(task.id);
		expect(sandbox.ledger.map(({ kind }) => kind)).toEqual(['charge', 'refund']);
		expect(sandbox.balance).toBe(1_000);
		expect((await call(`/v1/tasks/${task.id}`)).body).toEqual({
			id: task.id,
			status: 'failed',
			model: 'happyhorse-1.0-text-to-video',
			created_at: expect.any(Number),
			error: { code: 'upstream_error', message: 'no' },
		});
	});
});

test('a task goes from pending over processing to completed', async () => {
	sandbox.outcome({ taskMs: 1_500 });
	const task = await createTask();
	expect((await call(`/v1/tasks/${task.id}`)).body).toMatchObject({
		status: 'pending',
		progress: null,
	});
	await sandbox.waitFor(() => task.status === 'processing');
	await sandbox.waitFor(() => task.status === 'completed');
	expect((await call(`/v1/tasks/${task.id}`)).body).toEqual({
		id: task.id,
		status: 'completed',
		model: 'happyhorse-1.0-text-to-video',
		created_at: expect.any(Number),
		completed_at: expect.any(Number),
		output: {
			urls: [expect.stringMatching(/\/videos\/\d{4}\/\d\d\/\d\d\/.+\.mp4$/)],
			metadata: { usage: { video_count: 1, video_duration: 5, video_ratio: '16:9' } },
		},
	});
});

describe('outcomes', () => {
	test('a wrapped, rewritten answer with other URLs', async () => {
		const videoUrls = ['https://example.com/1.mp4', 'https://example.com/2.mp4'];
		sandbox.outcome({ wrap: true, videoUrls, task: (body) => ({ ...body, extra: 1 }) });
		const task = await createTask();
		sandbox.finish(task.id);
		expect((await call(`/v1/tasks/${task.id}`)).body).toMatchObject({
			code: 200,
			data: { extra: 1, output: { urls: videoUrls, metadata: { usage: { video_count: 2 } } } },
		});
	});

	test('decide as many tasks as they say, of those that match', async () => {
		sandbox.outcome({ match: ({ input }) => input.seed === 1, times: 1, status: 'failed' });
		for (const seed of [0, 1, 1]) sandbox.finish((await createTask('text-to-video', { seed })).id);
		const states = [...sandbox.tasks.values()].map(({ status }) => status);
		expect(states).toEqual(['completed', 'failed', 'completed']);
	});

	test('a size that no video can have is refused', () => {
		expect(() => sandbox.outcome({ fileBytes: 99_999 })).toThrow(RangeError);
		expect(() => sandbox.outcome({ fileBytes: 2 ** 32 })).toThrow(RangeError);
		expect(() => sandbox.outcome({ fileBytes: 10 })).toThrow(RangeError);
	});
});

describe('faults', () => {
	test.each(Object.entries(ERRORS))('the row %s', async (code, [status, type]) => {
		const handle = sandbox.fault({ on: 'any', error: code as keyof typeof ERRORS });
		const answer = await create('text-to-video');
		expect(answer).toMatchObject({ status, body: { error: { code, type } } });
		expect(sandbox.tasks.size).toBe(0);
		handle.remove();
		expect((await create('text-to-video')).status).toBe(200);
		expect(handle.hits).toBe(1);
	});

	test.each([
		[{ respond: { status: 502, body: '<html>' } }, 0, '<html>', 'text/html'],
		[{ respond: { body: { a: 1 } }, effect: true }, 1, '{"a":1}', 'application/json'],
		[
			{ respond: { body: Buffer.from('ok'), headers: { 'Content-Type': 'text/plain' } } },
			0,
			'ok',
			'text/plain',
		],
	])('%j', async (fault, tasks, text, type) => {
		sandbox.fault({ on: 'create', ...fault });
		const response = await fetch(`${sandbox.url}/v1/videos/generations`, {
			method: 'POST',
			headers: { authorization: `Bearer ${sandbox.apiKey}` },
			body: JSON.stringify({ model: 'happyhorse-1.0-text-to-video', input: { prompt: 'x' } }),
		});
		expect(await response.text()).toBe(text);
		expect(response.headers.get('content-type')).toBe(type);
		expect(sandbox.ledger).toHaveLength(tasks);
	});

	test('only what matches, and only the task that is meant', async () => {
		const [one, two] = [await createTask(), await createTask()];
		sandbox.fault({ on: 'task', taskId: one.id, error: 'internal_error' });
		sandbox.fault({
			on: 'create',
			match: ({ body }) => JSON.stringify(body).includes('bad'),
			error: 'upstream_error',
		});
		expect((await call(`/v1/tasks/${one.id}`)).status).toBe(500);
		expect((await call(`/v1/tasks/${two.id}`)).status).toBe(200);
		expect([one.polls.length, two.polls.length]).toEqual([1, 1]);
		expect((await create('text-to-video', { prompt: 'bad' })).status).toBe(503);
		expect((await create('text-to-video', { prompt: 'good' })).status).toBe(200);
	});

	test('half an answer to a request that was carried out and charged', async () => {
		sandbox.fault({ on: 'create', break: 'half' });
		await expect(create('text-to-video')).rejects.toThrow();
		expect(sandbox.ledger).toEqual([expect.objectContaining({ kind: 'charge', credits: 137.5 })]);
	});

	test.each([
		['hang', 0],
		['hang-after', 1],
	] as const)('%s, until the sandbox is reset', async (how, tasks) => {
		sandbox.fault({ on: 'create', break: how });
		const hanging = create('text-to-video').catch(() => 'cut off');
		await sandbox.waitFor(() => sandbox.requests.length === 1);
		expect(sandbox.requests[0].status).toBe('hang');
		expect([sandbox.tasks.size, sandbox.inFlight]).toEqual([tasks, 1]);
		sandbox.reset();
		expect(sandbox.inFlight).toBe(0);
		expect(await hanging).toBe('cut off');
	});

	test('an answer that is late, and one that a reset makes void', async () => {
		sandbox.fault({ on: 'create', delayMs: 30 });
		const from = performance.now();
		expect((await create('text-to-video')).status).toBe(200);
		expect(performance.now() - from).toBeGreaterThanOrEqual(29);
		sandbox.fault({ on: 'credits', delayMs: 60_000 });
		const late = call('/v1/credits').catch(() => 'cut off');
		await sandbox.waitFor(() => sandbox.inFlight === 1);
		sandbox.reset();
		expect(await late).toBe('cut off');
		expect(sandbox.requests).toEqual([]);
	});

	test('the most requests at once are counted', async () => {
		sandbox.fault({ on: 'credits', delayMs: 20 });
		await Promise.all([1, 2, 3].map(async () => await call('/v1/credits')));
		expect(sandbox.maxInFlight).toBe(3);
		await sandbox.waitFor(() => sandbox.inFlight === 0);
	});

	test('reset-before does nothing, reset-after everything but answer', async () => {
		sandbox.fault({ on: 'create', times: 1, break: 'reset-before' });
		await expect(create('text-to-video')).rejects.toThrow();
		expect(sandbox.tasks.size).toBe(0);
		const fault = sandbox.fault({ on: 'create', times: 1, break: 'reset-after' });
		await expect(create('text-to-video')).rejects.toThrow();
		expect(sandbox.ledger).toHaveLength(1);
		expect(fault.hits).toBe(1);
		expect((await create('text-to-video')).status).toBe(200);
	});

	test('half of an answer', async () => {
		sandbox.fault({ on: 'credits', break: 'half' });
		await expect(call('/v1/credits')).rejects.toThrow();
	});

	test('byte by byte', async () => {
		sandbox.fault({ on: 'credits', break: 'drip', dripMs: 1 });
		expect((await call('/v1/credits')).body).toMatchObject({ code: 200 });
	});

	test('a hang ends with the sandbox', async () => {
		const other = await startSandbox();
		other.fault({ on: 'any', break: 'hang' });
		const hanging = fetch(`${other.url}/v1/credits`);
		await other.waitFor(() => other.inFlight === 1);
		await other.close();
		await expect(hanging).rejects.toThrow();
	});

	test('a row of the error table, after some requests, with Retry-After', async () => {
		sandbox.fault({
			on: 'create',
			skip: 1,
			times: 1,
			error: 'rate_limit_exceeded',
			retryAfter: '7',
		});
		const answers = [
			await create('text-to-video'),
			await create('text-to-video'),
			await create('text-to-video'),
		];
		expect(answers.map(({ status }) => status)).toEqual([200, 429, 200]);
		expect(answers[1].headers.get('retry-after')).toBe('7');
		expect(sandbox.tasks.size).toBe(2);
	});
});

describe('the file host', () => {
	async function fetchVideo(headers: Record<string, string> = {}) {
		const task = await createTask();
		sandbox.finish(task.id);
		return await fetch(task.videoUrls[0], { headers });
	}

	test('has a real MP4, and asks for no key', async () => {
		const response = await fetchVideo();
		expect(response.headers.get('content-type')).toBe('video/mp4');
		expect(response.headers.get('content-length')).toBe(String(VIDEO.length));
		expect(Buffer.from(await response.arrayBuffer()).equals(VIDEO)).toBe(true);
	});

	test('serves a range', async () => {
		const response = await fetchVideo({ range: 'bytes=4-7' });
		expect(response.status).toBe(206);
		expect(response.headers.get('content-range')).toBe(`bytes 4-7/${VIDEO.length}`);
		expect(await response.text()).toBe('ftyp');
	});

	test.each([
		['bytes=0-', 206, 0, VIDEO.length],
		[`bytes=-100`, 206, VIDEO.length - 100, VIDEO.length],
		[`bytes=100-${VIDEO.length * 2}`, 206, 100, VIDEO.length],
		[`bytes=${VIDEO.length}-`, 416, 0, 0],
		['lines=1-2', 200, 0, VIDEO.length],
	])('with Range: %s', async (range, status, first, end) => {
		const response = await fetchVideo({ range });
		expect(response.status).toBe(status);
		const bytes = Buffer.from(await response.arrayBuffer());
		expect(bytes.equals(VIDEO.subarray(first, end))).toBe(true);
	});

	test('a range in the padding of a large file', async () => {
		sandbox.outcome({ fileBytes: 1_000_000_000 });
		const response = await fetchVideo({ range: `bytes=${VIDEO.length + 4}-${VIDEO.length + 9}` });
		expect(await response.text()).toBe('free\0\0');
		expect(response.headers.get('content-range')).toMatch(/\/1000000000$/);
	});

	test.each([
		[0, 300_000],
		[VIDEO.length + 7, VIDEO.length + 9],
		[200_000, 200_010],
		[5, 20],
	])('a part is as long as it says: from %d to %d', (first, end) => {
		const { length, chunks } = videoContent(VIDEO, 300_000, first, end);
		expect(length).toBe(end - first);
		expect(Buffer.concat([...chunks()])).toHaveLength(length);
	});

	test('asked with HEAD, or to change something', async () => {
		const task = await createTask();
		sandbox.finish(task.id);
		const head = await fetch(task.videoUrls[0], { method: 'HEAD' });
		expect(head.headers.get('content-length')).toBe(String(VIDEO.length));
		expect((await fetch(task.videoUrls[0], { method: 'DELETE' })).status).toBe(405);
	});

	test('a key that is brought along is seen', async () => {
		await (await fetchVideo()).arrayBuffer();
		await (await fetchVideo({ authorization: 'Bearer x' })).arrayBuffer();
		const seen = sandbox.requests.filter(({ server }) => server === 'file');
		expect(seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer x']);
	});

	test('a redirect leads to another path on the same host', async () => {
		sandbox.outcome({ file: 'redirect' });
		const task = await createTask();
		sandbox.finish(task.id);
		const response = await fetch(task.videoUrls[0], { redirect: 'manual' });
		expect(response.status).toBe(302);
		expect(response.headers.get('location')).toMatch(/^\/moved\/videos\//);
	});

	test('half a video', async () => {
		sandbox.outcome({ fileBytes: 200_000 });
		const task = await createTask();
		sandbox.finish(task.id);
		sandbox.fault({ on: 'file', taskId: task.id, break: 'half' });
		const response = await fetch(task.videoUrls[0]);
		expect(response.headers.get('content-length')).toBe('200000');
		await expect(response.arrayBuffer()).rejects.toThrow();
	});

	test.each([
		['html', 200, 'text/html; charset=utf-8'],
		['gone', 403, 'application/xml'],
		['octet', 200, 'application/octet-stream'],
		['redirect', 200, 'video/mp4'],
	] as const)('%s', async (file, status, type) => {
		sandbox.outcome({ file });
		const response = await fetchVideo();
		expect([response.status, response.headers.get('content-type')]).toEqual([status, type]);
		await response.body?.cancel();
	});

	test('a file of any size is streamed, and still begins as an MP4', async () => {
		sandbox.outcome({ fileBytes: 3_000_000 });
		const bytes = Buffer.from(await (await fetchVideo()).arrayBuffer());
		expect(bytes.length).toBe(3_000_000);
		expect(bytes.readUInt32BE(VIDEO.length)).toBe(3_000_000 - VIDEO.length);
		expect(bytes.subarray(VIDEO.length + 4, VIDEO.length + 8).toString()).toBe('free');
	});

	test('nothing is there before the task is completed, nor a day after', async () => {
		const task = await createTask();
		expect((await fetch(`${sandbox.fileUrl}/videos/2026/01/01/${task.id}.mp4`)).status).toBe(404);
		sandbox.finish(task.id);
		task.completedAt = Date.now() - 24 * 60 * 60_000 - 1;
		expect((await fetch(task.videoUrls[0])).status).toBe(404);
	});
});

describe('callbacks', () => {
	async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void) {
		const received: Array<{ headers: IncomingMessage['headers']; body: unknown }> = [];
		const server = createServer(async (request, response) => {
			let text = '';
			for await (const chunk of request) text += chunk;
			received.push({ headers: request.headers, body: JSON.parse(text) });
			answer(request, response);
		}).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		return { received, server, url: `http://127.0.0.1:${port}/hook` };
	}

	test('come once, with their headers, when they are taken', async () => {
		const { received, server, url } = await receiver((_, response) => response.end());
		const task = await createTask('text-to-video', {}, { callback_url: url });
		await sandbox.waitFor(() => sandbox.deliveries.length === 1);
		expect(received).toEqual([
			{
				headers: expect.objectContaining({
					'content-type': 'application/json',
					'x-event': 'task.completed',
					'x-task-id': task.id,
					'x-timestamp': expect.stringMatching(/^\d{10}$/),
				}),
				body: (await call(`/v1/tasks/${task.id}`)).body,
			},
		]);
		expect(sandbox.deliveries).toEqual([expect.objectContaining({ attempt: 1, status: 200 })]);
		server.close();
	});

	test('come three times at most, 3 and 10 minutes apart', async () => {
		const { server, url } = await receiver((_, response) => response.writeHead(500).end());
		await createTask('text-to-video', {}, { callback_url: url });
		await sandbox.waitFor(() => sandbox.deliveries.length === 3);
		const [first, second, third] = sandbox.deliveries.map(({ at }) => at);
		expect(second - first).toBeGreaterThanOrEqual(17);
		expect(third - second).toBeGreaterThanOrEqual(59);
		expect(sandbox.deliveries.map(({ status }) => status)).toEqual([500, 500, 500]);
		server.close();
	});

	test('a failed task says so', async () => {
		sandbox.outcome({ status: 'failed' });
		const { received, server, url } = await receiver((_, response) => response.end());
		await createTask('text-to-video', {}, { callback_url: url });
		await sandbox.waitFor(() => sandbox.deliveries.length === 1);
		expect(received[0].headers['x-event']).toBe('task.failed');
		server.close();
	});

	test('stop as soon as one is taken', async () => {
		const statuses = [503, 204];
		const { server, url } = await receiver((_, response) =>
			response.writeHead(statuses.shift() ?? 500).end(),
		);
		await createTask('text-to-video', {}, { callback_url: url });
		await sandbox.waitFor(() => sandbox.deliveries.length === 2);
		// by the time of another task's third, a third one would have come
		const other = await createTask('text-to-video', {}, { callback_url: url });
		await sandbox.waitFor(() => sandbox.deliveries.length === 5);
		const taken = sandbox.deliveries.filter(({ taskId }) => taskId !== other.id);
		expect(taken.map(({ status }) => status)).toEqual([503, 204]);
		server.close();
	});

	test('are given up when nobody answers in time, or nobody is there', async () => {
		const { server, url } = await receiver(() => {});
		await createTask('text-to-video', {}, { callback_url: url });
		await createTask('text-to-video', {}, { callback_url: 'http://127.0.0.1:1/hook' });
		await sandbox.waitFor(() => sandbox.deliveries.some(({ status }) => status === 'timeout'));
		expect(sandbox.deliveries.filter(({ status }) => status === 'unreachable')).toHaveLength(3);
		server.closeAllConnections();
		server.close();
	});
});

describe('as a program', () => {
	const task = async (prompt: string) => {
		const made = await createTask('text-to-video', { prompt });
		sandbox.finish(made.id);
		return made;
	};

	test('heeds words in prompts, alone and together', async () => {
		heedWords(sandbox, 1_000_000);
		expect((await task('a horse')).status).toBe('completed');
		expect((await task('[fail] a horse')).creditsRefunded).toBe(137.5);
		expect((await task('[fail][slow]')).status).toBe('failed');
		expect((await fetch((await task('[gone]')).videoUrls[0])).status).toBe(403);
		const page = await fetch((await task('[slow] [html]')).videoUrls[0]);
		expect(page.headers.get('content-type')).toMatch(/^text\/html/);
	});

	test('reads arguments before the environment, and refuses nonsense', () => {
		expect(readOptions([], {})).toEqual({ port: 8787, taskSeconds: 8, credits: 10_000 });
		expect(
			readOptions(['--credits', '5'], { SANDBOX_CREDITS: '6', SANDBOX_TASK_SECONDS: '2' }),
		).toEqual({ port: 8787, taskSeconds: 2, credits: 5 });
		expect(() => readOptions(['--port', 'x'], {})).toThrow('--port must be a number');
		expect(() => readOptions(['--color'], {})).toThrow('--color');
	});

	test('tells what happens in a line each, never with a key', async () => {
		sandbox.outcome({ status: 'failed', error: { code: 'x', message: 'no' } });
		const made = await createTask();
		const lines = [describeRequest(sandbox.requests[0], sandbox)];
		sandbox.finish(made.id);
		lines.push(describeEnd(made, sandbox));
		const delivery = { taskId: made.id, url: 'http://x/', status: 204, attempt: 1, at: 0 };
		lines.push(describeDelivery(delivery));
		expect(lines.map((line) => line.slice(10).replace(made.id, 'ID'))).toEqual([
			'api       POST /v1/videos/generations → 200  task ID, 137.5 credits charged, 862.5 left',
			'task      ID failed: no; 137.5 credits refunded, 1000 left',
			'callback  ID → http://x/ → 204  attempt 1 of 3',
		]);
		expect(lines.join()).not.toContain(sandbox.apiKey);
	});
});
