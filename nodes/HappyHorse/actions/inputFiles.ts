import type { IBinaryData } from 'n8n-workflow';

import { signFiles } from '../files/signedUrls';
import type { Run } from '../execution/run';
import { LIMITS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import type { Complaint } from '../validation/parse';
import { firstSecondsOf } from './firstSeconds';

/** Minutes beyond the wait for which the service can fetch a file, since it may begin late. */
const FETCH_MINUTES = 60;

export interface Files {
	/** Values for the URL fields. */
	fields: Record<string, unknown>;
	complaints: Complaint[];
	/** Undefined where they are given as URLs. */
	images?: IBinaryData[];
	videos?: IBinaryData[];
}

interface Given {
	item: number;
	timeout: number;
	trimTo?: number;
	publicOnly: boolean;
}

/** Number of images that each mode takes. */
const IMAGES: Record<Mode, { min: number; max: number }> = {
	textToVideo: { min: 0, max: 0 },
	imageToVideo: LIMITS.firstFrames,
	referenceToVideo: LIMITS.referenceImages,
	editVideo: LIMITS.editImages,
};

/**
 * The files that came in with an item, by the URL fields that they stand for.
 *
 * @param timeout minutes that the node waits for the video
 * @param trimTo seconds of a clip to use, if not all
 */
export async function filesOf(
	run: Run,
	mode: Mode,
	parameters: Record<string, unknown>,
	{ item, timeout, trimTo, publicOnly }: Given,
): Promise<Files> {
	const minutes = timeout + FETCH_MINUTES;
	const cut = (seconds: number) => async (file: IBinaryData) =>
		await firstSecondsOf(run, file, seconds);
	const sign = async (kind: 'image' | 'video', count: { min: number; max: number }) => {
		const field = `${kind}BinaryProperty`;
		const names = parameters[field];
		const prepare = kind === 'video' && trimTo !== undefined ? cut(trimTo) : undefined;
		return await signFiles(run.context, item, {
			...{ minutes, publicOnly, field, names, count, prepare },
			// all images may have the same size
			role: kind === 'video' ? 'video' : 'firstFrame',
		});
	};
	const images =
		parameters.imageSource === 'binary' ? await sign('image', IMAGES[mode]) : undefined;
	const videos =
		parameters.videoSource === 'binary' ? await sign('video', LIMITS.inputVideos) : undefined;
	return {
		fields: {
			...(images && { imageUrl: images.urls[0], imageUrls: images.urls }),
			...(videos && { videoUrl: videos.urls[0] }),
		},
		complaints: [...(images?.complaints ?? []), ...(videos?.complaints ?? [])],
		images: images?.files,
		videos: videos?.files,
	};
}
