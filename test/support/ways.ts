import { randomUUID } from 'node:crypto';

import type { NodeParameterValueType } from 'n8n-workflow';

import type { Installed, Listening } from './e2e';
import { NODE, webhookWorkflow } from './workflows';

/** How a run of the node can deal with a video. */
export type Way = 'polled' | 'parked' | 'triggered';

const SETTINGS: Record<Way, Record<string, NodeParameterValueType>> = {
	polled: { downloadVideo: true },
	parked: { downloadVideo: false, waitMethod: 'callback' },
	triggered: { waitForCompletion: false },
};

/** A workflow that makes a video for each call of its URL, with the prompt that the call names. What goes wrong is its output. */
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
