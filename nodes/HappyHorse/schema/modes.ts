/** The four modes by the name of their operation, and the model that serves each. */
export const MODELS = {
	textToVideo: 'happyhorse-1.0-text-to-video',
	imageToVideo: 'happyhorse-1.0-image-to-video',
	referenceToVideo: 'happyhorse-1.0-reference-to-video',
	editVideo: 'happyhorse-1.0-video-edit',
} as const;

export type Mode = keyof typeof MODELS;

export const MODES = Object.keys(MODELS) as Mode[];

/** The mode that a model serves, or undefined for a model that this package does not know. */
export function modeOf(model: string | undefined): Mode | undefined {
	return MODES.find((mode) => MODELS[mode] === model);
}
