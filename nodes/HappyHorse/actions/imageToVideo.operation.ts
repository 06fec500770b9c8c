import { FIELDS } from '../form/fields';
import { generation } from './generate';

export const imageToVideo = generation('imageToVideo', {
	option: {
		name: 'Image to Video',
		value: 'imageToVideo',
		action: 'Generate video from image',
		description:
			'Bring an image to life: the video, with sound, starts with it and keeps its aspect ratio',
	},
	fields: [
		FIELDS.imagePrompt,
		FIELDS.imageSource,
		FIELDS.imageUrl,
		FIELDS.firstFrameFile,
		FIELDS.resolution,
		FIELDS.duration,
	],
});
