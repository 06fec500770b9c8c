import type { Installed } from '../../support/e2e';
import { video } from '../../support/parameters';
import { workflowFor } from '../../support/workflows';
import { line, shown } from '../measure';
import { prompts, timedRun } from '../n8n/runs';
import { peerWorkflow, startPeer } from '../players/peer';
import type { Scenario } from '../scenario';

/** Milliseconds of a run, and how many times as long as its slowest task it took. */
async function runOf(installed: Installed, count: number) {
	installed.sandbox.reset();
	const options = { pollingInterval: 1 };
	const parameters = video('textToVideo', { prompt: '={{ $json.prompt }}', options });
	const workflow = workflowFor(installed.credentialId, parameters, { items: prompts(count) });
	const { ms } = await timedRun(installed, workflow);
	const times = installed.tasks.map(({ createdAt, completedAt = 0 }) => completedAt - createdAt);
	return { ms, ratio: ms / Math.max(...times) };
}

const seconds = (ms: number) => shown(ms / 1_000, 's');

export const items: Scenario<{ shared: number; many: number; taskSeconds: number }> = {
	name: 'items',
	title: 'Many items in one run',
	about:
		'A polled run of many items, beside n8n’s own Alibaba Cloud node, which makes one video after another, against a local stand-in for its service.',
	settings: { shared: 10, many: 50, taskSeconds: 4 },

	async measure(trial) {
		const { shared: count, many: manyCount, taskSeconds } = trial.settings;
		const taskMs = taskSeconds * 1_000;
		const installed = await trial.startN8n({ taskMs });
		await runOf(installed, 1); // loads what is loaded at first use
		const shared = await runOf(installed, count);
		const many = await runOf(installed, manyCount);
		const peer = await trial.open(startPeer(taskMs));
		const workflow = await peerWorkflow(installed, peer, prompts(count), false);
		const { ms: peerMs } = await timedRun(installed, workflow);
		const run = (length: number) =>
			`${length} items, tasks of ${taskSeconds} s, a look each second: the run over its slowest task`;
		return [
			line(run(count)).atMost(1.3, shared.ratio),
			line(run(manyCount)).atMost(1.3, many.ratio),
			line(`${count} items: n8n’s own Alibaba Cloud node`).is(
				`${seconds(peerMs)}, this one ${seconds(shared.ms)}`,
			),
			line(`${count} items: times faster than it`).atLeast(20, peerMs / shared.ms),
		];
	},
};
