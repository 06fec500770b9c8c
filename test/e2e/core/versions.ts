/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { VERSIONS } from '../../support/n8nHost';
import { runProgram, say } from '../../support/program';
import type { Row } from './page';
import { byVersion, readRows, saveRow, turned } from './page';
import { play } from './runCore';

/** Newer versions to try before it is given up to find one that can be installed. */
const TRIES = 6;
/** What a scheduled run puts into its issue. */
const TURNED_FILE = 'compat-turned.md';

/** Versions that are newer than all that are tested anyway, the newest first: of one minor version, some patches can't be installed. */
async function newerVersions(): Promise<string[]> {
	const { stdout } = await promisify(execFile)('npm', ['view', 'n8n', 'versions', '--json'], {
		shell: process.platform === 'win32',
		maxBuffer: Infinity,
	});
	const all: string[] = JSON.parse(stdout);
	const released = all.filter((version) => /^\d+\.\d+\.\d+$/.test(version));
	const sorted = released.map((n8n) => ({ n8n })).sort((a, b) => byVersion(b, a));
	const [tested] = VERSIONS.map((n8n) => ({ n8n })).sort((a, b) => byVersion(b, a));
	return sorted.filter((one) => byVersion(one, tested) > 0).map(({ n8n }) => n8n);
}

async function test(n8n: string): Promise<{ row: Row; news: string[] }> {
	const before = (await readRows()).find((row) => row.n8n === n8n);
	const row = await play(n8n, say);
	await saveRow(row);
	if (row.missing !== undefined) say(`  n8n ${n8n} ${row.missing}`);
	for (const [name, { result, reason = '' }] of Object.entries(row.cells))
		say(`  ${result.padEnd(3)}  ${name}  ${reason}`);
	return { row, news: turned(before, row) };
}

/** Tests the versions that are named; `newest` is one, and `all` are those that all tests run with and the newest. */
async function main(names: string[]): Promise<void> {
	const news: string[] = [];
	const isAll = names.includes('all');
	for (const n8n of isAll ? VERSIONS : names.filter((name) => name !== 'newest'))
		news.push(...(await test(n8n)).news);
	if (isAll || names.includes('newest'))
		for (const n8n of (await newerVersions()).slice(0, TRIES)) {
			const tested = await test(n8n);
			news.push(...tested.news);
			if (tested.row.missing === undefined) break;
		}
	say('docs/evidence/compatibility.md shows what was seen.');
	if (news.length === 0) return;
	const text = news.map((one) => `- ${one}`).join('\n');
	say(`What has turned since it was seen last:\n${text}`);
	await writeFile(TURNED_FILE, `${text}\n`);
	process.exitCode = 1;
}

runProgram(async () => await main(process.argv.slice(2)));
