import { randomUUID } from 'node:crypto';

import type { SandboxTask } from '../../sandbox';
import { callFor, post } from '../../support/calls';
import type { Installed, Listening } from '../../support/e2e';
import type { Listed } from '../../support/restClient';
import { triggerWorkflow } from '../../support/workflows';
import type { Measure } from '../measure';
import { line, median, quantile, shown, sum } from '../measure';
import { MEMORY } from '../n8n/probe';
import { doneTasks, endedRuns, listenByWebhook, runsByTask, WITH_OWN_NODES } from '../n8n/runs';
import { atOnce, atRate } from '../pace';
import type { Scenario, Trial } from '../scenario';
import { BOTH_ENGINES, ENDED_BY_HAND } from '../scenario';

type Own = { perSecond: number; seconds: number; calls: number; rounds: number };

/** Calls under way at once where they are made as fast as they are answered. */
const AT_ONCE = 20;
/** Calls before those that count, so that everything is loaded. */
const WARM_UP = 20;

/** True callbacks at a fixed rate: how each was answered, after how many milliseconds, and the runs that they started. */
async function steadily(installed: Installed, trial: Trial<Own>): Promise<Measure[]> {
	const { perSecond, seconds } = trial.settings;
	const trigger = await installed.listenForCallbacks();
	for (const task of await doneTasks(installed, WARM_UP)) await callFor(trigger.url, task);
	const tasks = await doneTasks(installed, perSecond * seconds);
	let pending = 0;
	const watch = trial.watch('true callbacks', async () => ({
		'answers pending': pending,
		[MEMORY]: (await installed.n8n.memory()).now,
	}));
	const times: number[] = [];
	const { answers } = await atRate(perSecond, tasks.length, async (index) => {
		const sentAt = performance.now();
		pending++;
		const status = await callFor(trigger.url, tasks[index]).finally(() => pending--);
		times.push(performance.now() - sentAt);
		return status;
	});
	await watch.close();
	const taken = tasks.filter((_, index) => answers[index] === 200);
	const expected = WARM_UP + taken.length;
	const runs = await runsByTask(installed, [trigger], expected);
	const missed = taken.filter(({ id }) => !runs.has(id)).length;
	const name = `${perSecond} callbacks a second for ${seconds} s`;
	return [
		line(`${name}: not answered with 200`).none(tasks.length - taken.length),
		line(`${name}: 99th percentile of the answers`).atMost(500, quantile(times, 0.99), 'ms'),
		line(`${name}: runs too few or too many`).none(
			missed + Math.abs(sum(runs.values()) - expected),
		),
	];
}

/** Lets a node listen in our trigger's place that only answers. */
async function listenByFloor(installed: Installed, loadsCredential: boolean): Promise<Listening> {
	const own = randomUUID();
	const workflow = triggerWorkflow(installed.credentialId, own, { loadsCredential });
	workflow.nodes[0].type = 'CUSTOM.floor';
	return await installed.listen(workflow, `${own}/webhook`);
}

type Call = (index: number) => Promise<unknown>;

/** What one n8n sustains at most: runs that are finished, or answers where there is none, a second. */
async function sustained(installed: Installed, { calls, rounds }: Own): Promise<Measure[]> {
	const ours = await installed.listenForCallbacks();
	const webhook = await listenByWebhook(installed);
	const floor = await listenByFloor(installed, false);
	const credentialFloor = await listenByFloor(installed, true);

	const answerRate = async (call: Call) => {
		const from = Date.now();
		await atOnce(AT_ONCE, calls, call);
		return (calls * 1_000) / (Date.now() - from);
	};
	// what has found out that it listens has started a run of the Webhook node
	const runsSoFar = new Map([
		[ours, 0],
		[webhook, 1],
	]);
	const runRate = async (listening: Listening, call: Call, count = calls) => {
		const from = Date.now();
		await atOnce(AT_ONCE, count, call);
		const expected = (runsSoFar.get(listening) ?? 0) + count;
		const runs = await endedRuns(installed, listening, expected);
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
	tasks = await doneTasks(installed, WARM_UP);
	await runRate(webhook, callWebhook, WARM_UP);
	await runRate(ours, callOurs, WARM_UP);
	// what is compared takes turns
	for (let round = 0; round < rounds; round++) {
		tasks = await doneTasks(installed, calls);
		rates.webhook.push(await runRate(webhook, callWebhook));
		rates.ours.push(await runRate(ours, callOurs));
		rates.copies.push(await answerRate(callOurs));
		rates.forged.push(await answerRate(forge));
		rates.floor.push(await answerRate(async () => await post(floor.url, {})));
		rates.credential.push(await answerRate(async () => await post(credentialFloor.url, {})));
	}
	const perSecond = (name: keyof typeof rates) => `${Math.round(median(rates[name]))} a second`;
	// within a round, since the machine may have had other work in another one
	const times = (name: keyof typeof rates) =>
		median(rates[name].map((rate, round) => rate / rates.webhook[round]));
	const over = (name: keyof typeof rates) => `${shown(times(name))} (${perSecond(name)})`;
	const own = 'the Webhook node’s runs';
	return [
		line('most runs that n8n’s own Webhook node sustains').is(perSecond('webhook')),
		line(`the trigger (${perSecond('ours')}) over the Webhook node`).atLeast(0.8, times('ours')),
		line(`copies (${perSecond('copies')}) over its runs`).atLeast(3, times('copies')),
		line(`forgeries (${perSecond('forged')}) over its runs`).atLeast(3, times('forged')),
		line(`a node that only answers, over ${own}`).is(over('floor')),
		line(`a node that loads its credential and answers, over ${own}`).is(over('credential')),
	];
}

export const trigger: Scenario<Own> = {
	name: 'trigger',
	title: 'Callbacks at the trigger',
	about:
		'True callbacks at a fixed rate; then as many as n8n sustains, beside its own Webhook node. A node that only answers shows what n8n itself takes for a call.',
	settings: { perSecond: 15, seconds: 60, calls: 150, rounds: 5 },
	variants: BOTH_ENGINES,

	async measure(trial) {
		const installed = await trial.startN8n(ENDED_BY_HAND, { env: WITH_OWN_NODES });
		const steady = await steadily(installed, trial);
		return [...steady, ...(await sustained(installed, trial.settings))];
	},
};
