/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { runProgram, say } from '../support/program';
import { measureDownloads } from './downloads';
import { measureGrowth } from './growth';
import { measureItems } from './items';
import type { Measure } from './measure';
import { measureLoad, measurePack } from './package';
import { saveResults, tableOf } from './report';
import { measureTrigger } from './trigger';
import { measureValidation } from './validation';
import { measureWaiting } from './waiting';

const GROUPS = new Map<string, () => Promise<Measure[]>>([
	['pack', measurePack],
	['load', measureLoad],
	['validation', measureValidation],
	['items', measureItems],
	['waiting', measureWaiting],
	['growth', measureGrowth],
	['downloads', measureDownloads],
	['trigger', measureTrigger],
]);

/** Measures the groups that are named, or all; only all of them together are kept as results. */
async function main(names: string[]): Promise<void> {
	const unknown = names.filter((name) => !GROUPS.has(name));
	if (unknown.length > 0)
		throw new Error(`${unknown.join(', ')}: there are only ${[...GROUPS.keys()].join(', ')}`);
	const measures: Measure[] = [];
	try {
		for (const [name, measure] of GROUPS) {
			if (names.length > 0 && !names.includes(name)) continue;
			say(`Measuring: ${name} …`);
			measures.push(...(await measure()));
		}
	} finally {
		say(`\n${tableOf(measures)}`);
	}
	if (names.length === 0) await saveResults('bench', measures);
}

runProgram(async () => await main(process.argv.slice(2)));
