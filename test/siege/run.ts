/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Measure } from '../bench/measure';
import { atLeast, atMost, forComparison, quantile } from '../bench/measure';
import { saveResults, tableOf } from '../bench/report';
import { createTask } from '../support/calls';
import type { Installed, Listening } from '../support/e2e';
import { installN8n, itemsOf } from '../support/e2e';
import { video } from '../support/parameters';
import { runProgram, say, using } from '../support/program';
import { AFTER, triggerWorkflow, webhookNode } from '../support/workflows';
import type { Known, Siege } from './attacks';
import { besiege } from './attacks';

/** Forged calls under way at once, not counting slow bodies. */
const ATTACKERS = 16;
const WORKFLOWS = 5;
/** n8n's own Webhook node starts a run for each call, so it gets a part of them. */
const WEBHOOK_SHARE = 0.1;
/** Milliseconds that the service waits for an answer. */
const ANSWER_MS = 10_000;
/** Milliseconds for what n8n still has to do after the last call. */
const SETTLE_MS = 10_000;

interface TrueCallback {
	taskId: string;
	status: number | 'timeout' | 'unreachable';
	ms: number;
}

/** The true callbacks that were answered, filled in as they are. */
const answered: TrueCallback[] = [];

/** True callbacks, one a second, to each workflow in turn, until they are told to end. */
async function callTruly(host: Installed, triggers: Listening[], isOver: () => boolean) {
	const ids: string[] = [];
	while (!isOver()) {
		const task = await createTask(host.sandbox, triggers[ids.length % WORKFLOWS].url);
		ids.push(task.id);
		host.sandbox.finish(task.id);
		await sleep(1_000);
	}
	const { deliveries } = host.sandbox;
	await host.sandbox.waitFor(() =>
		ids.every((id) => deliveries.some(({ taskId }) => taskId === id)),
	);
	return ids;
}

/** How often a run of the workflows was started for each task. */
async function runsByTask({ n8n: { rest } }: Installed, triggers: Listening[]) {
	const runs = new Map<string, number>();
	for (const { workflowId } of triggers)
		for (const { id } of await rest.executionsOf(workflowId)) {
			const [item] = itemsOf(await rest.execution(id), AFTER);
			const taskId = String(item?.json.taskId);
			runs.set(taskId, (runs.get(taskId) ?? 0) + 1);
		}
	return runs;
}

interface Besieged {
	siege: Siege;
	/** Tasks whose true callbacks came meanwhile. */
	ids: string[];
	looks: number;
	memory: { before: number; after: number };
}

/** One siege, with true callbacks all the while. */
async function withstand(
	host: Installed,
	url: string,
	{ known, calls, triggers }: { known: Known; calls: number; triggers: Listening[] },
): Promise<Besieged> {
	const { requests } = host.sandbox;
	const before = (await host.n8n.memory()).now;
	const from = requests.length;
	let isOver = false;
	const attack = besiege(url, known, calls, ATTACKERS).finally(() => (isOver = true));
	const [siege, ids] = await Promise.all([attack, callTruly(host, triggers, () => isOver)]);
	await sleep(SETTLE_MS);
	const looks = requests.slice(from).filter(({ method }) => method === 'GET').length;
	return { siege, ids, looks, memory: { before, after: (await host.n8n.memory()).now } };
}

const megabytes = (value: number) => `${Math.round(value)} MB`;

function linesOf(
	name: string,
	calls: number,
	{ siege, ids, looks, memory }: Besieged,
	runs: Map<string, number>,
): Measure[] {
	const own = answered.filter(({ taskId }) => ids.includes(taskId));
	const refused = own.filter(({ status }) => status !== 200).length;
	const times = own.map(({ ms }) => ms);
	const statuses = [...siege.statuses].sort(([a], [b]) => a - b);
	return [
		forComparison(
			`${calls} forged callbacks at ${name}: answers`,
			statuses.map(([status, count]) => `${status || 'cut'}: ${count}`).join(', '),
		),
		atMost(`${name}: true ones meanwhile (${ids.length}) not answered with 200`, 0, refused, ''),
		atMost(`${name}: the slowest answer to a true one`, 3_000, Math.max(...times), 'ms'),
		forComparison(
			`${name}: the median answer to a true one`,
			`${Math.round(quantile(times, 0.5))} ms`,
		),
		atMost(
			`${name}: true ones that did not have exactly one run`,
			0,
			ids.filter((id) => runs.get(id) !== 1).length,
			'',
		),
		atMost(
			`${name}: requests to HappyHorse for a forged one`,
			0.6,
			(looks - ids.length) / calls,
			'',
			2,
		),
		forComparison(
			`${name}: n8n’s memory before and after`,
			`${megabytes(memory.before)}, ${megabytes(memory.after)}`,
		),
		atMost(`${name}: growth of n8n’s memory`, 150, memory.after - memory.before, 'MB'),
	];
}

/** n8n's own Webhook node in the place of our trigger. */
async function listenByWebhook(host: Installed): Promise<Listening> {
	const own = randomUUID();
	const workflow = triggerWorkflow(host.credentialId, own, {});
	workflow.nodes[0] = webhookNode(workflow.nodes[0].name, own);
	return await host.listen(workflow, own);
}

async function measure(host: Installed, calls: number): Promise<Measure[]> {
	const triggers: Listening[] = [];
	while (triggers.length < WORKFLOWS) triggers.push(await host.listenForCallbacks());
	const running: string[] = [];
	while (running.length < 20) running.push((await createTask(host.sandbox)).id);
	let isWarm = false;
	const warmUp = callTruly(host, triggers, () => isWarm);
	await sleep(WORKFLOWS * 2_000);
	isWarm = true;
	const done = await warmUp;
	const executionId = await host.start(
		video('textToVideo', { waitMethod: 'callback', options: { timeout: 60 } }),
		{ items: [{}, {}] },
	);
	await host.n8n.rest.parked(executionId);
	const parked = host.tasks.slice(-2);
	const known = { running, done };
	const given = { known, calls, triggers };

	say(`${calls} forged callbacks at one trigger …`);
	const atTrigger = await withstand(host, triggers[0].url, given);
	say(`${calls} forged callbacks at one parked run …`);
	const atParked = await withstand(host, parked[0].callbackUrl ?? '', given);
	say('The parked run goes on …');
	for (const { id } of parked) host.sandbox.finish(id);
	const execution = await host.n8n.rest.finished(executionId, 120_000);
	const delivered = itemsOf(execution, AFTER).filter(({ json }) => json.status === 'completed');
	const runs = await runsByTask(host, triggers);
	const truly = new Set([...done, ...atTrigger.ids, ...atParked.ids]);
	const believed = [...runs].filter(([taskId]) => !truly.has(taskId)).length;

	const fewer = Math.ceil(calls * WEBHOOK_SHARE);
	say(`${fewer} of the same at n8n’s own Webhook node …`);
	const webhook = await listenByWebhook(host);
	const atWebhook = await withstand(host, webhook.url, { ...given, calls: fewer });
	const perSecond = ({ siege }: Besieged) => `${siege.rate.toFixed(0)} a second`;
	const times = ({ siege }: Besieged) => siege.rate / atWebhook.siege.rate;
	return [
		atMost('forged callbacks believed', 0, believed, ''),
		...linesOf('the trigger', calls, atTrigger, runs),
		...linesOf('the parked run', calls, atParked, runs),
		atMost(
			'videos of the parked run that did not come out afterwards',
			0,
			2 - delivered.length,
			'',
		),
		forComparison('n8n’s own Webhook node under the same siege', perSecond(atWebhook)),
		atLeast(
			`the trigger (${perSecond(atTrigger)}) over the Webhook node`,
			1,
			times(atTrigger),
			'',
			2,
		),
		atLeast(
			`the parked run (${perSecond(atParked)}) over the Webhook node`,
			1,
			times(atParked),
			'',
			2,
		),
	];
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { calls: { type: 'string', default: '10000' } } });
	const options = {
		...{ taskMs: 3_600_000_000, credits: 10_000_000, leastAnswerMs: ANSWER_MS },
		onDelivery: ({
			taskId,
			status,
			at,
		}: {
			taskId: string;
			status: TrueCallback['status'];
			at: number;
		}) => void answered.push({ taskId, status, ms: Date.now() - at }),
	};
	const env = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };
	const measures = await using(
		installN8n(options, { env }),
		async (host) => await measure(host, Number(values.calls)),
	);
	say(`\n${tableOf(measures)}`);
	if (measures.some(({ met }) => !met)) process.exitCode = 1;
	// only the whole of it is kept
	if (process.argv.length === 2) await saveResults('siege', measures);
}

runProgram(main);
