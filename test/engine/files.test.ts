/* eslint-disable @n8n/community-nodes/no-restricted-imports -- fills n8n's storage, on a developer's machine only */
import type { Readable } from 'node:stream';

import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData } from 'n8n-workflow';

import { openSignedUrl, secondsLeft, settleBinary, storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
afterEach(() => jest.restoreAllMocks());
const { run } = bench;

const PNG = 'image/png';
const FRAME = mediaFile('300x300.jpg');
const [A, B] = [mediaFile('400x1200.webp'), mediaFile('alpha-640x400.webp')];
const CLIP = mediaFile('3s.mp4');

/** A file as a Code node gives it. */
const inline = (content = FRAME) => ({ data: content.toString('base64'), mimeType: PNG });

const inputOf = () => [...bench.sandbox.tasks.values()][0].input;
const urlsOf = (field: 'image_urls' | 'video_urls') => inputOf()[field] as string[];
const contentsOf = async (urls: string[]) => await Promise.all(urls.map(openSignedUrl));

describe('files that come in with an item', () => {
	test('a first frame', async () => {
		const binary = { photo: await storeBinary(FRAME, PNG) };
		const { json, run: saved } = await run({
			items: [{ json: {}, binary }],
			parameters: video('imageToVideo', {
				...{ imageSource: 'binary', imageBinaryProperty: 'photo' },
				options: { timeout: 90 },
			}),
		});
		expect(json[0].status).toBe('completed');
		expect(await contentsOf(urlsOf('image_urls'))).toEqual([FRAME]);
		// the wait and an hour
		expect(secondsLeft(urlsOf('image_urls')[0])).toBeCloseTo(150 * 60, -2);
		expect(JSON.stringify(saved)).not.toContain('token=');
	});

	test.each([PNG, 'image/jpeg'])(
		'a file from a form, which n8n moves when it saves the execution: %s',
		async (type) => {
			const photo = await storeBinary(FRAME, type, 'temp');
			await run({
				items: [{ json: {}, binary: { photo } }],
				parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'photo' }),
			});
			await settleBinary(photo);
			expect(await contentsOf(urlsOf('image_urls'))).toEqual([FRAME]);
		},
	);

	test('references, in the order of their names', async () => {
		const binary = {
			a: await storeBinary(A, PNG),
			b: await storeBinary(B, 'image/webp'),
		};
		await run({
			items: [{ json: {}, binary }],
			parameters: video('referenceToVideo', {
				imageSource: 'binary',
				imageBinaryProperty: 'b, a',
			}),
		});
		expect(await contentsOf(urlsOf('image_urls'))).toEqual([B, A]);
	});

	test.each([
		'photo',
		'={{ $binary.photo }}',
		'={{ [$binary.photo] }}',
		'={{ $input.item.binary.photo }}',
	])(
		'a file that came without the storage, as from a Code node or a raw body: %s',
		async (imageBinaryProperty) => {
			// the other one is of another kind
			const binary = { other: { ...inline(A), mimeType: 'image/webp' }, photo: inline() };
			const { json, error } = await run({
				items: [{ json: {}, binary }],
				parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty }),
			});
			expect(error?.message).toBeUndefined();
			expect(json[0].status).toBe('completed');
			expect(await contentsOf(urlsOf('image_urls'))).toEqual([FRAME]);
		},
	);

	test.each(['={{ $binary.photo }}', '={{ [$binary.photo] }}', '={{ ["photo"] }}'])(
		'a file that the expression %s gives',
		async (imageBinaryProperty) => {
			const binary = { photo: await storeBinary(FRAME, PNG) };
			const { json } = await run({
				items: [{ json: {}, binary }],
				parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty }),
			});
			expect(json[0].status).toBe('completed');
			expect(await contentsOf(urlsOf('image_urls'))).toEqual([FRAME]);
		},
	);

	test('files that an expression gives as a list', async () => {
		const binary = { a: await storeBinary(A, PNG), b: await storeBinary(B, 'image/webp') };
		await run({
			items: [{ json: {}, binary }],
			parameters: video('referenceToVideo', {
				imageSource: 'binary',
				imageBinaryProperty: '={{ [$binary.b, $binary.a] }}',
			}),
		});
		expect(await contentsOf(urlsOf('image_urls'))).toEqual([B, A]);
	});

	test.each(['b, a', '["b", "a"]', 'b\na', 'b; a', 'b；a'])(
		'two by their names: %j',
		async (names) => {
			const binary = { a: await storeBinary(A, PNG), b: await storeBinary(B, 'image/webp') };
			const { error } = await run({
				items: [{ json: {}, binary }],
				parameters: video('referenceToVideo', {
					imageSource: 'binary',
					imageBinaryProperty: names,
				}),
			});
			expect(error?.message).toBeUndefined();
			expect(await contentsOf(urlsOf('image_urls'))).toEqual([B, A]);
		},
	);

	test.each([undefined, 'data'])('the only file, where the field still says %j', async (name) => {
		const binary = { My_photo: await storeBinary(FRAME, PNG) };
		const { error } = await run({
			items: [{ json: {}, binary }],
			parameters: video('imageToVideo', {
				imageSource: 'binary',
				...(name !== undefined && { imageBinaryProperty: name }),
			}),
		});
		expect(error?.message).toBeUndefined();
		expect(await contentsOf(urlsOf('image_urls'))).toEqual([FRAME]);
	});

	test.each<[string, (content: Buffer) => Promise<object>]>([
		['of a Code node, without a type', async (content) => ({ data: content.toString('base64') })],
		[
			'of a Code node, with a name only',
			async (content) => ({ data: content.toString('base64'), fileName: 'notes.txt' }),
		],
		[
			'in the storage, without a type',
			async (content) => ({ ...(await storeBinary(content, '')), mimeType: undefined }),
		],
		['from Telegram', async (content) => await storeBinary(content, 'application/octet-stream')],
		['called PNG', async (content) => await storeBinary(content, PNG)],
	])('a file %s is served under the type that was read', async (_where, keep) => {
		for (const name of ['data', '={{ $binary.data }}']) {
			bench.sandbox.reset();
			const data = (await keep(FRAME)) as IBinaryData;
			const { error } = await run({
				items: [{ json: {}, binary: { data } }],
				parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: name }),
			});
			expect(error?.message).toBeUndefined();
			const [url] = urlsOf('image_urls');
			expect((await openSignedUrl(url)).equals(FRAME)).toBe(true);
			const service = Container.get(BinaryDataService);
			const id = service.validateSignedToken(new URL(url).searchParams.get('token') ?? '');
			expect(await service.getMetadata(id)).toMatchObject({ mimeType: 'image/jpeg' });
		}
	});

	test('a clip, beside images at URLs', async () => {
		const binary = { data: await storeBinary(CLIP, 'video/mp4') };
		await run({
			items: [{ json: {}, binary }],
			parameters: video('editVideo', { videoSource: 'binary' }),
		});
		expect(await contentsOf(urlsOf('video_urls'))).toEqual([CLIP]);
		expect(urlsOf('image_urls')).toEqual(['https://example.com/sweater.png']);
	});
});

describe('is refused before anything is sent:', () => {
	const first = (names: string) =>
		video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: names });

	async function complaint(
		binary: Parameters<typeof run>[0]['items'],
		parameters: ReturnType<typeof video>,
		baseUrl?: string,
	) {
		const { error } = await run({ items: binary, parameters, ...(baseUrl && { baseUrl }) });
		expect(bench.sandbox.requests).toEqual([]);
		code = error?.context.code;
		return error?.message;
	}

	/** Of the last complaint; pages for customers go by it. */
	let code: unknown;

	test('a field that the item does not have', async () => {
		expect(await complaint([{ json: {} }], first('photo'))).toBe(
			'Image Field Name names "photo", but the item has no files',
		);
		const binary = { data: await storeBinary(FRAME, PNG) };
		expect(await complaint([{ json: {}, binary }], first('toString'))).toBe(
			'Image Field Name names "toString", but the item has data',
		);
		const two = { a: binary.data, b: binary.data };
		expect(await complaint([{ json: {}, binary: two }], first('data'))).toBe(
			'Image Field Name names "data", but the item has a, b',
		);
	});

	test.each([
		['nothing', null],
		['a text', 'abc'],
		['a list', [{ data: '', mimeType: PNG }]],
		['a type without content', { mimeType: PNG }],
	])('a field that holds %s', async (_name, data) => {
		const binary = JSON.parse(JSON.stringify({ data }));
		expect(await complaint([{ json: {}, binary }], first('data'))).toContain(
			'Image Field Name names "data", but what the item has there is not a file with content',
		);
	});

	test.each([
		[' ', 'none'],
		['a, b', '2'],
	])('a list of fields such as %j', async (names, count) => {
		expect(await complaint([{ json: {} }], first(names))).toBe(
			`Image Field Name must name 1 file, but it names ${count}`,
		);
	});

	test.each([
		['the photo {{ $binary.photo }}', 'turned a file into text'],
		[
			'{{ $binary.photo }}, {{ $binary.photo }}',
			'such as {{ [$json._files.one, $json._files.two] }}',
		],
		['{{ $binary }}', 'must name a file or be one, but it is {"photo":'],
	])('what the expression %s gives', async (expression, what) => {
		const binary = { photo: await storeBinary(FRAME, PNG) };
		const parameters = video('referenceToVideo', {
			imageSource: 'binary',
			imageBinaryProperty: `=${expression}`,
		});
		expect(await complaint([{ json: {}, binary }], parameters)).toContain(what);
	});

	test('another format, whatever the file is called', async () => {
		const binary = { data: await storeBinary(mediaFile('640x480.gif'), PNG) };
		expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
			'First Frame: GIF; it must be JPEG, PNG or WEBP (Image Field Name)',
		);
		expect(code).toBe('unusable_file');
	});

	test('a file that is too large', async () => {
		const content = Buffer.concat([FRAME, Buffer.alloc(21 * 1024 * 1024 - FRAME.length)]);
		const binary = { data: await storeBinary(content, PNG) };
		const read = jest.spyOn(Container.get(BinaryDataService), 'getAsStream');
		expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
			'First Frame: 21 MB; it must be at most 20 MB (Image Field Name)',
		);
		expect(read).not.toHaveBeenCalled();
	});

	test('nine bytes under an image’s name, and an empty file', async () => {
		for (const content of ['Forbidden', '']) {
			const binary = { data: await storeBinary(Buffer.from(content), PNG) };
			expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
				`First Frame: ${content.length} bytes, too short for an image; it must be JPEG, PNG or WEBP (Image Field Name)`,
			);
		}
	});

	test('a file that n8n has no more', async () => {
		const file = await storeBinary(FRAME, PNG);
		const binary = { data: { ...file, id: `${file.id}x` } };
		expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
			'First Frame: n8n no longer has this file (Image Field Name)',
		);
	});

	test('all that is wrong with a clip and with each of its images, at once', async () => {
		const binary = {
			clip: await storeBinary(mediaFile('318x480.mp4'), 'video/mp4'),
			one: await storeBinary(mediaFile('300x751.webp'), PNG),
			two: await storeBinary(mediaFile('299x300.jpg'), PNG),
		};
		const parameters = video('editVideo', {
			videoSource: 'binary',
			videoBinaryProperty: 'clip',
			imageSource: 'binary',
			imageBinaryProperty: 'one, two',
			resolution: '4k',
		});
		const message = await complaint([{ json: {}, binary }], parameters);
		for (const part of [
			'Resolution must be one of 720p, 1080p, but it is "4k"',
			'Video: 318 × 480 pixels; the short side must be at least 320',
			'Reference Image 1: 300 × 751 pixels; the aspect ratio must be from 1:2.5 to 2.5:1 (Image Field Names)',
			'Reference Image 2: 299 × 300 pixels; both sides must be at least 300 (Image Field Names)',
		])
			expect(message).toContain(part);
	});

	test.each(['data', '={{ $binary.data }}'])(
		'a file of an n8n that keeps all files in memory: %s',
		async (name) => {
			jest
				.spyOn(Container.get(BinaryDataService), 'store')
				.mockImplementation(async (_location, content, file) => {
					if (!Buffer.isBuffer(content)) throw new Error('not from memory');
					return { ...file, data: content.toString('base64') };
				});
			expect(await complaint([{ json: {}, binary: { data: inline() } }], first(name))).toContain(
				'which n8n holds in memory only',
			);
		},
	);

	test('a file in an expression, which n8n gives without its content, and two look the same', async () => {
		const binary = { data: inline(), other: inline(A) };
		expect(await complaint([{ json: {}, binary }], first('={{ $binary.data }}'))).toBe(
			'Image Field Name is a file whose content n8n leaves out of expressions. Give the name of its field instead',
		);
	});

	test('none, where the files are in the JSON', async () => {
		const json = { _files: { photo: { ...(await storeBinary(FRAME, PNG)) } } };
		expect(await complaint([{ json }], first('={{ $binary.photo }}'))).toBe(
			'Image Field Name must name 1 file, but it names none; the item has its files in its JSON, such as _files.photo',
		);
	});

	test('a file of an n8n that a public service cannot reach', async () => {
		const binary = { data: await storeBinary(FRAME, PNG) };
		const message = await complaint(
			[{ json: {}, binary }],
			first('data'),
			'https://api.aivideoapi.invalid',
		);
		expect(message).toContain('n8n would serve at 127.0.0.1, where HappyHorse can’t reach it');
		expect(message).toContain('WEBHOOK_URL');
		expect(code).toBe('not_reachable');
	});
});

describe('the length of a clip that comes as a file', () => {
	const edit = (options = {}) =>
		video('editVideo', { videoSource: 'binary', resolution: '720p', options });

	test('makes the estimate exact; parts of a second count as whole ones against the budget', async () => {
		const binary = { data: await storeBinary(mediaFile('29.97fps.mov'), 'video/quicktime') };
		const { json } = await run({
			items: [{ json: {}, binary }],
			parameters: edit({ maxCredits: 275 }),
		});
		// 4.004 seconds in, as many out
		expect(json[0].creditsEstimated).toBe(220.22);
		bench.sandbox.reset();
		const { error } = await run({
			items: [{ json: {}, binary }],
			parameters: edit({ maxCredits: 274 }),
		});
		expect(error?.message).toBe(
			'This run would cost up to 275 credits, more than the 274 that ‘Max Credits’ allows',
		);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('that is not told is let through, with a hint', async () => {
		const binary = { data: await storeBinary(mediaFile('fragments.mp4'), 'video/mp4') };
		const { json, taskData } = await run({ items: [{ json: {}, binary }], parameters: edit() });
		expect(json[0].status).toBe('completed');
		expect(json[0]).not.toHaveProperty('creditsEstimated');
		const hints = taskData.hints?.map(({ message }) => message);
		expect(hints).toContain('Video: its length could not be determined.');
	});
});

test('a storage that takes no more says so, and the paid task and its URL stay named', async () => {
	const full = jest
		.spyOn(Container.get(BinaryDataService), 'store')
		.mockRejectedValue(new Error('ENOSPC: no space left on device'));
	const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
	expect(error?.message).toBe(
		'The video is finished but could not be downloaded: n8n could not store the file: ENOSPC: no space left on device',
	);
	const [task] = bench.sandbox.tasks.values();
	expect(error?.context).toMatchObject({
		code: 'storage_refused',
		taskId: task.id,
		videoUrl: task.videoUrls[0],
	});
	// the same storage would refuse it again
	expect(full).toHaveBeenCalledTimes(1);
});

test('lets go of every file that it looks at, also where its beginning is enough', async () => {
	const service = Container.get(BinaryDataService);
	const streams: Readable[] = [];
	const getAsStream = service.getAsStream.bind(service);
	jest.spyOn(service, 'getAsStream').mockImplementation(async (id, chunk) => {
		const stream = await getAsStream(id, chunk);
		streams.push(stream);
		return stream;
	});
	const photo = await storeBinary(Buffer.concat([FRAME, Buffer.alloc(1024 * 1024)]), 'image/jpeg');
	await run({
		items: [{ json: {}, binary: { photo } }],
		parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'photo' }),
	});
	expect(bench.sandbox.tasks.size).toBe(1);
	expect(streams.length).toBeGreaterThan(0);
	expect(streams.filter(({ destroyed }) => !destroyed)).toEqual([]);
});
