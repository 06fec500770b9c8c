import type { Installed } from '../support/e2e';
import { video } from '../support/parameters';
import { AFTER, TRIGGER, workflowFor } from '../support/workflows';
import { withN8n } from './host';
import type { Measure } from './measure';
import { atMost, forComparison, median } from './measure';

const COUNTS = [1, 10, 100, 300];

/** Starts a run of many items, and waits until it is parked. */
async function park({ sandbox, n8n: { rest }, credentialId }: Installed, count: number) {
	sandbox.reset();
	const items = Array.from({ length: count }, (_, index) => ({ prompt: `video ${index}` }));
	const parameters = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		waitMethod: 'callback',
		options: { maxConcurrency: 20, timeout: 60 },
	});
	const { id } = await rest.saveWorkflow(workflowFor(credentialId, parameters, { items }));
	const executionId = await rest.run(id, TRIGGER);
	await rest.parked(executionId);
	return { executionId };
}

/** What a parked run of many items takes: milliseconds and requests for each callback, and bytes of n8n's database. */
async function parkedRun(host: Installed, count: number) {
	const { sandbox } = host;
	const { rest } = host.n8n;
	const { executionId } = await park(host, count);
	const { data } = await rest.request<{ data: string }>('GET', `/executions/${executionId}`);
	const created = sandbox.requests.length;
	const times: number[] = [];
	for (const task of host.tasks) {
		const calledAt = performance.now();
		await host.finish(task);
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
async function lastCallback(host: Installed, count: number): Promise<number> {
	const { sandbox } = host;
	const { rest } = host.n8n;
	const { executionId } = await park(host, count);
	const [last, ...others] = host.tasks;
	for (const task of others) await host.finish(task);
	await host.n8n.restart();
	// what n8n loads at first use is not what is measured
	const first = workflowFor(host.credentialId, { resource: 'credit', operation: 'getBalance' });
	await host.runWorkflow(first);
	sandbox.finish(last.id);
	const execution = await rest.finished(executionId);
	const [{ startTime }] = execution.data.resultData.runData[AFTER];
	return startTime - (last.completedAt ?? NaN);
}

/** How the cost of a parked run grows with its items. */
export const measureGrowth = async (): Promise<Measure[]> =>
	await withN8n(
		async (host) => {
			await parkedRun(host, 1); // loads what is loaded at first use
			const measures: Measure[] = [];
			for (const count of COUNTS) {
				const { ms, requests, kilobytes } = await parkedRun(host, count);
				measures.push(
					forComparison(
						`a parked run of ${count} ${count === 1 ? 'item' : 'items'}: for each callback; kept in n8n’s database`,
						`${ms.toFixed(0)} ms, ${requests.toFixed(2)} requests; ${kilobytes.toFixed(1)} kB`,
					),
				);
			}
			const most = COUNTS[COUNTS.length - 1];
			measures.push(
				atMost(
					`a parked run of ${most} items, n8n started anew: from the last callback to the next node`,
					1_000,
					await lastCallback(host, most),
					'ms',
				),
			);
			return measures;
		},
		{ taskMs: 3_600_000 },
	);
