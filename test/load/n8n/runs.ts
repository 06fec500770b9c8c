/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { NodeParameterValueType } from 'n8n-workflow';

import type { SandboxTask } from '../../sandbox';
import { createTask } from '../../support/calls';
import type { Installed, Listening } from '../../support/e2e';
import { errorOf, itemsOf } from '../../support/e2e';
import { video } from '../../support/parameters';
import type { Execution, Listed, WorkflowJson } from '../../support/restClient';
import { AFTER, TRIGGER, triggerWorkflow, webhookNode, workflowFor } from '../../support/workflows';
import { until } from '../pace';

/** Milliseconds that the slowest run takes: the peer's. */
const RUN_LIMIT_MS = 300_000;

/** n8n's setting for the nodes in `nodes/`, which show what n8n takes without ours. */
export const WITH_OWN_NODES = { N8N_CUSTOM_EXTENSIONS: join(__dirname, 'nodes') };

/** A workflow that makes one video. */
export const videoWorkflow = (
	{ credentialId }: Installed,
	parameters: Record<string, NodeParameterValueType>,
): WorkflowJson => workflowFor(credentialId, video('textToVideo', parameters));

/** Milliseconds from the completion of a run's task to the start of the node after ours. */
export function delayOf({ sandbox }: Installed, execution: Execution): number {
	const [{ json }] = itemsOf(execution, AFTER);
	const [{ startTime }] = execution.data.resultData.runData[AFTER];
	return startTime - (sandbox.tasks.get(String(json.taskId))?.completedAt ?? NaN);
}

/** Input items with a prompt each. */
export const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `video ${index}` }));

/**
 * Runs a workflow.
 *
 * @returns the execution, and the milliseconds from its start to its end
 * @throws Error if it does not succeed
 */
export async function timedRun(
	{ n8n: { rest } }: Installed,
	workflow: WorkflowJson,
): Promise<{ execution: Execution; ms: number }> {
	const { id } = await rest.saveWorkflow(workflow);
	const startedAt = Date.now();
	const execution = await rest.finished(await rest.run(id, TRIGGER), RUN_LIMIT_MS);
	if (execution.status !== 'success')
		throw new Error(`A run is ${execution.status}: ${errorOf(execution)?.message}`);
	return { execution, ms: Date.parse(execution.stoppedAt ?? '') - startedAt };
}

/** A workflow's runs, once there are as many and all have ended. */
export async function endedRuns(
	{ n8n: { rest } }: Installed,
	{ workflowId }: Listening,
	least = 0,
): Promise<Listed[]> {
	let runs: Listed[] = [];
	const isOpen = ({ stoppedAt, status }: Listed) => stoppedAt === null || status === 'waiting';
	await until(
		async () => {
			runs = await rest.executionsOf(workflowId);
			return { runs: runs.length, open: runs.filter(isOpen).length };
		},
		(seen) => seen.runs >= least && seen.open === 0,
	);
	return runs;
}

/** Number of runs that callbacks have started for each task. */
export async function runsByTask(
	installed: Installed,
	triggers: Listening[],
	least = 0,
): Promise<Map<string, number>> {
	const runs = new Map<string, number>();
	for (const trigger of triggers)
		for (const { id } of await endedRuns(installed, trigger, least)) {
			const [item] = itemsOf(await installed.n8n.rest.execution(id), AFTER);
			const taskId = String(item?.json.taskId);
			runs.set(taskId, (runs.get(taskId) ?? 0) + 1);
		}
	return runs;
}

/** Makes tasks that are done, and that nobody has called for. */
export async function doneTasks({ sandbox }: Installed, count: number): Promise<SandboxTask[]> {
	const tasks: SandboxTask[] = [];
	while (tasks.length < count) tasks.push(await createTask(sandbox));
	for (const { id } of tasks) sandbox.finish(id);
	return tasks;
}

/** Lets n8n's own Webhook node listen in our trigger's place. */
export async function listenByWebhook(installed: Installed): Promise<Listening> {
	const own = randomUUID();
	const workflow = triggerWorkflow(installed.credentialId, own, {});
	workflow.nodes[0] = webhookNode(workflow.nodes[0].name, own);
	return await installed.listen(workflow, own);
}
