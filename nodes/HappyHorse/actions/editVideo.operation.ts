import { LIMITS } from '../schema/limits';
import { FIELDS } from '../form/fields';
import { generation } from './generate';

const { min, max } = LIMITS.inputVideoDuration;

export const editVideo = generation('editVideo', {
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
	],
});
