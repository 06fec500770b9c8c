/** Forward-only access to a file's bytes. */
export interface Bytes {
	/** Size of the whole file, if known; always known once the end was read. */
	readonly size?: number;
	/**
	 * Reads bytes. Offsets must not decrease from call to call.
	 *
	 * @returns undefined if the file ends earlier or can't be read
	 */
	at(offset: number, length: number): Promise<Uint8Array | undefined>;
}

/** Bytes of a stream. Discards everything before the last requested offset. */
export class StreamBytes implements Bytes {
	private readonly chunks: AsyncIterator<Uint8Array>;

	private kept: Uint8Array = new Uint8Array();

	/** Offset of `kept` in the file. */
	private start = 0;

	constructor(
		stream: AsyncIterable<Uint8Array>,
		public size?: number,
	) {
		this.chunks = stream[Symbol.asyncIterator]();
	}

	async at(offset: number, length: number): Promise<Uint8Array | undefined> {
		if (offset < this.start) return undefined;
		this.discardBefore(offset);
		// concatenated once at the end, so that many small chunks stay linear
		const pieces = [this.kept];
		let end = this.start + this.kept.length;
		while (end < offset + length) {
			const { done, value } = await this.chunks.next();
			if (done) {
				this.size = end;
				break;
			}
			end += value.length;
			if (end > offset) pieces.push(value);
			else this.start = end;
		}
		this.kept = concat(pieces);
		this.discardBefore(offset);
		return this.kept.length < length ? undefined : this.kept.subarray(0, length);
	}

	/**
	 * Bytes at an offset as they come, up to another offset; at least one.
	 *
	 * @returns undefined if the file ends before
	 */
	async piece(from: number, to: number): Promise<Uint8Array | undefined> {
		const first = await this.at(from, 1);
		return first && this.kept.subarray(0, to - from);
	}

	/** Closes the stream before its end. */
	async close(): Promise<void> {
		await this.chunks.return?.();
	}

	private discardBefore(offset: number): void {
		const useless = Math.min(offset - this.start, this.kept.length);
		this.kept = this.kept.subarray(useless);
		this.start += useless;
	}
}

function concat(pieces: Uint8Array[]): Uint8Array {
	const filled = pieces.filter(({ length }) => length > 0);
	if (filled.length <= 1) return filled[0] ?? new Uint8Array();
	const whole = new Uint8Array(filled.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const piece of filled) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}

export const view = (bytes: Uint8Array) =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads Latin-1 text, such as the four letters of a box's type. */
export const textIn = (bytes: Uint8Array, from: number, length = 4) =>
	String.fromCharCode(...bytes.subarray(from, from + length));
