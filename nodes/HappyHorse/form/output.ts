import { named } from './field';

const asTool = { '@tool': [true] };

export const simplify = named({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	displayOptions: { hide: asTool },
	description: 'Whether to return a simplified version of the response instead of the raw data',
});

/** Value of Output that leaves the choice to Fields. */
export const SELECTED_FIELDS = 'fields';

/** Simplify as n8n's guidelines want it for tools. Saved under the same name: a tool saved with Simplify keeps it. */
export const output = named({
	displayName: 'Output',
	name: 'simplify',
	type: 'options',
	options: [
		{ name: 'Simplified', value: true, description: 'The most useful fields' },
		{ name: 'Raw', value: false, description: 'The whole response' },
		{
			name: 'Selected Fields',
			value: SELECTED_FIELDS,
			description: 'The task ID and the fields that you select',
		},
	],
	default: true,
	displayOptions: { show: asTool },
	description: 'How much of the response the AI model gets',
});

/** Fields of the simplified output, besides the task ID. */
export const outputFields = named({
	displayName: 'Fields',
	name: 'fields',
	type: 'multiOptions',
	options: [
		{ name: 'Aspect Ratio', value: 'aspectRatio' },
		{ name: 'Completed At', value: 'completedAt' },
		{ name: 'Credits Estimated', value: 'creditsEstimated' },
		{ name: 'Duration', value: 'duration' },
		{ name: 'Expires At', value: 'expiresAt' },
		{ name: 'Mode', value: 'mode' },
		{ name: 'Prompt', value: 'prompt' },
		{ name: 'Status', value: 'status' },
		{ name: 'Video URL', value: 'videoUrl' },
	],
	default: ['status', 'videoUrl'],
	displayOptions: { show: { ...asTool, simplify: [SELECTED_FIELDS] } },
	description: 'Fields to return besides the task ID',
});
