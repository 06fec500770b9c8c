import { LIMITS } from '../schema/limits';
import { named } from './field';
import { videoFile, videoUrl } from './media';
import { duration } from './video';

const { default: INPUT_VIDEO_DURATION } = LIMITS.inputVideoDuration;

const ofEdit = { show: { mode: ['editVideo'] } };
const ofEditFrom = (source: string) => ({ show: { ...ofEdit.show, videoSource: [source] } });

export const mode = named({
	displayName: 'Mode',
	name: 'mode',
	type: 'options',
	options: [
		{ name: 'Edit Video', value: 'editVideo' },
		{ name: 'Image to Video', value: 'imageToVideo' },
		{ name: 'Reference to Video', value: 'referenceToVideo' },
		{ name: 'Text to Video', value: 'textToVideo' },
	],
	default: 'textToVideo',
	description: 'The operation whose price to work out',
});

export const estimateDuration = { ...duration, displayOptions: { hide: { mode: ['editVideo'] } } };

export const estimateVideoSource = named({
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
});

export const estimateVideoUrl = { ...videoUrl, displayOptions: ofEditFrom('url') };

export const estimateVideoFile = { ...videoFile, displayOptions: ofEditFrom('binary') };

export const inputVideoDuration = named({
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
});
