import { sleep } from 'n8n-workflow';

import type { Sandbox, SandboxTask } from '../../sandbox';
import { startSandbox } from '../../sandbox';
import { itemsOf } from '../../support/e2e';
import { video } from '../../support/parameters';
import { say } from '../../support/program';
import { AFTER, TRIGGER, workflowFor } from '../../support/workflows';
import type { Measure } from '../measure';
import { line, shown, sum } from '../measure';
import type { Cluster } from '../n8n/cluster';
import { SLOTS, startCluster } from '../n8n/cluster';
import * as queued from '../n8n/queuedRuns';
import { until } from '../pace';
import type { Scenario } from '../scenario';
import { CREDITS } from '../scenario';
import type { Sample, Watch } from '../watch';

type Own = { executions: number; taskSeconds: number; polled: number; timeScale: number };

const MINUTE_MS = 60_000;
/** Milliseconds that n8n has to answer a callback, as with the service itself. */
const ANSWER_MS = 10_000;
/** The share of a task's time in which all executions are started; what comes of them comes at the same pace. */
const START_SHARE = 0.8;
/** Milliseconds after which what was killed is started anew, as a supervisor does. */
const SUPERVISOR_MS = 3_000;
/** The share of the callbacks that have been taken when processes are killed. */
const KILL_AT = 1 / 3;
/** Milliseconds that the run from the editor has when all others have ended. */
const MANUAL_LIMIT_MS = 180_000;
const PARKED = 'executions parked';
const ACTIVE = 'jobs active';
/** Milliseconds between two samples. */
const SAMPLE_MS = 2_000;

const rateOf = ({ executions, taskSeconds }: Own) => executions / (taskSeconds * START_SHARE);

/** Megabytes of the database. */
const sizeOf = async ({ database }: Cluster) =>
	Number(await database.query('select pg_database_size(current_database())')) / 1e6;

/** Megabytes of the larger worker, now and at most; 0 for one that is being started anew. */
async function memoryOf({ workers }: Cluster): Promise<{ now: number; peak: number }> {
	const all = await Promise.all(
		workers.map(async (worker) => await worker.memory().catch(() => ({ now: 0, peak: 0 }))),
	);
	return {
		now: Math.max(...all.map(({ now }) => now)),
		peak: Math.max(...all.map(({ peak }) => peak)),
	};
}

async function sample(cluster: Cluster): Promise<Sample> {
	const { redis, database } = cluster;
	const waiting = `select count(*) from execution_entity where status = 'waiting' and mode <> 'manual'`;
	return {
		[PARKED]: Number(await database.query(waiting)),
		'jobs waiting': await redis.lengthOf('bull:jobs:wait'),
		[ACTIVE]: await redis.lengthOf('bull:jobs:active'),
		'memory of the larger worker (MB)': (await memoryOf(cluster)).now,
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
async function parked(cluster: Cluster, sandbox: Sandbox, settings: Own): Promise<Measure[]> {
	const { executions, taskSeconds } = settings;
	const listening = await queued.listen(cluster, sandbox, {
		waitMethod: 'callback',
		options: { timeout: 60 },
	});
	const sizeBefore = await sizeOf(cluster);
	const idle = await memoryOf(cluster);
	const startedAt = Date.now();
	await queued.start(listening, executions, rateOf(settings));
	const atOnce = await until(
		async () => await queued.countOf(cluster, listening, 'waiting'),
		(waiting) => waiting === executions || sandbox.deliveries.length > 0,
	);
	const size = await sizeOf(cluster);
	const { now: parkedMemory } = await memoryOf(cluster);
	say(`  ${atOnce} of ${executions} parked at once`);

	const taken = () => sandbox.deliveries.filter(({ status }) => status === 200).length;
	await sandbox.waitFor(() => taken() >= executions * KILL_AT);
	say(`  one worker and the webhook process killed after ${taken()} callbacks`);
	await crash(cluster);
	say('  both are there again');
	const ended = await queued.endedOf(cluster, listening);
	const minutes = (Date.now() - startedAt) / MINUTE_MS;

	const out = await queued.delivered(cluster, ended);
	const crashed = queued.withStatus(ended, 'crashed');
	const known = new Set(out);
	for (const { id } of crashed)
		known.add((await cluster.rest.execution(id)).customData?.happyHorseTasks ?? '');
	const tasks = [...sandbox.tasks.keys()];
	const lost = tasks.filter((id) => !known.has(id));
	if (lost.length > 0) say(`  lost: ${lost.join(', ')}`);
	const { peak } = await memoryOf(cluster);
	const again = sandbox.deliveries.filter(({ attempt }) => attempt > 1).length;
	const inMB = (...values: number[]) => values.map((value) => shown(value, 'MB')).join(', ');
	const of = `${executions} executions, a task of ${taskSeconds} s each`;
	return [
		line(`${of}, parked: in flight at once`).atLeast(executions, atOnce),
		line('tasks charged more than once').none(tasks.length - executions),
		line('tasks lost: neither put out nor named by an execution that n8n gave up').none(
			lost.length,
		),
		line('tasks put out more than once').none(out.length - new Set(out).size),
		line('executions whose video came out').is(queued.withStatus(ended, 'success').length),
		line('executions that n8n gave up with the processes that were killed').is(crashed.length),
		line('callbacks that came again').is(again),
		line('requests to HappyHorse for a task').is(sandbox.requests.length / executions),
		line('executions started, and so callbacks, a second').is(rateOf(settings)),
		line('executions finished a minute, all in all').is(executions / minutes),
		line('memory of a worker: idle, with all parked, at most').is(
			inMB(idle.now, parkedMemory, peak),
		),
		line('database: growth for each parked execution').is(
			shown(((size - sizeBefore) * 1_000) / executions, 'kB'),
		),
		line('database: size before, with all parked, at the end').is(
			inMB(sizeBefore, size, await sizeOf(cluster)),
		),
	];
}

/** The same where nobody calls back: the executions wake by themselves. */
async function woken(
	cluster: Cluster,
	sandbox: Sandbox,
	settings: Own,
	watch: Watch,
): Promise<Measure[]> {
	const { executions, taskSeconds } = settings;
	const { rest } = cluster;
	const parameters = { waitMethod: 'parked', options: { timeout: 60 } };
	// by the editor's button, which n8n hands to a worker, too
	const credentialId = await queued.saveCredential(cluster, sandbox);
	const byHand = workflowFor(credentialId, video('textToVideo', parameters));
	const manual = await rest.run((await rest.saveWorkflow(byHand)).id, TRIGGER);
	const listening = await queued.listen(cluster, sandbox, parameters);
	await queued.start(listening, executions, rateOf(settings));
	const isCompleted = ({ completedAt }: SandboxTask) => completedAt !== undefined;
	await sandbox.waitFor(
		() => sandbox.tasks.size > executions && [...sandbox.tasks.values()].every(isCompleted),
	);
	say('  all videos are finished');
	const ended = await queued.endedOf(cluster, listening);
	const tasks = [...sandbox.tasks.values()];
	const lastCompletion = Math.max(...tasks.map(({ completedAt = 0 }) => completedAt));
	const ends = ended.map(({ stoppedAt }) => Date.parse(stoppedAt ?? ''));
	const behind = (Math.max(...ends) - lastCompletion) / 1_000;
	// what a task was asked for beyond once a minute from its start to the last question
	const beyond = tasks.map(
		({ createdAt, polls }) =>
			polls.length - Math.floor((Math.max(...polls) - createdAt) / MINUTE_MS),
	);
	const out = new Set(await queued.delivered(cluster, ended));
	const manually = itemsOf(await rest.finished(manual, MANUAL_LIMIT_MS), AFTER);
	const wakeUps = sum(tasks.map(({ polls }) => polls.length));
	const of = `${executions} executions, a task of ${taskSeconds} s each`;
	return [
		line(`${of}, parked without callbacks: in flight at once`).is(watch.most(PARKED)),
		line('tasks charged more than once').none(tasks.length - executions - 1),
		line('runs from the editor, parked and woken on a worker, that did not deliver').none(
			manually.length === 1 ? 0 : 1,
		),
		line('executions whose video did not come out').none(executions - out.size),
		line('from the last completion to the last execution’s end').atMost(180, behind, 's'),
		line('requests for a task, more than 1 + (wait in minutes) by at most').none(
			Math.max(...beyond),
		),
		line('requests to HappyHorse for a task').is(1 + wakeUps / executions),
		line('jobs for an execution: its start and its wake-ups').is(1 + wakeUps / executions),
	];
}

/** The same by polling, which keeps a slot of a worker for as long as a video takes. */
async function polled(
	cluster: Cluster,
	sandbox: Sandbox,
	{ polled: count, taskSeconds }: Own,
	watch: Watch,
): Promise<Measure[]> {
	const options = { timeout: 60, pollingInterval: 5 };
	const listening = await queued.listen(cluster, sandbox, { options });
	const startedAt = Date.now();
	await queued.start(listening, count, count);
	const ended = await queued.endedOf(cluster, listening);
	const minutes = (Date.now() - startedAt) / MINUTE_MS;
	const of = `${count} executions, a task of ${taskSeconds} s each`;
	return [
		line(`${of}, polled: in flight at once, with ${SLOTS} slots`).is(watch.most(ACTIVE)),
		line('executions finished a minute, all in all').is(count / minutes),
		line('executions that did not succeed').none(
			count - queued.withStatus(ended, 'success').length,
		),
	];
}

export const queue: Scenario<Own> = {
	name: 'queue',
	title: 'Queue mode',
	about:
		'One main process, one for webhooks, two workers with five slots each, Redis and PostgreSQL. While the callbacks come in, one worker and the webhook process are killed with `kill -9` and started anew, as a supervisor does. In the second part nobody calls back (**Wait Method: Parked**): each execution takes its start and about one wake-up a minute.',
	// the time scale is that of the 3 and 10 minutes after which a callback that was not taken comes again
	settings: { executions: 1_000, taskSeconds: 120, polled: 20, timeScale: 1 },

	async measure(trial) {
		const { taskSeconds, timeScale } = trial.settings;
		const sandbox = await trial.open(
			startSandbox({
				...{ credits: CREDITS, timeScale, leastAnswerMs: ANSWER_MS },
				taskMs: taskSeconds * 1_000,
			}),
		);
		const cluster = await trial.open(startCluster());
		const measures: Measure[] = [];
		for (const [name, measure] of Object.entries({ parked, woken, polled })) {
			say(`${name} …`);
			sandbox.reset();
			const watch = trial.watch(name, async () => await sample(cluster), SAMPLE_MS);
			measures.push(...(await measure(cluster, sandbox, trial.settings, watch)));
			await watch.close();
		}
		return measures;
	},
};
