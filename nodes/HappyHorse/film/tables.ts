import type { Box } from '../media/boxes';
import { boxesIn, ofType } from '../media/boxes';
import { view } from '../media/bytes';
import { MOST_EQUAL, MOST_SAMPLES, Samples } from './samples';
import type { Source } from './source';

/** Rows of numbers, all of which lie inside of their box; none if there is no box. */
class Table {
	readonly count: number;

	private readonly data: DataView;

	private readonly from: number;

	constructor(
		source: Source,
		index: Uint8Array,
		readonly box: Box | undefined,
		private readonly columns: number,
		head = 8,
	) {
		this.data = view(index);
		this.from = (box?.from ?? 0) + head;
		this.count = box ? this.data.getUint32(this.from - 4) : 0;
		if (box && this.from + this.count * columns * 4 > box.to) throw source.broken();
	}

	at(row: number, column = 0): number {
		return this.data.getUint32(this.from + (row * this.columns + column) * 4);
	}

	signedAt(row: number, column = 0): number {
		return this.data.getInt32(this.from + (row * this.columns + column) * 4);
	}
}

/** Samples that a track's `stbl` lists, and the number of the sample entry that describes them. */
export function readTables(
	source: Source,
	index: Uint8Array,
	stbl: Box,
): { samples: Samples; entry: number } {
	const boxes = boxesIn(index, stbl);
	const table = (type: string, columns: number) =>
		new Table(source, index, ofType(boxes, type), columns);
	const samples = readSizes(source, index, ofType(boxes, 'stsz'));
	readDecodeTimes(source, samples, table('stts', 2));
	readShifts(samples, table('ctts', 2));
	readKeys(samples, table('stss', 1));
	const short = table('stco', 1);
	const long = table('co64', 2);
	const chunks = short.box
		? { count: short.count, at: (row: number) => short.at(row) }
		: { count: long.count, at: (row: number) => long.at(row) * 2 ** 32 + long.at(row, 1) };
	return { samples, entry: readOffsets(source, samples, table('stsc', 3), chunks) };
}

function readSizes(source: Source, index: Uint8Array, box: Box | undefined): Samples {
	if (!box) return new Samples(0);
	// one size for all takes no rows
	const common = view(index).getUint32(box.from + 4);
	const count = view(index).getUint32(box.from + 8);
	if (count > (common > 0 ? MOST_EQUAL : MOST_SAMPLES)) throw tooMany(source);
	const table = common > 0 ? undefined : new Table(source, index, box, 1, 12);
	const samples = new Samples(count);
	for (let sample = 0; sample < count; sample++)
		samples.sizes[sample] = table ? table.at(sample) : common;
	return samples;
}

export const tooMany = (source: Source) =>
	source.refusal('has too many frames: it is too long to be a clip.');

function readDecodeTimes(source: Source, samples: Samples, table: Table): void {
	let sample = 0;
	let time = 0;
	for (let row = 0; row < table.count && sample < samples.count; row++) {
		const ticks = table.at(row, 1);
		for (let left = table.at(row); left > 0 && sample < samples.count; left--) {
			samples.dts[sample++] = time;
			time += ticks;
		}
	}
	if (sample < samples.count) throw source.broken();
	samples.ends = time;
}

/** Frames may be shown later than they are decoded. Old writers put negative numbers in tables for positive ones. */
function readShifts(samples: Samples, table: Table): void {
	samples.pts.set(samples.dts);
	let sample = 0;
	for (let row = 0; row < table.count && sample < samples.count; row++) {
		const ticks = table.signedAt(row, 1);
		for (let left = table.at(row); left > 0 && sample < samples.count; left--)
			samples.pts[sample++] += ticks;
	}
}

/** Without a table, decoding can begin with every sample. */
function readKeys({ keys }: Samples, table: Table): void {
	if (!table.box) keys.fill(1);
	for (let row = 0; row < table.count; row++) keys[table.at(row) - 1] = 1;
}

function readOffsets(
	source: Source,
	samples: Samples,
	runs: Table,
	chunks: { count: number; at: (row: number) => number },
): number {
	const entries = new Set<number>();
	let sample = 0;
	let run = 0;
	for (let chunk = 0; runs.count > 0 && chunk < chunks.count && sample < samples.count; chunk++) {
		while (run + 1 < runs.count && runs.at(run + 1) <= chunk + 1) run++;
		let offset = chunks.at(chunk);
		for (let left = runs.at(run, 1); left > 0 && sample < samples.count; left--) {
			samples.offsets[sample] = offset;
			offset += samples.sizes[sample++];
		}
		entries.add(runs.at(run, 2));
	}
	if (sample < samples.count) throw source.broken();
	if (entries.size > 1) throw changesEncoding(source);
	return [...entries][0] ?? 1;
}

export const changesEncoding = (source: Source) =>
	source.refusal('changes its encoding on the way. Export it again as a plain MP4.');
