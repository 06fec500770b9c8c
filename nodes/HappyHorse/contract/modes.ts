/** The four modes by the name of their operation, and the model that serves each. */
export const MODELS = {
	textToVideo: 'happyhorse-1.0-text-to-video',
	imageToVideo: 'happyhorse-1.0-image-to-video',
	referenceToVideo: 'happyhorse-1.0-reference-to-video',
	editVideo: 'happyhorse-1.0-video-edit',
} as const;

export type Mode = keyof typeof MODELS;

export const MODES = Object.keys(MODELS) as Mode[];

/** What the names of a mode's models end with, whichever version they are of: `-text-to-video`. */
export const endingOf = (mode: Mode) => MODELS[mode].replace(/^happyhorse-[\d.]+/, '');

/** The mode that a model serves, told from its name's end, so that the next version's are known; else undefined. */
export function modeOf(model: string | undefined): Mode | undefined {
	return MODES.find((mode) => model?.endsWith(endingOf(mode)));
}
