import { LIMITS } from '../contract/limits';
import { FIELDS } from '../form/fields';
import { generation } from './generate';

const { min, max } = LIMITS.referenceImages;

export const referenceToVideo = generation('referenceToVideo', {
	option: {
		name: 'Reference to Video',
		value: 'referenceToVideo',
		action: 'Generate video from reference images',
		description: `Make a video, with sound, that shows the people, things or places of ${min} to ${max} images`,
	},
	fields: [
		FIELDS.referencePrompt,
		FIELDS.imageSource,
		FIELDS.referenceImageUrls,
		FIELDS.referenceImageFiles,
		FIELDS.aspectRatio,
		FIELDS.resolution,
		FIELDS.duration,
	],
});
