/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import packageJson from '../../../package.json';
import type { Progress } from '../../support/installOnce';
import { ensureHost } from '../../support/n8nHost';
import { ROOT } from '../../support/pack';
import type { Cell, Row } from './page';

const run = promisify(execFile);

/** What jest writes of its tests. */
interface Tested {
	testResults: Array<{
		message: string;
		assertionResults: Array<{ title: string; status: string; failureMessages: string[] }>;
	}>;
}

// eslint-disable-next-line no-control-regex -- jest colours its messages
const COLOURS = /\u001b\[\d+m/g;

/** The line of a message that tells most: what was received in place of what was expected, or else the first. */
export function reasonOf(message: string): string {
	const lines = message
		.replace(COLOURS, '')
		.split('\n')
		.map((text) => text.trim())
		.filter((text) => text !== '' && !text.startsWith('at '));
	const received = lines.find((text) => /^Received( string)?:/.test(text));
	const [line = ''] = [received ?? lines[0]];
	// what n8n's REST API answers is JSON, with a stack
	const told = /^(.*?)\{.*?"message":"((?:[^"\\]|\\.)*)"/.exec(line);
	const text = told ? `${told[1]}${told[2].replaceAll('\\"', '"')}` : line;
	return text.replace(/^(Received( string)?|Error):\s*/, '').slice(0, 300);
}

/** What npm says of a package that is not there, or else its first words. */
export function missingOf(error: unknown): string {
	const { stderr, message } = Object(error) as { stderr?: string; message?: string };
	const text = `${stderr ?? ''}\n${message ?? String(error)}`;
	const found = /No matching version found for (\S+?)\.?\s|404 Not Found - GET \S+\/(\S+) /.exec(
		text,
	);
	const what = found ? `${found[1] ?? found[2]} is not in the registry` : reasonOf(text);
	return `can't be installed: ${what}`;
}

const RESULTS = new Map<string, Cell['result']>([
	['passed', 'yes'],
	['failed', 'no'],
]);

function cellsOf({ testResults }: Tested): Record<string, Cell> {
	const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
	return Object.fromEntries(
		tests.map(({ title, status, failureMessages: [failure] }): [string, Cell] => [
			title,
			{
				result: RESULTS.get(status) ?? '–',
				...(failure !== undefined && { reason: reasonOf(failure) }),
			},
		]),
	);
}

/** Installs one version of n8n where it is not yet, and runs the core of what users do in it. */
export async function play(n8n: string, progress: Progress): Promise<Row> {
	const row = { n8n, date: new Date().toISOString().slice(0, 10), cells: {} };
	const host = await ensureHost(n8n, progress).catch((error: unknown) => missingOf(error));
	if (typeof host === 'string') return { ...row, missing: host };
	const { stdout } = await run(host.node, ['--version']);
	const versions = { node: stdout.trim().replace('v', ''), package: packageJson.version };
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-compat-'));
	const file = join(folder, 'tests.json');
	progress(`Testing in n8n ${n8n} …`);
	try {
		const args = ['--selectProjects', 'core', '--runInBand', '--json', `--outputFile=${file}`];
		await run('npx', ['jest', ...args], {
			cwd: ROOT,
			shell: process.platform === 'win32',
			maxBuffer: Infinity,
			env: { ...process.env, HAPPYHORSE_N8N: n8n },
		}).catch(() => undefined); // what failed is in the file
		const tested: Tested = JSON.parse(await readFile(file, 'utf8'));
		const cells = cellsOf(tested);
		if (Object.keys(cells).length > 0) return { ...row, ...versions, cells };
		const [{ message = '' } = {}] = tested.testResults;
		return { ...row, ...versions, missing: `can't be tested: ${reasonOf(message)}` };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
