import type { Box } from '../media/boxes';
import { boxesIn, descend, secondsOf } from '../media/boxes';
import { textIn, view } from '../media/bytes';
import type { SoundFormat } from './aac';
import { withFragments } from './fragments';
import type { Movie } from './movie';
import type { PictureFormat, Shape } from './picture';
import type { Samples } from './samples';
import type { Source } from './source';
import { readTables } from './tables';

/** A track of a file. */
export interface Track {
	source: Source;
	/** Ticks a second. */
	timescale: number;
	samples: Samples;
	/** Tick that is shown first, by the edit list; what stands before it is hidden. */
	starts: number;
	/** Tick by which the edit list ends what is shown. */
	stops: number;
	/** Language as `mdhd` states it. */
	language: number;
}

export interface Picture extends Track {
	format: PictureFormat;
	shape: Shape;
	/** Its first frame can't follow another clip. */
	isOpen: boolean;
}

export interface Sound extends Track {
	format: SoundFormat;
}

/** Reads a track's tables, and returns its header (`tkhd`) and the sample entry that describes its encoding beside it. */
export function readTrack(
	source: Source,
	movie: Movie,
	track: Box,
	movieTicks: number,
): { track: Track; header: Uint8Array; entry: Uint8Array } {
	const { index } = movie;
	const header = descend(index, track, 'tkhd');
	const mediaHeader = descend(index, track, 'mdia', 'mdhd');
	const stbl = descend(index, track, 'mdia', 'minf', 'stbl');
	const { timescale } = secondsOf(index, mediaHeader);
	if (!header || !mediaHeader || !stbl || !timescale) throw source.broken();
	const id = view(index).getUint32(header.from + (index[header.from] === 1 ? 20 : 12));
	const isFragmented = movie.fragments.length > 0;
	const tables = readTables(source, index, stbl);
	const { samples, entry: number } = isFragmented
		? withFragments(source, movie, id, tables)
		: tables;
	const entry = entriesOf(index, stbl)[number - 1];
	if (!entry) throw source.broken();
	checkEncrypted(source, entry);
	checkInside(source, samples);
	const edits = editsOf(index, descend(index, track, 'edts', 'elst'));
	const shown = shownOf(source, edits, timescale / movieTicks);
	const language = view(index).getUint16(mediaHeader.to - 4);
	return {
		track: { source, timescale, samples, ...shown, language },
		header: index.subarray(header.from, header.to),
		entry,
	};
}

/** Sample entries of a track, as whole boxes. */
export function entriesOf(index: Uint8Array, stbl: Box): Uint8Array[] {
	const stsd = descend(index, stbl, 'stsd');
	if (!stsd) return [];
	const boxes = boxesIn(index, { ...stsd, from: stsd.from + 8 });
	return boxes.map(({ from, to }) => index.subarray(from - 8, to));
}

/** Refuses what is copy-protected. */
export function checkEncrypted(source: Source, entry: Uint8Array): void {
	if (/^enc[av]|drm[si]$/.test(textIn(entry, 4)))
		throw source.refusal('is encrypted. Use a file without copy protection.');
}

function checkInside(source: Source, { offsets, sizes }: Samples): void {
	const end = source.size ?? Number.MAX_SAFE_INTEGER;
	offsets.forEach((offset, sample) => {
		if (!(offset >= 0)) throw source.broken();
		if (offset + sizes[sample] > end) throw source.cutOff();
	});
}

interface Edit {
	/** In the movie's ticks; 0 if it goes on to the end. */
	length: number;
	/** In the track's ticks; -1 for a pause. */
	start: number;
	isNormalSpeed: boolean;
}

/** More edits than any file has that could be used. */
const MOST_EDITS = 8;

function editsOf(index: Uint8Array, box: Box | undefined): Edit[] {
	if (!box) return [];
	const data = view(index.subarray(box.from, box.to));
	const isLong = data.getUint8(0) === 1;
	const long = (at: number) => Number(data.getBigInt64(at));
	return Array.from({ length: Math.min(data.getUint32(4), MOST_EDITS) }, (_, number) => {
		const at = 8 + number * (isLong ? 20 : 12);
		return {
			length: isLong ? long(at) : data.getUint32(at),
			start: isLong ? long(at + 8) : data.getInt32(at + 4),
			isNormalSpeed: data.getUint32(at + (isLong ? 16 : 8)) === 0x1_0000,
		};
	});
}

/** Ticks at which what is shown begins and ends; a pause before it moves the beginning ahead of the first tick. */
function shownOf(
	source: Source,
	edits: Edit[],
	ticksPerMovieTick: number,
): { starts: number; stops: number } {
	const shown = edits.filter(({ start }) => start >= 0);
	const [edit = { start: 0, length: 0, isNormalSpeed: true }] = shown;
	const isPlain = edits.slice(0, -1).every(({ start }) => start < 0) && edit.isNormalSpeed;
	if (!isPlain || shown.length > 1)
		throw source.refusal(
			'is put together of several parts by an edit list. Export it again as a plain MP4.',
		);
	const pauses = edits.filter(({ start }) => start < 0);
	const pause = pauses.reduce((sum, { length }) => sum + length, 0) * ticksPerMovieTick;
	// lengths are rounded to the movie's ticks
	const stops = edit.length > 0 ? edit.start + (edit.length + 1) * ticksPerMovieTick : Infinity;
	return { starts: edit.start - pause, stops };
}
