import { LIMITS } from '../contract/limits';
import { named } from './field';

/** A video's usual time. */
export const USUAL_WAIT = `${LIMITS.usualWait.min} to ${LIMITS.usualWait.max} minutes`;

const whileWaiting = { show: { waitForCompletion: [true] } };

/** Hidden in an AI agent's tool, which always polls and returns the URL. */
const whileWaitingForItems = { ...whileWaiting, hide: { '@tool': [true] } };

export const waitForCompletion = named({
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description: `Whether to wait until the video is ready, usually ${USUAL_WAIT}, the longer the video and the higher the resolution. If you don’t wait, you get the task ID right away: fetch the video later with Task: Get.`,
});

export const waitForTask = named({
	...waitForCompletion,
	default: false,
	description: 'Whether to wait until the video is ready, instead of checking the status once',
});

const polling = {
	name: 'Polling',
	value: 'polling',
	description: 'The execution keeps running and checks the status regularly. The simplest way.',
};

const parked = {
	name: 'Parked',
	value: 'parked',
	description: 'The execution pauses and checks about once a minute. Survives a restart of n8n.',
};

const callback = {
	name: 'Callback',
	value: 'callback',
	description:
		'The execution pauses until HappyHorse reports. This n8n must be reachable from the internet.',
};

export const waitMethod = named({
	displayName: 'Wait Method',
	name: 'waitMethod',
	type: 'options',
	noDataExpression: true,
	options: [callback, parked, polling],
	default: 'polling',
	displayOptions: whileWaitingForItems,
	description: 'How to wait for the videos. Polling suits most workflows.',
});

export const taskWaitMethod = named({
	...waitMethod,
	options: [parked, polling],
	description: 'How to wait for the tasks',
});

export const downloadVideo = named({
	displayName: 'Download Video',
	name: 'downloadVideo',
	type: 'boolean',
	default: true,
	displayOptions: whileWaitingForItems,
	description: `Whether to add the video to the output as a file. Its URL expires after ${LIMITS.videoUrlLifetime} hours.`,
});

export const callbackUrl = named({
	displayName: 'Callback URL',
	name: 'callbackUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/2f6c…/webhook',
	displayOptions: { show: { waitForCompletion: [false] } },
	description:
		'Public URL for HappyHorse to call when the video is ready, such as the production URL of a HappyHorse Trigger. Optional.',
});
