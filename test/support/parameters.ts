import type { NodeParameterValueType } from 'n8n-workflow';

import type { Mode } from '../../nodes/HappyHorse/contract/modes';

type Parameters = Record<string, NodeParameterValueType>;

/** Short polling intervals, so that tests wait for the sandbox and not for the node. */
export const QUICK = { pollingInterval: 0.1, timeout: 1 };

/** Required parameters of each mode. */
export const MODE_PARAMETERS: Record<Mode, Parameters> = {
	textToVideo: { prompt: 'A horse runs over a beach' },
	imageToVideo: { prompt: 'She turns her head', imageUrl: 'https://example.com/portrait.png' },
	referenceToVideo: {
		prompt: '[Image 1] picks up [Image 2]',
		imageUrls: 'https://example.com/person.jpg\nhttps://example.com/fan.jpg',
	},
	editVideo: {
		prompt: 'Dress her as in [Image 1]',
		videoUrl: 'https://example.com/clip.mp4',
		imageUrls: ['https://example.com/sweater.png'],
	},
};

/** Parameters of a video operation; `options` are added to the quick ones. */
export function video(mode: Mode, { options, ...more }: Parameters = {}): Parameters {
	return {
		resource: 'video',
		operation: mode,
		...MODE_PARAMETERS[mode],
		// most tests are not about files
		downloadVideo: false,
		...more,
		options: { ...QUICK, ...(typeof options === 'object' ? options : {}) },
	};
}
