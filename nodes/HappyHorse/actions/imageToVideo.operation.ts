import { FIELDS } from '../form/fields';
import { generation } from './generate';

export const imageToVideo = generation('imageToVideo', {
	option: {
		name: 'Image to Video',
		value: 'imageToVideo',
		action: 'Generate a video from an image',
		description:
			"Bring one image to life: it is the first frame, and the prompt says what happens next. The video takes the image's aspect ratio.",
	},
	fields: [
		FIELDS.prompt,
		FIELDS.imageSource,
		FIELDS.imageUrl,
		FIELDS.firstFrameFile,
		FIELDS.resolution,
		FIELDS.duration,
	],
});
