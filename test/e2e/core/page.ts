/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ROOT } from '../../support/pack';

/** What one test came to. */
export interface Cell {
	result: 'yes' | 'no' | '–';
	/** Why not, where that is known. */
	reason?: string;
}

/** What was seen of one version of n8n. */
export interface Row {
	n8n: string;
	/** A date such as 2026-11-26. */
	date: string;
	node?: string;
	package?: string;
	/** By the tests' names, in their order; none where it can't be installed. */
	cells: Record<string, Cell>;
	/** Why it can't be installed or started. */
	missing?: string;
}

const PAGE = join(ROOT, 'docs', 'evidence', 'compatibility.md');
const RESULTS = join(ROOT, 'test', 'e2e', 'core', 'results.json');

const INTRODUCTION = `# Tested versions of n8n

Each cell is a test in a whole n8n of that version, with the service played locally. \`npm run test:e2e -- --n8n all\` runs them for the versions that all tests run with and for the newest that can be installed, \`--n8n 1.94.1,2.20.12\` for those that are named; a row is kept until its version is tested again. Once a week a workflow does the same, and opens an issue when a cell turns. A dash is what was not tested.

Files from the input want n8n 1.94.1 or newer: before, n8n can't give out the address of a file. The second engine is in n8n since 2.37, for whoever turns it on (\`N8N_ENABLED_MODULES=engine-v2\`); there the node always polls.
`;

const numbersOf = (version: string) => version.split('.').map(Number);

/** The older version first. */
export function byVersion(a: { n8n: string }, b: { n8n: string }): number {
	const [left, right] = [numbersOf(a.n8n), numbersOf(b.n8n)];
	const at = left.findIndex((number, index) => number !== right[index]);
	return at < 0 ? 0 : left[at] - right[at];
}

const line = (cells: string[]) =>
	`| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;

/** The page that shows the rows. */
export function toPage(rows: Row[]): string {
	const sorted = [...rows].sort(byVersion);
	const columns = [...new Set(sorted.flatMap(({ cells }) => Object.keys(cells)))];
	const table = [
		['n8n', 'Node.js', 'Seen', ...columns],
		['---', '---', '---', ...columns.map(() => '---')],
		...sorted.map(({ n8n, node = '–', date, cells, missing }) => [
			n8n,
			node,
			date,
			...columns.map((name) => (missing === undefined ? (cells[name]?.result ?? '–') : '–')),
		]),
	].map(line);
	const notes = sorted.flatMap(({ n8n, cells, missing }) => [
		...(missing === undefined ? [] : [`- ${n8n}: ${missing}`]),
		...Object.entries(cells).flatMap(([name, { result, reason }]) =>
			result === 'no' ? [`- ${n8n}, ${name}: ${reason ?? 'no reason is known'}`] : [],
		),
	]);
	return [INTRODUCTION, ...table, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

/** What has turned from one row to the next of the same version, in sentences; everything that is not well is new to a version without one. */
export function turned(before: Row | undefined, { n8n, cells, missing }: Row): string[] {
	if (before?.missing !== missing)
		return missing === undefined
			? [`n8n ${n8n} can be installed and started now.`]
			: [`n8n ${n8n} ${missing}`];
	return Object.entries(cells).flatMap(([name, { result, reason }]) => {
		const was = before?.cells[name]?.result ?? 'yes';
		if (was === result || result === '–' || was === '–') return [];
		return [`n8n ${n8n}, ${name}: ${was} → ${result}${reason ? `: ${reason}` : ''}`];
	});
}

export async function readRows(): Promise<Row[]> {
	const text = await readFile(RESULTS, 'utf8').catch(() => '[]');
	return JSON.parse(text);
}

/** Keeps the rows, those of other versions too, and shows them in the page. */
export async function saveRow(row: Row): Promise<void> {
	const rows = (await readRows()).filter(({ n8n }) => n8n !== row.n8n);
	const all = [...rows, row].sort(byVersion);
	await writeFile(RESULTS, `${JSON.stringify(all, undefined, '\t')}\n`);
	await writeFile(PAGE, toPage(all));
}
