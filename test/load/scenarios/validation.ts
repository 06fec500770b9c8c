import type { Installed } from '../../support/e2e';
import { errorOf } from '../../support/e2e';
import { video } from '../../support/parameters';
import type { WorkflowJson } from '../../support/restClient';
import { NODE, TRIGGER, workflowFor } from '../../support/workflows';
import { line, median } from '../measure';
import { prompts, WITH_OWN_NODES } from '../n8n/runs';
import type { Scenario } from '../scenario';

/** Runs before those that count. */
const WARM_UP = 9;
/** A budget of nothing ends a run just before anything would be sent. */
const REFUSED = 'Max Credits allows';

/** Milliseconds that the node in the middle takes. */
async function timeOf(
	{ n8n: { rest } }: Installed,
	workflow: WorkflowJson,
	runs: number,
	message?: string,
): Promise<number> {
	const { id } = await rest.saveWorkflow(workflow);
	const times: number[] = [];
	for (let run = 0; run < WARM_UP + runs; run++) {
		const execution = await rest.finished(await rest.run(id, TRIGGER));
		const said = errorOf(execution)?.message;
		if (message === undefined ? said !== undefined : !said?.includes(message))
			throw new Error(`A run ended otherwise than it should: ${said}`);
		times.push(execution.data.resultData.runData[NODE][0].executionTime);
	}
	return median(times.slice(WARM_UP));
}

/** The same for n8n itself: a node that reads as many parameters, and no more. */
function readerWorkflow(first: string, items: object[]): WorkflowJson {
	const workflow = workflowFor('', { parameter0: first }, { items });
	for (const node of workflow.nodes)
		if (node.name === NODE) {
			node.type = 'CUSTOM.reader';
			delete node.credentials;
		}
	return workflow;
}

export const validation: Scenario<{ items: number; runs: number }> = {
	name: 'validation',
	title: 'Items read and checked',
	about: 'Reading and checking the parameters of many items, and the part of it that is n8n’s own.',
	settings: { items: 1_000, runs: 21 },

	async measure(trial) {
		const { items: count, runs } = trial.settings;
		const items = prompts(count);
		const installed = await trial.startN8n({}, { env: WITH_OWN_NODES });
		const timesOf = async (prompt: string) => {
			const parameters = video('textToVideo', { prompt, options: { maxCredits: 0 } });
			const workflow = workflowFor(installed.credentialId, parameters, { items });
			const ours = await timeOf(installed, workflow, runs, REFUSED);
			return { ours, n8ns: await timeOf(installed, readerWorkflow(prompt, items), runs) };
		};
		const typed = await timesOf('A horse runs over a beach');
		const expression = await timesOf('={{ $json.prompt }}');
		if (installed.sandbox.requests.length > 0) throw new Error('Something was sent');
		const name = `${count} items read and checked in n8n`;
		return [
			line(name).atMost(50, typed.ours, 'ms'),
			line('n8n’s own reading of as many parameters').is(`${typed.n8ns} ms`),
			line(`${name}, the prompt by an expression: beyond n8n’s own reading`).atMost(
				50,
				Math.max(expression.ours - expression.n8ns, 0),
				'ms',
			),
			line('n8n’s own reading, the prompt by an expression').is(`${expression.n8ns} ms`),
		];
	},
};
