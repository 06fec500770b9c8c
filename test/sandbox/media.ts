import { imageSize } from 'image-size';
import type { ISOFile } from 'mp4box';
import { createFile, MP4BoxBuffer } from 'mp4box';

import type { Input, Mode } from './contract';

/** One image or clip, as the sandbox fetched it. */
export interface Fetched {
	url: string;
	bytes: number;
	contentType: string;
}

const MEGABYTE = 1024 * 1024;

interface Rules {
	megabytes: number;
	/** What is wrong with width and height, if anything is. */
	sides(short: number, long: number): boolean;
}

/** Contract: the media table, written down a second time on purpose. */
const RULES: Record<'firstFrame' | 'reference' | 'editImage' | 'video', Rules> = {
	firstFrame: { megabytes: 20, sides: (short, long) => short >= 300 && long <= 2.5 * short },
	reference: { megabytes: 20, sides: (short) => short >= 400 },
	editImage: { megabytes: 20, sides: (short, long) => short >= 300 && long <= 2.5 * short },
	video: {
		megabytes: 100,
		sides: (short, long) => short >= 320 && long <= 2160 && long <= 2.5 * short,
	},
};

const IMAGE_RULES: Record<Mode, Rules> = {
	textToVideo: RULES.firstFrame,
	imageToVideo: RULES.firstFrame,
	referenceToVideo: RULES.reference,
	editVideo: RULES.editImage,
};

/**
 * Fetches what a task is to be made from and compares it with the contract, as the service does.
 *
 * @param fetched is told of each file
 * @returns what is wrong, in the service's manner; undefined if nothing is
 */
export async function fetchMedia(
	mode: Mode,
	{ image_urls: images = [], video_urls: videos = [] }: Input,
	signal: AbortSignal,
	fetched: (file: Fetched) => void,
): Promise<string | undefined> {
	const check = async (url: string, objectionTo: (content: Buffer) => string | undefined) => {
		const response = await fetch(url, { signal }).catch(() => undefined);
		if (!response?.ok) return `DownloadFailed: ${response?.status ?? 'no answer'}`;
		const content = Buffer.from(await response.arrayBuffer());
		const contentType = response.headers.get('content-type') ?? '';
		fetched({ url, bytes: content.length, contentType });
		return objectionTo(content);
	};
	const rules = IMAGE_RULES[mode];
	const objections = await Promise.all([
		...(images as string[]).map(
			async (url) => await check(url, (content) => objectionToImage(content, rules)),
		),
		...(videos as string[]).map(async (url) => await check(url, objectionToClip)),
	]);
	return objections.find((objection) => objection !== undefined);
}

function objectionToImage(content: Buffer, { megabytes, sides }: Rules): string | undefined {
	if (content.length > megabytes * MEGABYTE) return `InvalidParameter: image above ${megabytes} MB`;
	try {
		const { width, height, type } = imageSize(content);
		if (!['jpg', 'png', 'webp'].includes(type ?? '')) return `InvalidParameter: image is ${type}`;
		return sides(Math.min(width, height), Math.max(width, height))
			? undefined
			: `InvalidParameter: image of ${width}x${height}`;
	} catch {
		return 'InvalidParameter: not an image';
	}
}

function objectionToClip(content: Buffer): string | undefined {
	const { megabytes, sides } = RULES.video;
	if (content.length > megabytes * MEGABYTE) return `InvalidParameter: video above ${megabytes} MB`;
	let objection: string | undefined = 'InvalidParameter: not a video';
	// the library complains aloud of what begins in no way that it knows
	if (!/^(ftyp|moov|mdat|wide|free|skip)$/.test(content.toString('latin1', 4, 8))) return objection;
	const file: ISOFile = createFile();
	file.onError = () => {}; // then it never gets ready
	file.onReady = ({ duration, timescale, videoTracks: [track] }) => {
		const seconds = duration / timescale;
		const { width = 0, height = 0 } = track?.video ?? {};
		const rate = track ? track.nb_samples / (track.duration / track.timescale) : 0;
		if (seconds < 3 || seconds > 60) objection = `InvalidParameter: video of ${seconds} seconds`;
		else if (rate <= 8) objection = `InvalidParameter: video of ${rate} frames a second`;
		else if (!sides(Math.min(width, height), Math.max(width, height)))
			objection = `InvalidParameter: video of ${width}x${height}`;
		else objection = undefined;
	};
	const { buffer, byteOffset, length } = content;
	file.appendBuffer(
		MP4BoxBuffer.fromArrayBuffer(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer, 0),
	);
	file.flush();
	return objection;
}
