/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import type { NodeParameterValueType } from 'n8n-workflow';

import type { SandboxTask } from '../sandbox';
import type { Installed } from '../support/e2e';
import { itemsOf } from '../support/e2e';
import { video } from '../support/parameters';
import type { Execution } from '../support/restClient';
import { AFTER, TRIGGER, workflowFor } from '../support/workflows';
import { withEachEngine, withN8n } from './host';
import type { Measure } from './measure';
import { atMost, median, quantile } from './measure';

/** Runs that are parked and called for one after another, and those before them that are not measured. */
const PARKED = 100;
const WARM_UP = 5;
/** Milliseconds between two callbacks, so that each run has n8n to itself. */
const APART_MS = 250;

const POLLED = 20;
const INTERVAL_MS = 1_000;
/** Tasks end at all points between two looks. */
const TASK_MS = 2_000;
const STEP_MS = INTERVAL_MS / POLLED;

async function save(host: Installed, parameters: Record<string, NodeParameterValueType>) {
	const workflow = workflowFor(host.credentialId, video('textToVideo', parameters));
	return (await host.n8n.rest.saveWorkflow(workflow)).id;
}

/** Milliseconds from the task's completion to the start of the node after ours. */
function delayOf({ sandbox }: Installed, execution: Execution): number {
	const [{ json }] = itemsOf(execution, AFTER);
	const [{ startTime }] = execution.data.resultData.runData[AFTER];
	return startTime - (sandbox.tasks.get(String(json.taskId))?.completedAt ?? NaN);
}

/** How long the next node waits after a callback, and how many requests a task takes. */
async function measureCallbacks(host: Installed): Promise<Measure[]> {
	const { rest } = host.n8n;
	const { sandbox } = host;
	const id = await save(host, { waitMethod: 'callback' });
	const executions: string[] = [];
	for (let run = 0; run < WARM_UP + PARKED; run++) {
		const execution = await rest.run(id, TRIGGER);
		await rest.parked(execution);
		executions.push(execution);
	}
	for (const [index, task] of host.tasks.entries()) {
		sandbox.finish(task.id);
		await sandbox.waitFor(() => sandbox.deliveries.length > index);
		await sleep(APART_MS);
	}
	const delays: number[] = [];
	for (const execution of executions.slice(WARM_UP))
		delays.push(delayOf(host, await rest.finished(execution)));
	const name = `${PARKED} parked runs, from a task’s completion to the next node’s start`;
	return [
		atMost(`${name}: median`, 100, median(delays), 'ms'),
		atMost(`${name}: 99th percentile`, 500, quantile(delays, 0.99), 'ms'),
		atMost(
			'requests for a task, waiting by callback',
			2,
			sandbox.requests.length / executions.length,
			'',
			2,
		),
	];
}

/** The requests that polling may take for a task. */
const allowed = ({ createdAt, completedAt = NaN }: SandboxTask) =>
	1 + Math.ceil((completedAt - createdAt) / INTERVAL_MS);

/** The same for polling. */
async function measurePolling(host: Installed): Promise<Measure[]> {
	for (let run = 0; run < POLLED; run++)
		host.sandbox.outcome({ times: 1, taskMs: TASK_MS + run * STEP_MS });
	const { rest } = host.n8n;
	const id = await save(host, { options: { pollingInterval: INTERVAL_MS / 1_000 } });
	const executions: string[] = [];
	for (let run = 0; run < POLLED; run++) {
		executions.push(await rest.run(id, TRIGGER));
		await sleep(APART_MS);
	}
	const delays: number[] = [];
	for (const execution of executions) delays.push(delayOf(host, await rest.finished(execution)));
	const excess = Math.max(...host.tasks.map((task) => 1 + task.polls.length - allowed(task)));
	return [
		atMost(
			`${POLLED} polled runs, a look each second: the longest time from completion to the next node’s start`,
			INTERVAL_MS + 100,
			Math.max(...delays),
			'ms',
		),
		atMost(
			'requests for a task, polling: more than 1 + ⌈duration / interval⌉ by at most',
			0,
			excess,
			'',
		),
	];
}

/** What waiting costs: time and requests. */
export const measureWaiting = async (): Promise<Measure[]> => [
	...(await withEachEngine(
		async (env) => await withN8n(measureCallbacks, { taskMs: 3_600_000 }, env),
	)),
	...(await withN8n(measurePolling, { taskMs: 3_600_000 })),
];
