import type { IDataObject } from 'n8n-workflow';

import type { SandboxTask } from '../../sandbox';
import { post } from '../../support/calls';
import type { Installed, Listening } from '../../support/e2e';
import { CREDENTIAL, itemsOf } from '../../support/e2e';
import { freePort, HOST } from '../../support/n8n';
import { say } from '../../support/program';
import type { Way } from '../../support/ways';
import { listenForPrompts } from '../../support/ways';
import { AFTER } from '../../support/workflows';
import { line } from '../measure';
import { endedRuns, runsByTask } from '../n8n/runs';
import { atOnce } from '../pace';
import { randomBy, startBadNetwork } from '../players/badNetwork';
import type { Scenario } from '../scenario';

const WAYS: Way[] = ['polled', 'parked', 'triggered'];
/** Runs that are started at once, each way. */
const AT_ONCE = 8;
/** Deliveries of a callback at most. */
const DELIVERIES = 3;

/** A run that has ended, and what came out for its only item. */
interface Ended {
	prompt: string;
	json: IDataObject;
}

async function outputs(
	installed: Installed,
	listening: Listening,
	count: number,
): Promise<Ended[]> {
	const all: Ended[] = [];
	for (const { id } of await endedRuns(installed, listening, count)) {
		const execution = await installed.n8n.rest.execution(id);
		const [{ json: input }] = itemsOf(execution, 'Start');
		const body = input.body as { prompt?: string };
		const [item] = itemsOf(execution, AFTER);
		// what has found out that n8n listens asked for nothing
		if (body.prompt !== undefined)
			all.push({ prompt: body.prompt, json: item?.json ?? { status: execution.status } });
	}
	return all;
}

const errorIn = ({ json }: Ended) => json.error as IDataObject | undefined;

/** Whether a run has said which task is its own, or that there may be one. */
const isTold = (run: Ended, { id }: SandboxTask) =>
	[run.json.taskId, errorIn(run)?.taskId].includes(id) || errorIn(run)?.taskMayExist === true;

export const network: Scenario<{ runs: number; seed: number }> = {
	name: 'network',
	title: 'Through a bad network',
	about:
		'Polled, parked and triggered runs in one whole n8n, with proxies between n8n and HappyHorse, between HappyHorse and n8n’s webhooks, and before the host of the videos. By a seed they do something to three of ten connections: delay, refuse, drip, duplicate or reorder them, or cut them in the middle of a request or an answer; `--seed` plays a run again. A video that was not delivered is named by its run, to be fetched with **Task: Get**. Where the answer to a creation was lost, nobody knows whether there is a task: the run says so, and does not pay again.',
	settings: { runs: 500, seed: Math.floor(Math.random() * 2 ** 31) },

	async measure(trial) {
		const { runs: count, seed } = trial.settings;
		const random = randomBy(seed);
		const before = async (target: string, mayRepeat: boolean) =>
			await trial.open(startBadNetwork(target, random, mayRepeat));
		// what comes back to n8n goes through one too
		const port = await freePort();
		const callbacks = await before(`http://${HOST}:${port}`, true);
		const installed = await trial.startN8n(
			// a callback that is not taken comes again after 1.8 and 6 seconds
			{ taskMs: 1_500, timeScale: 0.01, leastAnswerMs: 5_000 },
			{ port, env: { WEBHOOK_URL: callbacks.url } },
		);
		const { sandbox, n8n } = installed;
		const networks = {
			callbacks,
			api: await before(sandbox.url, false),
			files: await before(sandbox.fileUrl, true),
		};
		const data = { apiKey: sandbox.apiKey, baseUrl: networks.api.url };
		({ id: installed.credentialId } = await n8n.rest.saveCredential(
			'Bad network',
			CREDENTIAL,
			data,
		));
		sandbox.outcome({
			task: (body) =>
				JSON.parse(JSON.stringify(body).replaceAll(sandbox.fileUrl, networks.files.url)),
		});

		const trigger = await installed.listenForCallbacks();
		const callbackUrl = trigger.url.replace(n8n.url, callbacks.url);
		const listening = {
			polled: await listenForPrompts(installed, 'polled'),
			parked: await listenForPrompts(installed, 'parked'),
			triggered: await listenForPrompts(installed, 'triggered', { callbackUrl }),
		};
		const countOf = (way: Way) => Math.ceil((count - WAYS.indexOf(way)) / WAYS.length);
		await Promise.all(
			WAYS.map(async (way) => {
				await atOnce(AT_ONCE, countOf(way), async (index) => {
					const status = await post(listening[way].url, { prompt: `${way} ${index}` });
					if (status !== 200) throw new Error(`A run was not started: n8n answered ${status}`);
				});
			}),
		);
		const ended: Ended[] = [];
		for (const way of WAYS) ended.push(...(await outputs(installed, listening[way], countOf(way))));
		const tasks = installed.tasks;
		const triggered = tasks.filter((task) => task.callbackUrl === callbackUrl);
		// the last callbacks may still be under way
		const isOver = (task: SandboxTask) => {
			const statuses = installed.deliveriesOf(task);
			return statuses.length === DELIVERIES || statuses.includes(200);
		};
		await sandbox.waitFor(() => triggered.every(isOver));
		const started = await runsByTask(installed, [trigger]);
		for (const [name, { fates }] of Object.entries(networks))
			say(`${name}: ${[...fates].map(([fate, times]) => `${times} ${fate}`).join(', ')}`);

		const byPrompt = new Map(ended.map((run) => [run.prompt, run]));
		const lost = tasks.filter((task) => {
			const run = byPrompt.get(String(task.input.prompt));
			return !run || !isTold(run, task);
		});
		const wrong = triggered.filter((task) => {
			const runs = started.get(task.id) ?? 0;
			return installed.deliveriesOf(task).includes(200) ? runs !== 1 : runs > 1;
		});
		const delivered = (way: Way) => {
			const own = ended.filter(({ prompt }) => prompt.startsWith(way));
			const completed = own.filter(({ json }) => json.status === 'completed');
			return `${completed.length} of ${own.length}`;
		};
		const requests = sandbox.requests.filter(({ server }) => server === 'api').length;
		const paidFor = new Set(tasks.map(({ input }) => input.prompt));
		return [
			line(`${count} runs: that did not end`).none(count - ended.length),
			line('tasks charged twice for one run').none(tasks.length - paidFor.size),
			line('tasks lost: neither named by their run, nor told to be possible').none(lost.length),
			line('callbacks taken whose run was not started exactly once').none(wrong.length),
			line('requests to HappyHorse for a run, on average').atMost(8, requests / count),
			line('videos delivered: polled').is(delivered('polled')),
			line('videos delivered: parked').is(delivered('parked')),
			line('videos started whose callback started a run').is(
				`${started.size} of ${triggered.length}`,
			),
			line('runs told that the answer to their creation was lost').is(
				ended.filter((run) => errorIn(run)?.taskMayExist).length,
			),
		];
	},
};
