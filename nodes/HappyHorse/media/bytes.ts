/** A file's bytes, as far as they are needed. */
export interface Bytes {
	/** The whole file's size, where that is known; at the latest once its end was read. */
	readonly size?: number;
	/**
	 * Some bytes; offsets may only grow from call to call.
	 *
	 * @returns undefined where the file ends before, or they can't be had
	 */
	at(offset: number, length: number): Promise<Uint8Array | undefined>;
}

/** Bytes of a stream. What lies before the last offset that was asked for is not kept. */
export class StreamBytes implements Bytes {
	private readonly chunks: AsyncIterator<Uint8Array>;

	private kept: Uint8Array = new Uint8Array();

	/** Where `kept` begins in the file. */
	private start = 0;

	constructor(
		stream: AsyncIterable<Uint8Array>,
		public size?: number,
	) {
		this.chunks = stream[Symbol.asyncIterator]();
	}

	async at(offset: number, length: number): Promise<Uint8Array | undefined> {
		if (offset < this.start) return undefined;
		this.forgetBefore(offset);
		// put together once, however many pieces it comes in
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
		this.kept = joined(pieces);
		this.forgetBefore(offset);
		return this.kept.length < length ? undefined : this.kept.subarray(0, length);
	}

	/** Yields the bytes of a range in the pieces that they come in; ends early if the file does. */
	async *range(from: number, to: number): AsyncGenerator<Uint8Array> {
		for (let at = from; at < to && (await this.at(at, 1)); ) {
			const piece = this.kept.subarray(0, to - at);
			at += piece.length;
			yield piece;
		}
	}

	/** Lets go of the stream, whose rest is not needed. */
	async close(): Promise<void> {
		await this.chunks.return?.();
	}

	private forgetBefore(offset: number): void {
		const useless = Math.min(offset - this.start, this.kept.length);
		this.kept = this.kept.subarray(useless);
		this.start += useless;
	}
}

function joined(pieces: Uint8Array[]): Uint8Array {
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

/** Numbers in some bytes. */
export const view = (bytes: Uint8Array) =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The text that stands in some bytes, such as the four letters of a part's type. */
export const textIn = (bytes: Uint8Array, from: number, length = 4) =>
	String.fromCharCode(...bytes.subarray(from, from + length));
