import type { Installed } from '../../support/e2e';
import { video } from '../../support/parameters';
import { AFTER, TRIGGER, workflowFor } from '../../support/workflows';
import type { Measure } from '../measure';
import { line, median, shown } from '../measure';
import { prompts } from '../n8n/runs';
import type { Scenario } from '../scenario';
import { ENDED_BY_HAND } from '../scenario';

/** Starts a run of many items, and waits until it is parked. */
async function park({ sandbox, n8n: { rest }, credentialId }: Installed, count: number) {
	sandbox.reset();
	const parameters = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		waitMethod: 'callback',
		options: { maxConcurrency: 20, timeout: 60 },
	});
	const workflow = workflowFor(credentialId, parameters, { items: prompts(count) });
	const { id } = await rest.saveWorkflow(workflow);
	const executionId = await rest.run(id, TRIGGER);
	await rest.parked(executionId);
	return executionId;
}

/** Milliseconds and requests for each callback of a parked run, and kilobytes of n8n's database. */
async function parkedRun(installed: Installed, count: number) {
	const { sandbox } = installed;
	const { rest } = installed.n8n;
	const executionId = await park(installed, count);
	const { data } = await rest.request<{ data: string }>('GET', `/executions/${executionId}`);
	const created = sandbox.requests.length;
	const times: number[] = [];
	for (const task of installed.tasks) {
		const calledAt = performance.now();
		await installed.finish(task);
		times.push(performance.now() - calledAt);
	}
	await rest.finished(executionId);
	return {
		ms: median(times),
		requests: (sandbox.requests.length - created) / count,
		kilobytes: data.length / 1_000,
	};
}

/** Milliseconds from the last callback of a parked run to the next node, where n8n was started anew just before. */
async function lastCallback(installed: Installed, count: number): Promise<number> {
	const { sandbox, n8n } = installed;
	const executionId = await park(installed, count);
	const [last, ...others] = installed.tasks;
	for (const task of others) await installed.finish(task);
	await n8n.restart();
	// what n8n loads at first use is not what is measured
	await installed.run({ resource: 'credit', operation: 'getBalance' });
	sandbox.finish(last.id);
	const execution = await n8n.rest.finished(executionId);
	const [{ startTime }] = execution.data.resultData.runData[AFTER];
	return startTime - (last.completedAt ?? NaN);
}

export const growth: Scenario<{ items: number }> = {
	name: 'growth',
	title: 'Parked runs of more and more items',
	about: 'The cost of each callback, and of the parked execution, by the number of items.',
	settings: { items: 300 },

	async measure(trial) {
		const { items: most } = trial.settings;
		const installed = await trial.startN8n(ENDED_BY_HAND);
		await parkedRun(installed, 1); // loads what is loaded at first use
		const measures: Measure[] = [];
		for (const count of [1, 10, 100].filter((fewer) => fewer < most).concat(most)) {
			const { ms, requests, kilobytes } = await parkedRun(installed, count);
			const name = `a parked run of ${count} ${count === 1 ? 'item' : 'items'}`;
			const each = `${shown(ms, 'ms')}, ${shown(requests)} requests`;
			measures.push(
				line(`${name}: for each callback; kept in n8n’s database`).is(
					`${each}; ${shown(kilobytes, 'kB')}`,
				),
			);
		}
		const name = `a parked run of ${most} items, n8n started anew`;
		const ms = await lastCallback(installed, most);
		return [
			...measures,
			line(`${name}: from the last callback to the next node`).atMost(1_000, ms, 'ms'),
		];
	},
};
