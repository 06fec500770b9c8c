/** Body of known length, generated while it is sent. */
export interface Content {
	/** Bytes. */
	length: number;
	chunks(): Iterable<Buffer>;
}

export function contentOf(bytes: string | Buffer): Content {
	const buffer = Buffer.from(bytes);
	return { length: buffer.length, chunks: () => [buffer] };
}

const BOX_HEADER = 8;
/** Bytes that fit any of the videos and a box. */
const LEAST_SIZE = 100_000;
/** Largest number for a box's length, which has 32 bits. */
const MOST_SIZE = 2 ** 32 - 1;
const ZEROS = Buffer.alloc(64 * 1024);

/** @throws RangeError if no video of this many bytes can be made */
export function checkSize(bytes: number): void {
	if (!(bytes >= LEAST_SIZE && bytes <= MOST_SIZE))
		throw new RangeError(`A video of ${bytes} bytes can't be made: from ${LEAST_SIZE} to 4 GB`);
}

/**
 * Generates part of a video that is padded with a box which players skip, without holding it in memory.
 *
 * @param size of the whole file in bytes
 * @param first, end range of the part, `end` exclusive
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
