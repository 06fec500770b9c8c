/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { parseArgs } from 'node:util';

import { saveResults, tableOf } from '../bench/report';
import { startSandbox } from '../sandbox';
import { runProgram, say, using } from '../support/program';
import { CONCURRENCY, startCluster, WORKERS } from './cluster';
import { measureParked } from './parked';
import { measurePolled } from './polled';
import { measureWoken } from './woken';

/** Enough for every task. */
const CREDITS = 10_000_000;
/** Milliseconds that n8n has to answer a callback, as with the service itself. */
const ANSWER_MS = 10_000;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			executions: { type: 'string', default: '1000' },
			'task-seconds': { type: 'string', default: '120' },
			polled: { type: 'string', default: '20' },
			// of the 3 and 10 minutes after which a callback that was not taken comes again
			'time-scale': { type: 'string', default: '1' },
		},
	});
	const size = {
		executions: Number(values.executions),
		taskSeconds: Number(values['task-seconds']),
		polled: Number(values.polled),
	};
	const options = {
		credits: CREDITS,
		taskMs: size.taskSeconds * 1_000,
		timeScale: Number(values['time-scale']),
		leastAnswerMs: ANSWER_MS,
	};
	say(`Starting n8n in queue mode: ${WORKERS} workers with ${CONCURRENCY} slots each …`);
	const measures = await using(
		startSandbox(options),
		async (sandbox) =>
			await using(startCluster(), async (cluster) => {
				say('Parked waiting …');
				const parked = await measureParked(cluster, sandbox, size);
				say('Parked waiting without callbacks …');
				const woken = await measureWoken(cluster, sandbox, size);
				say('Polled waiting …');
				return [...parked, ...woken, ...(await measurePolled(cluster, sandbox, size))];
			}),
	);
	say(`\n${tableOf(measures)}`);
	if (measures.some(({ met }) => !met)) process.exitCode = 1;
	// only the whole of it is kept
	if (process.argv.length === 2) await saveResults('queue', measures);
}

runProgram(main);
