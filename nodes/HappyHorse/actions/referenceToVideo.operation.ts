import { LIMITS } from '../schema/limits';
import { FIELDS } from '../form/fields';
import { generation } from './generate';

const { min, max } = LIMITS.referenceImages;

export const referenceToVideo = generation('referenceToVideo', {
	option: {
		name: 'Reference to Video',
		value: 'referenceToVideo',
		action: 'Generate a video from reference images',
		description: `Make a new video in which people, things or places from ${min} to ${max} images appear. The prompt calls them [Image 1], [Image 2] and so on.`,
	},
	fields: [
		FIELDS.prompt,
		FIELDS.imageSource,
		FIELDS.referenceImageUrls,
		FIELDS.referenceImageFiles,
		FIELDS.aspectRatio,
		FIELDS.resolution,
		FIELDS.duration,
	],
});
