import { LIMITS } from '../contract/limits';
import { FIELDS } from '../form/fields';
import { generation } from './generate';

const { min, max } = LIMITS.inputVideoDuration;

export const editVideo = generation('editVideo', {
	option: {
		name: 'Edit Video',
		value: 'editVideo',
		action: 'Edit video',
		description: `Change a clip of ${min} to ${max} seconds, with up to ${LIMITS.editImages.max} reference images. The result has ${LIMITS.editedVideoDuration.max} seconds at most.`,
	},
	fields: [
		FIELDS.editPrompt,
		FIELDS.videoSource,
		FIELDS.videoUrl,
		FIELDS.videoFile,
		FIELDS.audioSetting,
		FIELDS.resolution,
		FIELDS.editImageSource,
		FIELDS.editImageUrls,
		FIELDS.editImageFiles,
	],
});
