/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureHost, N8N_VERSION } from '../support/n8nHost';
import { ROOT } from '../support/pack';
import type { Measure } from './measure';

/** Which program measured: `npm run bench`, `npm run test:queue`, and so on; its folder in `test/` has the same name. */
export type Source = 'bench' | 'queue' | 'network' | 'siege' | 'soak';

/** What a full run has measured, and on what. */
export interface Results {
	/** An ISO date. */
	date: string;
	versions: { package: string; n8n: string; nodeOfN8n: string; nodeOfBench: string };
	machine: { cpu: string; cores: number; memoryGB: number; os: string };
	measures: Measure[];
}

/** The page that shows the results. */
export const PAGE = join(ROOT, 'docs', 'evidence', 'scaling.md');

export const resultsFile = (source: Source) => join(ROOT, 'test', source, 'results.json');

const HEAD = ['measure', 'target', 'measured', 'met?'];

const verdict = ({ target, met }: Measure) => (target === '–' ? '' : met ? 'yes' : 'NO');

const cellsOf = (line: Measure) => [line.measure, line.target, line.measured, verdict(line)];

/** The measures as a table, each line with a verdict where something is asked. */
export function tableOf(measures: Measure[]): string {
	const rows = [HEAD, ...measures.map(cellsOf)];
	const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
	return rows
		.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
		.join('\n');
}

/** The same for a page, with what it was measured on. */
export function sectionOf({ date, versions, machine, measures }: Results): string {
	const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
	const { cpu, cores, memoryGB } = machine;
	return [
		`Measured on ${date.slice(0, 10)} with n8n ${versions.n8n} on Node.js ${versions.nodeOfN8n.replace('v', '')}, on ${cores} cores (${cpu}) and ${memoryGB} GB of memory, which the sandbox and the measuring program share.`,
		'',
		row(HEAD),
		row(HEAD.map(() => '---')),
		...measures.map((line) => row(cellsOf(line))),
	].join('\n');
}

const borders = (source: Source) => [`<!-- ${source} -->\n`, `\n<!-- /${source} -->`] as const;

/** What a page shows of a program's results. */
export function shownSection(page: string, source: Source): string {
	const [begin, end] = borders(source);
	return page.slice(page.indexOf(begin) + begin.length, page.indexOf(end));
}

/** Keeps the measures of a full run, and shows them in the page. */
export async function saveResults(source: Source, measures: Measure[]): Promise<void> {
	const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
	const { node } = await ensureHost(N8N_VERSION);
	const { stdout } = await promisify(execFile)(node, ['--version']);
	const results: Results = {
		date: new Date().toISOString(),
		versions: {
			package: version,
			n8n: N8N_VERSION,
			nodeOfN8n: stdout.trim(),
			nodeOfBench: process.version,
		},
		machine: {
			cpu: cpus()[0]?.model ?? '',
			cores: cpus().length,
			memoryGB: Math.round(totalmem() / 2 ** 30),
			os: `${type()} ${release()}`,
		},
		measures,
	};
	await writeFile(resultsFile(source), `${JSON.stringify(results, undefined, '\t')}\n`);
	const page = await readFile(PAGE, 'utf8');
	const [begin, end] = borders(source);
	await writeFile(
		PAGE,
		page.replace(begin + shownSection(page, source) + end, () => begin + sectionOf(results) + end),
	);
}
