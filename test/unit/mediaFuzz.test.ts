/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the test's files and measures this process */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import type { Bytes } from '../../nodes/HappyHorse/media/bytes';
import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import type { ClipFacts } from '../../nodes/HappyHorse/media/clip';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { readImage } from '../../nodes/HappyHorse/media/image';
import { judge } from '../../nodes/HappyHorse/media/rules';

const FOLDER = join(__dirname, '..', 'fixtures', 'zoo');
const ZOO = readdirSync(FOLDER)
	.filter((name) => name !== 'probed.json')
	.map((name): [string, Buffer] => [name, readFileSync(join(FOLDER, name))])
	.filter(([, content]) => content.length > 0);

/** For any one file; reading one takes less than a thousandth of it. */
const MOST_CPU_MS = 400;
const MEGABYTE = 1024 * 1024;

const READERS = [readImage, readClip] as const;

function* pieces(content: Uint8Array, length: number): Generator<Uint8Array> {
	for (let at = 0; at < content.length; at += length) yield content.subarray(at, at + length);
}

const streamed = (content: Uint8Array, length = 1_400, size?: number) =>
	new StreamBytes(
		(async function* () {
			yield* pieces(content, length);
		})(),
		size,
	);

/** A host that goes silent after some bytes of a file whose size it has told. */
const silentAfter = (content: Uint8Array, end: number): Bytes => ({
	size: content.length,
	at: async (offset, length) =>
		offset + length > end ? undefined : content.subarray(offset, offset + length),
});

async function cpuOf<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
	const before = process.cpuUsage();
	const result = await work();
	const { user, system } = process.cpuUsage(before);
	return { ms: (user + system) / 1_000, result };
}

/** Reads in bounds; whatever is said is a measure that can be, and can be judged. */
async function readWithinBounds(bytes: () => Bytes): Promise<void> {
	for (const read of READERS) {
		const { ms, result } = await cpuOf<ClipFacts | undefined>(async () => await read(bytes()));
		expect(ms).toBeLessThan(MOST_CPU_MS);
		if (!result) continue;
		for (const value of [result.width, result.height, result.duration, result.frameRate])
			expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
		const { objections, warnings } = judge(read === readClip ? 'video' : 'firstFrame', result);
		expect([...objections, ...warnings].join()).not.toMatch(/NaN|undefined|Infinity/);
	}
}

describe('reading ends within bounds and throws nothing:', () => {
	test.each(ZOO)('%s with bytes changed, left out and put in', async (_name, content) => {
		const where = fc.nat({ max: content.length });
		const change = fc.record({
			at: where,
			out: fc.nat({ max: 40 }),
			put: fc.uint8Array({ maxLength: 16 }),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
				let spoiled = content;
				for (const { at, out, put } of changes)
					spoiled = Buffer.concat([spoiled.subarray(0, at), put, spoiled.subarray(at + out)]);
				await readWithinBounds(() => streamed(spoiled, 1_400, spoiled.length));
			}),
			{ numRuns: 60 },
		);
	});

	test('arbitrary bytes behind beginnings that are known', async () => {
		const heads = [
			'\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
			'\xff\xd8\xff',
			'RIFF1234WEBPVP8X',
			'II*\0',
			'\0\0\0\x10ftypisom\0\0\0\0',
			'\0\0\0\x10ftypqt  \0\0\0\0',
			'\0\0\0\0moov',
			'',
		];
		const box = fc.tuple(
			fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0xffffffff })),
			fc.constantFrom(
				'moov',
				'trak',
				'mdia',
				'hdlr',
				'mdhd',
				'mvhd',
				'stbl',
				'stts',
				'stsd',
				'elst',
				'edts',
				'mvex',
				'mehd',
				'mdat',
				'vide',
			),
			fc.uint8Array({ maxLength: 60 }),
		);
		const boxes = fc.array(box, { maxLength: 12 }).map((list) =>
			Buffer.concat(
				list.map(([size, type, rest]) => {
					const head = Buffer.alloc(8);
					head.writeUInt32BE(size);
					head.write(type, 4);
					return Buffer.concat([head, rest]);
				}),
			),
		);
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...heads),
				fc.oneof(fc.uint8Array({ maxLength: 400 }), boxes),
				fc.boolean(),
				async (head, rest, isSizeKnown) => {
					const content = Buffer.concat([Buffer.from(head, 'latin1'), rest]);
					await readWithinBounds(() =>
						streamed(content, 7, isSizeKnown ? content.length : undefined),
					);
				},
			),
			{ numRuns: 4_000 },
		);
	});
});

describe('nothing is said that is not so:', () => {
	test.each(ZOO)('%s, of which only a part comes', async (_name, content) => {
		await fc.assert(
			fc.asyncProperty(fc.nat({ max: content.length }), async (end) => {
				for (const read of READERS) {
					const whole: ClipFacts | undefined = await read(streamed(content));
					if (!whole) continue;
					// cut off, and told to be
					const cut: ClipFacts | undefined = await read(streamed(content.subarray(0, end)));
					if (cut && cut.defect === undefined) expect(whole).toMatchObject(withoutGaps(cut));
					// whole as far as anybody knows
					const silent: ClipFacts | undefined = await read(silentAfter(content, end));
					if (silent) expect(whole).toMatchObject(withoutGaps(silent));
				}
			}),
			{ numRuns: 60 },
		);
	});
});

const withoutGaps = (facts: object) =>
	Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

/** A box of so many bytes, as a stream in pieces; nothing of it is there before it is asked for. */
async function* boxOf(type: string, bytes: number, piece: number): AsyncGenerator<Uint8Array> {
	const head = Buffer.alloc(8);
	head.writeUInt32BE(bytes);
	head.write(type, 4);
	yield head;
	for (let at = 8; at < bytes; at += piece) yield Buffer.alloc(Math.min(piece, bytes - at));
}

const FTYP = Buffer.from('\0\0\0\x10ftypisom\0\0\0\0', 'latin1');

describe('large files in small pieces', () => {
	test('an index of 8 MB takes time in proportion to its size, not to its square', async () => {
		const timeFor = async (bytes: number) => {
			const stream = async function* () {
				yield FTYP;
				yield* boxOf('moov', bytes, 1_400);
			};
			return (await cpuOf(async () => await readClip(new StreamBytes(stream())))).ms;
		};
		await timeFor(MEGABYTE);
		expect(await timeFor(8 * MEGABYTE)).toBeLessThan(1_500);
	});

	test('a clip of 100 MB is never held as a whole', async () => {
		const { arrayBuffers: before } = process.memoryUsage();
		let most = 0;
		const stream = async function* () {
			yield FTYP;
			for await (const piece of boxOf('mdat', 100 * MEGABYTE, 64 * 1024)) {
				most = Math.max(most, process.memoryUsage().arrayBuffers - before);
				yield piece;
			}
			yield readFileSync(join(FOLDER, 'behind.mp4'));
		};
		const facts = await readClip(new StreamBytes(stream()));
		expect(facts).toMatchObject({ width: 480, height: 320, duration: 4, frameRate: 10 });
		// what Node.js has not cleared away yet counts too
		expect(most).toBeLessThan(48 * MEGABYTE);
	});

	test('more parts than any file has end the search', async () => {
		const parts = Buffer.concat(
			Array.from({ length: 20_000 }, () => Buffer.from('\0\0\0\x08free')),
		);
		const content = Buffer.concat([FTYP, parts]);
		const { ms, result } = await cpuOf(async () => await readClip(streamed(content)));
		expect(result).toEqual({ format: 'MP4' });
		expect(ms).toBeLessThan(MOST_CPU_MS);
	});
});
