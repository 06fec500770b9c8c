/** Model of each mode; a mode has the name of its operation. */
export const MODELS = {
	textToVideo: 'happyhorse-1.0-text-to-video',
	imageToVideo: 'happyhorse-1.0-image-to-video',
	referenceToVideo: 'happyhorse-1.0-reference-to-video',
	editVideo: 'happyhorse-1.0-video-edit',
} as const;

export type Mode = keyof typeof MODELS;

export const MODES = Object.keys(MODELS) as Mode[];

/** Ending that all versions of a mode's model share, such as `-text-to-video`. */
export const modelSuffix = (mode: Mode) => MODELS[mode].replace(/^happyhorse-[\d.]+/, '');

/** Versions that are known of each mode's model, the usual one first. Only that one is sure to be offered. */
export const VERSIONS: Record<Mode, string[]> = {
	textToVideo: ['1.0', '1.1'],
	imageToVideo: ['1.0', '1.1'],
	referenceToVideo: ['1.0', '1.1'],
	editVideo: ['1.0'],
};

/** Completes a model that a user gives: a version such as `1.1`, its whole name, or nothing for the usual one. */
export function modelNamed(mode: Mode, given: unknown): unknown {
	if (given === undefined || given === null || given === '') return MODELS[mode];
	const name = typeof given === 'string' ? given.trim() : given;
	return typeof name === 'string' && /^\d+\.\d+$/.test(name)
		? `happyhorse-${name}${modelSuffix(mode)}`
		: name;
}

/** Finds a model's mode by its suffix, so that later versions are recognized too. */
export function modeOf(model: string | undefined): Mode | undefined {
	return MODES.find((mode) => model?.endsWith(modelSuffix(mode)));
}
