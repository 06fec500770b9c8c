/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { LIMITS } from '../../nodes/HappyHorse/contract/limits';

import { listen } from '../sandbox/listen';
import { readBinary } from '../support/engine';
import { mediaFile, zooFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const CLIP = mediaFile('3s.mp4');

/** What the host of the video answers. */
let answer: (response: ServerResponse) => void;
let host: Awaited<ReturnType<typeof listen>>;
let requests = 0;

beforeAll(async () => {
	host = await listen(0, (_request, response) => {
		requests++;
		answer(response);
	});
});
beforeEach(() => {
	requests = 0;
	answer = (response) => response.writeHead(200, { 'content-type': 'video/mp4' }).end(CLIP);
});
afterAll(async () => await host.close());

async function download(path = '/video.mp4') {
	bench.sandbox.outcome({ videoUrls: [host.url + path] });
	const { outputs, error } = await bench.run({
		parameters: video('textToVideo', { downloadVideo: true }),
	});
	return { file: outputs[0]?.[0]?.binary?.data, error };
}

const PAGE = Buffer.from('<!doctype html><title>Sign in</title>');

test('a video that its host calls text is taken, and text that it calls text is not', async () => {
	answer = (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(CLIP);
	const { file, error } = await download();
	expect(error).toBeUndefined();
	expect(file?.mimeType).toBe('video/mp4');
	answer = (response) =>
		response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('Come again');
	expect((await download()).error?.message).toMatch(/returned text\/plain instead of a video/);
});

describe('what is no video is refused, whatever its host calls it:', () => {
	test.each<[string, Buffer, string]>([
		['a web page', PAGE, 'a web page'],
		[
			'a web page behind blanks',
			Buffer.from(`\ufeff\r\n  <HTML><body>${'x'.repeat(50)}`),
			'a web page',
		],
		[
			'a web page that begins with a comment',
			Buffer.from('<!-- cached --><html></html>'),
			'a web page',
		],
		['half a web page', Buffer.from('<head><title>Sign in</title>'), 'a web page'],
		['a few bytes of JSON', Buffer.from('{"a":1}'), 'JSON'],
		['JSON', Buffer.from(JSON.stringify({ error: { message: 'x'.repeat(100) } })), 'JSON'],
		['XML', Buffer.from('<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>'), 'SVG or XML'],
		['an image', zooFile('baseline.jpg'), 'JPEG'],
		['sound', zooFile('song.m4a'), 'M4A (audio only)'],
	])('%s', async (_what, content, format) => {
		const types = [
			{},
			{ 'content-type': 'application/octet-stream' },
			{ 'content-type': 'video/mp4' },
		];
		for (const headers of types) {
			bench.sandbox.reset();
			requests = 0;
			answer = (response) => response.writeHead(200, headers).end(content);
			const { error } = await download();
			expect(error?.message).toBe(
				`The video is finished but could not be downloaded: its URL returned ${format} instead of a video`,
			);
			const [task] = bench.sandbox.tasks.values();
			expect(error?.context).toMatchObject({ code: 'not_a_video', taskId: task.id });
			expect(requests).toBe(1);
		}
	});

	test('a page that comes byte by byte and never ends, of which no more is read', async () => {
		let closed: Promise<unknown> | undefined;
		answer = (response) => {
			closed = once(response, 'close');
			response.writeHead(200);
			const more = async () => {
				for (const byte of PAGE) {
					response.write(Buffer.of(byte));
					await new Promise(setImmediate);
				}
			};
			void more();
		};
		const { error } = await download();
		expect(error?.context.code).toBe('not_a_video');
		await closed;
	});
});

describe('a redirect is told as it is', () => {
	test.each([
		['to another kind of address', 'ftp://a.example/1.mp4', 'that is not http:// or https://'],
		['to nowhere', '', 'the file host answers 302'],
	])('%s', async (_where, location, words) => {
		answer = (response) => response.writeHead(302, location ? { location } : {}).end();
		expect((await download()).error?.message).toContain(words);
	});

	test('and one whose body never ends holds no connection', async () => {
		let closed = Promise.resolve<unknown>(undefined);
		answer = (response) => {
			closed = once(response, 'close');
			response.writeHead(302, { location: `${host.url}/there.mp4` }).write('on');
			answer = (next) => next.writeHead(200, { 'content-type': 'video/mp4' }).end(CLIP);
		};
		expect((await download()).file?.mimeType).toBe('video/mp4');
		await closed;
	});
});

describe('a download has an end', () => {
	const { download: LIMIT } = LIMITS;
	const usual = { ...LIMIT };
	afterEach(() => Object.assign(LIMIT, usual));

	test.each<[string, Record<string, string>, () => Buffer]>([
		['by its length', {}, () => Buffer.concat([CLIP, Buffer.alloc(2_000_000)])],
		[
			'once it is unpacked',
			{ 'content-encoding': 'gzip' },
			() => gzipSync(Buffer.concat([CLIP, Buffer.alloc(20_000_000)])),
		],
	])('where it is too large %s', async (_how, headers, content) => {
		Object.assign(LIMIT, { megabytes: 1 });
		answer = (response) => response.writeHead(200, headers).end(content());
		const { error } = await download();
		expect(error?.message).toMatch(/it is larger than 1 MB$/);
		expect(error?.description).toContain('open the video URL');
		expect(requests).toBe(1);
	});

	test('where it goes on for too long, however much comes', async () => {
		Object.assign(LIMIT, { minutes: 0.01 });
		answer = (response) => {
			response.writeHead(200).write(CLIP);
			const more = async () => {
				while (!response.destroyed) {
					response.write(CLIP);
					await sleep(5);
				}
			};
			void more();
		};
		const { error } = await download();
		expect(error?.message).toMatch(/its host did not send it within 0\.01 minutes$/);
		expect(requests).toBe(1);
	});

	test('and its host is asked for the file as it is', async () => {
		let accepted: unknown;
		answer = (response) => {
			accepted = response.req.headers['accept-encoding'];
			response.writeHead(200).end(CLIP);
		};
		await download();
		expect(accepted).toBe('identity');
	});
});

test.each<[string, Buffer]>([
	['an MP4', CLIP],
	['a MOV', mediaFile('800x320.mov')],
	['a WEBM', mediaFile('640x480.webm')],
	['an AVI', mediaFile('640x480.avi')],
	['what nobody knows', Buffer.alloc(100_000, 'Gno format')],
	['a few bytes of that', Buffer.from('G')],
])('%s is stored as it came', async (_what, content) => {
	for (const headers of [{}, { 'content-type': 'video/mp4' }]) {
		bench.sandbox.reset();
		answer = (response) => {
			response.writeHead(200, headers).write(content.subarray(0, 1));
			setImmediate(() => response.end(content.subarray(1)));
		};
		const { file, error } = await download();
		expect(error?.message).toBeUndefined();
		if (!file) throw new Error('no file');
		expect((await readBinary(file)).equals(content)).toBe(true);
	}
});

describe('a file’s ending', () => {
	test.each([
		['/v/my%20clip.mp4', '.mp4'],
		['/v/CLIP.MOV', '.mov'],
		['/v/noext', '.mp4'],
		['/v/', '.mp4'],
		['/v/a%2F..%2F..%2Fetc%2Fpasswd', '.mp4'],
		['/v/a.exe?name=a.webm', '.mp4'],
		['/v/a.webm?name=a.exe', '.webm'],
	])('from %s', async (path, ending) => {
		const { file } = await download(path);
		const [{ id }] = bench.sandbox.tasks.values();
		expect(file?.fileName).toBe(`A-horse-runs-over-a-beach-${id.slice(0, 8)}${ending}`);
		expect(file?.fileExtension).toBe(ending.slice(1));
	});
});
