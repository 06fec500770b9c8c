import type { Bytes } from './bytes';
import { textIn, view } from './bytes';

/** Box of an MP4 or MOV file: its content is at `from` to `to` (exclusive) in the bytes that it was found in. */
export interface Box {
	type: string;
	from: number;
	to: number;
}

/** Bytes of an index to read; a one-minute clip's has some tens of kilobytes. */
export const MAX_INDEX_BYTES = 8 * 1024 * 1024;
const MAX_BOXES = 10_000;

/**
 * Reads the header of the box at an offset of a file, without its content.
 *
 * @returns `missing` if the file ends before it, undefined if that can't be determined
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
		// size 0 means that the box extends to the end of the file
		size = (bytes.size ?? 0) - offset;
	}
	if (size < headerSize || !Number.isSafeInteger(offset + size)) return undefined;
	return { type: textIn(header, 4), from: offset + headerSize, to: offset + size };
}

/**
 * Finds a top-level box and reads its content.
 *
 * @returns `missing` if the file ends without it, undefined if that can't be determined
 */
export async function findBox(
	bytes: Bytes,
	type: string,
): Promise<Uint8Array | 'missing' | undefined> {
	let offset = 0;
	for (let number = 0; number < MAX_BOXES; number++) {
		const box = await boxAt(bytes, offset);
		if (box === 'missing' || box === undefined) return box;
		if (box.type === type) {
			const length = box.to - box.from;
			if (length <= 0 || length > MAX_INDEX_BYTES) return undefined;
			const content = await bytes.at(box.from, length);
			return content ?? (bytes.size !== undefined && box.to > bytes.size ? 'missing' : undefined);
		}
		offset = box.to;
	}
	return undefined;
}

/** Lists the boxes within a box, up to the first malformed one. */
export function boxesIn(bytes: Uint8Array, { from, to }: Box): Box[] {
	const boxes: Box[] = [];
	const data = view(bytes);
	for (let at = from; at + 8 <= to && boxes.length < MAX_BOXES; ) {
		const size = data.getUint32(at);
		if (size < 8 || at + size > to) break;
		boxes.push({ type: textIn(bytes, at + 4), from: at + 8, to: at + size });
		at += size;
	}
	return boxes;
}

/** Checks that a box's children fill it completely, so that none was skipped as malformed. */
export const isWhole = (boxes: Box[], { to }: Box) => boxes[boxes.length - 1]?.to === to;

export const ofType = (boxes: Box[], type: string) => boxes.find((box) => box.type === type);

/** Follows a path of nested boxes. */
export function descend(bytes: Uint8Array, from: Box, ...types: string[]): Box | undefined {
	let box: Box | undefined = from;
	for (const type of types) box = box && ofType(boxesIn(bytes, box), type);
	return box;
}

/** Reads a track's handler type, such as `vide` or `soun`. */
export function kindOf(index: Uint8Array, track: Box): string | undefined {
	const handler = descend(index, track, 'mdia', 'hdlr');
	return handler && handler.from + 12 <= handler.to ? textIn(index, handler.from + 8) : undefined;
}

/** Reads ticks per second and duration from a `mvhd` or `mdhd` box, as far as it has them. */
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
	// fragmented files have 0, files of unknown duration the largest number
	const isKnown = ticks > 0 && ticks !== 0xffffffff && Number.isSafeInteger(ticks);
	return { timescale, ...(isKnown && { seconds: ticks / timescale }) };
}

/**
 * Reads a duration in the movie's ticks: a track's edits from an `elst` box, or all fragments from a `mehd` box.
 *
 * @returns undefined without a box or a usable value
 */
export function playedTicks(bytes: Uint8Array, box: Box | undefined): number | undefined {
	if (!box || box.from + 8 > box.to) return undefined;
	const data = view(bytes);
	const isLong = data.getUint8(box.from) === 1;
	const ticksAt = (at: number) => (isLong ? Number(data.getBigUint64(at)) : data.getUint32(at));
	if (box.type === 'mehd')
		return box.from + (isLong ? 12 : 8) > box.to ? undefined : ticksAt(box.from + 4) || undefined;
	const entry = isLong ? 20 : 12;
	const room = Math.floor((box.to - box.from - 8) / entry);
	const entries = Math.min(data.getUint32(box.from + 4), room);
	let played = 0;
	for (let number = 0; number < entries; number++) {
		const at = box.from + 8 + number * entry;
		const start = isLong ? Number(data.getBigInt64(at + 8)) : data.getInt32(at + 4);
		// a start of -1 marks an empty edit: a pause before the picture
		if (start >= 0) played += ticksAt(at);
	}
	return played > 0 && Number.isSafeInteger(played) ? played : undefined;
}

/**
 * Finds the picture that players show: the largest of the enabled tracks. A phone's motion photo has a small disabled one
 * before it.
 */
export function mainPicture(index: Uint8Array, tracks: Box[]): Box | undefined {
	const pictures = tracks.filter((track) => kindOf(index, track) === 'vide');
	const enabled = pictures.filter((track) => isEnabled(index, track));
	const pixelsOf = (track: Box) => {
		const { width = 0, height = 0 } = sizeOf(
			index,
			descend(index, track, 'mdia', 'minf', 'stbl', 'stsd'),
		);
		return width * height;
	};
	const [first, ...others] = enabled.length > 0 ? enabled : pictures;
	return others.reduce((best, track) => (pixelsOf(track) > pixelsOf(best) ? track : best), first);
}

/** Reads the flag by which a track's header (`tkhd`) enables it. */
export function isEnabled(index: Uint8Array, track: Box): boolean {
	const header = descend(index, track, 'tkhd');
	return header !== undefined && header.from + 4 <= header.to && (index[header.from + 3] & 1) === 1;
}

/** Counts the frames in a `stts` box, and finds the ticks of the shortest one but the last, whose length is often made up. */
export function framesOf(
	bytes: Uint8Array,
	box: Box | undefined,
): { frames: number; shortest?: number } {
	if (!box || box.from + 8 > box.to) return { frames: 0 };
	const data = view(bytes);
	const room = Math.floor((box.to - box.from - 8) / 8);
	const entries = Math.min(data.getUint32(box.from + 4), room);
	let frames = 0;
	let shortest: number | undefined;
	for (let entry = 0; entry < entries; entry++) {
		const at = box.from + 8 + entry * 8;
		const [count, ticks] = [data.getUint32(at), data.getUint32(at + 4)];
		frames += count;
		if (ticks > 0 && (count > 1 || entry + 1 < entries))
			shortest = Math.min(ticks, shortest ?? ticks);
	}
	return { frames, shortest };
}

/** Reads width and height in pixels from a `stsd` box's first entry. */
export function sizeOf(
	bytes: Uint8Array,
	box: Box | undefined,
): { width?: number; height?: number } {
	const at = (box?.from ?? 0) + 8 + 32;
	if (!box || at + 4 > box.to) return {};
	return { width: view(bytes).getUint16(at), height: view(bytes).getUint16(at + 2) };
}
