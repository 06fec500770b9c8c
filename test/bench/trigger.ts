/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SandboxTask } from '../sandbox';
import { callFor, createTask, post } from '../support/calls';
import type { Installed, Listening } from '../support/e2e';
import { itemsOf } from '../support/e2e';
import type { Listed } from '../support/restClient';
import { AFTER, triggerWorkflow, webhookNode } from '../support/workflows';
import { WITH_BENCH_NODES, withEachEngine, withN8n } from './host';
import type { Measure } from './measure';
import { atLeast, atMost, forComparison, median, quantile } from './measure';

/** True callbacks a second, and for how many seconds. */
const STEADY_RATE = 15;
const STEADY_SECONDS = 60;

/** Calls of one round, those under way at once, and rounds: what is compared takes turns. */
const CALLS = 150;
const AT_ONCE = 20;
const ROUNDS = 5;
/** Calls before those that count, so that everything is loaded. */
const WARM_UP = 20;

/** Milliseconds until the last run has ended, and between two looks at them. */
const RUNS_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 250;

type Call = (index: number) => Promise<unknown>;

/** Tasks that are done, and that nobody has called for. */
async function newTasks({ sandbox }: Installed, count: number): Promise<SandboxTask[]> {
	const tasks: SandboxTask[] = [];
	for (let index = 0; index < count; index++) tasks.push(await createTask(sandbox));
	for (const { id } of tasks) sandbox.finish(id);
	return tasks;
}

/** The workflow's runs once there are as many and all have ended; it throws if that takes too long. */
async function endedRuns({ n8n: { rest } }: Installed, { workflowId }: Listening, count: number) {
	for (const until = Date.now() + RUNS_LIMIT_MS; ; await sleep(LOOK_EVERY_MS)) {
		const runs = await rest.executionsOf(workflowId);
		const ended = runs.filter(({ stoppedAt }) => stoppedAt !== null).length;
		if (runs.length >= count && ended === runs.length) return runs;
		if (Date.now() > until)
			throw new Error(`${runs.length} runs, of which ${ended} have ended, in place of ${count}`);
	}
}

/** True callbacks at an even pace: how each was answered, after how many milliseconds, and the runs that they started. */
async function measureSteadily(host: Installed): Promise<Measure[]> {
	const { rest } = host.n8n;
	const listening = await host.listenForCallbacks();
	for (const task of await newTasks(host, WARM_UP)) await callFor(listening.url, task);
	const tasks = await newTasks(host, STEADY_RATE * STEADY_SECONDS);
	const startedAt = Date.now();
	const answers = await Promise.all(
		tasks.map(async (task, index) => {
			await sleep(startedAt + (index * 1_000) / STEADY_RATE - Date.now());
			const sentAt = performance.now();
			const status = await callFor(listening.url, task);
			return { status, ms: performance.now() - sentAt };
		}),
	);
	const refused = answers.filter(({ status }) => status !== 200).length;
	const expected = WARM_UP + tasks.length - refused;
	const runs = await endedRuns(host, listening, expected);
	const seen = new Set<string>();
	for (const { id } of runs)
		for (const { json } of itemsOf(await rest.execution(id), AFTER)) seen.add(String(json.taskId));
	const name = `${STEADY_RATE} callbacks a second for ${STEADY_SECONDS} s`;
	const missed = tasks.filter(({ id }, index) => answers[index].status === 200 && !seen.has(id));
	return [
		atMost(`${name}: not answered with 200`, 0, refused, ''),
		atMost(
			`${name}: 99th percentile of the answers`,
			500,
			quantile(
				answers.map(({ ms }) => ms),
				0.99,
			),
			'ms',
		),
		atMost(`${name}: runs too few or too many`, 0, missed.length + runs.length - expected, ''),
	];
}

/** Calls as fast as they are answered; gives the Unix milliseconds of the first call and of the last answer. */
async function callAll(call: Call, count: number): Promise<{ from: number; to: number }> {
	const from = Date.now();
	let next = 0;
	const work = async () => {
		while (next < count) await call(next++);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return { from, to: Date.now() };
}

/** Answers a second, for calls that start no run. */
async function answerRate(call: Call): Promise<number> {
	const { from, to } = await callAll(call, CALLS);
	return (CALLS * 1_000) / (to - from);
}

/** n8n's own Webhook node in our trigger's place. */
async function listenByWebhook(host: Installed): Promise<Listening> {
	const own = randomUUID();
	const workflow = triggerWorkflow(host.credentialId, own, {});
	const [{ name }] = workflow.nodes;
	workflow.nodes[0] = webhookNode(name, own);
	return await host.listen(workflow, own);
}

/** A node in our trigger's place that only answers. */
async function listenByFloor(host: Installed, loadsCredential: boolean): Promise<Listening> {
	const own = randomUUID();
	const workflow = triggerWorkflow(host.credentialId, own, { loadsCredential });
	workflow.nodes[0].type = 'CUSTOM.floor';
	return await host.listen(workflow, `${own}/webhook`);
}

/** What one n8n sustains at most: runs that are finished, or answers where there is none, a second. */
async function measureRates(host: Installed): Promise<Measure[]> {
	const ours = await host.listenForCallbacks();
	const webhook = await listenByWebhook(host);
	const floor = await listenByFloor(host, false);
	const credentialFloor = await listenByFloor(host, true);

	// what has found out that it listens has started a run of the Webhook node
	const runsSoFar = new Map([
		[ours, 0],
		[webhook, 1],
	]);
	const runRate = async (listening: Listening, call: Call, count = CALLS) => {
		const { from } = await callAll(call, count);
		const runs = await endedRuns(host, listening, (runsSoFar.get(listening) ?? 0) + count);
		runsSoFar.set(listening, runs.length);
		const ended = ({ stoppedAt }: Listed) => Date.parse(stoppedAt ?? '');
		return (count * 1_000) / (Math.max(...runs.map(ended)) - from);
	};

	let tasks: SandboxTask[] = [];
	const callWebhook: Call = async () => await post(webhook.url, { id: randomUUID() });
	// one that the trigger could not ask about in time is delivered again
	const callOurs: Call = async (index) => {
		while ((await callFor(ours.url, tasks[index])) !== 200);
	};
	const forge: Call = async () =>
		await callFor(ours.url, { id: randomUUID(), model: tasks[0].model });
	const rates: Record<'webhook' | 'ours' | 'copies' | 'forged' | 'floor' | 'credential', number[]> =
		{ webhook: [], ours: [], copies: [], forged: [], floor: [], credential: [] };
	tasks = await newTasks(host, WARM_UP);
	await runRate(webhook, callWebhook, WARM_UP);
	await runRate(ours, callOurs, WARM_UP);
	for (let round = 0; round < ROUNDS; round++) {
		tasks = await newTasks(host, CALLS);
		rates.webhook.push(await runRate(webhook, callWebhook));
		rates.ours.push(await runRate(ours, callOurs));
		rates.copies.push(await answerRate(callOurs));
		rates.forged.push(await answerRate(forge));
		rates.floor.push(await answerRate(async () => await post(floor.url, {})));
		rates.credential.push(await answerRate(async () => await post(credentialFloor.url, {})));
	}
	const perSecond = (name: keyof typeof rates) => `${median(rates[name]).toFixed(0)} a second`;
	// within a round, since the machine may have had other work in another one
	const times = (name: keyof typeof rates) =>
		median(rates[name].map((rate, round) => rate / rates.webhook[round]));
	return [
		forComparison('most runs that n8n’s own Webhook node sustains', perSecond('webhook')),
		atLeast(`the trigger (${perSecond('ours')}) over the Webhook node`, 0.8, times('ours'), '', 2),
		atLeast(`copies (${perSecond('copies')}) over its runs`, 3, times('copies'), '', 2),
		atLeast(`forgeries (${perSecond('forged')}) over its runs`, 3, times('forged'), '', 2),
		forComparison(
			'a node that only answers, over the Webhook node’s runs',
			`${times('floor').toFixed(2)} (${perSecond('floor')})`,
		),
		forComparison(
			'a node that loads its credential and answers, over the Webhook node’s runs',
			`${times('credential').toFixed(2)} (${perSecond('credential')})`,
		),
	];
}

/** How the trigger stands many callbacks. */
export const measureTrigger = async (): Promise<Measure[]> =>
	await withEachEngine(
		async (env) =>
			await withN8n(
				async (host) => [...(await measureSteadily(host)), ...(await measureRates(host))],
				{ taskMs: 3_600_000 },
				{ ...WITH_BENCH_NODES, ...env },
			),
	);
