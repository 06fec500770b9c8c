import { sleep } from 'n8n-workflow';

import type { Delivery } from '../../sandbox';
import { createTask } from '../../support/calls';
import type { Installed, Listening } from '../../support/e2e';
import { itemsOf } from '../../support/e2e';
import { video } from '../../support/parameters';
import { say } from '../../support/program';
import { AFTER } from '../../support/workflows';
import type { Measure } from '../measure';
import { line, median, shown } from '../measure';
import { LOOP_DELAY, MEMORY, Probe } from '../n8n/probe';
import { listenByWebhook, runsByTask } from '../n8n/runs';
import { atRate } from '../pace';
import type { Known } from '../players/attacks';
import { Siege } from '../players/attacks';
import type { Scenario, Trial } from '../scenario';
import { ENDED_BY_HAND, ENGINES_ON_DEMAND } from '../scenario';

const WORKFLOWS = 5;
/** n8n's own Webhook node starts a run for each call, so it gets a part of them. */
const WEBHOOK_SHARE = 0.1;
/** Milliseconds that the service waits for an answer. */
const ANSWER_MS = 10_000;
const PENDING = 'answers pending';
/** Milliseconds for what n8n still has to do after the last call. */
const SETTLE_MS = 10_000;

/** All that the sieges of one n8n share. */
interface Place {
	installed: Installed;
	trial: Trial<{ calls: number; rate: number }>;
	probe: Probe;
	triggers: Listening[];
	known: Known;
}

/** True callbacks, one a second, to each workflow in turn. */
async function callTruly({ sandbox }: Installed, triggers: Listening[], seconds: number) {
	const { answers: ids } = await atRate(1, seconds, async (index) => {
		const { id } = await createTask(sandbox, triggers[index % triggers.length].url);
		sandbox.finish(id);
		return id;
	});
	const called = () => new Set(sandbox.deliveries.map(({ taskId }) => taskId));
	await sandbox.waitFor(() => ids.every((id) => called().has(id)));
	return ids;
}

/** One siege, with true callbacks all the while: what was seen, and the answers a second from the first call to the last answer. */
async function withstand(
	{ installed, trial, probe, triggers, known }: Place,
	{ name, url, calls }: { name: string; url: string; calls: number },
) {
	const { rate } = trial.settings;
	const { sandbox, n8n } = installed;
	say(`${calls} forged callbacks, ${rate} a second, at ${name} …`);
	const { now: before } = await n8n.memory();
	const from = sandbox.requests.length;
	const siege = new Siege(url, known);
	await probe.now(); // forgets what was before
	const watch = trial.watch(name, async () => ({
		[PENDING]: siege.pending,
		...(await probe.now()),
	}));
	const startedAt = Date.now();
	const attack = async () => {
		const { lateMs } = await atRate(rate, calls, async (index) => await siege.call(index));
		await watch.close();
		return { lateMs, answerRate: (calls * 1_000) / (siege.answeredAt - startedAt) };
	};
	const trueCalls = callTruly(installed, triggers, Math.ceil(calls / rate));
	const [paced, ids] = await Promise.all([attack(), trueCalls]);
	await sleep(SETTLE_MS);
	const looks = sandbox.requests.slice(from).filter(({ method }) => method === 'GET').length;
	const memory = { before, after: (await n8n.memory()).now };
	return { siege, watch, ids, looks, memory, ...paced };
}

type Besieged = Awaited<ReturnType<typeof withstand>>;

export const siege: Scenario<{ calls: number; rate: number }> = {
	name: 'siege',
	title: 'Under siege',
	about:
		'Forged callbacks at a fixed rate, whether n8n answers or not: made-up ids, ids of tasks that are still under way, replays, prototype keys, wrong types, bodies of a megabyte, and slow ones; at one trigger, then at one parked run. Meanwhile a true callback comes each second, to five workflows in turn, the besieged one among them. What n8n can’t take in time would show as a queue: answers pending that become more from the first third to the last. With expression engines on demand.',
	settings: { calls: 10_000, rate: 100 },

	async measure(trial) {
		const { calls, rate } = trial.settings;
		const seconds = calls / rate;
		const answered: Array<Pick<Delivery, 'taskId' | 'status'> & { ms: number }> = [];
		const probe = await Probe.onFreePort();
		const installed = await trial.startN8n(
			{
				...ENDED_BY_HAND,
				leastAnswerMs: ANSWER_MS,
				onDelivery: ({ taskId, status, at }) =>
					void answered.push({ taskId, status, ms: Date.now() - at }),
			},
			{ env: { ...ENGINES_ON_DEMAND, ...probe.env } },
		);
		const { sandbox, n8n } = installed;
		const triggers: Listening[] = [];
		while (triggers.length < WORKFLOWS) triggers.push(await installed.listenForCallbacks());
		const running: string[] = [];
		while (running.length < 20) running.push((await createTask(sandbox)).id);
		const done = await callTruly(installed, triggers, WORKFLOWS * 2);
		const executionId = await installed.start(
			video('textToVideo', { waitMethod: 'callback', options: { timeout: 60 } }),
			{ items: [{}, {}] },
		);
		await n8n.rest.parked(executionId);
		const parked = installed.tasks.slice(-2);

		const place = { installed, trial, probe, triggers, known: { running, done } };
		const [{ url }] = triggers;
		const atTrigger = await withstand(place, { name: 'the trigger', url, calls });
		const resumeUrl = parked[0].callbackUrl ?? '';
		const atParked = await withstand(place, { name: 'the parked run', url: resumeUrl, calls });
		say('The parked run goes on …');
		for (const { id } of parked) sandbox.finish(id);
		const execution = await n8n.rest.finished(executionId, 120_000);
		const delivered = itemsOf(execution, AFTER).filter(({ json }) => json.status === 'completed');
		const runs = await runsByTask(installed, triggers);
		const truly = new Set([...done, ...atTrigger.ids, ...atParked.ids]);
		const believed = [...runs.keys()].filter((taskId) => !truly.has(taskId)).length;

		const webhook = await listenByWebhook(installed);
		const atWebhook = await withstand(place, {
			...{ name: 'n8n’s own Webhook node', url: webhook.url },
			calls: Math.ceil(calls * WEBHOOK_SHARE),
		});

		const linesOf = (name: string, besieged: Besieged): Measure[] => {
			const { siege: strangers, watch, ids, looks, memory } = besieged;
			const own = answered.filter(({ taskId }) => ids.includes(taskId));
			const refused = own.filter(({ status }) => status !== 200).length;
			const times = own.map(({ ms }) => ms);
			const notOnce = ids.filter((id) => runs.get(id) !== 1).length;
			const { before, after } = memory;
			const of = (what: string) => line(`${name}: ${what}`);
			return [
				line(`${calls} forged callbacks at ${name}: answers`).is(strangers.tally),
				of(`true ones meanwhile (${ids.length}) not answered with 200`).none(refused),
				of('the slowest answer to a true one').atMost(3_000, Math.max(...times), 'ms'),
				of('the median answer to a true one').is(shown(median(times), 'ms')),
				of('true ones that did not have exactly one run').none(notOnce),
				of('requests to HappyHorse for a forged one').atMost(0.6, (looks - ids.length) / calls),
				of('most answers pending at once').is(watch.most(PENDING)),
				of('answers pending, more in the last third than in the first').atMost(
					rate / 2,
					watch.growth(PENDING, seconds),
				),
				of('the longest delay of n8n’s event loop').is(shown(watch.most(LOOP_DELAY), 'ms')),
				of('n8n’s memory before and after').is(`${shown(before, 'MB')}, ${shown(after, 'MB')}`),
				of('n8n’s memory, more in the last third than in the first').atMost(
					150,
					watch.growth(MEMORY, seconds),
					'MB',
				),
				of('the latest call behind its time').is(shown(besieged.lateMs, 'ms')),
			];
		};
		const perSecond = (value: number) => `${Math.round(value)} a second`;
		const overWebhook = (name: string, { answerRate }: Besieged) =>
			line(`${name} (${perSecond(answerRate)}) over the Webhook node`).atLeast(
				0.9,
				answerRate / atWebhook.answerRate,
			);
		const queued = `${atWebhook.watch.most(PENDING)} answers pending at once`;
		return [
			line('forged callbacks believed').none(believed),
			...linesOf('the trigger', atTrigger),
			...linesOf('the parked run', atParked),
			line('videos of the parked run that did not come out afterwards').none(2 - delivered.length),
			line('n8n’s own Webhook node under the same siege').is(
				`${perSecond(atWebhook.answerRate)}, up to ${queued}`,
			),
			overWebhook('the trigger', atTrigger),
			overWebhook('the parked run', atParked),
		];
	},
};
