import { view } from '../media/bytes';
import type { PictureFormat } from './picture';
import type { Picture } from './track';

/** Types of the units that frames are made of. */
const H264 = { slice: 1, instant: 5 };
const HEVC = { cleanAccess: 21, brokenLink: 18 };

/** Bytes of a frame in which its first units can be told. */
export const FRAME_HEAD = 64 * 1024;
/** Bytes of a frame to change; no key frame has as many. */
export const MOST_SPLICED = 32 * 1024 * 1024;

/**
 * Whether a key frame of H.264 leaves open what came before it, so that it can't follow another clip: its numbers go on
 * from frames that are not there.
 */
export function isOpen({ codec, lengthBytes = 4 }: PictureFormat, frame: Uint8Array): boolean {
	if (codec !== 'H.264') return false;
	const types = units(frame, lengthBytes).map((at) => frame[at] & 0x1f);
	return types.includes(H264.slice) && !types.includes(H264.instant);
}

/**
 * Strikes key frames up to a time off the list that a part can't begin with in every player, being open. Reads the file
 * up to there, since no index tells them from others.
 */
export async function strikeOpenKeys(picture: Picture, seconds: number): Promise<void> {
	const { source, samples, format, starts, timescale } = picture;
	if (format.codec !== 'H.264' || seconds <= 0) return;
	const bytes = await source.open();
	try {
		for (let sample = 1; sample < samples.count; sample++) {
			if (!samples.keys[sample] || samples.pts[sample] > starts + (seconds + 1) * timescale)
				continue;
			const length = Math.min(samples.sizes[sample], FRAME_HEAD);
			const frame = await bytes.at(samples.offsets[sample], length);
			if (frame && isOpen(format, frame)) samples.keys[sample] = 0;
		}
	} finally {
		await bytes.close();
	}
}

/** Key frame of HEVC as it has to be behind another clip: one that leaves open what came before says so. */
export function asBrokenLink(frame: Uint8Array, lengthBytes: number): Uint8Array {
	const spliced = new Uint8Array(frame);
	for (const at of units(frame, lengthBytes))
		if (((frame[at] >> 1) & 0x3f) === HEVC.cleanAccess)
			spliced[at] = (frame[at] & 0x81) | (HEVC.brokenLink << 1);
	return spliced;
}

/** Where each unit of a frame begins, behind its length. */
function units(frame: Uint8Array, lengthBytes: number): number[] {
	const starts: number[] = [];
	const data = view(frame);
	for (let at = 0; at + lengthBytes < frame.length; ) {
		let length = 0;
		for (let byte = 0; byte < lengthBytes; byte++) length = length * 256 + data.getUint8(at + byte);
		starts.push(at + lengthBytes);
		at += lengthBytes + length;
	}
	return starts;
}
