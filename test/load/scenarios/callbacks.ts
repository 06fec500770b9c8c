import { sleep } from 'n8n-workflow';

import { line, median, quantile } from '../measure';
import { delayOf, videoWorkflow } from '../n8n/runs';
import { TRIGGER } from '../../support/workflows';
import type { Scenario } from '../scenario';
import { BOTH_ENGINES, ENDED_BY_HAND } from '../scenario';

const WARM_UP = 5;
/** Milliseconds between two callbacks, so that each run has n8n to itself. */
const APART_MS = 250;

export const callbacks: Scenario<{ runs: number }> = {
	name: 'callbacks',
	title: 'Waiting by callback',
	about: 'Parked runs that are called for one after another.',
	settings: { runs: 100 },
	variants: BOTH_ENGINES,

	async measure(trial) {
		const { runs } = trial.settings;
		const installed = await trial.startN8n(ENDED_BY_HAND);
		const { sandbox } = installed;
		const { rest } = installed.n8n;
		const { id } = await rest.saveWorkflow(videoWorkflow(installed, { waitMethod: 'callback' }));
		const executions: string[] = [];
		while (executions.length < WARM_UP + runs) {
			const execution = await rest.run(id, TRIGGER);
			await rest.parked(execution);
			executions.push(execution);
		}
		for (const task of installed.tasks) {
			await installed.finish(task);
			await sleep(APART_MS);
		}
		const delays: number[] = [];
		for (const execution of executions.slice(WARM_UP))
			delays.push(delayOf(installed, await rest.finished(execution)));
		const name = `${runs} parked runs, from a task’s completion to the next node’s start`;
		const requests = sandbox.requests.length / executions.length;
		return [
			line(`${name}: median`).atMost(100, median(delays), 'ms'),
			line(`${name}: 99th percentile`).atMost(500, quantile(delays, 0.99), 'ms'),
			line('requests for a task, waiting by callback').atMost(2, requests),
		];
	},
};
