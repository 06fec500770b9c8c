import { randomUUID } from 'node:crypto';

import type { INode, NodeParameterValueType } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import type { Sandbox } from '../../sandbox';
import { startSandbox } from '../../sandbox';
import { post } from '../../support/calls';
import { CREDENTIAL, itemsOf } from '../../support/e2e';
import { startN8n } from '../../support/n8n';
import { ensureHost, N8N_VERSION } from '../../support/n8nHost';
import { video } from '../../support/parameters';
import { say } from '../../support/program';
import type { Execution, RestClient, WorkflowJson } from '../../support/restClient';
import {
	AFTER,
	NODE,
	node,
	TRIGGER,
	webhookWorkflow,
	withSecondNode,
} from '../../support/workflows';
import type { Measure } from '../measure';
import { line, sum } from '../measure';
import { startCluster } from '../n8n/cluster';
import { atOnce, until } from '../pace';
import type { Scenario, Trial } from '../scenario';
import { CREDITS } from '../scenario';

const SECOND = 'HappyHorse Again';
const BETWEEN = 'Between';
/** Ways to wake an execution, by number. */
const WAKES: Array<Record<string, NodeParameterValueType>> = [
	{ waitMethod: 'parked', options: { timeout: 60 } },
	{ waitMethod: 'callback', options: { timeout: 60 } },
	// the time is up when the callback comes
	{ waitMethod: 'callback', options: { timeout: 1 } },
];
/** Milliseconds after which a task ends where its callback and the time are to come together. */
const TOGETHER_MS = 55_000;
/** The share of the first videos that are downloaded when n8n is killed. */
const KILL_AT = 1 / 3;
const LOOK_EVERY_MS = 100;
/** Milliseconds that n8n has for starting as many executions as there is room for. */
const ROOM_MS = 30_000;
const UNDER_WAY = ['new', 'running', 'waiting'];

type Own = {
	executions: number;
	limit: number;
	nodes: number;
	wake: number;
	taskSeconds: number;
	downloadSeconds: number;
	kill: number;
	queue: number;
};

/** An n8n, in queue mode or not. */
interface Place {
	rest: RestClient;
	webhookUrl: string;
	logs(): string;
	kill(): Promise<void>;
	close(): Promise<void>;
}

async function startRegular(limit: number): Promise<Place> {
	const n8n = await startN8n({
		host: await ensureHost(N8N_VERSION, say),
		env: {
			N8N_CONCURRENCY_PRODUCTION_LIMIT: String(limit),
			// it says there for what it has no room
			...{ N8N_LOG_LEVEL: 'debug', N8N_LOG_SCOPES: 'concurrency', N8N_LOG_FORMAT: 'json' },
		},
	});
	const kill = async () => {
		await n8n.kill();
		await n8n.restart();
	};
	return {
		...{ rest: n8n.rest, webhookUrl: n8n.url, kill },
		logs: () => n8n.logs(),
		close: async () => await n8n.stop(),
	};
}

/** Queue mode has no limit but the workers' slots. */
async function startQueue(): Promise<Place> {
	const { rest, webhookUrl, webhook, workers, close } = await startCluster();
	const victims = [workers[0], webhook];
	const kill = async () => {
		await Promise.all(victims.map(async (victim) => await victim.end('SIGKILL')));
		await Promise.all(victims.map(async (victim) => await victim.start()));
	};
	return { rest, webhookUrl, logs: () => '', kill, close };
}

const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];

const NUMBER = `$('${TRIGGER}').item.json.body.number`;

/** A workflow that makes a video, or two with a request between them that shows how often n8n gets there. */
function workflowOf(credentialId: string, own: string, sandbox: Sandbox, settings: Own) {
	const { [settings.wake]: waiting } = WAKES;
	const first = { prompt: '={{ $json.body.number }}', downloadVideo: true, ...waiting };
	const one = webhookWorkflow(credentialId, own, video('textToVideo', first));
	if (settings.nodes === 1) return one;
	const second = { prompt: `={{ ${NUMBER} }} again`, ...waiting };
	const two = withSecondNode(one, credentialId, video('textToVideo', second));
	const url = `=${sandbox.url}/between/{{ ${NUMBER} }}`;
	const between: INode = {
		...node(BETWEEN, 'n8n-nodes-base.httpRequest', { url }),
		onError: 'continueRegularOutput',
	};
	return {
		...two,
		nodes: [...two.nodes, between],
		connections: {
			...two.connections,
			[NODE]: { main: [to(BETWEEN)] },
			[BETWEEN]: { main: [to(SECOND)] },
		},
	};
}

/** Publishes a workflow that begins with a webhook. */
async function listen({ rest, webhookUrl }: Place, own: string, workflow: WorkflowJson) {
	const { id } = await rest.saveWorkflow(workflow);
	await rest.activate(id);
	const url = `${webhookUrl}/webhook/${own}`;
	// a call by another method starts nothing, and n8n names the right one once it listens
	const answer = async () => await (await fetch(url)).text();
	while (!(await answer()).includes('POST')) await sleep(LOOK_EVERY_MS);
	return { id, url };
}

/** Times that n8n had no room for an execution. Its log is read while it runs, as only its end is kept. */
class Throttled {
	private readonly lines = new Set<string>();

	look(logs: string): void {
		for (const one of logs.split('\n'))
			if (one.includes('Execution throttled')) this.lines.add(one);
	}

	/** Times of each execution. */
	get times(): number[] {
		const times = new Map<string, number>();
		for (const one of this.lines) {
			const id = /"executionId":"(\d+)"/.exec(one)?.[1] ?? '';
			times.set(id, (times.get(id) ?? 0) + 1);
		}
		return [...times.values()];
	}
}

/** Starts as many executions as there is room for, and one more. Gives how many are under way at once. */
async function roomOf(place: Place, sandbox: Sandbox, credentialId: string, limit: number) {
	const isOurs = ({ input }: { input: object }) =>
		'prompt' in input && String(input.prompt).startsWith('room');
	sandbox.outcome({ match: isOurs, taskMs: 3_600_000 });
	const own = randomUUID();
	const parameters = { prompt: '=room {{ $json.body.number }}', options: { timeout: 10 } };
	const workflow = webhookWorkflow(credentialId, own, video('textToVideo', parameters));
	const { url } = await listen(place, own, workflow);
	const held = () => [...sandbox.tasks.values()].filter(isOurs);
	const calls = Array.from({ length: limit + 1 }, async (_, number) => await post(url, { number }));
	await Promise.race([sandbox.waitFor(() => held().length >= limit), sleep(ROOM_MS)]);
	await sleep(1_000); // for one too many
	const { length } = held();
	sandbox.outcome({ match: isOurs, taskMs: 1 });
	for (const { id } of held()) sandbox.finish(id);
	await Promise.all(calls);
	return length;
}

async function measureIn(trial: Trial<Own>, place: Place, sandbox: Sandbox): Promise<Measure[]> {
	const { settings } = trial;
	const { executions, limit, nodes } = settings;
	const { rest } = place;
	const { apiKey, url: baseUrl } = sandbox;
	const { id: credentialId } = await rest.saveCredential('HappyHorse', CREDENTIAL, {
		...{ apiKey, baseUrl },
	});
	const own = randomUUID();
	const { id, url } = await listen(place, own, workflowOf(credentialId, own, sandbox, settings));
	sandbox.fault({ on: 'file', delayMs: settings.downloadSeconds * 1_000 });
	const throttled = new Throttled();
	const watch = trial.watch(
		'executions that n8n had no room for',
		async () => {
			throttled.look(place.logs());
			return { so_far: sum(throttled.times) };
		},
		LOOK_EVERY_MS,
	);
	const startedAt = Date.now();
	await atOnce(10, executions, async (number) => await post(url, { number: String(number) }));
	say(`  ${executions} executions started`);
	const downloads = () => sandbox.requests.filter(({ server }) => server === 'file').length;
	if (settings.kill) {
		await sandbox.waitFor(() => downloads() >= executions * KILL_AT);
		await place.kill();
		say('  n8n was killed, and is there again');
	}
	const open = async () =>
		(await rest.executionsOf(id)).filter(({ status }) => UNDER_WAY.includes(status)).length;
	await until(
		async () => ({ open: await open(), asked: sandbox.requests.length }),
		(seen) => seen.open === 0,
	);
	const minutes = (Date.now() - startedAt) / 60_000;
	await watch.close();
	const all: Execution[] = [];
	for (const listed of await rest.executionsOf(id)) all.push(await rest.execution(listed.id));

	const made = [...sandbox.tasks.values()];
	const madeFor = new Map<string, string[]>();
	for (const { id: taskId, input } of made) {
		const prompt = String(input.prompt);
		madeFor.set(prompt, [...(madeFor.get(prompt) ?? []), taskId]);
	}
	const names = nodes === 1 ? [TRIGGER, NODE, AFTER] : [TRIGGER, NODE, BETWEEN, SECOND, AFTER];
	const isDone = (execution: Execution) => {
		const { body } = itemsOf(execution, TRIGGER)[0]?.json ?? {};
		const number = (body as { number?: string } | undefined)?.number;
		const last = madeFor.get(nodes === 1 ? String(number) : `${number} again`);
		const out = itemsOf(execution, AFTER).map(({ json }) => String(json.taskId));
		return (
			execution.status === 'success' &&
			names.every((name) => execution.data.resultData.runData[name]?.length === 1) &&
			out.length === 1 &&
			out[0] === last?.[0]
		);
	};
	const gaveUp = all.filter(({ status }) => status === 'crashed');
	const wrong = all.filter((one) => !gaveUp.includes(one) && !isDone(one));
	for (const { id: executionId, status, data } of wrong.slice(0, 10))
		say(
			`  ${executionId} ${status}: ${names.map((name) => data.resultData.runData[name]?.length ?? 0).join(' ')}`,
		);
	const warnings = all.flatMap(({ data }) =>
		Object.values(data.resultData.runData)
			.flat()
			.flatMap(({ hints = [] }) => hints.filter(({ type }) => type !== 'info')),
	);
	const visits = new Map<string, number>();
	for (const { path } of sandbox.requests)
		if (path.includes('/between/')) visits.set(path, (visits.get(path) ?? 0) + 1);
	const room = settings.queue ? limit : await roomOf(place, sandbox, credentialId, limit);
	const of = `${executions} executions of ${nodes === 1 ? 'a parked node' : 'two parked nodes'}, room for ${limit}`;
	return [
		line(`${of}: that did not end with their items`).none(wrong.length + executions - all.length),
		line('tasks created beyond one for each node').none(made.length - madeFor.size),
		line('nodes between them that were run twice').none(
			[...visits.values()].filter((count) => count > 1).length,
		),
		line('room lost').none(limit - room),
		line('warnings').none(warnings.length),
		line('executions that n8n gave up as it was killed').is(gaveUp.length),
		line('times that n8n had no room, and most of one execution').is(
			`${sum(throttled.times)}, ${Math.max(0, ...throttled.times)}`,
		),
		line('callbacks that n8n did not take').is(
			sandbox.deliveries.filter(({ status }) => status !== 200).length,
		),
		line('minutes').is(minutes),
	];
}

export const limit: Scenario<Own> = {
	name: 'limit',
	title: 'Under n8n’s production limit',
	about:
		'n8n wakes a parked execution again each minute while it has no room for it (`N8N_CONCURRENCY_PRODUCTION_LIMIT`), and may run it again when it is parked anew. Videos are slow to download, so that there is no room for a while. `--wake`: 0 by the time, 1 by callbacks, 2 by both at the same moment; `--kill 1` kills n8n in the middle; `--queue 1` plays it in queue mode, where the workers’ slots are the limit.',
	settings: {
		...{ executions: 200, limit: 2, nodes: 2, wake: 0 },
		...{ taskSeconds: 20, downloadSeconds: 3, kill: 0, queue: 0 },
	},

	async measure(trial) {
		const { wake, taskSeconds, limit: room, queue } = trial.settings;
		const sandbox = await trial.open(
			startSandbox({
				...{ credits: CREDITS, timeScale: 0.2, leastAnswerMs: 10_000 },
				taskMs: wake === 2 ? TOGETHER_MS : taskSeconds * 1_000,
			}),
		);
		const place = await trial.open(queue ? startQueue() : startRegular(room));
		return await measureIn(trial, place, sandbox);
	},
};
