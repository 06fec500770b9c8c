import { video } from '../support/parameters';
import type { Installed } from '../support/e2e';
import { using } from '../support/program';
import { workflowFor } from '../support/workflows';
import { timedRun, withN8n } from './host';
import type { Measure } from './measure';
import { atLeast, atMost, forComparison } from './measure';
import { peerWorkflow, startPeer } from './peer';

const TASK_MS = 4_000;
/** Items of the run that both nodes do. */
const SHARED = 10;

const prompts = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ prompt: `video ${index}` }));

/** Milliseconds of a run, and how many times as long as its slowest task it took. */
async function runOf(host: Installed, count: number) {
	host.sandbox.reset();
	const options = { pollingInterval: 1 };
	const parameters = video('textToVideo', { prompt: '={{ $json.prompt }}', options });
	const workflow = workflowFor(host.credentialId, parameters, { items: prompts(count) });
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	const { ms } = await timedRun(host, id);
	const slowest = Math.max(...host.tasks.map((task) => (task.completedAt ?? 0) - task.createdAt));
	return { ms, ratio: ms / slowest };
}

/** How long runs of many items take, beside n8n's own Alibaba Cloud node, which makes one video after another. */
export const measureItems = async (): Promise<Measure[]> =>
	await withN8n(
		async (host) => {
			await runOf(host, 1); // loads what is loaded at first use
			const shared = await runOf(host, SHARED);
			const many = await runOf(host, 50);
			const peerMs = await using(startPeer({ taskMs: TASK_MS, fileBytes: 0 }), async (peer) => {
				const items = prompts(SHARED);
				const workflow = await peerWorkflow(host, peer, { items, downloadVideo: false });
				const { id } = await host.n8n.rest.saveWorkflow(workflow);
				return (await timedRun(host, id)).ms;
			});
			const name = (count: number) =>
				`${count} items, tasks of 4 s, a look each second: the run over its slowest task`;
			return [
				atMost(name(SHARED), 1.3, shared.ratio, '', 2),
				atMost(name(50), 1.3, many.ratio, '', 2),
				forComparison(
					`${SHARED} items: n8n’s own Alibaba Cloud node`,
					`${(peerMs / 1_000).toFixed(1)} s, this one ${(shared.ms / 1_000).toFixed(1)} s`,
				),
				atLeast(`${SHARED} items: times faster than it`, 20, peerMs / shared.ms, ''),
			];
		},
		{ taskMs: TASK_MS },
	);
