import type { INodeProperties } from 'n8n-workflow';

import { ASPECT_RATIOS, LIMITS, RESOLUTIONS } from '../schema/limits';
import { CREDITS_PER_SECOND } from '../schema/cost';
import {
	BINARY_PROPERTY,
	binaryPropertyName,
	generateOptions,
	requestOptions,
	taskOptions,
} from './options';

const { default: DURATION } = LIMITS.duration;
const { default: INPUT_VIDEO_DURATION } = LIMITS.inputVideoDuration;

const IMAGE = `JPEG, PNG or WEBP, at most ${LIMITS.image.megabytes} MB`;

const RATIO = `aspect ratio from 1:${LIMITS.mediaAspectRatio.max} to ${LIMITS.mediaAspectRatio.max}:1`;

const FIRST_FRAME = `${IMAGE}, both sides at least ${LIMITS.firstFrame.minSide} pixels, ${RATIO}. The video takes its aspect ratio.`;
const REFERENCES = `${LIMITS.referenceImages.min} to ${LIMITS.referenceImages.max} images of people, things or places that are to appear (${IMAGE} each, the short side at least ${LIMITS.referenceImage.minShortSide} pixels)`;
const EDIT_IMAGES = `up to ${LIMITS.editImages.max} images that show what to put into the video (${IMAGE} each, both sides at least ${LIMITS.editImage.minSide} pixels, ${RATIO})`;
const CLIP = `MP4 or MOV, at most ${LIMITS.video.megabytes} MB, ${LIMITS.inputVideoDuration.min} to ${LIMITS.inputVideoDuration.max} seconds long, more than ${LIMITS.video.frameRateAbove} frames a second, the long side at most ${LIMITS.video.maxLongSide} and the short side at least ${LIMITS.video.minShortSide} pixels, ${RATIO}. The result is cut at ${LIMITS.editedVideoDuration.max} seconds.`;

const whileWaiting = { show: { waitForCompletion: [true] } };

const ofEdit = { show: { mode: ['editVideo'] } };
const ofEditFrom = (source: string) => ({ show: { ...ofEdit.show, videoSource: [source] } });

const fromUrl = (source: string) => ({ show: { [source]: ['url'] } });
const fromFile = (source: string) => ({ show: { [source]: ['binary'] } });

const ASPECT_RATIO_NAMES: Record<(typeof ASPECT_RATIOS)[number], string> = {
	'16:9': '16:9 (Landscape)',
	'9:16': '9:16 (Portrait)',
	'1:1': '1:1 (Square)',
	'4:3': '4:3 (Classic Landscape)',
	'3:4': '3:4 (Classic Portrait)',
};

const duration: INodeProperties = {
	displayName: 'Duration (Seconds)',
	name: 'duration',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.duration.min,
		maxValue: LIMITS.duration.max,
		numberPrecision: 0,
	},
	default: DURATION,
	description: `How long the video is to be, in whole seconds from ${LIMITS.duration.min} to ${LIMITS.duration.max}. Each second is charged.`,
};

const imageUrls: INodeProperties = {
	displayName: 'Reference Image URLs',
	name: 'imageUrls',
	type: 'string',
	typeOptions: { rows: 3 },
	default: '',
	placeholder: 'e.g. https://example.com/person.jpg',
	displayOptions: fromUrl('imageSource'),
};

const waitForCompletion: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description:
		'Whether to wait until the video is finished, which takes minutes. Without waiting you get the task ID at once, for the Task Get operation to look at later.',
};

const sourceOf = (what: string, name: string): INodeProperties => ({
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

const imageFile: INodeProperties = {
	displayName: 'Image Field Name',
	name: 'imageBinaryProperty',
	type: 'string',
	required: true,
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	displayOptions: fromFile('imageSource'),
	hint: 'The name of the input field that has the file, or an expression that gives the file',
};

const imageFiles: INodeProperties = {
	...imageFile,
	displayName: 'Image Field Names',
	placeholder: 'e.g. person, fan',
	hint: 'The names of the input fields that have the files, or an expression that gives a list of files',
};

const videoUrl: INodeProperties = {
	displayName: 'Video URL',
	name: 'videoUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://example.com/clip.mp4',
	displayOptions: fromUrl('videoSource'),
	description: `Public URL of the clip to edit: ${CLIP}`,
};

const videoFile: INodeProperties = {
	displayName: 'Video Field Name',
	name: 'videoBinaryProperty',
	type: 'string',
	required: true,
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	displayOptions: fromFile('videoSource'),
	hint: 'The name of the input field that has the file, or an expression that gives the file',
	description: `The input field that has the clip to edit: ${CLIP}`,
};

/**
 * Every field of the form, in the order in which they stand there. An operation lists the ones that it has;
 * for which resource and operation a field shows follows from that.
 */
export const FIELDS = {
	mode: {
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		// n8n lists these among the node's actions, where only their `action` tells them from the operations
		options: [
			{ name: 'Edit Video', value: 'editVideo', action: 'Estimate the cost of an edited video' },
			{
				name: 'Image to Video',
				value: 'imageToVideo',
				action: 'Estimate the cost of a video from an image',
			},
			{
				name: 'Reference to Video',
				value: 'referenceToVideo',
				action: 'Estimate the cost of a video from reference images',
			},
			{
				name: 'Text to Video',
				value: 'textToVideo',
				action: 'Estimate the cost of a video from text',
			},
		],
		default: 'textToVideo',
		description: 'The operation whose price to work out',
	},
	taskId: {
		displayName: 'Task ID',
		name: 'taskId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 8b6a5162-5c91-4a42-8e80-4c8ef5486f24',
		description: 'The "taskId" that one of the video operations gave',
	},
	prompt: {
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		required: true,
		default: '',
		placeholder: 'e.g. Cinematic tracking shot through a neon-lit street on a rainy night',
		description: `What is to be seen, or for an edit what is to change, in at most ${LIMITS.prompt.max} characters. Where you give reference images, [Image 1] stands for the first, [Image 2] for the second and so on.`,
	},
	videoSource: sourceOf('Video', 'videoSource'),
	videoUrl,
	videoFile,
	imageSource: sourceOf('Image', 'imageSource'),
	imageUrl: {
		displayName: 'First Frame URL',
		name: 'imageUrl',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/portrait.png',
		displayOptions: fromUrl('imageSource'),
		description: `Public URL of the image with which the video begins: ${FIRST_FRAME}`,
	},
	firstFrameFile: {
		...imageFile,
		description: `The input field that has the image with which the video begins: ${FIRST_FRAME}`,
	},
	referenceImageUrls: {
		...imageUrls,
		required: true,
		description: `Public URLs of ${REFERENCES}, one a line`,
	},
	editImageUrls: {
		...imageUrls,
		description: `Public URLs of ${EDIT_IMAGES}, one a line. May be empty.`,
	},
	referenceImageFiles: {
		...imageFiles,
		description: `The input fields, as a comma list, that have ${REFERENCES}. The first is [Image 1].`,
	},
	editImageFiles: {
		...imageFiles,
		required: false,
		description: `The input fields, as a comma list, that have ${EDIT_IMAGES}. The first is [Image 1]. May be empty.`,
	},
	aspectRatio: {
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
		type: 'options',
		options: ASPECT_RATIOS.map((value) => ({ name: ASPECT_RATIO_NAMES[value], value })),
		default: '16:9',
		description: 'Width to height of the video',
	},
	audioSetting: {
		displayName: 'Audio',
		name: 'audioSetting',
		type: 'options',
		options: [
			{
				name: 'Automatic',
				value: 'auto',
				description: 'HappyHorse decides, going by the prompt',
			},
			{ name: 'Keep Original', value: 'origin', description: "Keep the clip's own sound" },
		],
		default: 'auto',
		description: 'What the edited video is to sound like',
	},
	resolution: {
		displayName: 'Resolution',
		name: 'resolution',
		type: 'options',
		options: RESOLUTIONS.map((value) => ({
			name: value,
			value,
			description: `${CREDITS_PER_SECOND[value]} credits a second`,
		})),
		default: '720p',
		description: 'How fine the picture is. The price depends on it.',
	},
	duration,
	estimateDuration: { ...duration, displayOptions: { hide: { mode: ['editVideo'] } } },
	estimateVideoSource: {
		displayName: 'Video Source',
		name: 'videoSource',
		type: 'options',
		options: [
			{ name: 'Duration', value: 'duration', description: 'How long the clip is, as you know it' },
			{
				name: 'File From Input',
				value: 'binary',
				description: 'A file that comes in with the item',
			},
			{
				name: 'URL',
				value: 'url',
				description: 'A public URL, of which only the part that tells the length is read',
			},
		],
		default: 'duration',
		displayOptions: ofEdit,
		description: 'Where the length of the clip to edit is to be taken from',
	},
	estimateVideoUrl: { ...videoUrl, displayOptions: ofEditFrom('url') },
	estimateVideoFile: { ...videoFile, displayOptions: ofEditFrom('binary') },
	inputVideoDuration: {
		displayName: 'Input Video Duration (Seconds)',
		name: 'inputVideoDuration',
		type: 'number',
		typeOptions: {
			minValue: LIMITS.inputVideoDuration.min,
			maxValue: LIMITS.inputVideoDuration.max,
		},
		default: INPUT_VIDEO_DURATION,
		displayOptions: ofEditFrom('duration'),
		description: `How long the clip to edit is, in seconds from ${LIMITS.inputVideoDuration.min} to ${LIMITS.inputVideoDuration.max}. An edit is charged for its input and its output together.`,
	},
	waitForCompletion,
	waitForTask: {
		...waitForCompletion,
		default: false,
		description:
			'Whether to look again and again until the task is completed or has failed, instead of once',
	},
	waitMethod: {
		displayName: 'Wait Method',
		name: 'waitMethod',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Callback',
				value: 'callback',
				description:
					'Park the execution until HappyHorse calls this n8n back. It survives restarts and takes up no worker meanwhile, but this n8n has to be reachable over the internet.',
			},
			{
				name: 'Polling',
				value: 'polling',
				description: 'Ask HappyHorse again and again while the execution keeps running',
			},
		],
		default: 'polling',
		displayOptions: whileWaiting,
		description:
			'How to learn that the videos of all items are finished. As an AI agent’s tool the node always polls.',
	},
	downloadVideo: {
		displayName: 'Download Video',
		name: 'downloadVideo',
		type: 'boolean',
		default: false,
		displayOptions: whileWaiting,
		description: `Whether to put the finished video into the output as a file. Its URL stops working ${LIMITS.videoUrlLifetime} hours after completion.`,
	},
	callbackUrl: {
		displayName: 'Callback URL',
		name: 'callbackUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://n8n.example.com/webhook/2f6c…/webhook',
		displayOptions: { show: { waitForCompletion: [false] } },
		description:
			'Public URL that HappyHorse calls once the video is finished, such as the production URL of a HappyHorse Trigger. May be empty.',
	},
	binaryPropertyName: { ...binaryPropertyName, required: true },
	simplify: {
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	generateOptions,
	taskOptions,
	requestOptions,
} satisfies Record<string, INodeProperties>;

export type Field = INodeProperties;

/** A field's label by the name of its parameter, whether it stands in the form or under Options. */
export function labelOf(fields: Field[], name: string): string {
	const nested = fields.flatMap(({ options: inner = [] }) => inner);
	const found = [...fields, ...nested].find((field) => field.name === name);
	return found && 'displayName' in found ? found.displayName : name;
}

/** What all four generating operations have after the fields of their mode. */
export const GENERATE_FIELDS: Field[] = [
	FIELDS.waitForCompletion,
	FIELDS.waitMethod,
	FIELDS.downloadVideo,
	FIELDS.callbackUrl,
	FIELDS.simplify,
	FIELDS.generateOptions,
];
