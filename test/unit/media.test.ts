/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the test's files */
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import fc from 'fast-check';

import { box, fullBox, joined, u32, u64 } from '../../nodes/HappyHorse/film/boxWriter';
import { boxesIn, framesOf } from '../../nodes/HappyHorse/media/boxes';
import type { Bytes } from '../../nodes/HappyHorse/media/bytes';
import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { readImage } from '../../nodes/HappyHorse/media/image';
import { lengthsOf } from '../../nodes/HappyHorse/media/lengths';
import type { Facts, Role } from '../../nodes/HappyHorse/media/rules';
import { judge } from '../../nodes/HappyHorse/media/rules';
import type { Mode } from '../../nodes/HappyHorse/contract/modes';
import { fetchMedia } from '../sandbox/media';
import { zooFile } from '../support/mediaHost';

const FOLDER = join(__dirname, '..', 'fixtures', 'media');
const NAMES = readdirSync(FOLDER).filter((name) => name !== 'ffprobe.json');

interface Probed {
	width: number;
	height: number;
	duration?: number;
	frameRate?: number;
}

const PROBED: Record<string, Probed> = JSON.parse(
	readFileSync(join(FOLDER, 'ffprobe.json'), 'utf8'),
);

/** In chunks of an odd size, so that what is looked for is cut everywhere. */
const open = (name: string, highWaterMark = 1_013): Bytes =>
	new StreamBytes(
		createReadStream(join(FOLDER, name), { highWaterMark }),
		statSync(join(FOLDER, name)).size,
	);

const isClip = (name: string) => /\.(mp4|mov|webm|avi)$/.test(name);
const read = async (name: string, bytes = open(name)) =>
	await (isClip(name) ? readClip(bytes) : readImage(bytes));

const ofKind = (...kinds: string[]) =>
	NAMES.filter((name) => kinds.includes(name.split('.').pop() ?? ''));

test.each(ofKind('jpg', 'png', 'webp', 'mp4', 'mov'))('%s is what ffprobe says', async (name) => {
	const { width, height, duration, frameRate } = PROBED[name];
	const facts = await read(name);
	expect(facts).toMatchObject({ width, height });
	if (!isClip(name)) return;
	// what a file in fragments does not tell in its head is not known
	const isKnown = name !== 'fragments.mp4';
	const { duration: seconds, frameRate: rate } = {
		duration: undefined,
		frameRate: undefined,
		...facts,
	};
	if (isKnown) expect(seconds).toBeCloseTo(duration ?? NaN, 2);
	else expect(seconds).toBeUndefined();
	if (isKnown) expect(rate).toBeCloseTo(frameRate ?? NaN, 2);
	else expect(rate).toBeUndefined();
});

test.each([
	['3s.mp4', 'MP4'],
	['800x320.mov', 'MOV'],
	['640x480.webm', 'WEBM or MKV'],
	['640x480.avi', 'AVI'],
	['300x300.jpg', 'JPEG'],
	['300x299.png', 'PNG'],
	['300x750.webp', 'WEBP'],
	['640x480.gif', 'GIF'],
	['64x48.bmp', 'BMP'],
	['640x480.tiff', 'TIFF or camera raw'],
])('%s is recognized by its content', async (name, format) => {
	expect((await read(name))?.format).toBe(format);
});

test.each<[Role, string, string[]]>([
	['firstFrame', '300x300.jpg', []],
	['firstFrame', '299x300.jpg', ['299 × 300 pixels; both sides must be at least 300']],
	['firstFrame', '300x299.png', ['300 × 299 pixels; both sides must be at least 300']],
	['firstFrame', '750x300.png', []],
	['firstFrame', '751x300.png', ['751 × 300 pixels; the aspect ratio must be from 1:2.5 to 2.5:1']],
	['editImage', '300x750.webp', []],
	['editImage', '300x751.webp', ['300 × 751 pixels; the aspect ratio must be from 1:2.5 to 2.5:1']],
	['editImage', '299x300.jpg', ['299 × 300 pixels; both sides must be at least 300']],
	['referenceImage', '400x1200.webp', []],
	['referenceImage', '399x1200.jpg', ['399 × 1200 pixels; the short side must be at least 400']],
	['referenceImage', 'alpha-640x400.webp', []],
	['firstFrame', '640x480.gif', ['GIF; it must be JPEG, PNG or WEBP']],
	['firstFrame', '3s.mp4', ['MP4; it must be JPEG, PNG or WEBP']],
	['video', '3s.mp4', []],
	['video', '2.9s.mp4', ['2.9 seconds; it must be 3 to 60 seconds long']],
	['video', '60s.mp4', []],
	['video', '60.1s.mp4', ['60.1 seconds; it must be 3 to 60 seconds long']],
	['video', '8fps.mp4', ['8 frames per second; it must have more than 8']],
	['video', '8.1fps.mp4', []],
	['video', '29.97fps.mov', []],
	['video', '2160x864.mp4', []],
	['video', '2162x866.mp4', ['2162 × 866 pixels; the long side must be at most 2160']],
	['video', '320x480.mp4', []],
	['video', '318x480.mp4', ['318 × 480 pixels; the short side must be at least 320']],
	['video', '800x320.mov', []],
	['video', '802x320.mov', ['802 × 320 pixels; the aspect ratio must be from 1:2.5 to 2.5:1']],
	['video', 'sound.mp4', []],
	['video', '640x480.webm', ['WEBM or MKV; it must be MP4 or MOV']],
	['video', '300x300.jpg', ['JPEG; it must be MP4 or MOV']],
])('as %s, %s: %j', async (role, name, objections) => {
	const facts = role === 'video' ? await readClip(open(name)) : await readImage(open(name));
	expect(judge(role, { bytes: 1, ...facts! }).objections).toEqual(objections);
});

test.each<[Role, number, string[]]>([
	['firstFrame', 20 * 1024 * 1024, []],
	['firstFrame', 20 * 1024 * 1024 + 1024 * 10, ['20.01 MB; it must be at most 20 MB']],
	['video', 100 * 1024 * 1024, []],
	['video', 101 * 1024 * 1024, ['101 MB; it must be at most 100 MB']],
])('as %s, a file of %i bytes', (role, bytes, objections) => {
	const format = role === 'video' ? 'MP4' : 'PNG';
	const facts = { format, bytes, width: 500, height: 500, duration: 5, frameRate: 24 };
	expect(judge(role, facts).objections).toEqual(objections);
});

test.each<[Facts, number, number]>([
	[{ format: 'MP4', bytes: 1, width: 3840, height: 2160, duration: 5, frameRate: 30 }, 0, 1],
	[{ format: 'MP4', bytes: 2e8, width: 4096, height: 318, duration: 5, frameRate: 8 }, 0, 5],
	[{ format: 'MP4', bytes: 1, width: 3840, height: 2160, duration: 61, frameRate: 30 }, 1, 1],
	[{ format: 'GIF', bytes: 1 }, 1, 0],
	[{ format: 'MP4', defect: 'the file is cut off' }, 1, 0],
])('limits that only warn: %j', (facts, refused, warned) => {
	const { objections, warnings } = judge('video', facts, 'warn');
	expect([objections.length, warnings.length]).toEqual([refused, warned]);
	for (const warning of warnings)
		expect(warning).toContain('HappyHorse may refuse it and refund the credits');
});

test('what is not known is let through, and named', () => {
	expect(judge('video', { format: 'MP4' })).toEqual({
		objections: [],
		warnings: ['size', 'width and height', 'length', 'frame rate'].map(
			(what) => `its ${what} could not be determined`,
		),
	});
});

const fromBytes = (content: Uint8Array) =>
	new StreamBytes(
		(async function* () {
			yield content;
		})(),
		content.length,
	);

describe('whatever the bytes are, reading them ends and throws nothing:', () => {
	test.each(NAMES)('%s, cut off or changed anywhere', async (name) => {
		const content = readFileSync(join(FOLDER, name));
		const within = fc.nat({ max: content.length - 1 });
		await fc.assert(
			fc.asyncProperty(
				within,
				fc.array(fc.tuple(within, fc.nat({ max: 255 })), { maxLength: 8 }),
				async (end, changes) => {
					const spoiled = Buffer.from(content.subarray(0, end + 1));
					for (const [at, value] of changes) if (at <= end) spoiled[at] = value;
					await readClip(fromBytes(spoiled));
					await readImage(fromBytes(spoiled));
				},
			),
			{ numRuns: 150 },
		);
	});

	test('and at random', async () => {
		const heads = [
			'\x89PNG\r\n\x1a\n',
			'\xff\xd8\xff',
			'RIFF1234WEBPVP8 ',
			'\0\0\0\x10ftypisom',
			'',
		];
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...heads),
				fc.uint8Array({ maxLength: 300 }),
				async (head, rest) => {
					const content = Buffer.concat([Buffer.from(head, 'latin1'), rest]);
					await readClip(fromBytes(content));
					await readImage(fromBytes(content));
				},
			),
			{ numRuns: 5_000 },
		);
	});
});

describe('the sandbox, which reads with libraries, agrees on', () => {
	const server = createServer((request, response) => {
		response.end(readFileSync(join(FOLDER, decodeURIComponent(request.url ?? '').slice(1))));
	});
	let base: string;
	beforeAll(async () => {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterAll(() => server.close());

	const MODES: Array<[Role, Mode]> = [
		['firstFrame', 'imageToVideo'],
		['referenceImage', 'referenceToVideo'],
		['editImage', 'editVideo'],
		['video', 'editVideo'],
	];

	// what does not tell its length is let through here, and the service says what it thinks of it
	test.each(NAMES.filter((name) => name !== 'fragments.mp4'))('%s', async (name) => {
		for (const [role, mode] of MODES) {
			const input = { [role === 'video' ? 'video_urls' : 'image_urls']: [`${base}/${name}`] };
			const objection = await fetchMedia(mode, input, new AbortController().signal, () => {});
			const facts = role === 'video' ? await readClip(open(name)) : await readImage(open(name));
			const { objections } = judge(role, { format: 'unknown', bytes: 1, ...facts });
			expect([role, objections.length > 0]).toEqual([role, objection !== undefined]);
		}
	});
});

test('frames that all differ in length have a shortest one, which is not the last', () => {
	const rows = [...u32(1), ...u32(100), ...u32(1), ...u32(50), ...u32(1), ...u32(1)];
	const bytes = fullBox('stts', 0, 0, u32(3), rows);
	const [stts] = boxesIn(bytes, { type: '', from: 0, to: bytes.length });
	expect(framesOf(bytes, stts)).toEqual({ frames: 3, shortest: 50 });
});

test('the picture that is enabled counts, however large another one is', async () => {
	const photo = zooFile('motion-photo.mp4');
	async function* chunks() {
		yield photo;
	}
	const read = async () => await readClip(new StreamBytes(chunks(), photo.length));
	const large = await read();
	for (let at = photo.indexOf('tkhd'); at >= 0; at = photo.indexOf('tkhd', at + 4))
		photo[at + 7] ^= 1;
	const small = await read();
	expect(small?.width).toBeLessThan(large?.width ?? 0);
});

test('a track’s header of 64 bits tells its length', () => {
	const header = [...u32(0), ...u32(0), ...u32(1_000), ...u32(3_000)];
	const track = [...u64(0), ...u64(0), ...u32(1), ...u32(0), ...u64(70_000)];
	const index = joined([
		fullBox('mvhd', 0, 0, header),
		box('trak', fullBox('tkhd', 1, 3, track), box('mdia', fullBox('mdhd', 0, 0, header))),
	]);
	const boxes = boxesIn(index, { type: 'moov', from: 0, to: index.length });
	expect(lengthsOf(index, boxes, boxes[1])).toMatchObject({ duration: 3, longestDuration: 70 });
});
