/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureHost, N8N_VERSION } from '../../support/n8nHost';
import { ownEnvironment } from '../../support/n8nProcess';
import { packTo, unpack } from '../../support/pack';
import { say } from '../../support/program';
import { line, median } from '../measure';
import type { Scenario } from '../scenario';

const run = promisify(execFile);

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
	const path = await mkdtemp(join(tmpdir(), 'happyhorse-package-'));
	return { path, close: async () => await rm(path, { recursive: true, force: true }) };
}

export const packageScenario: Scenario<{ times: number }> = {
	name: 'package',
	title: 'The package itself',
	about: 'Its size, and the time that n8n takes to load it.',
	settings: { times: 15 },

	async measure(trial) {
		const { path } = await trial.open(newFolder());
		const { size, tarball } = await packTo(path);
		await unpack(tarball, path);
		const { node, bin } = await ensureHost(N8N_VERSION, say);
		// as n8n does it, so that its own modules are found
		const env = { ...ownEnvironment(), NODE_PATH: join(bin, '..', '..', '..') };
		const times: number[] = [];
		while (times.length < trial.settings.times) {
			const { stdout } = await run(node, ['-e', LOADING, path], { env, cwd: path });
			times.push(Number(stdout));
		}
		return [
			line('what npm publishes').atMost(100, size / 1_000, 'kB'),
			line('loading both nodes and the credential in a new Node.js').atMost(
				60,
				median(times),
				'ms',
			),
		];
	},
};
