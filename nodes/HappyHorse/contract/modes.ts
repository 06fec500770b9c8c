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

/** Finds a model's mode by its suffix, so that later versions are recognized too. */
export function modeOf(model: string | undefined): Mode | undefined {
	return MODES.find((mode) => model?.endsWith(modelSuffix(mode)));
}
