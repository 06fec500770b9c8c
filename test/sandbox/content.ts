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

const BOX_HEADER = 8;
/** In this many bytes there is room for any of the videos and a box. */
const LEAST_SIZE = 100_000;
/** A box's length is a 32-bit number. */
const MOST_SIZE = 2 ** 32 - 1;
const ZEROS = Buffer.alloc(64 * 1024);

/** @throws RangeError if no video of this many bytes can be made */
export function checkSize(bytes: number): void {
	if (!(bytes >= LEAST_SIZE && bytes <= MOST_SIZE))
		throw new RangeError(`A video of ${bytes} bytes can't be made: from ${LEAST_SIZE} to 4 GB`);
}

/**
 * Part of a video, grown by a box that players skip. It is never in memory as a whole.
 *
 * @param size of the whole file in bytes
 * @param first, end the part's first byte, and the one behind its last
 */
export function videoContent(video: Buffer, size: number, first = 0, end = size): Content {
	const box = Buffer.alloc(size > video.length ? BOX_HEADER : 0);
	if (box.length > 0) {
		box.writeUInt32BE(size - video.length);
		box.write('free', 4);
	}
	const head = Buffer.concat([video, box]);
	return {
		length: end - first,
		*chunks() {
			if (first < head.length) yield head.subarray(first, end);
			let left = end - Math.max(first, head.length);
			for (; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
		},
	};
}
