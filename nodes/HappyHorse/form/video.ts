import { CREDITS_PER_SECOND } from '../contract/cost';
import { ASPECT_RATIOS, LIMITS, RESOLUTIONS } from '../contract/limits';
import { named } from './field';

const { default: DURATION } = LIMITS.duration;

const ASPECT_RATIO_NAMES: Record<(typeof ASPECT_RATIOS)[number], string> = {
	'16:9': '16:9 (Landscape: YouTube, Websites)',
	'9:16': '9:16 (Portrait: Reels, Shorts, TikTok)',
	'1:1': '1:1 (Square: Feed Posts)',
	'4:3': '4:3 (Classic Landscape: Slides)',
	'3:4': '3:4 (Classic Portrait: Feed Posts)',
};

/** Variants of one parameter, which keeps its text when the mode changes. */
const promptField = (placeholder: string, task: string, addition = '') =>
	named({
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		required: true,
		default: '',
		placeholder: `e.g. ${placeholder}`,
		description: `${task}, in at most ${LIMITS.prompt.max} characters${addition}`,
	});

export const textPrompt = promptField(
	'A horse gallops along a beach at sunset, slow motion, waves crashing',
	'Describe the video: subject, action, setting, camera and sound',
);

export const imagePrompt = promptField(
	'She turns her head and smiles while the camera moves closer',
	'Describe what moves, the camera and what is heard, not what the image shows',
);

export const referencePrompt = promptField(
	'The person in [Image 1] opens the fan in [Image 2]',
	'Describe the video: first what each image is',
	'. Call your images [Image 1], [Image 2] and so on, in their order.',
);

export const editPrompt = promptField(
	'Make it snow; keep people, camera and sound as they are',
	'Describe what changes in your clip and what stays',
	'. Call reference images, if you add any, [Image 1], [Image 2] and so on.',
);

export const aspectRatio = named({
	displayName: 'Aspect Ratio',
	name: 'aspectRatio',
	type: 'options',
	options: ASPECT_RATIOS.map((value) => ({ name: ASPECT_RATIO_NAMES[value], value })),
	default: '16:9',
	description: 'Shape of the video: width to height',
});

export const audioSetting = named({
	displayName: 'Audio',
	name: 'audioSetting',
	type: 'options',
	options: [
		{
			name: 'Automatic',
			value: 'auto',
			description: 'Let HappyHorse choose the sound to fit the prompt',
		},
		{ name: 'Keep Original', value: 'origin', description: 'Keep the sound of your clip' },
	],
	default: 'auto',
	description: 'Sound of the edited video',
});

export const resolution = named({
	displayName: 'Resolution',
	name: 'resolution',
	type: 'options',
	options: RESOLUTIONS.map((value) => ({
		name: value,
		value,
		description: `${CREDITS_PER_SECOND[value]} credits per second`,
	})),
	default: '720p',
	description: 'Sharpness of the video. Higher resolutions cost more credits per second.',
});

export const duration = named({
	displayName: 'Duration (Seconds)',
	name: 'duration',
	type: 'number',
	// no minValue and maxValue: n8n would silently replace a number outside of them
	default: DURATION,
	description: `Length in whole seconds (${LIMITS.duration.min}–${LIMITS.duration.max}). You pay per second. For a longer film, make several videos and put them together with Video: Join.`,
});
