/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- a program for a developer's machine */
// Switches off one rule at a time, in a copy, and expects the tests to notice. `npm run mutate`; takes an hour or two.
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

import { MUTATIONS } from './mutations';

const root = join(__dirname, '..', '..');
const NODE = 'nodes/HappyHorse';

const copy = mkdtempSync(join(tmpdir(), 'happyhorse-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
const left = ['node_modules', '.git', 'dist'];
for (const part of readdirSync(root).filter((name) => !left.includes(name)))
	cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

/** By the file of a rule, or its folder: the tests that are likeliest to notice something, one after another. */
const LIKELIEST: Record<string, string[]> = {
	'../../credentials': ['engine/addresses', 'engine/setbacks'],
	actions: ['engine/(money|model)', 'engine/validation', 'engine/retry', 'engine/longLife'],
	callbacks: [
		'unit/(callback|keyedMutex)',
		'engine/trigger\\.',
		'engine/parked',
		'engine/triggerSiege',
	],
	errors: ['unit/hiding', 'engine/errors', 'engine/money', 'engine/setbacks'],
	files: ['unit/(media|traffic)', 'engine/download', 'engine/files', 'engine/checkMedia'],
	run: ['engine/parked', 'engine/money', 'engine/retryOnFail', 'engine/errors'],
	'execution/items.ts': ['engine/money', 'engine/errors'],
	'ledger/paidTasks.ts': [
		'engine/retryOnFail',
		'engine/money',
		'engine/retryByHand',
		'engine/parked',
	],
	schema: ['unit/(cost|requests|urls|callback|assumptions)', 'engine/validation', 'engine/answers'],
	service: ['unit/(limiter|hiding)', 'engine/unsent', 'engine/addresses', 'engine/trigger'],
	'service/client.ts': ['engine/setbacks', 'engine/money', 'engine/answers', 'engine/silence'],
	'service/retry.ts': ['unit/retry', 'engine/setbacks', 'engine/money', 'engine/silence'],
};

/** What there is beside them. */
const ALL = ['unit/', 'engine/'];

/** Whether tests pass in the copy as it stands. */
function pass(files: string): boolean {
	const args = ['--selectProjects', 'unit', 'engine', '--bail', '--silent', '--forceExit'];
	if (!ALL.includes(files)) args.push('--runInBand');
	// it looks whether the rules stand where they are looked for
	args.push('--testPathIgnorePatterns', 'unit/mutations', '--testPathPatterns', files);
	const jest = join('node_modules', 'jest', 'bin', 'jest.js');
	return spawnSync(process.execPath, [jest, ...args], { cwd: copy, timeout: 300_000 }).status === 0;
}

const likeliest = (file: string) => LIKELIEST[file] ?? LIKELIEST[dirname(file)] ?? [];

const allPass = (file: string) => [...likeliest(file), ...ALL].every(pass);

if (![...new Set(Object.values(LIKELIEST).flat()), ...ALL].every(pass)) {
	process.stdout.write('The tests do not pass as they are.\n');
	process.exit(1);
}
const only = process.argv.slice(2);
let survivors = 0;
for (const [rule, file, there, without] of MUTATIONS) {
	if (only.length > 0 && !only.some((name) => rule.includes(name))) continue;
	const path = join(copy, NODE, file);
	const original = readFileSync(path, 'utf8');
	writeFileSync(
		path,
		original.replace(there, () => without),
	);
	const survived = allPass(file);
	writeFileSync(path, original);
	if (survived) survivors++;
	process.stdout.write(`${survived ? 'SURVIVED' : 'noticed '}  ${rule}\n`);
}
process.stdout.write(survivors === 0 ? 'Every rule is watched over.\n' : `${survivors} are not.\n`);
process.exitCode = survivors === 0 ? 0 : 1;
