import type { INodeProperties } from 'n8n-workflow';

import { binaryPropertyName, fileName } from './options';
import { LIMITS } from '../contract/limits';

const { max: MAX_TASKS, days: MAX_DAYS } = LIMITS.startedTasks;

const whileDownloading = { show: { '/downloadVideo': [true] } };

export const properties: INodeProperties[] = [
	{
		displayName:
			'To test: copy the Test URL under Webhook URLs above, paste it into ‘Callback URL’ of a HappyHorse node whose ‘Wait for Completion’ is off, click Execute step here, and run that node. For real use: paste the Production URL instead, and publish this workflow.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		options: [
			{
				name: 'Video Finished',
				value: 'task.completed',
				description: 'A video is ready',
			},
			{
				name: 'Video Failed',
				value: 'task.failed',
				description: 'A video could not be made',
			},
		],
		required: true,
		default: ['task.completed', 'task.failed'],
		description: 'When to start the workflow',
	},
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Download Video',
		name: 'downloadVideo',
		type: 'boolean',
		default: false,
		description: `Whether to add the video to the output as a file. The workflow then starts once the file is downloaded. The video’s URL expires after ${LIMITS.videoUrlLifetime} hours.`,
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Deduplicate',
				name: 'deduplicate',
				type: 'boolean',
				default: true,
				description: `Whether each task starts the workflow only once, even if it is reported again. Remembers the last ${MAX_TASKS} tasks for ${MAX_DAYS} days. The test URL accepts repeats.`,
			},
			{ ...fileName, displayOptions: whileDownloading },
			{
				displayName: 'Modes',
				name: 'modes',
				type: 'multiOptions',
				options: [
					{ name: 'Edit Video', value: 'editVideo' },
					{ name: 'Image to Video', value: 'imageToVideo' },
					{ name: 'Reference to Video', value: 'referenceToVideo' },
					{ name: 'Text to Video', value: 'textToVideo' },
				],
				default: [],
				description: 'Start the workflow for these kinds of video only. Leave empty for all.',
			},
			{ ...binaryPropertyName, displayOptions: whileDownloading },
			{
				displayName: 'Verification',
				name: 'verification',
				type: 'options',
				options: [
					{
						name: 'Ask HappyHorse',
						value: 'api',
						description:
							'Callbacks are not signed, so check each one with HappyHorse and use its answer',
					},
					{
						name: 'None',
						value: 'none',
						description:
							'Trust whatever is sent to the URL. Anyone who knows it can start the workflow with made-up data.',
					},
				],
				default: 'api',
				description: 'How to tell genuine callbacks from forged ones',
			},
		],
	},
];
