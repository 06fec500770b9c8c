import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { properties } from './actions';
import { execute } from './actions/execute';
import { NODE_HINT } from './form/builderHints';
import { PARKED_TOOLTIP, PARKED_WEBHOOKS } from './run/nap';
import { resume } from './callbacks/wake';
import { takeCallback } from './callbacks/incoming';

export class HappyHorse implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HappyHorse',
		name: 'happyHorse',
		icon: {
			light: 'file:../../icons/happyhorse.svg',
			dark: 'file:../../icons/happyhorse.dark.svg',
		},
		group: ['transform'],
		// alike, but n8n evaluates an expression for each call of a webhook node whose version is 1
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Make and edit videos with HappyHorse 1.0 from text, images and clips',
		defaults: { name: 'HappyHorse' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'happyHorseApi',
				required: true,
				displayOptions: { hide: { operation: ['estimateCost'] } },
			},
		],
		webhooks: PARKED_WEBHOOKS,
		waitingNodeTooltip: PARKED_TOOLTIP,
		builderHint: NODE_HINT,
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await execute(this)];
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await takeCallback(this, async () => await resume(this));
	}
}
