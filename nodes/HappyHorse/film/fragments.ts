import type { Box } from '../media/boxes';
import { boxesIn, descend, ofType } from '../media/boxes';
import { view } from '../media/bytes';
import type { Movie } from './movie';
import { MOST_EQUAL, MOST_SAMPLES, Samples } from './samples';
import type { Source } from './source';
import { changesEncoding, tooMany } from './tables';

/** What fragments say of each sample unless they say otherwise. */
interface Defaults {
	entry: number;
	ticks: number;
	size: number;
	flags: number;
}

const IS_NO_KEY = 0x1_0000;
/** Samples of all tracks. */
const MOST_LISTED = 4 * MOST_SAMPLES;

/** Samples of a track that its `moov` and the fragments behind it list. */
export function withFragments(
	source: Source,
	movie: Movie,
	track: number,
	{ samples, entry }: { samples: Samples; entry: number },
): { samples: Samples; entry: number } {
	const list = new List(source, samples);
	for (const { at, content } of movie.fragments) {
		const runs = boxesIn(content, whole('moof', content)).filter(({ type }) => type === 'traf');
		// a track's data may begin where that of the track before it ends
		let end = at;
		for (const run of runs) end = readRun(movie, content, run, { at, end, track, list });
	}
	const isFirst = samples.count === 0;
	if (list.entries.size > 1 || (!isFirst && [...list.entries].some((used) => used !== entry)))
		throw changesEncoding(source);
	return { samples: list.samples(), entry: isFirst ? ([...list.entries][0] ?? entry) : entry };
}

const whole = (type: string, content: Uint8Array): Box => ({ type, from: 0, to: content.length });

/** Samples that are added one by one. */
class List {
	readonly entries = new Set<number>();

	/** Tick at which the next one is decoded. */
	time: number;

	/** Five numbers for each sample; millions of small arrays would take several times the memory. */
	private readonly numbers: number[] = [];

	private room = MOST_LISTED;

	constructor(
		readonly source: Source,
		private readonly first: Samples,
	) {
		this.time = first.ends;
	}

	/** Refuses fragments that count more samples, of whichever track, than a clip could have. */
	expect(count: number): void {
		this.room -= count;
		if (this.room < 0) throw tooMany(this.source);
	}

	add(offset: number, size: number, ticks: number, shift: number, isKey: boolean): void {
		this.numbers.push(offset, size, this.time, this.time + shift, isKey ? 1 : 0);
		if (this.first.count + this.numbers.length / 5 > MOST_SAMPLES) throw tooMany(this.source);
		this.time += ticks;
	}

	samples(): Samples {
		const { first, numbers } = this;
		const all = new Samples(first.count + numbers.length / 5);
		for (const column of ['offsets', 'sizes', 'dts', 'pts', 'keys'] as const)
			all[column].set(first[column]);
		for (let at = first.count, from = 0; at < all.count; at++) {
			all.offsets[at] = numbers[from++];
			all.sizes[at] = numbers[from++];
			all.dts[at] = numbers[from++];
			all.pts[at] = numbers[from++];
			all.keys[at] = numbers[from++];
		}
		all.ends = this.time;
		return all;
	}
}

/** Reads one track's part of a fragment; returns the byte behind its data. */
function readRun(
	movie: Movie,
	content: Uint8Array,
	traf: Box,
	{ at, end, track, list }: { at: number; end: number; track: number; list: List },
): number {
	const boxes = boxesIn(content, traf);
	const header = ofType(boxes, 'tfhd');
	if (!header) throw list.source.broken();
	const fields = new Fields(content, header);
	const id = fields.next();
	const base = fields.flags & 0x1 ? fields.nextLong() : fields.flags & 0x2_0000 ? at : end;
	const usual = defaultsOf(movie, id);
	const defaults = {
		entry: fields.flags & 0x2 ? fields.next() : usual.entry,
		ticks: fields.flags & 0x8 ? fields.next() : usual.ticks,
		size: fields.flags & 0x10 ? fields.next() : usual.size,
		flags: fields.flags & 0x20 ? fields.next() : usual.flags,
	};
	const time = ofType(boxes, 'tfdt');
	if (time && id === track) {
		const start = new Fields(content, time);
		list.time = start.version === 1 ? start.nextLong() : start.next();
	}
	let offset = base;
	for (const box of boxes.filter(({ type }) => type === 'trun'))
		offset = readSamples(new Fields(content, box), defaults, { base, offset }, id === track, list);
	return offset;
}

function readSamples(
	fields: Fields,
	defaults: Defaults,
	{ base, offset }: { base: number; offset: number },
	isWanted: boolean,
	list: List,
): number {
	const { flags } = fields;
	const count = fields.next();
	let at = flags & 0x1 ? base + fields.nextSigned() : offset;
	const firstFlags = flags & 0x4 ? fields.next() : undefined;
	// a run that says nothing of each sample takes no room for it
	if (!(flags & 0xf00) && count > MOST_EQUAL) throw tooMany(list.source);
	list.expect(count);
	for (let sample = 0; sample < count; sample++) {
		const ticks = flags & 0x100 ? fields.next() : defaults.ticks;
		const size = flags & 0x200 ? fields.next() : defaults.size;
		const own = flags & 0x400 ? fields.next() : defaults.flags;
		const shift = flags & 0x800 ? fields.nextSigned() : 0;
		const state = sample === 0 && firstFlags !== undefined ? firstFlags : own;
		if (isWanted) list.add(at, size, ticks, shift, (state & IS_NO_KEY) === 0);
		at += size;
	}
	if (isWanted && count > 0) list.entries.add(defaults.entry);
	return at;
}

function defaultsOf({ index }: Movie, track: number): Defaults {
	const box = descend(index, whole('moov', index), 'mvex');
	for (const trex of box ? boxesIn(index, box).filter(({ type }) => type === 'trex') : []) {
		const fields = new Fields(index, trex);
		if (fields.next() === track)
			return {
				entry: fields.next(),
				ticks: fields.next(),
				size: fields.next(),
				flags: fields.next(),
			};
	}
	return { entry: 1, ticks: 0, size: 0, flags: 0 };
}

/** Numbers of a box, one behind the other. */
class Fields {
	readonly version: number;

	readonly flags: number;

	private readonly data: DataView;

	private at = 4;

	constructor(content: Uint8Array, { from, to }: Box) {
		this.data = view(content.subarray(from, to));
		this.version = this.data.getUint8(0);
		this.flags = this.data.getUint32(0) & 0xff_ffff;
	}

	next(): number {
		this.at += 4;
		return this.data.getUint32(this.at - 4);
	}

	nextSigned(): number {
		return this.next() | 0;
	}

	nextLong(): number {
		return this.next() * 2 ** 32 + this.next();
	}
}
