import { CREDITS_PER_SECOND } from '../schema/cost';
import { ASPECT_RATIOS, LIMITS, RESOLUTIONS } from '../schema/limits';
import { named } from './field';

const { default: DURATION } = LIMITS.duration;

const ASPECT_RATIO_NAMES: Record<(typeof ASPECT_RATIOS)[number], string> = {
	'16:9': '16:9 (Landscape)',
	'9:16': '9:16 (Portrait)',
	'1:1': '1:1 (Square)',
	'4:3': '4:3 (Classic Landscape)',
	'3:4': '3:4 (Classic Portrait)',
};

export const prompt = named({
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: '',
	placeholder: 'e.g. Cinematic tracking shot through a neon-lit street on a rainy night',
	description: `What is to be seen, or for an edit what is to change, in at most ${LIMITS.prompt.max} characters. Where you give reference images, [Image 1] stands for the first, [Image 2] for the second and so on.`,
});

export const aspectRatio = named({
	displayName: 'Aspect Ratio',
	name: 'aspectRatio',
	type: 'options',
	options: ASPECT_RATIOS.map((value) => ({ name: ASPECT_RATIO_NAMES[value], value })),
	default: '16:9',
	description: 'Width to height of the video',
});

export const audioSetting = named({
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
});

export const resolution = named({
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
});

export const duration = named({
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
});
