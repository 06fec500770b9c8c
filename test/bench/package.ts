/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureHost, N8N_VERSION } from '../support/n8nHost';
import { ownEnvironment } from '../support/n8nProcess';
import { packTo, unpack } from '../support/pack';
import { say, using } from '../support/program';
import type { Measure } from './measure';
import { atMost, median } from './measure';

const run = promisify(execFile);

const TIMES = 15;

/** Prints the milliseconds that our files take, once what n8n has loaded anyway is there. */
const LOADING = `
require('n8n-workflow');
require('zod');
const { n8n } = require(process.argv[1] + '/package.json');
const before = performance.now();
for (const file of [...n8n.nodes, ...n8n.credentials])
	for (const Type of Object.values(require(process.argv[1] + '/' + file))) new Type();
console.log(performance.now() - before);
`;

async function newFolder() {
	const path = await mkdtemp(join(tmpdir(), 'happyhorse-bench-'));
	return { path, close: async () => await rm(path, { recursive: true, force: true }) };
}

/** How large the package is. */
export const measurePack = async (): Promise<Measure[]> =>
	await using(newFolder(), async ({ path }) => {
		const { size } = await packTo(path);
		return [atMost('what npm publishes', 100, size / 1_000, 'kB', 1)];
	});

/** How long n8n takes to load the package. */
export const measureLoad = async (): Promise<Measure[]> =>
	await using(newFolder(), async ({ path }) => {
		await unpack((await packTo(path)).tarball, path);
		const { node, bin } = await ensureHost(N8N_VERSION, say);
		// as n8n does it, so that its own modules are found
		const env = { ...ownEnvironment(), NODE_PATH: join(bin, '..', '..', '..') };
		const times: number[] = [];
		for (let time = 0; time < TIMES; time++) {
			const { stdout } = await run(node, ['-e', LOADING, path], { env, cwd: path });
			times.push(Number(stdout));
		}
		return [
			atMost('loading both nodes and the credential in a new Node.js', 60, median(times), 'ms', 1),
		];
	});
