import type {
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { takeCallback } from './callbacks/incoming';
import { TRIGGER_HINT } from './form/builderHints';
import { properties } from './form/trigger';
import { receive } from './callbacks/startRun';
import { TRIGGER_WEBHOOKS } from './callbacks/webhooks';
import { testCredential } from './service/testCredential';

/**
 * Has no `webhookMethods`: HappyHorse has no endpoint that registers a webhook. Each request names its callback URL
 * itself, so there is nothing to create or delete when the workflow is published.
 */
export class HappyHorseTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HappyHorse Trigger',
		name: 'happyHorseTrigger',
		icon: {
			light: 'file:../../icons/happyhorse.svg',
			dark: 'file:../../icons/happyhorse.dark.svg',
		},
		group: ['trigger'],
		// identical: hand-written workflows say 1, for which n8n evaluates an extra expression on each webhook call
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle:
			'={{ [$parameter["events"]].flat().map((event) => event === "task.failed" ? "Video Failed" : "Video Finished").join(", ") }}',
		// n8n's editor lists node and trigger as one, with the node's aliases and this description
		description:
			'AI video: make and edit videos with HappyHorse, or start a workflow when one is finished or could not be made',
		eventTriggerDescription: 'Waiting for HappyHorse to call the test URL',
		activationMessage: 'Now use the production URL as the ‘Callback URL’ of a HappyHorse node.',
		triggerPanel: {
			header: 'Give this trigger’s URL to a HappyHorse node as its ‘Callback URL’',
			executionsHelp: {
				inactive:
					'To test, copy the test URL into ‘Callback URL’ of a HappyHorse node, click the button, and run that node. For real use, copy the production URL and publish the workflow.',
				active:
					'To test, copy the test URL into ‘Callback URL’ of a HappyHorse node, click the button, and run that node. Calls to the production URL run by themselves and show up under Executions.',
			},
			activationHint:
				'Once you publish the workflow, HappyHorse can call its production URL at any time.',
		},
		defaults: { name: 'HappyHorse Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'happyHorseApi', required: true, testedBy: 'testCredential' }],
		webhooks: TRIGGER_WEBHOOKS,
		builderHint: TRIGGER_HINT,
		properties,
	};

	methods = { credentialTest: { testCredential } };

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await takeCallback(this, async () => await receive(this));
	}
}
