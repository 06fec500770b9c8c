import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { findOperation, properties, subtitle } from './actions';
import { resume } from './callbacks/resume';
import { PARKED_WEBHOOKS } from './callbacks/webhooks';
import { execute } from './execution/execute';
import { NODE_HINT } from './form/builderHints';
import { DURATION_HINT, PRICE_HINTS, PROMPT_HINTS, WAITING_HINT } from './form/hints';
import { searchModels } from './form/models';
import { USUAL_WAIT } from './form/waiting';
import { takeCallback } from './callbacks/incoming';
import { testCredential } from './service/testCredential';

export class HappyHorse implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HappyHorse',
		name: 'happyHorse',
		icon: {
			light: 'file:../../icons/happyhorse.svg',
			dark: 'file:../../icons/happyhorse.dark.svg',
		},
		group: ['transform'],
		// identical: hand-written workflows say 1, for which n8n evaluates an extra expression on each webhook call
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle,
		description: 'AI video: make and edit videos with HappyHorse 1.0 from text, images and clips',
		defaults: { name: 'HappyHorse' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'happyHorseApi',
				required: true,
				testedBy: 'testCredential',
				displayOptions: {
					hide: { operation: ['estimateCost', 'join', 'trim', 'replaceSound'] },
				},
			},
		],
		webhooks: PARKED_WEBHOOKS,
		waitingNodeTooltip: `HappyHorse is generating the video, which usually takes ${USUAL_WAIT}. The execution resumes by itself when every video is ready or ‘Timeout’ is reached.`,
		hints: [...PRICE_HINTS, DURATION_HINT, ...PROMPT_HINTS, WAITING_HINT],
		builderHint: NODE_HINT,
		properties,
	};

	methods = { credentialTest: { testCredential }, listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await execute(this, findOperation)];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await takeCallback(this, async () => await resume(this));
	}
}
