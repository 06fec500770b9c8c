import type { NodeParameterValueType } from 'n8n-workflow';

import type { Installed } from '../../support/e2e';
import { video } from '../../support/parameters';
import type { WorkflowJson } from '../../support/restClient';
import { workflowFor } from '../../support/workflows';
import { line, shown } from '../measure';
import { timedRun } from '../n8n/runs';
import { peerWorkflow, startPeer } from '../players/peer';
import type { Scenario } from '../scenario';

const MB = 1_000_000;
/** Megabytes that the run before the measured one downloads in all. */
const WARM_UP = 100;

/** Megabytes by which the memory of an n8n started anew grows at most during a run, after one with smaller files. */
async function growthOf(
	installed: Installed,
	workflow: WorkflowJson,
	sizeFiles: (bytes: number) => void,
	{ count, megabytes }: { count: number; megabytes: number },
): Promise<number> {
	const { n8n } = installed;
	await n8n.restart();
	sizeFiles((WARM_UP * MB) / count);
	await timedRun(installed, workflow);
	sizeFiles(megabytes * MB);
	await n8n.forgetPeak();
	const { now } = await n8n.memory();
	await timedRun(installed, workflow);
	return (await n8n.memory()).peak - now;
}

export const downloads: Scenario<{ megabytes: number; many: number; megabytesOfMany: number }> = {
	name: 'downloads',
	title: 'Downloads',
	about:
		'n8n’s memory while it downloads large videos, beside n8n’s own Alibaba Cloud node (Linux only).',
	settings: { megabytes: 300, many: 20, megabytesOfMany: 50 },

	async measure(trial) {
		const { megabytes, many, megabytesOfMany } = trial.settings;
		const installed = await trial.startN8n();
		const own = async (size: { count: number; megabytes: number }) => {
			const options: Record<string, NodeParameterValueType> = { maxConcurrency: size.count };
			const parameters = video('textToVideo', { downloadVideo: true, options });
			const items = Array.from({ length: size.count }, () => ({}));
			const workflow = workflowFor(installed.credentialId, parameters, { items });
			const sizeFiles = (fileBytes: number) => {
				installed.sandbox.reset();
				installed.sandbox.outcome({ fileBytes });
			};
			return await growthOf(installed, workflow, sizeFiles, size);
		};
		const one = await own({ count: 1, megabytes });
		const all = await own({ count: many, megabytes: megabytesOfMany });
		// its first look, which comes at once, finds the task done
		const peer = await trial.open(startPeer(0));
		const workflow = await peerWorkflow(installed, peer, [{}], true);
		const sizeFiles = (fileBytes: number) => (peer.fileBytes = fileBytes);
		const peers = await growthOf(installed, workflow, sizeFiles, { count: 1, megabytes });
		const growth = 'growth of n8n’s memory';
		return [
			line(`a video of ${megabytes} MB: ${growth}`).atMost(60, one, 'MB'),
			line('the same with n8n’s own Alibaba Cloud node').is(shown(peers, 'MB')),
			line(`${many} videos of ${megabytesOfMany} MB at once: ${growth}`).atMost(150, all, 'MB'),
		];
	},
};
