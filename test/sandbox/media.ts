import { imageSize } from 'image-size';
import type { ISOFile } from 'mp4box';
import { createFile, MP4BoxBuffer } from 'mp4box';

import type { Input, Mode } from './contract';

/** Image or clip that the sandbox fetched. */
export interface Fetched {
	url: string;
	bytes: number;
	contentType: string;
	/** Pixels, if it is an image or a clip. */
	width?: number;
	height?: number;
}

/** Result of reading a file. */
interface Looked extends Pick<Fetched, 'width' | 'height'> {
	objection?: string;
}

const MEGABYTE = 1024 * 1024;

interface Rules {
	megabytes: number;
	/** Accepts or rejects the short and long side, in pixels. */
	sides(short: number, long: number): boolean;
}

/** Contract: the media table, repeated on purpose. */
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
 * Fetches a task's images and clip and compares them with the contract, as the service does.
 *
 * @param fetched called with each file
 * @returns the objection in the service's style, if any
 */
export async function fetchMedia(
	mode: Mode,
	{ image_urls: images = [], video_urls: videos = [] }: Input,
	signal: AbortSignal,
	fetched: (file: Fetched) => void,
): Promise<string | undefined> {
	const check = async (url: string, look: (content: Buffer) => Looked) => {
		const response = await fetch(url, { signal }).catch(() => undefined);
		if (!response?.ok) return `DownloadFailed: ${response?.status ?? 'no answer'}`;
		const content = Buffer.from(await response.arrayBuffer());
		const contentType = response.headers.get('content-type') ?? '';
		const { objection, ...size } = look(content);
		fetched({ url, bytes: content.length, contentType, ...size });
		return objection;
	};
	const rules = IMAGE_RULES[mode];
	const objections = await Promise.all([
		...(images as string[]).map(
			async (url) => await check(url, (content) => lookAtImage(content, rules)),
		),
		...(videos as string[]).map(async (url) => await check(url, lookAtClip)),
	]);
	return objections.find((objection) => objection !== undefined);
}

function lookAtImage(content: Buffer, { megabytes, sides }: Rules): Looked {
	if (content.length > megabytes * MEGABYTE)
		return { objection: `InvalidParameter: image above ${megabytes} MB` };
	try {
		const { width, height, type } = imageSize(content);
		if (!['jpg', 'png', 'webp'].includes(type ?? ''))
			return { objection: `InvalidParameter: image is ${type}` };
		if (sides(Math.min(width, height), Math.max(width, height))) return { width, height };
		return { objection: `InvalidParameter: image of ${width}x${height}`, width, height };
	} catch {
		return { objection: 'InvalidParameter: not an image' };
	}
}

function lookAtClip(content: Buffer): Looked {
	const { megabytes, sides } = RULES.video;
	if (content.length > megabytes * MEGABYTE)
		return { objection: `InvalidParameter: video above ${megabytes} MB` };
	let looked: Looked = { objection: 'InvalidParameter: not a video' };
	// the library logs warnings about files that it doesn't recognize
	if (!/^(ftyp|moov|mdat|wide|free|skip)$/.test(content.toString('latin1', 4, 8))) return looked;
	const file: ISOFile = createFile();
	file.onError = () => {}; // `onReady` is then never called
	file.onReady = ({ duration, timescale, videoTracks: [track] }) => {
		const seconds = duration / timescale;
		const { width = 0, height = 0 } = track?.video ?? {};
		const rate = track ? track.nb_samples / (track.duration / track.timescale) : 0;
		looked = { width, height };
		if (seconds < 3 || seconds > 60)
			looked.objection = `InvalidParameter: video of ${seconds} seconds`;
		else if (rate <= 8) looked.objection = `InvalidParameter: video of ${rate} frames a second`;
		else if (!sides(Math.min(width, height), Math.max(width, height)))
			looked.objection = `InvalidParameter: video of ${width}x${height}`;
	};
	const { buffer, byteOffset, length } = content;
	file.appendBuffer(
		MP4BoxBuffer.fromArrayBuffer(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer, 0),
	);
	file.flush();
	return looked;
}
