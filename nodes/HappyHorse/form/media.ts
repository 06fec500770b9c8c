import { LIMITS } from '../contract/limits';
import { named } from './field';
import { BINARY_PROPERTY } from './options';

const IMAGE = `JPEG, PNG or WEBP, up to ${LIMITS.image.megabytes} MB`;

const RATIO = `aspect ratio from 1:${LIMITS.mediaAspectRatio.max} to ${LIMITS.mediaAspectRatio.max}:1`;

const FIRST_FRAME = `${IMAGE}, both sides at least ${LIMITS.firstFrame.minSide} pixels, ${RATIO}. The video keeps its aspect ratio.`;
const REFERENCES = `${LIMITS.referenceImages.min}–${LIMITS.referenceImages.max} images of the people, things or places to show (${IMAGE} each, short side at least ${LIMITS.referenceImage.minShortSide} pixels)`;
const EDIT_IMAGES = `up to ${LIMITS.editImages.max} images of what to add to the video (${IMAGE} each, both sides at least ${LIMITS.editImage.minSide} pixels, ${RATIO})`;
const CLIP = `MP4 or MOV, up to ${LIMITS.video.megabytes} MB, ${LIMITS.inputVideoDuration.min}–${LIMITS.inputVideoDuration.max} seconds, more than ${LIMITS.video.frameRateAbove} frames per second, long side at most ${LIMITS.video.maxLongSide} and short side at least ${LIMITS.video.minShortSide} pixels, ${RATIO}. The result is cut at ${LIMITS.editedVideoDuration.max} seconds.`;

const fromUrl = (source: string) => ({ show: { [source]: ['url'] } });
const fromFile = (source: string) => ({ show: { [source]: ['binary'] } });

const sourceField = <const Name extends string>(medium: string, name: Name) =>
	named({
		displayName: `${medium} Source`,
		name,
		type: 'options',
		options: [
			{
				name: 'File From Input',
				value: 'binary',
				description:
					'A file that comes in with the item. HappyHorse fetches it from this n8n, which must be reachable over the internet.',
			},
			{ name: 'URL', value: 'url', description: 'A public URL' },
		],
		default: 'url',
		description: `Where to get the ${medium.toLowerCase()} from`,
	});

const imageUrls = named({
	displayName: 'Reference Image URLs',
	name: 'imageUrls',
	type: 'string',
	typeOptions: { rows: 3 },
	default: '',
	placeholder: 'e.g. https://example.com/person.jpg',
	displayOptions: fromUrl('imageSource'),
});

const imageFile = named({
	displayName: 'Image Field Name',
	name: 'imageBinaryProperty',
	type: 'string',
	required: true,
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	displayOptions: fromFile('imageSource'),
	hint: 'Name of the input field with the file, or an expression that returns the file',
});

const imageFiles = named({
	...imageFile,
	displayName: 'Image Field Names',
	placeholder: 'e.g. person, fan',
	hint: 'Names of the input fields with the files, or an expression that returns a list of files',
});

export const videoUrl = named({
	displayName: 'Video URL',
	name: 'videoUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://example.com/clip.mp4',
	displayOptions: fromUrl('videoSource'),
	description: `Public URL of the clip to edit: ${CLIP}`,
});

export const videoFile = named({
	displayName: 'Video Field Name',
	name: 'videoBinaryProperty',
	type: 'string',
	required: true,
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	displayOptions: fromFile('videoSource'),
	hint: 'Name of the input field with the file, or an expression that returns the file',
	description: `Input field with the clip to edit: ${CLIP}`,
});

export const videoSource = sourceField('Video', 'videoSource');
export const imageSource = sourceField('Image', 'imageSource');

export const editImageSource = {
	...imageSource,
	displayName: 'Reference Image Source',
	description: 'Where to get reference images from, if you want to add any',
};

export const imageUrl = named({
	displayName: 'First Frame URL',
	name: 'imageUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://example.com/portrait.png',
	displayOptions: fromUrl('imageSource'),
	description: `Public URL of the first image of the video: ${FIRST_FRAME}`,
});

export const firstFrameFile = named({
	...imageFile,
	description: `Input field with the first image of the video: ${FIRST_FRAME}`,
});

export const referenceImageUrls = named({
	...imageUrls,
	required: true,
	description: `Public URLs of ${REFERENCES}, one per line`,
});

export const editImageUrls = named({
	...imageUrls,
	placeholder: 'e.g. https://example.com/sweater.png',
	hint: 'Optional',
	description: `Public URLs of ${EDIT_IMAGES}, one per line`,
});

export const referenceImageFiles = named({
	...imageFiles,
	description: `Input fields, separated by commas, with ${REFERENCES}. The first is [Image 1].`,
});

export const editImageFiles = named({
	...imageFiles,
	required: false,
	hint: 'Optional: names of the input fields with the files, or an expression that returns a list of files',
	description: `Input fields, separated by commas, with ${EDIT_IMAGES}. The first is [Image 1].`,
});
