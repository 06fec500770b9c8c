import type { Measure } from '../bench/measure';
import { atMost, forComparison } from '../bench/measure';
import type { Sandbox } from '../sandbox';
import { itemsOf } from '../support/e2e';
import { video } from '../support/parameters';
import { say } from '../support/program';
import { AFTER, TRIGGER, workflowFor } from '../support/workflows';
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
/** Milliseconds that the run from the editor has when all others have ended. */
const MANUAL_LIMIT_MS = 180_000;

/** The same with all callbacks switched off: many executions that wait at once, parked, and wake by themselves. */
export async function measureWoken(
	cluster: Cluster,
	sandbox: Sandbox,
	{ executions, taskSeconds }: { executions: number; taskSeconds: number },
): Promise<Measure[]> {
	sandbox.reset();
	const manual = await startManually(cluster, sandbox);
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
			sandbox.tasks.size === executions + 1 &&
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
	const byHand = await cluster.rest.finished(manual, MANUAL_LIMIT_MS);
	const wakeUps = tasks.reduce((sum, { polls }) => sum + polls.length, 0);
	return [
		forComparison(
			`${executions} executions, a task of ${taskSeconds} s each, parked without callbacks: in flight at once`,
			String(parked),
		),
		atMost('tasks charged more than once', 0, tasks.length - executions - 1, ''),
		atMost(
			'runs from the editor, parked and woken on a worker, that did not deliver',
			0,
			itemsOf(byHand, AFTER).length === 1 ? 0 : 1,
			'',
		),
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

/** Starts a parked run by the editor's button, which n8n hands to a worker, too. */
async function startManually(
	{ rest }: Cluster,
	{ apiKey, url: baseUrl }: Sandbox,
): Promise<string> {
	const credential = await rest.saveCredential('HappyHorse', 'happyHorseApi', { apiKey, baseUrl });
	const workflow = workflowFor(
		credential.id,
		video('textToVideo', {
			waitMethod: 'parked',
			options: { timeout: 60 },
		}),
	);
	const { id } = await rest.saveWorkflow(workflow);
	return await rest.run(id, TRIGGER);
}

/** When the last execution of a workflow ended, in Unix milliseconds. */
async function lastEndOf({ database }: Cluster, workflowId: string): Promise<number> {
	const seconds = await database.query(
		`select extract(epoch from max("stoppedAt")) from execution_entity where "workflowId" = '${workflowId}'`,
	);
	return Number(seconds) * 1_000;
}
