import type { Installed } from '../support/e2e';
import { video } from '../support/parameters';
import { TRIGGER, workflowFor } from '../support/workflows';
import { withN8n } from './host';
import type { Measure } from './measure';
import { forComparison, median } from './measure';

const COUNTS = [1, 10, 100, 300];

/** What a parked run of many items takes: milliseconds and requests for each callback, and bytes of n8n's database. */
async function parkedRun(host: Installed, count: number) {
	const { sandbox } = host;
	const { rest } = host.n8n;
	sandbox.reset();
	const items = Array.from({ length: count }, (_, index) => ({ prompt: `video ${index}` }));
	const parameters = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		waitMethod: 'callback',
		options: { maxConcurrency: 20, timeout: 60 },
	});
	const { id } = await rest.saveWorkflow(workflowFor(host.credentialId, parameters, { items }));
	const executionId = await rest.run(id, TRIGGER);
	await rest.parked(executionId);
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
			return measures;
		},
		{ taskMs: 3_600_000 },
	);
