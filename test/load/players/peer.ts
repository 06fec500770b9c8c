import { randomUUID } from 'node:crypto';

import { videoContent } from '../../sandbox/content';
import type { Listening } from '../../sandbox/listen';
import { listen } from '../../sandbox/listen';
import { json, send } from '../../sandbox/reply';
import { sceneVideo } from '../../sandbox/sceneVideo';
import type { Installed } from '../../support/e2e';
import type { WorkflowJson } from '../../support/restClient';
import { NODE, workflowFor } from '../../support/workflows';

const CREDENTIAL = 'alibabaCloudApi';
const CREATE = '/api/v1/services/aigc/video-generation/video-synthesis';
const TASK = '/api/v1/tasks/';
const VIDEO = '/video.mp4';

/** The service behind n8n's own Alibaba Cloud node, as far as that node's Text to Video needs it. */
export interface Peer extends Listening {
	/** Size of each video in bytes. */
	fileBytes: number;
}

/**
 * Starts the stand-in for the peer's service. Its tasks never fail.
 *
 * @param taskMs milliseconds from a task's creation to its end
 */
export async function startPeer(taskMs: number): Promise<Peer> {
	const clip = sceneVideo({ ratio: '16:9', resolution: '720p', length: 5 });
	const doneAt = new Map<string, number>();
	const answer = (path: string) => {
		if (path === CREATE) {
			const id = randomUUID();
			doneAt.set(id, Date.now() + taskMs);
			return { output: { task_id: id, task_status: 'PENDING' } };
		}
		const isDone = Date.now() >= (doneAt.get(path.slice(TASK.length)) ?? Infinity);
		const video = { task_status: 'SUCCEEDED', video_url: peer.url + VIDEO };
		return { output: isDone ? video : { task_status: 'RUNNING' } };
	};
	const server = await listen(0, (request, response) => {
		const { url: path = '' } = request;
		request.resume();
		const file = () => ({
			status: 200,
			headers: { 'content-type': 'video/mp4' },
			body: videoContent(clip, peer.fileBytes),
		});
		void send(response, path === VIDEO ? file() : json(200, answer(path)));
	});
	const peer = { fileBytes: 0, ...server };
	return peer;
}

/** A workflow with the peer in our node's place, and a credential that leads to the stand-in. */
export async function peerWorkflow(
	{ n8n }: Installed,
	{ url }: Peer,
	items: object[],
	downloadVideo: boolean,
): Promise<WorkflowJson> {
	const data = { apiKey: 'sk-peer', region: 'ap-southeast-1', workspaceId: '', url };
	const { id, name } = await n8n.rest.saveCredential('Peer', CREDENTIAL, data);
	const parameters = {
		...{ resource: 'video', operation: 'textToVideo', modelId: 'wan2.6-t2v' },
		...{ prompt: 'A horse', downloadVideo },
	};
	const workflow = workflowFor(id, parameters, { items });
	for (const node of workflow.nodes)
		if (node.name === NODE) {
			node.type = '@n8n/n8n-nodes-langchain.alibabaCloud';
			node.credentials = { [CREDENTIAL]: { id, name } };
		}
	return workflow;
}
