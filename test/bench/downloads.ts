import type { NodeParameterValueType } from 'n8n-workflow';

import type { Installed } from '../support/e2e';
import { video } from '../support/parameters';
import type { WorkflowJson } from '../support/restClient';
import { using } from '../support/program';
import { workflowFor } from '../support/workflows';
import { timedRun, withN8n } from './host';
import type { Measure } from './measure';
import { atMost, forComparison } from './measure';
import { peerWorkflow, startPeer } from './peer';

/** Bytes of a large video, and of each of many. */
const LARGE = 300_000_000;
const MANY_OF = 50_000_000;
const MANY = 20;
/** Bytes that the run before the measured one downloads in all. */
const WARM_UP = 100_000_000;
/** A task is done by the peer's first look, which comes at once. */
const PEER_TASK_MS = 0;

/** Megabytes by which n8n's memory grows at most during a run, after one with smaller files. */
async function growthOf(
	host: Installed,
	workflow: WorkflowJson,
	sizeFiles: (bytes: number) => void,
	{ count, bytes }: { count: number; bytes: number },
): Promise<number> {
	const { rest } = host.n8n;
	const { id } = await rest.saveWorkflow(workflow);
	sizeFiles(WARM_UP / count);
	await timedRun(host, id);
	sizeFiles(bytes);
	await host.n8n.forgetPeak();
	const { now } = await host.n8n.memory();
	await timedRun(host, id);
	const { peak } = await host.n8n.memory();
	return peak - now;
}

/** The growth with our node in an n8n of its own. */
const ownGrowth = async (count: number, bytes: number): Promise<number> =>
	await withN8n(async (host) => {
		const options: Record<string, NodeParameterValueType> = { maxConcurrency: count };
		const parameters = video('textToVideo', { downloadVideo: true, options });
		const items = Array.from({ length: count }, () => ({}));
		const sizeFiles = (fileBytes: number) => {
			host.sandbox.reset();
			host.sandbox.outcome({ fileBytes });
		};
		const workflow = workflowFor(host.credentialId, parameters, { items });
		return await growthOf(host, workflow, sizeFiles, { count, bytes });
	});

/** The same with n8n's own Alibaba Cloud node. */
const peerGrowth = async (bytes: number): Promise<number> =>
	await withN8n(
		async (host) =>
			await using(startPeer({ taskMs: PEER_TASK_MS, fileBytes: 0 }), async (peer) => {
				const workflow = await peerWorkflow(host, peer, { items: [{}], downloadVideo: true });
				const sizeFiles = (fileBytes: number) => (peer.fileBytes = fileBytes);
				return await growthOf(host, workflow, sizeFiles, { count: 1, bytes });
			}),
	);

/** What downloads take of n8n's memory (Linux only). */
export async function measureDownloads(): Promise<Measure[]> {
	const one = await ownGrowth(1, LARGE);
	const many = await ownGrowth(MANY, MANY_OF);
	const peer = await peerGrowth(LARGE);
	return [
		atMost('a video of 300 MB: growth of n8n’s memory', 60, one, 'MB'),
		forComparison('the same with n8n’s own Alibaba Cloud node', `${peer.toFixed(0)} MB`),
		atMost(`${MANY} videos of 50 MB at once: growth of n8n’s memory`, 150, many, 'MB'),
	];
}
