import type { Bytes } from './bytes';
import { textIn, view } from './bytes';

/** A part of an MP4 or MOV file, by where its content begins and ends in the bytes that it was found in. */
export interface Box {
	type: string;
	from: number;
	to: number;
}

/** Bytes of an index to take in; that of a minute's clip has some tens of kilobytes. */
const MOST_INDEX = 8 * 1024 * 1024;
const MOST_BOXES = 10_000;

/**
 * The content of a file's box, wherever it stands.
 *
 * @returns `missing` where the file ends without it, undefined where that can't be told
 */
export async function findBox(
	bytes: Bytes,
	type: string,
): Promise<Uint8Array | 'missing' | undefined> {
	const isBeyond = (end: number) => bytes.size !== undefined && end > bytes.size;
	let offset = 0;
	for (let box = 0; box < MOST_BOXES; box++) {
		const header = await bytes.at(offset, 8);
		if (!header) return isBeyond(offset + 8) ? 'missing' : undefined;
		let size = view(header).getUint32(0);
		let headerSize = 8;
		if (size === 1) {
			const long = await bytes.at(offset + 8, 8);
			if (!long) return isBeyond(offset + 16) ? 'missing' : undefined;
			size = Number(view(long).getBigUint64(0));
			headerSize = 16;
		}
		if (textIn(header, 4) === type) {
			// the last box may go on to the file's end without saying how far that is
			const length = (size === 0 ? (bytes.size ?? 0) - offset : size) - headerSize;
			if (length <= 0 || length > MOST_INDEX) return undefined;
			const content = await bytes.at(offset + headerSize, length);
			return content ?? (isBeyond(offset + headerSize + length) ? 'missing' : undefined);
		}
		if (size < headerSize || !Number.isSafeInteger(offset + size)) return undefined;
		offset += size;
	}
	return undefined;
}

/** The boxes within a box, as far as they are in order. */
export function boxesIn(bytes: Uint8Array, { from, to }: Box): Box[] {
	const boxes: Box[] = [];
	const data = view(bytes);
	for (let at = from; at + 8 <= to && boxes.length < MOST_BOXES; ) {
		const size = data.getUint32(at);
		if (size < 8 || at + size > to) break;
		boxes.push({ type: textIn(bytes, at + 4), from: at + 8, to: at + size });
		at += size;
	}
	return boxes;
}

/** Whether nothing of a box is left out of the boxes that were found in it. */
export const isWhole = (boxes: Box[], { to }: Box) => boxes[boxes.length - 1]?.to === to;

export const ofType = (boxes: Box[], type: string) => boxes.find((box) => box.type === type);

/** What a `mvhd` or `mdhd` box says of time; nothing where it does not tell. */
export function secondsOf(
	bytes: Uint8Array,
	box: Box | undefined,
): { timescale?: number; seconds?: number } {
	const { from = 0, to = 0 } = box ?? {};
	const data = view(bytes);
	const isLong = from < to && data.getUint8(from) === 1;
	if (from + (isLong ? 32 : 20) > to) return {};
	const timescale = data.getUint32(from + (isLong ? 20 : 12));
	if (timescale === 0) return {};
	const ticks = isLong ? Number(data.getBigUint64(from + 24)) : data.getUint32(from + 16);
	// a file that is made of fragments says 0, and one that does not know says the largest number there is
	const isKnown = ticks > 0 && ticks !== 0xffffffff && Number.isSafeInteger(ticks);
	return { timescale, ...(isKnown && { seconds: ticks / timescale }) };
}

/**
 * How long is shown what an `elst` box (a track's edits) or a `mehd` box (all fragments) speaks of, in the movie's ticks.
 *
 * @returns undefined where there is no box or it does not tell
 */
export function shownTicks(bytes: Uint8Array, box: Box | undefined): number | undefined {
	if (!box || box.from + 8 > box.to) return undefined;
	const data = view(bytes);
	const isLong = data.getUint8(box.from) === 1;
	const ticksAt = (at: number) => (isLong ? Number(data.getBigUint64(at)) : data.getUint32(at));
	if (box.type === 'mehd')
		return box.from + (isLong ? 12 : 8) > box.to ? undefined : ticksAt(box.from + 4) || undefined;
	const entry = isLong ? 20 : 12;
	const room = Math.floor((box.to - box.from - 8) / entry);
	const entries = Math.min(data.getUint32(box.from + 4), room);
	let shown = 0;
	for (let number = 0; number < entries; number++) {
		const at = box.from + 8 + number * entry;
		const start = isLong ? Number(data.getBigInt64(at + 8)) : data.getInt32(at + 4);
		// an edit without a start in the media is a pause before the picture
		if (start >= 0) shown += ticksAt(at);
	}
	return shown > 0 && Number.isSafeInteger(shown) ? shown : undefined;
}

/** Frames that a `stts` box counts. */
export function framesOf(bytes: Uint8Array, box: Box | undefined): number {
	if (!box || box.from + 8 > box.to) return 0;
	const data = view(bytes);
	const room = Math.floor((box.to - box.from - 8) / 8);
	const entries = Math.min(data.getUint32(box.from + 4), room);
	let frames = 0;
	for (let entry = 0; entry < entries; entry++) frames += data.getUint32(box.from + 8 + entry * 8);
	return frames;
}

/** Pixels of a `stsd` box's first entry. */
export function sizeOf(
	bytes: Uint8Array,
	box: Box | undefined,
): { width?: number; height?: number } {
	const at = (box?.from ?? 0) + 8 + 32;
	if (!box || at + 4 > box.to) return {};
	return { width: view(bytes).getUint16(at), height: view(bytes).getUint16(at + 2) };
}
