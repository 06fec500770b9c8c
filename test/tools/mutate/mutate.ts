/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- a program for a developer's machine */
// Takes one rule of money or callbacks away at a time, in a copy, and expects the tests to notice: `npm run mutate [-- words of a rule]`
import { spawnSync } from 'node:child_process';
import {
	cpSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { RULES } from './rules';

const root = join(__dirname, '..', '..', '..');
const NODE = 'nodes/HappyHorse';

/** By folder: the tests that are likeliest to notice, one after another; the rest follows. */
const LIKELIEST: Record<string, string[]> = {
	'../../credentials': ['engine/(addresses|setbacks)'],
	actions: ['engine/money', 'engine/parked'],
	callbacks: ['engine/trigger\\.', 'engine/parked'],
	execution: ['engine/(money|retryOnFail)', 'engine/parked', 'engine/(retryByHand|generate)'],
	ledger: ['unit/ledger', 'engine/(retryOnFail|retryByHand)', 'engine/parked'],
	n8n: ['engine/parked'],
	service: ['unit/retry', 'engine/(setbacks|silence|answers|money)', 'engine/trigger\\.'],
};

const copy = mkdtempSync(join(tmpdir(), 'happyhorse-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
for (const part of readdirSync(root))
	if (!['node_modules', '.git', 'dist'].includes(part))
		cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

/** Tells if these tests pass in the copy as it stands. */
function pass(files: string): boolean {
	const jest = join('node_modules', 'jest', 'bin', 'jest.js');
	const args = ['--selectProjects', 'unit', 'engine', '--bail', '--silent', '--forceExit'];
	const { status } = spawnSync(process.execPath, [jest, ...args, '--testPathPatterns', files], {
		cwd: copy,
		timeout: 300_000,
	});
	return status === 0;
}

/** Tells if no test notices the rule's absence. */
function survives([rule, file, there, without]: (typeof RULES)[number]): boolean {
	const path = join(copy, NODE, file);
	const original = readFileSync(path, 'utf8');
	if (!original.includes(there)) throw new Error(`${file} has no code for “${rule}”`);
	writeFileSync(
		path,
		original.replace(there, () => without),
	);
	const survived = [...(LIKELIEST[dirname(file)] ?? []), '(unit|engine)/'].every(pass);
	writeFileSync(path, original);
	return survived;
}

const words = process.argv.slice(2);
const chosen = RULES.filter(
	([rule]) => words.length === 0 || words.some((word) => rule.includes(word)),
);
if (!pass('(unit|engine)/')) throw new Error('The tests do not pass as they are');
let survivors = 0;
for (const rule of chosen) {
	const survived = survives(rule);
	if (survived) survivors++;
	process.stdout.write(`${survived ? 'SURVIVED' : 'noticed '}  ${rule[0]}\n`);
}
process.stdout.write(`${chosen.length - survivors} noticed, ${survivors} not\n`);
process.exitCode = survivors === 0 ? 0 : 1;
