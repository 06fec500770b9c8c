import type { INodePropertyOptions } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import type { Field } from './field';
import { named } from './field';
import { videoFile, videoUrl } from './media';
import { collectionOf, trimTo } from './options';
import { duration } from './video';

const { default: INPUT_VIDEO_DURATION } = LIMITS.inputVideoDuration;

const MODES: INodePropertyOptions[] = [
	{ name: 'Edit Video', value: 'editVideo' },
	{ name: 'Image to Video', value: 'imageToVideo' },
	{ name: 'Reference to Video', value: 'referenceToVideo' },
	{ name: 'Text to Video', value: 'textToVideo' },
];

const SAVED_MODES = MODES.map(({ value }) => value);

/** Not named "mode": n8n's workflow SDK keeps that name for itself, so that no builder could set it. */
export const videoMode = named({
	displayName: 'Video Mode',
	name: 'videoMode',
	type: 'options',
	options: MODES,
	default: 'textToVideo',
	displayOptions: { hide: { mode: SAVED_MODES } },
	description: 'The kind of video to price',
});

/** Video Mode where a workflow has it under its first name. */
export const mode = named({
	displayName: 'Video Mode',
	name: 'mode',
	type: 'options',
	options: [...MODES, { name: 'Unset', value: '' }],
	default: '',
	displayOptions: { show: { '/mode': SAVED_MODES } },
	description: 'The kind of video to price',
});

/** A field for edits twice: for Video Mode, and for workflows that have it under its first name. */
const forEdits = <Name extends string>(field: Field<Name>): [Field<Name>, Field<Name>] => {
	const { show } = field.displayOptions ?? {};
	const on = (name: string) => ({
		...field,
		displayOptions: { show: { [name]: ['editVideo'], ...show } },
	});
	return [on('videoMode'), on('mode')];
};

const from = (source: string) => ({ displayOptions: { show: { videoSource: [source] } } });

export const estimateDuration = {
	...duration,
	displayOptions: { hide: { videoMode: ['editVideo'], mode: ['editVideo'] } },
};

const videoSource = named({
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
	description: 'Where to get the length of the clip from',
});

const inputVideoDuration = named({
	displayName: 'Input Video Duration (Seconds)',
	name: 'inputVideoDuration',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.inputVideoDuration.min,
		maxValue: LIMITS.inputVideoDuration.max,
	},
	default: INPUT_VIDEO_DURATION,
	...from('duration'),
	description: `Length of the clip to edit, in seconds (${LIMITS.inputVideoDuration.min}–${LIMITS.inputVideoDuration.max}). You pay for the seconds of the clip plus those of the result.`,
});

const options = { ...collectionOf([trimTo]), ...from('binary') };

export const [source, sourceByMode] = forEdits(videoSource);
export const [url, urlByMode] = forEdits({ ...videoUrl, ...from('url') });
export const [file, fileByMode] = forEdits({ ...videoFile, ...from('binary') });
export const [length, lengthByMode] = forEdits(inputVideoDuration);
export const [estimateOptions, estimateOptionsByMode] = forEdits(options);
