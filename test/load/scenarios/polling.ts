import { TRIGGER } from '../../support/workflows';
import { line } from '../measure';
import { delayOf, videoWorkflow } from '../n8n/runs';
import { atRate } from '../pace';
import type { Scenario } from '../scenario';

const INTERVAL_MS = 1_000;
const TASK_MS = 2_000;
/** Runs that are started a second. */
const RATE = 4;

export const polling: Scenario<{ runs: number }> = {
	name: 'polling',
	title: 'Waiting by polling',
	about: 'Polled runs whose tasks end at all points between two looks.',
	settings: { runs: 20 },

	async measure(trial) {
		const { runs } = trial.settings;
		const installed = await trial.startN8n();
		const { rest } = installed.n8n;
		for (let run = 0; run < runs; run++)
			installed.sandbox.outcome({ times: 1, taskMs: TASK_MS + (run * INTERVAL_MS) / runs });
		const options = { pollingInterval: INTERVAL_MS / 1_000 };
		const { id } = await rest.saveWorkflow(videoWorkflow(installed, { options }));
		const { answers: executions } = await atRate(
			RATE,
			runs,
			async () => await rest.run(id, TRIGGER),
		);
		const delays: number[] = [];
		for (const execution of executions)
			delays.push(delayOf(installed, await rest.finished(execution)));
		const excess = installed.tasks.map(
			({ createdAt, completedAt = NaN, polls }) =>
				polls.length - Math.ceil((completedAt - createdAt) / INTERVAL_MS),
		);
		const name = `${runs} polled runs, a look each second`;
		return [
			line(`${name}: the longest time from completion to the next node’s start`).atMost(
				INTERVAL_MS + 100,
				Math.max(...delays),
				'ms',
			),
			line('requests for a task, polling: more than 1 + ⌈duration / interval⌉ by at most').none(
				Math.max(...excess),
			),
		];
	},
};
