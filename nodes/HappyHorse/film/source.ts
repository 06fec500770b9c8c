import { StreamBytes } from '../media/bytes';

/** A file to make a film from. */
export interface FilmInput {
	/** Begins the sentences about the file, such as "Clip 2". */
	name: string;
	/** Bytes, if known: a file that is cut off is then refused before anything is written. */
	size?: number;
	/** Reads the file from its beginning: once for its index, and again for its media data. */
	open(): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/** Says why a file can't be used, in a sentence for users. Thrown before anything is written, or for a file that ends while it is copied. */
export class Refusal extends Error {
	constructor(
		/** The file's place among the inputs, counted from 1. */
		readonly clip: number,
		readonly reason: string,
	) {
		super(reason);
		this.name = 'Refusal';
	}
}

/** An input by its place among the others. */
export class Source {
	constructor(
		private readonly input: FilmInput,
		private readonly clip: number,
	) {}

	get size(): number | undefined {
		return this.input.size;
	}

	async open(): Promise<StreamBytes> {
		return new StreamBytes(await this.input.open(), this.input.size);
	}

	/** A refusal whose sentences begin with the file's name. */
	refusal(predicate: string): Refusal {
		return new Refusal(this.clip, `${this.input.name} ${predicate}`);
	}

	broken(): Refusal {
		return this.refusal('has a damaged index. Download or export it again.');
	}

	cutOff(): Refusal {
		return this.refusal('is cut off: the file ends too early. Download or export it again.');
	}

	/** Reading past the end of a box means that the index lies; everything else stays what it is. */
	refusalFor(cause: Error): Error {
		return cause instanceof RangeError ? this.broken() : cause;
	}
}
