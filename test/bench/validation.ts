import type { Installed } from '../support/e2e';
import { errorOf } from '../support/e2e';
import { video } from '../support/parameters';
import type { WorkflowJson } from '../support/restClient';
import { NODE, TRIGGER, workflowFor } from '../support/workflows';
import { WITH_BENCH_NODES, withN8n } from './host';
import type { Measure } from './measure';
import { atMost, forComparison, median } from './measure';

const COUNT = 1_000;
const RUNS = 21;
const WARM_UP = 9;

const ITEMS = Array.from({ length: COUNT }, (_, index) => ({ prompt: `video ${index}` }));
/** A budget of nothing ends a run just before anything would be sent. */
const REFUSED = 'Max Credits allows';

/** Milliseconds that the node in the middle takes. */
async function timeOf(
	{ n8n: { rest } }: Installed,
	workflow: WorkflowJson,
	message?: string,
): Promise<number> {
	const { id } = await rest.saveWorkflow(workflow);
	const times: number[] = [];
	for (let run = 0; run < WARM_UP + RUNS; run++) {
		const execution = await rest.finished(await rest.run(id, TRIGGER));
		const said = errorOf(execution)?.message;
		if (message === undefined ? said !== undefined : !said?.includes(message))
			throw new Error(`A run ended otherwise than it should: ${said}`);
		times.push(execution.data.resultData.runData[NODE][0].executionTime);
	}
	return median(times.slice(WARM_UP));
}

/** The same for n8n itself: a node that reads as many parameters, and no more. */
function readerWorkflow(first: string): WorkflowJson {
	const workflow = workflowFor('', { parameter0: first }, { items: ITEMS });
	for (const node of workflow.nodes)
		if (node.name === NODE) {
			node.type = 'CUSTOM.reader';
			delete node.credentials;
		}
	return workflow;
}

/** How long 1000 items' parameters take to be read and checked, and which part of that is n8n's. */
export const measureValidation = async (): Promise<Measure[]> =>
	await withN8n(
		async (host) => {
			const timesOf = async (prompt: string) => {
				const parameters = video('textToVideo', { prompt, options: { maxCredits: 0 } });
				const workflow = workflowFor(host.credentialId, parameters, { items: ITEMS });
				const ours = await timeOf(host, workflow, REFUSED);
				return { ours, n8ns: await timeOf(host, readerWorkflow(prompt)) };
			};
			const typed = await timesOf('A horse runs over a beach');
			const expression = await timesOf('={{ $json.prompt }}');
			if (host.sandbox.requests.length > 0) throw new Error('Something was sent');
			const name = `${COUNT} items read and checked in n8n`;
			return [
				atMost(name, 50, typed.ours, 'ms'),
				forComparison('n8n’s own reading of as many parameters', `${typed.n8ns} ms`),
				atMost(
					`${name}, the prompt by an expression: beyond n8n’s own reading`,
					50,
					Math.max(expression.ours - expression.n8ns, 0),
					'ms',
				),
				forComparison('n8n’s own reading, the prompt by an expression', `${expression.n8ns} ms`),
			];
		},
		{},
		WITH_BENCH_NODES,
	);
