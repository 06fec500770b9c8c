/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import type { IDataObject } from 'n8n-workflow';

import type { Measure } from '../bench/measure';
import { atMost, forComparison } from '../bench/measure';
import type { SandboxTask } from '../sandbox';
import { post } from '../support/calls';
import type { Installed, Listening } from '../support/e2e';
import { CREDENTIAL, itemsOf } from '../support/e2e';
import { say } from '../support/program';
import type { Way } from '../support/ways';
import { listenForPrompts } from '../support/ways';
import { AFTER } from '../support/workflows';
import type { BadNetwork } from './badNetwork';

interface Networks {
	callbacks: BadNetwork;
	api: BadNetwork;
	files: BadNetwork;
}

/** A run that has ended, and what came out for its only item. */
interface Ended {
	prompt: string;
	json: IDataObject;
}

/** Runs that are started at once. */
const AT_ONCE = 8;
const LOOK_EVERY_MS = 500;
const LIMIT_MS = 15 * 60_000;

/** Starts a run for each prompt, bounded at a time. */
async function startAll({ url }: Listening, prompts: string[]): Promise<void> {
	const left = [...prompts];
	const work = async () => {
		for (let prompt = left.pop(); prompt !== undefined; prompt = left.pop()) {
			const status = await post(url, { prompt });
			if (status !== 200) throw new Error(`A run was not started: n8n answered ${status}`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** All runs of a workflow once they have ended; it throws if that takes too long. */
async function endedRuns(
	{ n8n: { rest } }: Installed,
	{ workflowId }: Listening,
): Promise<string[]> {
	for (const until = Date.now() + LIMIT_MS; ; await sleep(LOOK_EVERY_MS)) {
		const runs = await rest.executionsOf(workflowId);
		const open = runs.filter(({ stoppedAt, status }) => stoppedAt === null || status === 'waiting');
		if (open.length === 0) return runs.map(({ id }) => id);
		if (Date.now() > until) throw new Error(`${open.length} runs don't end`);
	}
}

async function outputs(host: Installed, listening: Listening): Promise<Ended[]> {
	const all: Ended[] = [];
	for (const id of await endedRuns(host, listening)) {
		const execution = await host.n8n.rest.execution(id);
		const [{ json: input }] = itemsOf(execution, 'Start');
		const body = input.body as { prompt?: string };
		const [item] = itemsOf(execution, AFTER);
		// what has found out that n8n listens asked for nothing
		if (body.prompt !== undefined)
			all.push({ prompt: body.prompt, json: item?.json ?? { status: execution.status } });
	}
	return all;
}

/** Whether a run has said which task is its own, or that there may be one. */
function isTold({ json }: Ended, task: SandboxTask): boolean {
	const error = json.error as IDataObject | undefined;
	return [json.taskId, error?.taskId].includes(task.id) || error?.taskMayExist === true;
}

/** Polled, parked and triggered runs, all at once, and what became of them. */
export async function measureRuns(
	host: Installed,
	{ callbacks, api, files }: Networks,
	count: number,
): Promise<Measure[]> {
	const { sandbox, n8n } = host;
	const data = { apiKey: sandbox.apiKey, baseUrl: api.url };
	({ id: host.credentialId } = await n8n.rest.saveCredential('Bad network', CREDENTIAL, data));
	sandbox.outcome({
		task: (body) => JSON.parse(JSON.stringify(body).replaceAll(sandbox.fileUrl, files.url)),
	});
	const trigger = await host.listenForCallbacks();
	const callbackUrl = trigger.url.replace(n8n.url, callbacks.url);
	const listening = {
		polled: await listenForPrompts(host, 'polled'),
		parked: await listenForPrompts(host, 'parked'),
		triggered: await listenForPrompts(host, 'triggered', { callbackUrl }),
	};
	const ways: Way[] = ['polled', 'parked', 'triggered'];
	const promptsOf = (way: Way) =>
		Array.from({ length: Math.ceil((count - ways.indexOf(way)) / 3) }, (_, at) => `${way} ${at}`);
	say(`${count} runs …`);
	await Promise.all(ways.map(async (way) => await startAll(listening[way], promptsOf(way))));
	const ended = (
		await Promise.all(ways.map(async (way) => await outputs(host, listening[way])))
	).flat();
	// the last callbacks may still be under way
	const tasks = [...sandbox.tasks.values()];
	const isOver = ({ id, callbackUrl: url }: SandboxTask) => {
		const of = sandbox.deliveries.filter(({ taskId }) => taskId === id);
		return url === undefined || of.length === 3 || of.some(({ status }) => status === 200);
	};
	await sandbox.waitFor(() =>
		tasks.filter(({ callbackUrl: url }) => url === callbackUrl).every(isOver),
	);
	const started = new Map<string, number>();
	for (const id of await endedRuns(host, trigger)) {
		const [{ json }] = itemsOf(await n8n.rest.execution(id), AFTER);
		started.set(String(json.taskId), (started.get(String(json.taskId)) ?? 0) + 1);
	}

	const byPrompt = new Map(ended.map((run) => [run.prompt, run]));
	const of = (way: Way) => ended.filter(({ prompt }) => prompt.startsWith(way));
	const lost = tasks.filter((task) => {
		const run = byPrompt.get(String(task.input.prompt));
		return !run || !isTold(run, task);
	});
	const taken = new Set(
		sandbox.deliveries.filter(({ status }) => status === 200).map(({ taskId }) => taskId),
	);
	const triggered = tasks.filter(({ callbackUrl: url }) => url === callbackUrl);
	const wrong = triggered.filter(({ id }) => {
		const runs = started.get(id) ?? 0;
		return taken.has(id) ? runs !== 1 : runs > 1;
	});
	const completed = (way: Way) => of(way).filter(({ json }) => json.status === 'completed').length;
	const requests = sandbox.requests.filter(({ server }) => server === 'api').length;
	return [
		atMost(`${count} runs: that did not end`, 0, count - ended.length, ''),
		atMost(
			'tasks charged twice for one run',
			0,
			tasks.length - new Set(tasks.map(({ input }) => input.prompt)).size,
			'',
		),
		atMost('tasks lost: neither named by their run, nor told to be possible', 0, lost.length, ''),
		atMost('callbacks taken whose run was not started exactly once', 0, wrong.length, ''),
		atMost('requests to HappyHorse for a run, on average', 8, requests / count, '', 2),
		forComparison('videos delivered: polled', `${completed('polled')} of ${of('polled').length}`),
		forComparison('videos delivered: parked', `${completed('parked')} of ${of('parked').length}`),
		forComparison(
			'videos started whose callback started a run',
			`${started.size} of ${triggered.length}`,
		),
		forComparison(
			'runs told that the answer to their creation was lost',
			String(
				ended.filter(({ json }) => (json.error as IDataObject | undefined)?.taskMayExist).length,
			),
		),
	];
}
