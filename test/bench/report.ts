/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureHost, N8N_VERSION } from '../support/n8nHost';
import { ROOT } from '../support/pack';
import type { Measure } from './measure';

/** The measures as a table, each line with a verdict where something is asked. */
export function tableOf(measures: Measure[]): string {
	const verdict = ({ target, met }: Measure) => (target === '–' ? '' : met ? 'yes' : 'NO');
	const rows = [
		['measure', 'target', 'measured', 'met?'],
		...measures.map((line) => [line.measure, line.target, line.measured, verdict(line)]),
	];
	const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
	return rows
		.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
		.join('\n');
}

/** Keeps the measures in a file, with what they were measured on. */
export async function saveResults(file: string, measures: Measure[]): Promise<void> {
	const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
	const { node } = await ensureHost(N8N_VERSION);
	const { stdout } = await promisify(execFile)(node, ['--version']);
	const results = {
		date: new Date().toISOString(),
		versions: {
			package: version,
			n8n: N8N_VERSION,
			nodeOfN8n: stdout.trim(),
			nodeOfBench: process.version,
		},
		machine: {
			cpu: cpus()[0]?.model,
			cores: cpus().length,
			memoryGB: Math.round(totalmem() / 2 ** 30),
			os: `${type()} ${release()}`,
		},
		measures,
	};
	await writeFile(file, `${JSON.stringify(results, undefined, '\t')}\n`);
}
