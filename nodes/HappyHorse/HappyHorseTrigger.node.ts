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

export class HappyHorseTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'HappyHorse Trigger',
		name: 'happyHorseTrigger',
		icon: {
			light: 'file:../../icons/happyhorse.svg',
			dark: 'file:../../icons/happyhorse.dark.svg',
		},
		group: ['trigger'],
		// alike, but n8n evaluates an expression for each call of a webhook node whose version is 1
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle:
			'={{ $parameter["events"].map((event) => event === "task.failed" ? "Task Failed" : "Task Completed").join(", ") }}',
		description:
			'AI video: make and edit videos with HappyHorse, or start a workflow when one is finished',
		eventTriggerDescription: 'Waiting for HappyHorse to call the test URL',
		activationMessage: 'You can now use the production URL as Callback URL of a HappyHorse node.',
		triggerPanel: {
			header: 'Give this trigger’s URL to a HappyHorse node as its Callback URL',
			executionsHelp: {
				inactive:
					'While you build, copy the test URL, press the button and run a HappyHorse node that has it as its Callback URL. For real use copy the production URL and publish the workflow.',
				active:
					'While you build, copy the test URL, press the button and run a HappyHorse node that has it as its Callback URL. HappyHorse calls the production URL all by itself; those runs are in the list of executions.',
			},
			activationHint:
				'Once the workflow is published, HappyHorse can call its production URL at any time.',
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
