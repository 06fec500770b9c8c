import type { Bytes } from './bytes';

/** What can be told of a clip from its index. */
export interface ClipFacts {
	format: string;
	/** Seconds. */
	duration?: number;
	/** Frames a second, on average. */
	frameRate?: number;
	/** Pixels. */
	width?: number;
	height?: number;
}

/** Bytes of an index to take in; that of a minute's clip has some tens of kilobytes. */
const MOST_INDEX = 8 * 1024 * 1024;
const MOST_BOXES = 10_000;

interface Box {
	type: string;
	/** Where the content begins and ends, in the bytes that the box was found in. */
	from: number;
	to: number;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const typeAt = (bytes: Uint8Array, at: number) =>
	String.fromCharCode(...bytes.subarray(at, at + 4));

/** How files begin that are MOV without saying so. */
const OLD_MOV = ['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];

/** What else there may be under a video's name. */
const OTHERS: Array<[string, (head: Uint8Array) => boolean]> = [
	['WEBM or MKV', (head) => view(head).getUint32(0) === 0x1a45dfa3],
	['AVI', (head) => typeAt(head, 0) === 'RIFF' && typeAt(head, 8) === 'AVI '],
	['GIF', (head) => typeAt(head, 0) === 'GIF8'],
	['FLV', (head) => typeAt(head, 0).startsWith('FLV')],
	['a web page', (head) => /^<(!do|htm)/i.test(typeAt(head, 0))],
];

/**
 * What a clip is, by its content and not by its name.
 *
 * @returns undefined where its first bytes can't be had
 */
export async function readClip(bytes: Bytes): Promise<ClipFacts | undefined> {
	const head = await bytes.at(0, 12);
	if (!head) return undefined;
	const format = formatOf(head);
	if (format !== 'MP4' && format !== 'MOV') return { format };
	const index = await findIndex(bytes);
	return { format, ...(index && factsOf(index)) };
}

function formatOf(head: Uint8Array): string {
	const type = typeAt(head, 4);
	if (type === 'ftyp') {
		const brand = typeAt(head, 8);
		if (brand === 'qt  ') return 'MOV';
		return /^(avi[fs]|hei|mif)/.test(brand) ? 'a picture' : 'MP4';
	}
	if (OLD_MOV.includes(type)) return 'MOV';
	return OTHERS.find(([, matches]) => matches(head))?.[0] ?? 'unknown';
}

/** The content of the file's `moov` box, wherever it stands. */
async function findIndex(bytes: Bytes): Promise<Uint8Array | undefined> {
	let offset = 0;
	for (let box = 0; box < MOST_BOXES; box++) {
		const header = await bytes.at(offset, 8);
		if (!header) return undefined;
		let size = view(header).getUint32(0);
		let headerSize = 8;
		if (size === 1) {
			const long = await bytes.at(offset + 8, 8);
			if (!long) return undefined;
			size = Number(view(long).getBigUint64(0));
			headerSize = 16;
		}
		if (typeAt(header, 4) === 'moov') {
			// the last box may go on to the file's end without saying how far that is
			const length = (size === 0 ? (bytes.size ?? 0) - offset : size) - headerSize;
			if (length <= 0 || length > MOST_INDEX) return undefined;
			return await bytes.at(offset + headerSize, length);
		}
		if (size < headerSize || !Number.isSafeInteger(offset + size)) return undefined;
		offset += size;
	}
	return undefined;
}

function boxesIn(bytes: Uint8Array, { from, to }: Pick<Box, 'from' | 'to'>): Box[] {
	const boxes: Box[] = [];
	for (let at = from; at + 8 <= to && boxes.length < MOST_BOXES; ) {
		const size = view(bytes).getUint32(at);
		if (size < 8 || at + size > to) break;
		boxes.push({ type: typeAt(bytes, at + 4), from: at + 8, to: at + size });
		at += size;
	}
	return boxes;
}

const ofType = (boxes: Box[], type: string) => boxes.find((box) => box.type === type);

function factsOf(index: Uint8Array): Omit<ClipFacts, 'format'> {
	const boxes = boxesIn(index, { from: 0, to: index.length });
	const movie = ofType(boxes, 'mvhd');
	const tracks = boxes.filter(({ type }) => type === 'trak');
	const video = tracks.map((track) => videoOf(index, track)).find((track) => track !== undefined);
	return { duration: movie && secondsOf(index, movie), ...video };
}

/** Seconds of a `mvhd` or `mdhd` box; undefined where it does not tell. */
function secondsOf(bytes: Uint8Array, { from, to }: Box): number | undefined {
	const data = view(bytes);
	const isLong = from < to && data.getUint8(from) === 1;
	if (from + (isLong ? 32 : 20) > to) return undefined;
	const timescale = data.getUint32(from + (isLong ? 20 : 12));
	const ticks = isLong ? Number(data.getBigUint64(from + 24)) : data.getUint32(from + 16);
	// a file that is made of fragments says 0, and one that does not know says the largest number there is
	const isKnown = ticks > 0 && ticks !== 0xffffffff && Number.isSafeInteger(ticks);
	return isKnown && timescale > 0 ? ticks / timescale : undefined;
}

/** A track's frame rate and size, if it is a video's. */
function videoOf(
	bytes: Uint8Array,
	track: Box,
): Pick<ClipFacts, 'frameRate' | 'width' | 'height'> | undefined {
	const media = ofType(boxesIn(bytes, track), 'mdia');
	if (!media) return undefined;
	const parts = boxesIn(bytes, media);
	const handler = ofType(parts, 'hdlr');
	if (!handler || typeAt(bytes, handler.from + 8) !== 'vide') return undefined;
	const header = ofType(parts, 'mdhd');
	const seconds = header && secondsOf(bytes, header);
	const information = ofType(parts, 'minf');
	const table = information && ofType(boxesIn(bytes, information), 'stbl');
	if (!table) return {};
	const tables = boxesIn(bytes, table);
	const frames = framesOf(bytes, ofType(tables, 'stts'));
	return {
		...(seconds !== undefined && frames > 0 && { frameRate: frames / seconds }),
		...sizeOf(bytes, ofType(tables, 'stsd')),
	};
}

/** Frames that a `stts` box counts. */
function framesOf(bytes: Uint8Array, box: Box | undefined): number {
	if (!box || box.from + 8 > box.to) return 0;
	const data = view(bytes);
	const entries = data.getUint32(box.from + 4);
	let frames = 0;
	for (let entry = 0; entry < entries; entry++) {
		const at = box.from + 8 + entry * 8;
		if (at + 8 > box.to) break;
		frames += data.getUint32(at);
	}
	return frames;
}

/** Pixels of a `stsd` box's first entry. */
function sizeOf(bytes: Uint8Array, box: Box | undefined): Pick<ClipFacts, 'width' | 'height'> {
	const at = (box?.from ?? 0) + 8 + 32;
	if (!box || at + 4 > box.to) return {};
	return { width: view(bytes).getUint16(at), height: view(bytes).getUint16(at + 2) };
}
