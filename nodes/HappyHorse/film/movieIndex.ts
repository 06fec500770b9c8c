import { box, fullBox, joined, table, text, u16, u32, u64 } from './boxWriter';
import type { Content } from './boxWriter';
import type { SoundFormat } from './aac';
import type { Samples } from './samples';

/** A track of the film. */
export interface FilmTrack {
	kind: 'vide' | 'soun';
	/** Ticks a second. */
	timescale: number;
	samples: Samples;
	/** Byte of the media data at which each sample begins. */
	offsets: Float64Array;
	/** Ticks from which, and for how long, it is shown. */
	lead: number;
	length: number;
	/** Sample entry. */
	entry: Uint8Array;
	/** How it is turned, and its size; numbers of 16 and 16 bits. */
	matrix: Uint8Array;
	size: Uint8Array;
	language: number;
}

const LARGEST = 2 ** 32 - 1;
/** Samples that stand in one chunk at most; some players read a chunk at once. */
const MOST_IN_CHUNK = 64;

/** Number that takes 4 bytes, or 8 in boxes of version 1. */
const sized = (isLong: boolean) => (isLong ? u64 : u32);

/** `moov` of the film; the media data begins at a byte of the file. */
export function movieIndex(
	tracks: FilmTrack[],
	timescale: number,
	labels: Uint8Array[],
	dataAt: number,
): Uint8Array {
	const lengths = tracks.map((track) => Math.round((track.length / track.timescale) * timescale));
	const longest = Math.max(...lengths);
	const isLong = longest > LARGEST;
	const time = sized(isLong);
	const header = fullBox(
		'mvhd',
		isLong ? 1 : 0,
		0,
		[...time(0), ...time(0), ...u32(timescale), ...time(longest)],
		// normal speed, full volume, reserved
		[...u32(0x1_0000), ...u16(0x100), ...u16(0), ...u64(0)],
		UPRIGHT,
		new Uint8Array(24),
		u32(tracks.length + 1),
	);
	const boxes = tracks.map((track, number) => trackBox(track, number + 1, lengths[number], dataAt));
	return box('moov', header, ...boxes, ...labels);
}

/** Matrix that turns nothing. */
export const UPRIGHT = joined(
	[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000].map((number) => u32(number)),
);

function trackBox(track: FilmTrack, id: number, length: number, dataAt: number): Uint8Array {
	const isSound = track.kind === 'soun';
	const isLong = Math.max(length, track.lead) > LARGEST;
	const time = sized(isLong);
	const version = isLong ? 1 : 0;
	return box(
		'trak',
		fullBox(
			'tkhd',
			version,
			// enabled, and part of the film
			3,
			[...time(0), ...time(0), ...u32(id), ...u32(0), ...time(length)],
			[...u64(0), ...u16(0), ...u16(isSound ? 1 : 0), ...u16(isSound ? 0x100 : 0), ...u16(0)],
			track.matrix,
			track.size,
		),
		box(
			'edts',
			fullBox('elst', version, 0, [
				...[...u32(1), ...time(length), ...time(track.lead)],
				...[...u16(1), ...u16(0)],
			]),
		),
		mediaBox(track, dataAt),
	);
}

function mediaBox(track: FilmTrack, dataAt: number): Uint8Array {
	const { kind, timescale, samples, language } = track;
	const isLong = samples.ends > LARGEST;
	const time = sized(isLong);
	const name = kind === 'vide' ? 'VideoHandler' : 'SoundHandler';
	return box(
		'mdia',
		fullBox('mdhd', isLong ? 1 : 0, 0, [
			...[...time(0), ...time(0), ...u32(timescale), ...time(samples.ends)],
			...[...u16(language), ...u16(0)],
		]),
		fullBox('hdlr', 0, 0, u32(0), text(kind), new Uint8Array(12), text(`${name}\0`)),
		box(
			'minf',
			kind === 'vide'
				? fullBox('vmhd', 0, 1, new Uint8Array(8))
				: fullBox('smhd', 0, 0, new Uint8Array(4)),
			// everything is in this file
			box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
			box('stbl', fullBox('stsd', 0, 0, u32(1), track.entry), ...tablesOf(track, dataAt)),
		),
	);
}

function tablesOf({ samples, offsets, kind }: FilmTrack, dataAt: number): Uint8Array[] {
	const { dts, pts, keys, sizes, count, ends } = samples;
	const ticks = (sample: number) => (sample + 1 < count ? dts[sample + 1] : ends) - dts[sample];
	const shift = (sample: number) => pts[sample] - dts[sample];
	const keyNumbers = Array.from(keys, (key, sample) => (key ? sample + 1 : 0)).filter(Boolean);
	const tables = [fullBox('stts', 0, 0, ...table(runs(count, ticks), 2))];
	if (keyNumbers.length < count) tables.push(fullBox('stss', 0, 0, ...table(keyNumbers, 1)));
	if (kind === 'vide' && pts.some((time, sample) => time !== dts[sample]))
		tables.push(fullBox('ctts', 0, 0, ...table(runs(count, shift), 2)));
	const chunks = chunksOf(samples, offsets);
	const starts = chunks.map(({ offset }) => offset + dataAt);
	const isLong = starts.some((offset) => offset > LARGEST);
	const chunkRuns = chunks.flatMap(({ length }, chunk) =>
		length === chunks[chunk - 1]?.length ? [] : [chunk + 1, length, 1],
	);
	return [
		...tables,
		fullBox('stsc', 0, 0, ...table(chunkRuns, 3)),
		fullBox('stsz', 0, 0, ...table(Array.from(sizes), 1, u32(0))),
		isLong
			? fullBox('co64', 0, 0, ...table(starts.flatMap(halves), 2))
			: fullBox('stco', 0, 0, ...table(starts, 1)),
	];
}

const halves = (number: number) => [Math.floor(number / 2 ** 32), number % 2 ** 32];

/** Counts how often a value comes in a row: pairs of count and value. */
function runs(count: number, valueOf: (sample: number) => number): number[] {
	const pairs: number[] = [];
	for (let sample = 0; sample < count; sample++) {
		const value = valueOf(sample);
		if (pairs.length > 0 && pairs[pairs.length - 1] === value) pairs[pairs.length - 2]++;
		else pairs.push(1, value);
	}
	return pairs;
}

/** Samples that stand one behind the other. */
function chunksOf(
	{ sizes, count }: Samples,
	offsets: Float64Array,
): Array<{ offset: number; length: number }> {
	const chunks: Array<{ offset: number; length: number }> = [];
	for (let sample = 0; sample < count; sample++) {
		const chunk = chunks[chunks.length - 1];
		const isNext = sample > 0 && offsets[sample] === offsets[sample - 1] + sizes[sample - 1];
		if (chunk && isNext && chunk.length < MOST_IN_CHUNK) chunk.length++;
		else chunks.push({ offset: offsets[sample], length: 1 });
	}
	return chunks;
}

/** Sample entry of AAC. */
export function soundEntry({ config, channels, rate }: SoundFormat, bitRate: number): Uint8Array {
	const descriptor = (tag: number, ...parts: Content[]) => {
		const content = joined(parts);
		return joined([
			[tag, 0x80, 0x80, 0x80 | (content.length >> 7), content.length & 0x7f],
			content,
		]);
	};
	const decoder = descriptor(
		0x04,
		// AAC, a stream of sound, no size of a buffer; the highest and the mean bit rate
		[0x40, 0x15, 0, 0, 0, ...u32(bitRate), ...u32(bitRate)],
		descriptor(0x05, config),
	);
	const stream = descriptor(0x03, [...u16(0), 0], decoder, descriptor(0x06, [2]));
	return box(
		'mp4a',
		[
			...new Uint8Array(6),
			...u16(1),
			...u64(0),
			...u16(channels === 7 ? 8 : channels || 2),
			...u16(16),
		],
		[...u32(0), ...u16(rate < 0x1_0000 ? rate : 0), ...u16(0)],
		fullBox('esds', 0, 0, stream),
	);
}
