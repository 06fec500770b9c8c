import { randomUUID } from 'node:crypto';

import type { NodeParameterValueType } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import type { Sandbox } from '../../sandbox';
import { post } from '../../support/calls';
import type { Listening } from '../../support/e2e';
import { CREDENTIAL, itemsOf } from '../../support/e2e';
import { video } from '../../support/parameters';
import { say } from '../../support/program';
import type { Listed } from '../../support/restClient';
import { AFTER, webhookWorkflow } from '../../support/workflows';
import { atRate, until } from '../pace';
import type { Cluster } from './cluster';

/** Times that an execution is offered to an n8n that takes nothing for a while. */
const MOST_STARTS = 30;

export async function saveCredential({ rest }: Cluster, { apiKey, url: baseUrl }: Sandbox) {
	return (await rest.saveCredential('HappyHorse', CREDENTIAL, { apiKey, baseUrl })).id;
}

/** Lets a workflow listen that runs our node for each call of its URL. */
export async function listen(
	cluster: Cluster,
	sandbox: Sandbox,
	parameters: Record<string, NodeParameterValueType>,
): Promise<Listening> {
	const { rest, webhookUrl, database } = cluster;
	const own = randomUUID();
	const credentialId = await saveCredential(cluster, sandbox);
	const workflow = webhookWorkflow(credentialId, own, video('textToVideo', parameters));
	const { id: workflowId } = await rest.saveWorkflow(workflow);
	await rest.activate(workflowId);
	// n8n says that it listens before it does
	const registered = `select count(*) from webhook_entity where "workflowId" = '${workflowId}'`;
	await until(
		async () => await database.query(registered),
		(count) => count !== '0',
	);
	return { workflowId, url: `${webhookUrl}/webhook/${own}` };
}

/**
 * Starts executions at an even pace, whether n8n keeps up or not.
 *
 * @throws Error if n8n does not take one
 */
export async function start({ url }: Listening, count: number, perSecond: number): Promise<void> {
	await atRate(perSecond, count, async (index) => {
		let status = await post(url, {});
		// n8n takes nothing while its database keeps it waiting, and says so
		for (let tries = 1; status === 503 && tries < MOST_STARTS; tries++) {
			say(`  n8n did not take execution ${index}, try ${tries}`);
			await sleep(1_000);
			status = await post(url, {});
		}
		if (status !== 200) throw new Error(`An execution was not started: n8n answered ${status}`);
	});
}

/** How many executions have one of these statuses. */
export async function countOf(
	{ database }: Cluster,
	{ workflowId }: Listening,
	...statuses: string[]
) {
	const wanted = statuses.map((status) => `'${status}'`).join(', ');
	return Number(
		await database.query(
			`select count(*) from execution_entity where "workflowId" = '${workflowId}' and status in (${wanted})`,
		),
	);
}

/** All executions, once all have ended. */
export async function endedOf(cluster: Cluster, listening: Listening): Promise<Listed[]> {
	await until(
		async () => await countOf(cluster, listening, 'new', 'running', 'waiting'),
		(open) => open === 0,
	);
	say('  all ended');
	return await cluster.rest.executionsOf(listening.workflowId);
}

export const withStatus = (runs: Listed[], wanted: string) =>
	runs.filter(({ status }) => status === wanted);

/** The finished tasks that came out of executions which succeeded, one entry for each time. */
export async function delivered({ rest }: Cluster, runs: Listed[]): Promise<string[]> {
	const tasks: string[] = [];
	for (const { id } of withStatus(runs, 'success'))
		for (const { json } of itemsOf(await rest.execution(id), AFTER))
			if (json.status === 'completed') tasks.push(String(json.taskId));
	return tasks;
}
