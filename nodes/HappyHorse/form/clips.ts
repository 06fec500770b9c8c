import { LIMITS } from '../contract/limits';
import { named } from './field';
import { binaryPropertyName, collectionOf, fileName as videoFileName } from './options';

const { max: MAX_SECONDS } = LIMITS.cut;
const { default: LINK_HOURS } = LIMITS.linkHours;

/** Default field of another sound, which comes in beside the video. */
export const SOUND_PROPERTY = 'sound';

/** Field that an SRT file comes out in. */
export const CAPTIONS_PROPERTY = 'captions';

const FILE_HINT = 'Name of the input field with the file, or an expression that returns the file';

/** Under Options, the field with the same name is for the new file. */
export const clipFile = named({
	displayName: 'Video Field Name',
	name: 'binaryPropertyName',
	type: 'string',
	required: true,
	default: 'data',
	placeholder: 'e.g. data',
	hint: FILE_HINT,
	description:
		'Input field with the video: an MP4 or MOV with H.264 or HEVC, and AAC sound or none',
});

export const startSeconds = named({
	displayName: 'Start (Seconds)',
	name: 'startSeconds',
	type: 'number',
	typeOptions: { minValue: LIMITS.cut.min, maxValue: MAX_SECONDS },
	default: 0,
	description: `Where the part begins, in seconds (0–${MAX_SECONDS}). It moves back to the key frame before, and the output says where that is.`,
});

export const endSeconds = named({
	displayName: 'End (Seconds)',
	name: 'endSeconds',
	type: 'string',
	default: '',
	placeholder: 'e.g. 8.5',
	description: `Where the part ends, in seconds (up to ${MAX_SECONDS}). Leave empty for the rest of the video.`,
});

export const soundSource = named({
	displayName: 'Sound Source',
	name: 'soundSource',
	type: 'options',
	options: [
		{
			name: 'File From Input',
			value: 'binary',
			description: 'Put the sound of another file under the picture',
		},
		{ name: 'Remove', value: 'remove', description: 'Take the sound out' },
	],
	default: 'binary',
	description: 'Where to get the new sound from',
});

export const soundFile = named({
	displayName: 'Sound Field Name',
	name: 'soundBinaryProperty',
	type: 'string',
	required: true,
	default: SOUND_PROPERTY,
	placeholder: 'e.g. sound',
	displayOptions: { show: { soundSource: ['binary'] } },
	hint: FILE_HINT,
	description:
		'Input field with the sound: AAC in an M4A, MP4, MOV or AAC file. It ends with the picture, or silence follows.',
});

const captions = named({
	displayName: 'Captions',
	name: 'captions',
	type: 'string',
	default: '',
	placeholder: 'e.g. text',
	description: `Name of the field with each clip’s text, or an expression that returns the text. An SRT file with the clips’ times comes out in the binary field ${CAPTIONS_PROPERTY}.`,
});

const fileName = named({
	...videoFileName,
	description: 'Name of the new file, with or without .mp4',
});

const linkHours = named({
	displayName: 'Share Link (Hours)',
	name: 'linkHours',
	type: 'number',
	typeOptions: { minValue: LIMITS.linkHours.min, maxValue: LIMITS.linkHours.max },
	default: LINK_HOURS,
	description: `Add a link to the new file for so many hours (${LIMITS.linkHours.min}–${LIMITS.linkHours.max}), as a form’s last page or Instagram needs it. Whoever has the link can open the file without a login.`,
});

const sound = named({
	displayName: 'Sound',
	name: 'sound',
	type: 'options',
	options: [
		{ name: 'Keep', value: 'keep', description: 'Keep the sound; clips without any get silence' },
		{ name: 'Remove', value: 'remove', description: 'Make a silent video' },
	],
	default: 'keep',
	description: 'Sound of the new video',
});

export const joinOptions = collectionOf([captions, fileName, binaryPropertyName, linkHours, sound]);

export const trimOptions = collectionOf([fileName, binaryPropertyName, linkHours, sound]);

export const replaceSoundOptions = collectionOf([fileName, binaryPropertyName, linkHours]);
