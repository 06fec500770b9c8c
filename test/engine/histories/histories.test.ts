/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import type { History } from './history';
import { anyHistory } from './history';
import { brokenRules } from './invariants';
import { Stage } from './play';
import { tell } from './tell';

/** `npm run histories`: how many are asked for. */
const asked = Number(process.env.HISTORIES ?? 0);

/** Of a fixed seed, so that everybody plays the same, and of a new one, which stands in the name of its test. */
const FIXED = { seed: 20_260_105, runs: 200 };
const FRESH = {
	seed: Number(process.env.HISTORIES_SEED) || Date.now() % 1_000_000_000,
	runs: asked || 50,
};

/** Histories that once broke a rule, as simple as they can be. */
const FILE = join(__dirname, 'regressions.json');
const REGRESSIONS: History[] = JSON.parse(readFileSync(FILE, 'utf8'));

const stage = new Stage();
beforeAll(async () => await stage.open());
afterAll(async () => await stage.close());

const brokenBy = async (history: History) => brokenRules(history, await stage.play(history));

/** Plays made-up histories. One that breaks a rule is made as simple as can be, told, and kept where many are asked for. */
async function playMany({ seed, runs }: { seed: number; runs: number }): Promise<void> {
	// of the simplest history last: played again it may go well on a machine that is less busy
	let broken: string[] = [];
	const property = fc.asyncProperty(anyHistory, async (history) => {
		const found = await brokenBy(history);
		if (found.length > 0) broken = found;
		return found.length === 0;
	});
	const { failed, counterexample } = await fc.check(property, { seed, numRuns: runs });
	if (!failed) return;
	const [history] = counterexample ?? [];
	if (!history) throw new Error('fast-check gave no history');
	if (asked > 0)
		writeFileSync(FILE, `${JSON.stringify([...REGRESSIONS, history], undefined, '\t')}\n`);
	throw new Error(
		`A rule is broken (seed ${seed}):\n${tell(history)}\n${broken.join('\n')}\n${JSON.stringify(history)}`,
	);
}

test.each(REGRESSIONS.map((history) => [tell(history), history]))('%s', async (_told, history) => {
	expect(await brokenBy(history)).toEqual([]);
});

(asked > 0 ? test.skip : test)(
	`${FIXED.runs} histories of a fixed seed break no rule`,
	async () => await playMany(FIXED),
	120_000,
);

test(
	`${FRESH.runs} new histories of seed ${FRESH.seed} break no rule`,
	async () => await playMany(FRESH),
	36_000_000,
);
