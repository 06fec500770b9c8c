/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-dangerous-functions -- a program for a developer's machine */
// Switches off one rule at a time, in a copy, and expects the tests to notice. `npm run mutate`; takes about an hour.
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
import { join } from 'node:path';

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

/** By the folder of a rule, the tests that are likeliest to notice something in little time. */
const LIKELIEST: Record<string, string> = {
	actions: 'engine/(money|validation|generate|retryOnFail|longLife)',
	callbacks: 'unit/(callback|lock)|engine/(trigger|triggerSiege|parked)',
	errors: 'unit/hiding|engine/(errors|setbacks|answers|money)',
	files: 'unit/(media|traffic)|engine/(download|files|checkMedia)',
	run: 'engine/(parked|retryOnFail|retryByHand|money|errors)',
	schema: 'unit/(cost|requests|urls|callback|assumptions)|engine/(validation|answers)',
	service: 'unit/(retry|limiter|hiding)|engine/(setbacks|silence|unsent|addresses|trigger)',
};

/** Whether tests pass in the copy as it stands. */
function pass(files: string): boolean {
	const args = ['--selectProjects', 'unit', 'engine', '--bail', '--silent', '--forceExit'];
	// it looks whether the rules stand where they are looked for
	args.push('--testPathIgnorePatterns', 'unit/mutations', '--testPathPatterns', files);
	const jest = join('node_modules', 'jest', 'bin', 'jest.js');
	return spawnSync(process.execPath, [jest, ...args], { cwd: copy, timeout: 300_000 }).status === 0;
}

const allPass = (file: string) =>
	[LIKELIEST[file.split('/')[0]] ?? 'unit/', 'unit/', 'engine/'].every(pass);

if (![...Object.values(LIKELIEST), 'unit/', 'engine/'].every(pass)) {
	process.stdout.write('The tests do not pass as they are.\n');
	process.exit(1);
}
const only = process.argv[2];
let survivors = 0;
for (const [rule, file, there, without] of MUTATIONS) {
	if (only && !rule.includes(only)) continue;
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
