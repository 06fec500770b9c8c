import type { Measure } from '../bench/measure';
import { atMost, forComparison } from '../bench/measure';
import type { Sandbox } from '../sandbox';
import { say } from '../support/program';
import type { Cluster } from './cluster';
import {
	allEnded,
	delivered,
	listen,
	START_SHARE,
	startExecutions,
	statusesOf,
	until,
} from './executions';

const MINUTE_MS = 60_000;

/** The same with all callbacks switched off: many executions that wait at once, parked, and wake by themselves. */
export async function measureWoken(
	cluster: Cluster,
	sandbox: Sandbox,
	{ executions, taskSeconds }: { executions: number; taskSeconds: number },
): Promise<Measure[]> {
	sandbox.reset();
	const called = await listen(cluster, sandbox, { waitMethod: 'parked', options: { timeout: 60 } });
	await startExecutions(called, executions, taskSeconds * START_SHARE);
	const parked = await until(
		async () => (await statusesOf(cluster, called)).get('waiting') ?? 0,
		(count) =>
			count === executions ||
			[...sandbox.tasks.values()].some(({ completedAt }) => completedAt !== undefined),
	);
	say(`  ${parked} of ${executions} parked at once`);
	await sandbox.waitFor(
		() =>
			sandbox.tasks.size === executions &&
			[...sandbox.tasks.values()].every(({ completedAt }) => completedAt !== undefined),
	);
	say('  all videos are finished');
	const ended = await allEnded(cluster, called);
	say(`  all ended: ${JSON.stringify(Object.fromEntries(ended))}`);
	const tasks = [...sandbox.tasks.values()];
	const lastCompletion = Math.max(...tasks.map(({ completedAt = 0 }) => completedAt));
	const lastEnd = await lastEndOf(cluster, called.id);
	// what a task was asked for beyond once a minute from its start to the last question
	const beyond = tasks.map(
		({ createdAt, polls }) =>
			polls.length - Math.floor((Math.max(...polls) - createdAt) / MINUTE_MS),
	);
	const out = await delivered(cluster, called);
	const wakeUps = tasks.reduce((sum, { polls }) => sum + polls.length, 0);
	return [
		forComparison(
			`${executions} executions, a task of ${taskSeconds} s each, parked without callbacks: in flight at once`,
			String(parked),
		),
		atMost('tasks charged more than once', 0, tasks.length - executions, ''),
		atMost('executions whose video did not come out', 0, executions - new Set(out).size, ''),
		atMost(
			'from the last completion to the last execution’s end',
			180,
			(lastEnd - lastCompletion) / 1_000,
			's',
		),
		atMost(
			'requests for a task, more than 1 + (wait in minutes) by at most',
			0,
			Math.max(...beyond),
			'',
		),
		forComparison('requests to HappyHorse for a task', (1 + wakeUps / executions).toFixed(2)),
		forComparison(
			'jobs for an execution: its start and its wake-ups',
			(1 + wakeUps / executions).toFixed(2),
		),
	];
}

/** When the last execution of a workflow ended, in Unix milliseconds. */
async function lastEndOf({ database }: Cluster, workflowId: string): Promise<number> {
	const seconds = await database.query(
		`select extract(epoch from max("stoppedAt")) from execution_entity where "workflowId" = '${workflowId}'`,
	);
	return Number(seconds) * 1_000;
}
