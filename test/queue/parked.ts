/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Measure } from '../bench/measure';
import { atLeast, atMost, forComparison } from '../bench/measure';
import type { Sandbox } from '../sandbox';
import { say } from '../support/program';
import type { Cluster } from './cluster';
import {
	allEnded,
	delivered,
	fateOf,
	listen,
	namedByCrashed,
	START_SHARE,
	startExecutions,
	statusesOf,
	until,
} from './executions';

/** Milliseconds after which what was killed is started anew, as a supervisor does. */
const SUPERVISOR_MS = 3_000;
/** The share of the callbacks that have been taken when processes are killed. */
const KILL_AT = 1 / 3;

const secondsSince = (startedAt: number) => (Date.now() - startedAt) / 1_000;

/** Megabytes of the database. */
const sizeOf = async ({ database }: Cluster) =>
	Number(await database.query(`select pg_database_size('${database.name}')`)) / 1e6;

/** Megabytes of the larger worker, now and at most. */
async function memoryOf({ workers }: Cluster): Promise<{ now: number; peak: number }> {
	const all = await Promise.all(workers.map(async (worker) => await worker.memory()));
	return {
		now: Math.max(...all.map(({ now }) => now)),
		peak: Math.max(...all.map(({ peak }) => peak)),
	};
}

/** Kills one worker and the webhook process, and starts them anew a little later. */
async function crash({ webhook, workers: [worker] }: Cluster): Promise<void> {
	const victims = [worker, webhook];
	await Promise.all(victims.map(async (victim) => await victim.end('SIGKILL')));
	await sleep(SUPERVISOR_MS);
	await Promise.all(victims.map(async (victim) => await victim.start()));
}

/** Many executions that all wait at once, parked, and processes that are killed in the middle of their callbacks. */
export async function measureParked(
	cluster: Cluster,
	sandbox: Sandbox,
	{ executions, taskSeconds }: { executions: number; taskSeconds: number },
): Promise<Measure[]> {
	const called = await listen(cluster, sandbox, {
		waitMethod: 'callback',
		options: { timeout: 60 },
	});
	const sizeBefore = await sizeOf(cluster);
	const idle = await memoryOf(cluster);
	const startedAt = Date.now();
	await startExecutions(called, executions, taskSeconds * START_SHARE);
	say(`  ${executions} executions started in ${secondsSince(startedAt).toFixed(0)} s`);
	const seen = await until(
		async () => await statusesOf(cluster, called),
		(statuses) => statuses.get('waiting') === executions || sandbox.deliveries.length > 0,
	);
	const parked = seen.get('waiting') ?? 0;
	const size = await sizeOf(cluster);
	const { now: parkedMemory } = await memoryOf(cluster);
	say(`  ${parked} of them parked after ${secondsSince(startedAt).toFixed(0)} s`);

	const taken = () => sandbox.deliveries.filter(({ status }) => status === 200).length;
	await sandbox.waitFor(() => taken() >= executions * KILL_AT);
	say(`  one worker and the webhook process killed after ${taken()} callbacks`);
	await crash(cluster);
	say('  both are there again');
	const ended = await allEnded(cluster, called);
	const seconds = secondsSince(startedAt);
	say(`  all ended after ${seconds.toFixed(0)} s: ${JSON.stringify(Object.fromEntries(ended))}`);

	const out = await delivered(cluster, called);
	const crashed = await namedByCrashed(cluster, called);
	const known = new Set([...out, ...crashed]);
	const tasks = [...sandbox.tasks.keys()];
	const lost = tasks.filter((id) => !known.has(id));
	for (const id of lost) say(`  lost: task ${id}; ${await fateOf(cluster, id)}`);
	const repeated = sandbox.deliveries.filter(({ attempt }) => attempt > 1).length;
	const { peak } = await memoryOf(cluster);
	const kilobytes = ((size - sizeBefore) * 1_000) / executions;
	return [
		atLeast(
			`${executions} executions, a task of ${taskSeconds} s each, parked: in flight at once`,
			executions,
			parked,
			'',
		),
		atMost('tasks charged more than once', 0, tasks.length - executions, ''),
		atMost(
			'tasks lost: neither put out nor named by an execution that n8n gave up',
			0,
			lost.length,
			'',
		),
		atMost('tasks put out more than once', 0, out.length - new Set(out).size, ''),
		forComparison('executions whose video came out', String(ended.get('success') ?? 0)),
		forComparison(
			'executions that n8n gave up with the processes that were killed',
			String(ended.get('crashed') ?? 0),
		),
		forComparison('callbacks that came again', String(repeated)),
		forComparison(
			'requests to HappyHorse for a task',
			(sandbox.requests.length / executions).toFixed(2),
		),
		forComparison(
			'executions started, and so callbacks, a second',
			(executions / (taskSeconds * START_SHARE)).toFixed(1),
		),
		forComparison(
			'executions finished a minute, all in all',
			((executions * 60) / seconds).toFixed(0),
		),
		forComparison(
			'memory of a worker: idle, with all parked, at most',
			`${[idle.now, parkedMemory, peak].map((value) => value.toFixed(0)).join(', ')} MB`,
		),
		forComparison('database: growth for each parked execution', `${kilobytes.toFixed(1)} kB`),
		forComparison(
			'database: size before, with all parked, at the end',
			`${[sizeBefore, size, await sizeOf(cluster)].map((value) => value.toFixed(0)).join(', ')} MB`,
		),
	];
}
