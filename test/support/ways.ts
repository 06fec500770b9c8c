import { randomUUID } from 'node:crypto';

import type { NodeParameterValueType } from 'n8n-workflow';

import type { Installed, Listening } from './e2e';
import { NODE, webhookWorkflow } from './workflows';

/** Ways in which a run can handle its video. */
export type Way = 'polled' | 'parked' | 'triggered';

const SETTINGS: Record<Way, Record<string, NodeParameterValueType>> = {
	polled: { downloadVideo: true },
	parked: { downloadVideo: false, waitMethod: 'callback' },
	triggered: { waitForCompletion: false },
};

/** Activates a workflow that makes a video from the prompt of each call to its URL. A failed video is part of its output. */
export async function listenForPrompts(
	host: Installed,
	way: Way,
	more: Record<string, NodeParameterValueType> = {},
): Promise<Listening> {
	const own = randomUUID();
	const workflow = webhookWorkflow(host.credentialId, own, {
		...{ resource: 'video', operation: 'textToVideo', prompt: '={{ $json.body.prompt }}' },
		...SETTINGS[way],
		...more,
		options: { pollingInterval: 0.5, timeout: 3 },
	});
	for (const node of workflow.nodes) if (node.name === NODE) node.onError = 'continueRegularOutput';
	return await host.listen(workflow, own);
}
