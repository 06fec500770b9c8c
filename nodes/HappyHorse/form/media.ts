import { LIMITS } from '../schema/limits';
import { named } from './field';
import { BINARY_PROPERTY } from './options';

const IMAGE = `JPEG, PNG or WEBP, at most ${LIMITS.image.megabytes} MB`;

const RATIO = `aspect ratio from 1:${LIMITS.mediaAspectRatio.max} to ${LIMITS.mediaAspectRatio.max}:1`;

const FIRST_FRAME = `${IMAGE}, both sides at least ${LIMITS.firstFrame.minSide} pixels, ${RATIO}. The video takes its aspect ratio.`;
const REFERENCES = `${LIMITS.referenceImages.min} to ${LIMITS.referenceImages.max} images of people, things or places that are to appear (${IMAGE} each, the short side at least ${LIMITS.referenceImage.minShortSide} pixels)`;
const EDIT_IMAGES = `up to ${LIMITS.editImages.max} images that show what to put into the video (${IMAGE} each, both sides at least ${LIMITS.editImage.minSide} pixels, ${RATIO})`;
const CLIP = `MP4 or MOV, at most ${LIMITS.video.megabytes} MB, ${LIMITS.inputVideoDuration.min} to ${LIMITS.inputVideoDuration.max} seconds long, more than ${LIMITS.video.frameRateAbove} frames a second, the long side at most ${LIMITS.video.maxLongSide} and the short side at least ${LIMITS.video.minShortSide} pixels, ${RATIO}. The result is cut at ${LIMITS.editedVideoDuration.max} seconds.`;

const fromUrl = (source: string) => ({ show: { [source]: ['url'] } });
const fromFile = (source: string) => ({ show: { [source]: ['binary'] } });

const sourceOf = <const Name extends string>(what: string, name: Name) =>
	named({
		displayName: `${what} Source`,
		name,
		type: 'options',
		options: [
			{
				name: 'File From Input',
				value: 'binary',
				description:
					'A file that comes in with the item. HappyHorse fetches it from this n8n, which has to be reachable over the internet.',
			},
			{ name: 'URL', value: 'url', description: 'A public URL' },
		],
		default: 'url',
		description: `Whether the ${what.toLowerCase()} is at a URL or comes in with the item as a file`,
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
	hint: 'The name of the input field that has the file, or an expression that gives the file',
});

const imageFiles = named({
	...imageFile,
	displayName: 'Image Field Names',
	placeholder: 'e.g. person, fan',
	hint: 'The names of the input fields that have the files, or an expression that gives a list of files',
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
	hint: 'The name of the input field that has the file, or an expression that gives the file',
	description: `The input field that has the clip to edit: ${CLIP}`,
});

export const videoSource = sourceOf('Video', 'videoSource');
export const imageSource = sourceOf('Image', 'imageSource');

export const imageUrl = named({
	displayName: 'First Frame URL',
	name: 'imageUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://example.com/portrait.png',
	displayOptions: fromUrl('imageSource'),
	description: `Public URL of the image with which the video begins: ${FIRST_FRAME}`,
});

export const firstFrameFile = named({
	...imageFile,
	description: `The input field that has the image with which the video begins: ${FIRST_FRAME}`,
});

export const referenceImageUrls = named({
	...imageUrls,
	required: true,
	description: `Public URLs of ${REFERENCES}, one a line`,
});

export const editImageUrls = named({
	...imageUrls,
	description: `Public URLs of ${EDIT_IMAGES}, one a line. May be empty.`,
});

export const referenceImageFiles = named({
	...imageFiles,
	description: `The input fields, as a comma list, that have ${REFERENCES}. The first is [Image 1].`,
});

export const editImageFiles = named({
	...imageFiles,
	required: false,
	description: `The input fields, as a comma list, that have ${EDIT_IMAGES}. The first is [Image 1]. May be empty.`,
});
