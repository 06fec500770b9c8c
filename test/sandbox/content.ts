/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A body of known length, made while it is sent. */
export interface Content {
	/** Bytes. */
	length: number;
	chunks(): Iterable<Buffer>;
}

/** A body that is at hand. */
export function contentOf(bytes: string | Buffer): Content {
	const buffer = Buffer.from(bytes);
	return { length: buffer.length, chunks: () => [buffer] };
}

/** Three seconds of a horse at a gallop along a beach, with sound, drawn by `npm run scene`. */
export const VIDEO = readFileSync(join(__dirname, 'video.mp4'));

const BOX_HEADER = 8;
/** A box's length is a 32-bit number. */
const LARGEST_BOX = 2 ** 32 - 1;
const ZEROS = Buffer.alloc(64 * 1024);

/** @throws RangeError if no video of this many bytes can be made */
export function checkSize(bytes: number): void {
	const padding = bytes - VIDEO.length;
	if (padding !== 0 && !(padding >= BOX_HEADER && padding <= LARGEST_BOX))
		throw new RangeError(
			`A video of ${bytes} bytes can't be made: ${VIDEO.length}, or from ${VIDEO.length + BOX_HEADER} to 4 GB`,
		);
}

/**
 * Part of the video, grown by a box that players skip. It is never in memory as a whole.
 *
 * @param size of the whole file in bytes
 * @param first, end the part's first byte, and the one behind its last
 */
export function videoContent(size: number, first = 0, end = size): Content {
	const box = Buffer.alloc(size > VIDEO.length ? BOX_HEADER : 0);
	if (box.length > 0) {
		box.writeUInt32BE(size - VIDEO.length);
		box.write('free', 4);
	}
	const head = Buffer.concat([VIDEO, box]);
	return {
		length: end - first,
		*chunks() {
			if (first < head.length) yield head.subarray(first, end);
			let left = end - Math.max(first, head.length);
			for (; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
		},
	};
}
