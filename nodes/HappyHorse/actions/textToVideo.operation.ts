import { FIELDS, GENERATE_FIELDS } from '../form/fields';
import { defineOperation } from './operation';
import { generate } from './generate';

export const textToVideo = defineOperation({
	option: {
		name: 'Text to Video',
		value: 'textToVideo',
		action: 'Generate a video from text',
		description:
			'Make a new video from a text prompt alone. Use it when there is no image or clip to start from.',
	},
	fields: [
		FIELDS.prompt,
		FIELDS.aspectRatio,
		FIELDS.resolution,
		FIELDS.duration,
		...GENERATE_FIELDS,
	],
	...generate('textToVideo'),
});
