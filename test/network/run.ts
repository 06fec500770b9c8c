/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { saveResults, tableOf } from '../bench/report';
import { freePort, HOST } from '../support/n8n';
import { installN8n } from '../support/e2e';
import { runProgram, say, using } from '../support/program';
import type { BadNetwork } from './badNetwork';
import { randomBy, startBadNetwork } from './badNetwork';
import { measureRuns } from './runs';

/** The share of connections that something happens to. */
const SHARE = 0.3;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { runs: { type: 'string', default: '500' }, seed: { type: 'string' } },
	});
	const seed = Number(values.seed ?? randomInt(2 ** 31));
	say(`Seed ${seed}: \`npm run network -- --runs ${values.runs} --seed ${seed}\` does the same.`);
	const port = await freePort();
	const random = randomBy(seed);
	const before = async (target: string, mayRepeat: boolean) =>
		await startBadNetwork({ target, random, share: SHARE, mayRepeat });
	// what comes back to n8n goes through it too
	const measures = await using(
		before(`http://${HOST}:${port}`, true),
		async (callbacks) =>
			await using(
				installN8n(
					// a callback that is not taken comes again after 1.8 and 6 seconds
					{ taskMs: 1_500, timeScale: 0.01, leastAnswerMs: 5_000, credits: 10_000_000 },
					{ port, env: { WEBHOOK_URL: callbacks.url } },
				),
				async (host) =>
					await using(
						before(host.sandbox.url, false),
						async (api) =>
							await using(before(host.sandbox.fileUrl, true), async (files) => {
								const networks = { callbacks, api, files };
								const lines = await measureRuns(host, networks, Number(values.runs));
								for (const [name, network] of Object.entries(networks)) report(name, network);
								return lines;
							}),
					),
			),
	);
	say(`\n${tableOf(measures)}`);
	if (measures.some(({ met }) => !met)) process.exitCode = 1;
	// only the whole of it is kept
	else if (values.runs === '500') await saveResults('network', measures);
}

const report = (name: string, { fates }: BadNetwork) =>
	say(`${name}: ${[...fates].map(([fate, count]) => `${count} ${fate}`).join(', ')}`);

runProgram(main);
