import type { Bytes } from './bytes';
import { textIn, view } from './bytes';
import { formatOf, HEAD } from './formats';

/** Properties of an image, from its first bytes. */
export interface ImageFacts {
	format: string;
	/** Pixels. */
	width?: number;
	height?: number;
	/** Reason why it is unusable whatever its measures, as the end of a sentence. */
	defect?: string;
}

type Size = Pick<ImageFacts, 'width' | 'height' | 'defect'>;

/** Segments to search before giving up; photographs have tens of them before the frame. */
const MAX_JPEG_SEGMENTS = 1_000;

const CUT_OFF: Size = { defect: 'the file is cut off: it ends before its picture begins' };

/**
 * Reads an image's properties from its content, whatever its name.
 *
 * @returns undefined if its first bytes can't be read
 */
export async function readImage(bytes: Bytes): Promise<ImageFacts | undefined> {
	const head = await bytes.at(0, HEAD);
	if (!head) return undefined;
	const format = formatOf(head);
	if (format === 'PNG') return { format, ...pngSize(head) };
	if (format === 'WEBP') return { format, ...webpSize(head) };
	if (format === 'JPEG') return { format, ...(await jpegSize(bytes)) };
	return { format };
}

function pngSize(head: Uint8Array): Size {
	if (textIn(head, 12) !== 'IHDR') return {};
	return { width: view(head).getUint32(16), height: view(head).getUint32(20) };
}

function webpSize(head: Uint8Array): Size {
	const data = view(head);
	const kind = textIn(head, 12);
	if (kind === 'VP8 ')
		return { width: data.getUint16(26, true) & 0x3fff, height: data.getUint16(28, true) & 0x3fff };
	if (kind === 'VP8L') {
		const bits = data.getUint32(21, true);
		return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
	}
	if (kind !== 'VP8X') return {};
	const uint24 = (at: number) => data.getUint16(at, true) + (head[at + 2] << 16);
	return { width: uint24(24) + 1, height: uint24(27) + 1 };
}

/** Matches markers of frames; the three excluded ones mean something else. */
const isFrame = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Matches markers that no length follows. */
const isStandalone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

async function jpegSize(bytes: Bytes): Promise<Size> {
	const missing = (end: number): Size =>
		bytes.size !== undefined && end > bytes.size ? CUT_OFF : {};
	let offset = 2;
	for (let segment = 0; segment < MAX_JPEG_SEGMENTS; segment++) {
		const start = await bytes.at(offset, 2);
		if (!start) return missing(offset + 2);
		const [first, marker] = start;
		if (first !== 0xff) return {};
		if (marker === 0xff) offset += 1;
		else if (isStandalone(marker)) offset += 2;
		else if (isFrame(marker)) {
			const frame = await bytes.at(offset + 2, 7);
			if (!frame) return missing(offset + 9);
			return { height: view(frame).getUint16(3), width: view(frame).getUint16(5) };
		} else {
			if (marker === 0xda || marker === 0xd9) return {};
			const length = await bytes.at(offset + 2, 2);
			if (!length) return missing(offset + 4);
			offset += 2 + Math.max(view(length).getUint16(0), 2);
		}
	}
	return {};
}
