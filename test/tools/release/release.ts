/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { PACKAGE, packTo, ROOT, unpack } from '../../support/pack';
import { runProgram, say } from '../../support/program';
import type { Files } from './tarball';
import { compare, filesIn } from './tarball';

const shell = process.platform === 'win32';
const read = async (file: string) => await readFile(join(ROOT, file), 'utf8');

/** Runs a command, and gives what it printed. */
async function output(command: string, args: string[], env: Record<string, string> = {}) {
	const options = { cwd: ROOT, shell, maxBuffer: Infinity, env: { ...process.env, ...env } };
	return (await promisify(execFile)(command, args, options)).stdout.trim();
}

/** Runs a command whose words are for whoever watches. */
async function watched(command: string, args: string[]): Promise<void> {
	const running = promisify(execFile)(command, args, { cwd: ROOT, shell, maxBuffer: Infinity });
	running.child.stdout?.pipe(process.stdout);
	running.child.stderr?.pipe(process.stderr);
	await running.catch(() => {
		throw new Error(`${command} ${args.join(' ')} did not succeed`);
	});
}

type Step = [what: string, check: () => Promise<string>];

/** What npm's registry says of the package; undefined where nothing is published. */
async function published(args: string[]): Promise<string | undefined> {
	return await output('npm', args).catch((error: Error & { stderr?: string }) => {
		if (error.stderr?.includes('E404')) return undefined;
		return Promise.reject(error);
	});
}

/** The version that is to be released, which has to be the next. */
async function checkVersion(): Promise<string> {
	const { version } = JSON.parse(await read('package.json'));
	const lock = JSON.parse(await read('package-lock.json'));
	if (lock.version !== version || lock.packages[''].version !== version)
		throw new Error(`package-lock.json is of ${lock.version}; run npm install`);
	const tags = (await output('git', ['tag', '--list', version])) !== '';
	if (tags) throw new Error(`there is a tag ${version} already`);
	const last = await published(['view', PACKAGE, 'version']);
	if (last === version) throw new Error(`${version} is published already`);
	return `${version}, after ${last ?? 'none that is published'}`;
}

async function checkChangelog(): Promise<string> {
	const { version } = JSON.parse(await read('package.json'));
	const notes = await output('node', ['.github/release-notes.mjs', version]);
	return `${notes.split('\n').filter((line) => line.startsWith('- ')).length} entries`;
}

async function checkTree(isDry: boolean): Promise<string> {
	const changes = await output('git', ['status', '--porcelain', '--untracked-files=no']);
	if (changes === '') return 'nothing that is not committed';
	if (!isDry) throw new Error(`there are changes that are not committed:\n${changes}`);
	return `${changes.split('\n').length} files with changes that are not committed, which a release refuses`;
}

/** What the tarball has that the one before did not, and the other way round. */
async function checkTarball(folder: string, against: string | undefined): Promise<string> {
	const { tarball, size } = await packTo(folder);
	const files = await filesIn(tarball);
	const ours = ['pack', PACKAGE, '--loglevel=error', '--pack-destination', folder];
	const last = against ?? (await published(ours));
	const before: Files =
		last === undefined ? new Map() : await filesIn(against ?? join(folder, last));
	const changes = compare(before, files);
	for (const change of changes) say(`    ${change}`);
	const compared =
		last === undefined ? 'nothing is published to compare with' : `compared with ${last}`;
	return `${files.size} files, ${Math.round(size / 1_024)} kB; ${compared}: ${changes.length} files differ`;
}

/** n8n's own scanner, over the sources and over what is shipped. */
async function checkScan(folder: string): Promise<string> {
	const { tarball } = await packTo(folder);
	await unpack(tarball, folder);
	// some of the scanner's rules behave otherwise in a test run
	const scan = await output('node', ['test/tools/release/scan.mjs', folder], {
		NODE_ENV: 'production',
	});
	const { sources, shipped } = JSON.parse(scan);
	if (!sources.passed || !shipped.passed) throw new Error(scan);
	return 'nothing to say of the sources and of the tarball';
}

/** What npm and n8n ask of a statement of where a package was built, as far as it can be told without building it there. */
async function checkProvenance(): Promise<string> {
	const { repository, private: isPrivate } = JSON.parse(await read('package.json'));
	const workflow = await read('.github/workflows/publish.yml');
	const wanted = [
		'id-token: write',
		'npm publish --provenance --access public',
		'environment: npm',
	];
	const missing = wanted.filter((text) => !workflow.includes(text));
	if (missing.length > 0) throw new Error(`publish.yml has no ${missing.join(', ')}`);
	if (isPrivate || !/^git\+https:\/\/github\.com\/[\w-]+\/[\w-]+\.git$/.test(repository.url))
		throw new Error('package.json names no public repository at GitHub');
	return `${repository.url}; the statement itself can be made by the workflow only`;
}

/** The rows of the table for n8n's reviewers. */
async function reviewList(): Promise<string> {
	const [, table] = (await read('docs/review/README.md')).split('## What a reviewer checks');
	const rows = table.split('\n').filter((line) => line.startsWith('| '));
	return rows
		.slice(2)
		.map(
			(row) =>
				`  ${row
					.split('|')
					.slice(1, 3)
					.map((cell) => cell.trim())
					.join(': ')}`,
		)
		.join('\n');
}

/**
 * Goes through a release. Without `--dry-run` it ends with the tag that lets the workflow publish.
 * `--against` names a tarball to compare with in place of the one that is published.
 */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			'dry-run': { type: 'boolean', default: false },
			against: { type: 'string' },
			'skip-tests': { type: 'boolean', default: false },
		},
	});
	const { 'dry-run': isDry, 'skip-tests': withoutTests, against } = values;
	if (withoutTests && !isDry) throw new Error('Only a dry run may leave the tests out');
	const folders = { pack: '', scan: '' };
	const tested = async (script: string) => {
		if (withoutTests) return 'left out';
		await watched('npm', ['run', script]);
		return 'passed';
	};
	const steps: Step[] = [
		['Version', checkVersion],
		['Changelog', checkChangelog],
		['Tree', async () => await checkTree(isDry)],
		['Tests', async () => await tested('test')],
		['Build', async () => await watched('npm', ['run', 'build']).then(() => 'dist/')],
		['In a whole n8n', async () => await tested('test:e2e')],
		['Scanner', async () => await checkScan(folders.scan)],
		['Tarball', async () => await checkTarball(folders.pack, against)],
		[
			'npm',
			async () => {
				await output('npm', ['publish', '--dry-run', '--access', 'public', '--loglevel=error']);
				return 'would take it';
			},
		],
		['Provenance', checkProvenance],
	];
	const results: string[] = [];
	try {
		for (const name of ['pack', 'scan'] as const)
			folders[name] = await mkdtemp(join(tmpdir(), `happyhorse-${name}-`));
		for (const [what, check] of steps) {
			say(`${what} …`);
			const result = await check().catch(async (error: Error) => {
				throw new Error(`${what}: ${error.message}`);
			});
			results.push(`  ${what.padEnd(14)}  ${result}`);
		}
	} finally {
		say(`\n${results.join('\n')}\n`);
		for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
	}
	const { version } = JSON.parse(await read('package.json'));
	if (isDry) {
		say(`What a reviewer of n8n checks, and where it is shown:\n${await reviewList()}\n`);
		say(
			`This was a dry run. A release would now push the tag ${version}, and the workflow publish it.`,
		);
		return;
	}
	await watched('git', ['tag', version]);
	await watched('git', ['push', 'origin', version]);
	say(`The tag ${version} is pushed; the workflow Publish does the rest.`);
}

runProgram(main);
