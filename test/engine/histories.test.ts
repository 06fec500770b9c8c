/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import type { History } from '../histories/history';
import { anyHistory, tell } from '../histories/history';
import { brokenRules } from '../histories/invariants';
import { Stage } from '../histories/play';

/** How many are played: of a fixed seed, so that everybody plays the same, and of a new one. */
const FIXED = { seed: 20_260_105, runs: 200 };
const asked = Number(process.env.HISTORIES ?? 0);
const FRESH = {
	seed: Number(process.env.HISTORIES_SEED) || Date.now() % 1_000_000_000,
	runs: asked || 50,
};

const stage = new Stage();
beforeAll(async () => await stage.open());
afterAll(async () => await stage.close());

const brokenBy = async (history: History) => brokenRules(history, await stage.play(history));

/** Plays made-up histories. One that breaks a rule is made as simple as can be, and told. */
async function playMany({ seed, runs }: { seed: number; runs: number }): Promise<void> {
	const property = fc.asyncProperty(anyHistory, async (history) => {
		return (await brokenBy(history)).length === 0;
	});
	const { failed, numRuns, counterexample } = await fc.check(property, { seed, numRuns: runs });
	if (!failed) return;
	const [history] = counterexample ?? [];
	if (!history) throw new Error('fast-check gave no history');
	if (process.env.HISTORIES_OUT)
		appendFileSync(join(process.env.HISTORIES_OUT), `${JSON.stringify(history)}\n`);
	throw new Error(
		`History ${numRuns} of seed ${seed} breaks a rule:\n${tell(history)}\n${(await brokenBy(history)).join('\n')}\n${JSON.stringify(history)}`,
	);
}

test(`${FIXED.runs} histories of a fixed seed leave no rule broken`, async () => {
	if (asked > 0) return;
	await playMany(FIXED);
}, 120_000);

test(`${FRESH.runs} new histories leave no rule broken (seed ${FRESH.seed})`, async () => {
	await playMany(FRESH);
}, 36_000_000);
