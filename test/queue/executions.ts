/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { NodeParameterValueType } from 'n8n-workflow';

import type { Sandbox } from '../sandbox';
import { post } from '../support/calls';
import { itemsOf } from '../support/e2e';
import { video } from '../support/parameters';
import { say } from '../support/program';
import { AFTER, webhookWorkflow } from '../support/workflows';
import type { Cluster } from './cluster';

/** The share of a task's time in which all executions are started, at an even pace; what comes of them comes likewise. */
export const START_SHARE = 0.8;

const LOOK_EVERY_MS = 250;
/** Times that an execution is offered to an n8n that takes nothing for a while. */
const MOST_STARTS = 30;
/** Milliseconds without anything new after which nothing is expected any more. */
const PATIENCE_MS = 900_000;

/** A workflow with one of our nodes that runs for each call of its URL. */
export interface Called {
	id: string;
	url: string;
}

/** Executions of a workflow by their status. */
export type Statuses = Map<string, number>;

/** Lets a workflow listen. */
export async function listen(
	{ rest, webhookUrl, database }: Cluster,
	{ apiKey, url: baseUrl }: Sandbox,
	parameters: Record<string, NodeParameterValueType>,
): Promise<Called> {
	const credential = await rest.saveCredential('HappyHorse', 'happyHorseApi', { apiKey, baseUrl });
	const own = randomUUID();
	const workflow = webhookWorkflow(credential.id, own, video('textToVideo', parameters));
	const { id } = await rest.saveWorkflow(workflow);
	await rest.activate(id);
	// n8n says that it listens before it does
	const registered = `select count(*) from webhook_entity where "workflowId" = '${id}'`;
	await until(
		async () => await database.query(registered),
		(count) => count !== '0',
	);
	return { id, url: `${webhookUrl}/webhook/${own}` };
}

/**
 * Starts executions at an even pace.
 *
 * @param seconds that it is to take
 * @throws Error if n8n does not take one
 */
export async function startExecutions(
	{ url }: Called,
	count: number,
	seconds: number,
): Promise<void> {
	const startedAt = Date.now();
	await Promise.all(
		Array.from({ length: count }, async (_, index) => {
			await sleep(startedAt + (index * seconds * 1_000) / count - Date.now());
			let status = await post(url, {});
			// n8n takes nothing while its database keeps it waiting, and says so
			for (let tries = 1; status === 503 && tries < MOST_STARTS; tries++) {
				say(`  n8n did not take execution ${index}, try ${tries}`);
				await sleep(1_000);
				status = await post(url, {});
			}
			if (status !== 200) throw new Error(`An execution was not started: n8n answered ${status}`);
		}),
	);
}

export async function statusesOf({ database }: Cluster, { id }: Called): Promise<Statuses> {
	const rows = await database.query(
		`select status, count(*) from execution_entity where "workflowId" = '${id}' group by status`,
	);
	const counts = rows.split('\n').map((row) => row.split('|'));
	return new Map(counts.map(([status, count]) => [status, Number(count)]));
}

/** How the executions have ended, once all of them have. */
export const allEnded = async (cluster: Cluster, called: Called): Promise<Statuses> =>
	await until(
		async () => await statusesOf(cluster, called),
		(seen) => !['new', 'running', 'waiting'].some((status) => seen.has(status)),
	);

/**
 * Looks until something holds, and gives what was seen then.
 *
 * @throws Error once nothing has changed for a long time
 */
export async function until<Seen>(
	look: () => Promise<Seen>,
	holds: (seen: Seen) => boolean,
): Promise<Seen> {
	let last = '';
	for (let changedAt = Date.now(); ; await sleep(LOOK_EVERY_MS)) {
		const seen = await look();
		if (holds(seen)) return seen;
		const text = JSON.stringify(seen instanceof Map ? [...seen] : seen);
		if (text !== last) [last, changedAt] = [text, Date.now()];
		if (Date.now() - changedAt > PATIENCE_MS) throw new Error(`Nothing happens any more: ${text}`);
	}
}

/** The finished tasks that came out of executions which succeeded, one entry for each time. */
export async function delivered({ rest }: Cluster, { id: workflowId }: Called): Promise<string[]> {
	const tasks: string[] = [];
	for (const { id, status } of await rest.executionsOf(workflowId))
		if (status === 'success')
			for (const { json } of itemsOf(await rest.execution(id), AFTER))
				if (json.status === 'completed') tasks.push(String(json.taskId));
	return tasks;
}

/** How the execution ended whose custom data name a task, and which of its nodes put out what. */
export async function fateOf({ database, rest }: Cluster, taskId: string): Promise<string> {
	const rows = await database.query(
		`select "executionId" from execution_metadata where value like '%${taskId}%' limit 1`,
	);
	if (rows === '') return 'no execution names it';
	const { id, status, data } = await rest.execution(rows);
	const { runData, error } = data.resultData;
	const nodes = Object.entries(runData).map(([name, runs]) => {
		const outputs = runs.map(({ data: output }) => JSON.stringify(output?.main[0]));
		return `${name}: ${outputs.join(', ')}`;
	});
	return `execution ${id} is ${status}${error ? ` (${error.message})` : ''}; ${nodes.join('; ')}`;
}

/** The tasks that stand in the custom data of executions which n8n calls crashed. */
export async function namedByCrashed({ database }: Cluster, { id }: Called): Promise<string[]> {
	const rows = await database.query(
		`select value from execution_metadata join execution_entity on execution_entity.id = "executionId"
		where "workflowId" = '${id}' and status = 'crashed' and key = 'happyHorseTasks'`,
	);
	return rows.split('\n');
}
