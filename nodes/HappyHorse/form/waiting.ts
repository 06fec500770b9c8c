import { LIMITS } from '../schema/limits';
import { named } from './field';

const whileWaiting = { show: { waitForCompletion: [true] } };

/** Where there is something to choose: an AI agent’s tool always polls, and gives the URL. */
const whileWaitingForItems = { ...whileWaiting, hide: { '@tool': [true] } };

export const waitForCompletion = named({
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description:
		'Whether to wait until the video is finished, which takes minutes. Without waiting you get the task ID at once, for the Task Get operation to look at later.',
});

export const waitForTask = named({
	...waitForCompletion,
	default: false,
	description:
		'Whether to wait until the task is completed or has failed, instead of checking its status once',
});

const polling = {
	name: 'Polling',
	value: 'polling',
	description: 'Keep the execution running and check the status at the Polling Interval',
};

const parked = {
	name: 'Parked',
	value: 'parked',
	description:
		'Let the execution wait in n8n’s database, and wake it about once a minute to check the status. It takes up no worker, survives restarts and needs no public address.',
};

const callback = {
	name: 'Callback',
	value: 'callback',
	description:
		'Let the execution wait in n8n’s database until HappyHorse calls this n8n, which has to be reachable over the internet. It also wakes by itself now and then, in case a call gets lost.',
};

export const waitMethod = named({
	displayName: 'Wait Method',
	name: 'waitMethod',
	type: 'options',
	noDataExpression: true,
	options: [callback, parked, polling],
	default: 'polling',
	displayOptions: whileWaitingForItems,
	description: 'How to wait for the videos of all items',
});

export const taskWaitMethod = named({
	...waitMethod,
	options: [parked, polling],
	description: 'How to wait for the tasks of all items',
});

export const downloadVideo = named({
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	displayOptions: whileWaitingForItems,
	description: `Whether to put the finished video into the output as a file. Its URL stops working ${LIMITS.videoUrlLifetime} hours after completion.`,
});

export const callbackUrl = named({
	displayName: 'Callback URL',
	name: 'callbackUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/2f6c…/webhook',
	displayOptions: { show: { waitForCompletion: [false] } },
	description:
		'Public URL that HappyHorse calls once the video is finished, such as the production URL of a HappyHorse Trigger. May be empty.',
});

export const simplify = named({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
});
