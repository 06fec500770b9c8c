/** A file's bytes, as far as they are needed. */
export interface Bytes {
	/** The whole file's size, where that is known. */
	size?: number;
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
		readonly size?: number,
	) {
		this.chunks = stream[Symbol.asyncIterator]();
	}

	async at(offset: number, length: number): Promise<Uint8Array | undefined> {
		if (offset < this.start) return undefined;
		while (this.start + this.kept.length < offset + length) {
			const { done, value } = await this.chunks.next();
			if (done) return undefined;
			this.keep(offset, value);
		}
		const from = offset - this.start;
		return this.kept.subarray(from, from + length);
	}

	private keep(offset: number, chunk: Uint8Array): void {
		const useless = Math.min(Math.max(offset - this.start, 0), this.kept.length);
		const rest = this.kept.subarray(useless);
		this.start += useless;
		if (rest.length === 0) {
			this.kept = chunk;
			return;
		}
		this.kept = new Uint8Array(rest.length + chunk.length);
		this.kept.set(rest);
		this.kept.set(chunk, rest.length);
	}
}
