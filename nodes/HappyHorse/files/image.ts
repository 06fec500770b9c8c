import type { Bytes } from './bytes';

/** What can be told of an image from its first bytes. */
export interface ImageFacts {
	format: string;
	/** Pixels, where they could be found. */
	width?: number;
	height?: number;
}

type Size = Pick<ImageFacts, 'width' | 'height'>;

/** Segments of a JPEG to look through: photographs have tens of them before the one that counts. */
const MOST_SEGMENTS = 1_000;

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const text = (bytes: Uint8Array, from: number, to: number) =>
	String.fromCharCode(...bytes.subarray(from, to));

/** Formats by how their files begin; those that the service does not take are named for messages. */
const SIGNATURES: Array<[string, (head: Uint8Array) => boolean]> = [
	['JPEG', (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff],
	['PNG', (head) => text(head, 0, 8) === '\x89PNG\r\n\x1a\n'],
	['WEBP', (head) => text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP'],
	['GIF', (head) => text(head, 0, 4) === 'GIF8'],
	['BMP', (head) => text(head, 0, 2) === 'BM'],
	['TIFF', (head) => ['II*\0', 'MM\0*'].includes(text(head, 0, 4))],
	['AVIF', (head) => /^ftypavi[fs]/.test(text(head, 4, 12))],
	['HEIC', (head) => /^ftyp(hei|mif)/.test(text(head, 4, 12))],
	['a video', (head) => text(head, 4, 8) === 'ftyp'],
	['PDF', (head) => text(head, 0, 4) === '%PDF'],
	['SVG or XML', (head) => /^<(\?xml|svg)/.test(text(head, 0, 5))],
	['a web page', (head) => /^<(!doc|html)/i.test(text(head, 0, 5))],
];

const HEAD = 30;

/**
 * What an image is, by its content and not by its name.
 *
 * @returns undefined where its first bytes can't be had
 */
export async function readImage(bytes: Bytes): Promise<ImageFacts | undefined> {
	const head = await bytes.at(0, HEAD);
	if (!head) return undefined;
	const format = SIGNATURES.find(([, matches]) => matches(head))?.[0] ?? 'unknown';
	if (format === 'PNG') return { format, ...pngSize(head) };
	if (format === 'WEBP') return { format, ...webpSize(head) };
	if (format === 'JPEG') return { format, ...(await jpegSize(bytes)) };
	return { format };
}

function pngSize(head: Uint8Array): Size {
	if (text(head, 12, 16) !== 'IHDR') return {};
	return { width: view(head).getUint32(16), height: view(head).getUint32(20) };
}

function webpSize(head: Uint8Array): Size {
	const data = view(head);
	const kind = text(head, 12, 16);
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

/** Markers of frames; those in between mean other things. */
const isFrame = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Markers that stand alone, without a length behind them. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

async function jpegSize(bytes: Bytes): Promise<Size> {
	let offset = 2;
	for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
		const start = await bytes.at(offset, 2);
		if (start?.[0] !== 0xff) return {};
		const marker = start[1];
		if (marker === 0xff) offset += 1;
		else if (isAlone(marker)) offset += 2;
		else if (isFrame(marker)) {
			const frame = await bytes.at(offset + 2, 7);
			if (!frame) return {};
			return { height: view(frame).getUint16(3), width: view(frame).getUint16(5) };
		} else {
			const length = await bytes.at(offset + 2, 2);
			if (!length || marker === 0xda || marker === 0xd9) return {};
			offset += 2 + Math.max(view(length).getUint16(0), 2);
		}
	}
	return {};
}
