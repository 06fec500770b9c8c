/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { measureDownloads } from './downloads';
import { closeAll, say } from './host';
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
	if (names.length === 0) await saveResults(measures);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.once(signal, () => void closeAll().finally(() => process.exit(1)));

main(process.argv.slice(2)).catch(async (error: unknown) => {
	process.stderr.write(
		`The benchmark was not finished: ${error instanceof Error ? error.message : String(error)}\n`,
	);
	process.exitCode = 1;
	await closeAll();
});
