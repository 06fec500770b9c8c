import type { INodeProperties } from 'n8n-workflow';

import { binaryPropertyName } from './options';
import { LIMITS } from '../schema/limits';

const { max: MOST_TASKS, days: MOST_DAYS } = LIMITS.startedTasks;

/** The trigger's form. */
export const properties: INodeProperties[] = [
	{
		displayName:
			'Copy the production URL above into Callback URL of a HappyHorse node whose Wait for Completion is off, and publish this workflow.',
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
				name: 'Task Completed',
				value: 'task.completed',
				description: 'A video is finished',
			},
			{
				name: 'Task Failed',
				value: 'task.failed',
				description: 'A video could not be made, and its credits were refunded',
			},
		],
		required: true,
		default: ['task.completed', 'task.failed'],
		description: 'What is to start the workflow',
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
		description:
			'Whether to put the finished video into the output as a file. HappyHorse is answered first, and the workflow starts when the file is there.',
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
				description: `Whether each task starts the workflow once, however often HappyHorse or anybody else calls. The last ${MOST_TASKS} tasks of ${MOST_DAYS} days are remembered. The test URL takes copies.`,
			},
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
				description: 'Only tasks of these modes start the workflow. None chosen means all.',
			},
			{ ...binaryPropertyName, displayOptions: { show: { '/downloadVideo': [true] } } },
			{
				displayName: 'Verification',
				name: 'verification',
				type: 'options',
				options: [
					{
						name: 'Ask HappyHorse',
						value: 'api',
						description:
							'Callbacks are not signed, so HappyHorse is asked about the task, and its answer is what comes out',
					},
					{
						name: 'None',
						value: 'none',
						description:
							'Believe whatever is sent to the URL. Anybody who knows it can start the workflow with invented data.',
					},
				],
				default: 'api',
				description: 'How to tell a callback of HappyHorse from a forged one',
			},
		],
	},
];
