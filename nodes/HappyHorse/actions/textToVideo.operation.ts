import { FIELDS } from '../form/fields';
import { generation } from './generate';

export const textToVideo = generation('textToVideo', {
	option: {
		name: 'Text to Video',
		value: 'textToVideo',
		action: 'Generate video from text',
		description: 'Make a video, with sound, from a text prompt alone',
	},
	fields: [FIELDS.textPrompt, FIELDS.aspectRatio, FIELDS.resolution, FIELDS.duration],
});
