import type { Fetched } from './media';
import type { SandboxTask } from './types';

export const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'] as const;
export const RESOLUTIONS = ['720p', '1080p'] as const;

/** Properties of a video. */
export interface Traits {
	ratio: (typeof RATIOS)[number];
	resolution: (typeof RESOLUTIONS)[number];
	/** Seconds. */
	length: number;
}

/** Width and height in pixels; the contract names resolutions by the short side. */
export function sizeOf({ ratio, resolution }: Omit<Traits, 'length'>): [number, number] {
	const [across, down] = ratio.split(':').map(Number);
	const scale = parseInt(resolution, 10) / Math.min(across, down);
	return [across * scale, down * scale];
}

/**
 * Determines a task's video by the contract: as requested, or like its source if that can't be requested. A source of another
 * shape than the contract's gives the nearest one, an unknown shape 16:9.
 *
 * @param clipSeconds length of the clip to edit
 */
export function traitsOf({ mode, input, media }: SandboxTask, clipSeconds: number): Traits {
	const length = mode === 'editVideo' ? Math.min(clipSeconds, 15) : Number(input.duration ?? 5);
	const resolution = RESOLUTIONS.find((known) => known === input.resolution) ?? '720p';
	const asked = RATIOS.find((known) => known === input.aspect_ratio);
	const [source] = ((mode === 'editVideo' ? input.video_urls : input.image_urls) ?? []) as string[];
	const isFollowed = mode === 'editVideo' || mode === 'imageToVideo';
	const followed = isFollowed ? media.find(({ url }) => url === source) : undefined;
	return { ratio: asked ?? nearest(followed) ?? '16:9', resolution, length };
}

function nearest({ width, height }: Partial<Fetched> = {}): Traits['ratio'] | undefined {
	if (!width || !height) return undefined;
	const distance = (ratio: Traits['ratio']) => {
		const [across, down] = ratio.split(':').map(Number);
		return Math.abs(Math.log((across / down) * (height / width)));
	};
	return [...RATIOS].sort((a, b) => distance(a) - distance(b))[0];
}
