/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the test's files and measures this process */
import { readdirSync } from 'node:fs';

import fc from 'fast-check';

import { planJoin } from '../../nodes/HappyHorse/film/join';
import type { FilmPlan } from '../../nodes/HappyHorse/film/plan';
import { planReplaceSound } from '../../nodes/HappyHorse/film/replaceSound';
import { Refusal } from '../../nodes/HappyHorse/film/source';
import { planTrim, planTrimTo } from '../../nodes/HappyHorse/film/trim';
import { BytesInput, clipFile, FILMS } from '../support/films';

const MEGABYTE = 1024 * 1024;
const ZOO = readdirSync(FILMS)
	.filter((name) => name !== 'probed.json')
	.map((name): [string, Buffer] => [name, clipFile(name)]);
const HEALTHY = clipFile('a.mp4');

/** For planning any one film; most take a thousandth of it. An index that lies may ask for hours of silence. */
const MOST_CPU_MS = 5_000;
/** What an index that lies may ask for: a film of four hours. */
const MOST_MEMORY = 192 * MEGABYTE;
/** Films that are longer are looked at in part. */
const MOST_WRITTEN = 4 * MEGABYTE;

/** Films of each file; more on demand. */
const RUNS = Number(process.env.FUZZ ?? 10);

const input = (bytes: Uint8Array, number: number) =>
	new BytesInput(bytes, `Clip ${number}`, 4_096, bytes, number % 2 === 0);

/** All that can be made of a file. */
const WAYS: Array<(bytes: Uint8Array) => Promise<FilmPlan>> = [
	async (bytes) => await planJoin([input(HEALTHY, 1), input(bytes, 2)]),
	async (bytes) => await planJoin([input(bytes, 1), input(HEALTHY, 2)]),
	async (bytes) => await planJoin([input(bytes, 2), input(bytes, 3)], { sound: 'remove' }),
	async (bytes) => await planTrim(input(bytes, 1), { start: 0.7, end: 1.5 }),
	async (bytes) => await planTrimTo(input(bytes, 2), 0.7, { atLeast: 0.65 }),
	async (bytes) => await planReplaceSound(input(HEALTHY, 1), { sound: input(bytes, 2) }),
	async (bytes) => await planReplaceSound(input(bytes, 1), { sound: input(HEALTHY, 2) }),
];

/** Writes a film, and holds it against its plan: it is as long as planned, or it ends with a refusal. */
async function write(plan: FilmPlan): Promise<void> {
	let bytes = 0;
	for await (const piece of plan.write()) {
		bytes += piece.length;
		if (bytes > MOST_WRITTEN) return;
	}
	expect(bytes).toBe(plan.size);
}

const saysNothingOdd = (text: string) =>
	expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);

async function makeWithinBounds(bytes: Uint8Array): Promise<void> {
	for (const plan of WAYS) {
		const { user, system } = process.cpuUsage();
		const before = process.memoryUsage().arrayBuffers;
		try {
			const planned = await plan(bytes);
			for (const number of [planned.duration, planned.width, planned.height, planned.size])
				expect(Number.isFinite(number) && number > 0).toBe(true);
			await write(planned);
		} catch (error) {
			expect(error).toBeInstanceOf(Refusal);
			saysNothingOdd(String((error as Refusal).reason));
		}
		const now = process.cpuUsage();
		expect((now.user + now.system - user - system) / 1_000).toBeLessThan(MOST_CPU_MS);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MOST_MEMORY);
	}
}

/** Numbers that tables and lengths can't mean. */
const NASTY = [0, 1, 7, 8, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** Where a file's index begins; fragments and heads of packets are all over it. */
const indexOf = (bytes: Buffer) => Math.max(0, bytes.indexOf('moov') - 4);

describe('a film ends within bounds, as planned or with a refusal:', () => {
	test.each(ZOO)('%s with numbers changed in its index', async (_name, content) => {
		const from = indexOf(content);
		const at = fc.nat({ max: content.length - from - 4 });
		const number = fc.oneof(fc.constantFrom(...NASTY), fc.nat({ max: 0xffffffff }));
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.tuple(at, number), { minLength: 1, maxLength: 3 }),
				async (changes) => {
					const spoiled = Buffer.from(content);
					for (const [offset, value] of changes) spoiled.writeUInt32BE(value, from + offset);
					await makeWithinBounds(spoiled);
				},
			),
			{ numRuns: RUNS },
		);
	});

	test.each(ZOO)('%s with bytes changed, left out and put in', async (_name, content) => {
		const change = fc.record({
			at: fc.nat({ max: content.length }),
			out: fc.nat({ max: 40 }),
			put: fc.uint8Array({ maxLength: 16 }),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
				let spoiled = content;
				for (const { at, out, put } of changes)
					spoiled = Buffer.concat([spoiled.subarray(0, at), put, spoiled.subarray(at + out)]);
				await makeWithinBounds(spoiled);
			}),
			{ numRuns: RUNS },
		);
	});

	test.each(ZOO)('%s, of which only a part comes', async (_name, content) => {
		await fc.assert(
			fc.asyncProperty(fc.nat({ max: content.length }), async (end) => {
				await makeWithinBounds(content.subarray(0, end));
			}),
			{ numRuns: RUNS },
		);
	});

	test.each(ZOO)('%s, of which only a part comes the second time', async (_name, content) => {
		await fc.assert(
			fc.asyncProperty(fc.nat({ max: content.length - 1 }), async (end) => {
				const cut = new BytesInput(content, 'Clip 1', 512, content.subarray(0, end));
				const plan = await planJoin([cut], { sound: 'remove' }).catch(() => undefined);
				if (!plan) return;
				const result = await write(plan).then(
					() => 'whole',
					(error: unknown) => error,
				);
				// the end may hold nothing but the index
				if (result !== 'whole') expect(result).toBeInstanceOf(Refusal);
			}),
			{ numRuns: RUNS },
		);
	});
});
