/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Result } from './play';
import { playAll, toTable } from './play';
import { ROWS } from './rows';
import { prepareEngine } from '../../support/engine';

const FILE = join(__dirname, '..', '..', '..', 'docs', 'evidence', 'faults.md');

const INTRODUCTION = `# What can go wrong, and what it costs

Each row is a whole run of the node through n8n's engine against the sandbox, in which one thing goes wrong and stays wrong. \`npm run generate -- faults\` plays them all and writes this file; the tests compare it with what happens.
`;

let results: Result[];
let table: string;

beforeAll(async () => {
	await prepareEngine();
	results = await playAll(ROWS);
	table = `${INTRODUCTION}\n${toTable(results)}\n`;
	if (process.env.FAULTS !== 'print') return;
	process.stdout.write(`${table}\n${results.length} rows\n`);
	await writeFile(FILE, table);
}, 120_000);

test('the matrix has at least 100 rows', () => {
	expect(ROWS.length).toBeGreaterThanOrEqual(100);
});

test('no task is created twice, and no request is repeated that may have created one', () => {
	for (const { row, tasks, posts } of results) {
		expect([row.what, tasks.length <= 1]).toEqual([row.what, true]);
		if (row.answerIsLost && row.where === 'POST video')
			expect([row.what, posts]).toEqual([row.what, 1]);
	}
});

test('every task that was booked is named, or else the user is told that there may be one', () => {
	for (const { row, tasks, all, sees } of results)
		for (const id of tasks)
			expect([row.where, row.what, all.includes(id) || sees.includes('a task may exist')]).toEqual([
				row.where,
				row.what,
				true,
			]);
});

test('what stays charged has led to a video, or is named with its task', () => {
	for (const { row, charged, refunded, tasks } of results)
		expect([row.what, charged - refunded > 0]).toEqual([
			row.what,
			tasks.length === 1 && refunded === 0,
		]);
});

test('no message shows a key, a stack, or what a program says to itself', () => {
	for (const { all, sees } of results) {
		expect(all).not.toContain('sk-test-sandbox');
		expect(sees).not.toMatch(/undefined|\[object|TypeError|ZodError|axios|unexpectedly/i);
		expect(sees.length).toBeLessThan(300);
	}
});

test('the table in the documentation is what happens', async () => {
	expect(table).toBe(await readFile(FILE, 'utf8'));
});
