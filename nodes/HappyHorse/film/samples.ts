/** Frames or packets of sound in decoding order, each by its place in a table; times count in ticks. */
export class Samples {
	/** Byte of the file at which each begins. */
	readonly offsets: Float64Array;

	readonly sizes: Uint32Array;

	/** Ticks at which each is decoded. */
	readonly dts: Float64Array;

	/** Ticks at which each is shown or heard. */
	readonly pts: Float64Array;

	/** 1 for those that decoding can begin with. */
	readonly keys: Uint8Array;

	/** Tick at which the last one's time to decode ends. */
	ends = 0;

	constructor(readonly count: number) {
		this.offsets = new Float64Array(count);
		this.sizes = new Uint32Array(count);
		this.dts = new Float64Array(count);
		this.pts = new Float64Array(count);
		this.keys = new Uint8Array(count);
	}

	/** Copies of some of them. */
	pick(numbers: number[]): Samples {
		const picked = new Samples(numbers.length);
		numbers.forEach((number, at) => {
			picked.offsets[at] = this.offsets[number];
			picked.sizes[at] = this.sizes[number];
			picked.dts[at] = this.dts[number];
			picked.pts[at] = this.pts[number];
			picked.keys[at] = this.keys[number];
		});
		const last = numbers[numbers.length - 1] ?? -1;
		picked.ends = last + 1 < this.count ? this.dts[last + 1] : this.ends;
		return picked;
	}
}

/** Samples of a file at most: three hours of sound, or nine of a picture. */
export const MOST_SAMPLES = 1_000_000;
/** Samples of one table that states one size for all, and so takes no room for each. */
export const MOST_EQUAL = 200_000;
