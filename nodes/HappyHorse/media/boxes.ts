import type { Bytes } from './bytes';
import { textIn, view } from './bytes';

/** A part of an MP4 or MOV file, by where its content begins and ends in the bytes that it was found in. */
export interface Box {
	type: string;
	from: number;
	to: number;
}

/** Bytes of an index to take in; that of a minute's clip has some tens of kilobytes. */
export const MOST_INDEX = 8 * 1024 * 1024;
const MOST_BOXES = 10_000;

/**
 * The box that begins at an offset of a file; its content is not read.
 *
 * @returns `missing` where the file ends before it, undefined where that can't be told
 */
export async function boxAt(bytes: Bytes, offset: number): Promise<Box | 'missing' | undefined> {
	const unread = (end: number) =>
		bytes.size !== undefined && end > bytes.size ? 'missing' : undefined;
	const header = await bytes.at(offset, 8);
	if (!header) return unread(offset + 8);
	let size = view(header).getUint32(0);
	let headerSize = 8;
	if (size === 1) {
		const long = await bytes.at(offset + 8, 8);
		if (!long) return unread(offset + 16);
		size = Number(view(long).getBigUint64(0));
		headerSize = 16;
	} else if (size === 0) {
		// the last box may go on to the file's end without saying how far that is
		size = (bytes.size ?? 0) - offset;
	}
	if (size < headerSize || !Number.isSafeInteger(offset + size)) return undefined;
	return { type: textIn(header, 4), from: offset + headerSize, to: offset + size };
}

/**
 * The content of a file's box, wherever it stands.
 *
 * @returns `missing` where the file ends without it, undefined where that can't be told
 */
export async function findBox(
	bytes: Bytes,
	type: string,
): Promise<Uint8Array | 'missing' | undefined> {
	let offset = 0;
	for (let number = 0; number < MOST_BOXES; number++) {
		const box = await boxAt(bytes, offset);
		if (box === 'missing' || box === undefined) return box;
		if (box.type === type) {
			const length = box.to - box.from;
			if (length <= 0 || length > MOST_INDEX) return undefined;
			const content = await bytes.at(box.from, length);
			return content ?? (bytes.size !== undefined && box.to > bytes.size ? 'missing' : undefined);
		}
		offset = box.to;
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

/** A box within boxes. */
export function descend(bytes: Uint8Array, from: Box, ...types: string[]): Box | undefined {
	let box: Box | undefined = from;
	for (const type of types) box = box && ofType(boxesIn(bytes, box), type);
	return box;
}

/** What a track has: `vide`, `soun` …; undefined where that can't be told. */
export function kindOf(index: Uint8Array, track: Box): string | undefined {
	const handler = descend(index, track, 'mdia', 'hdlr');
	return handler && handler.from + 12 <= handler.to ? textIn(index, handler.from + 8) : undefined;
}

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
