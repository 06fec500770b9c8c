import { LIMITS } from '../schema/limits';
import { FIELDS, GENERATE_FIELDS } from '../form/fields';
import { defineOperation } from './operation';
import { generate } from './generate';

const { min, max } = LIMITS.inputVideoDuration;

export const editVideo = defineOperation({
	option: {
		name: 'Edit Video',
		value: 'editVideo',
		action: 'Edit a video',
		description: `Change an existing clip of ${min} to ${max} seconds as the prompt says, with up to ${LIMITS.editImages.max} images to show what to put in. The result is as long as the clip, at most ${LIMITS.editedVideoDuration.max} seconds.`,
	},
	fields: [
		FIELDS.prompt,
		FIELDS.videoSource,
		FIELDS.videoUrl,
		FIELDS.videoFile,
		FIELDS.imageSource,
		FIELDS.editImageUrls,
		FIELDS.editImageFiles,
		FIELDS.audioSetting,
		FIELDS.resolution,
		...GENERATE_FIELDS,
	],
	...generate('editVideo'),
});
