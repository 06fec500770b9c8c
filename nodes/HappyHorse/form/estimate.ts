import { LIMITS } from '../contract/limits';
import { named } from './field';
import { videoFile, videoUrl } from './media';
import { duration } from './video';

const { default: INPUT_VIDEO_DURATION } = LIMITS.inputVideoDuration;

const forEdit = { show: { mode: ['editVideo'] } };
const forEditFrom = (source: string) => ({ show: { ...forEdit.show, videoSource: [source] } });

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
	description: 'The kind of video to price',
});

export const estimateDuration = { ...duration, displayOptions: { hide: { mode: ['editVideo'] } } };

export const estimateVideoSource = named({
	displayName: 'Video Source',
	name: 'videoSource',
	type: 'options',
	options: [
		{ name: 'Duration', value: 'duration', description: 'Enter the length of the clip' },
		{
			name: 'File From Input',
			value: 'binary',
			description: 'Read the length from a file that comes in with the item',
		},
		{
			name: 'URL',
			value: 'url',
			description:
				'Read the length from a clip at a public URL, without downloading all of it. An estimate: the host may show HappyHorse another clip.',
		},
	],
	default: 'duration',
	displayOptions: forEdit,
	description: 'Where to get the length of the clip from',
});

export const estimateVideoUrl = { ...videoUrl, displayOptions: forEditFrom('url') };

export const estimateVideoFile = { ...videoFile, displayOptions: forEditFrom('binary') };

export const inputVideoDuration = named({
	displayName: 'Input Video Duration (Seconds)',
	name: 'inputVideoDuration',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.inputVideoDuration.min,
		maxValue: LIMITS.inputVideoDuration.max,
	},
	default: INPUT_VIDEO_DURATION,
	displayOptions: forEditFrom('duration'),
	description: `Length of the clip to edit, in seconds (${LIMITS.inputVideoDuration.min}–${LIMITS.inputVideoDuration.max}). You pay for the seconds of the clip plus those of the result.`,
});
