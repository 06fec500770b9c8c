import type { Box } from './boxes';
import { descend, ofType, playedTicks, secondsOf } from './boxes';
import { view } from './bytes';

/** Lengths of a clip in seconds. Its parts may contradict each other, and nobody knows which one the service reads. */
export interface Lengths {
	/** Seconds that a player plays, picture or sound. */
	duration?: number;
	/** Seconds of its picture. */
	pictureDuration?: number;
	/** Longest of everything that says how long it is; undefined where that can't be told. */
	longestDuration?: number;
}

/** Seconds by which programs pad sound; a track's edits cut that off, so nobody hears it. */
const PADDING = 0.25;

/**
 * Measures a clip by its movie header and by each track's header, edits and samples.
 *
 * @param index content of the `moov` box
 * @param picture its picture's track
 */
export function lengthsOf(index: Uint8Array, boxes: Box[], picture: Box): Lengths {
	const { timescale, seconds: ofMovie } = secondsOf(index, ofType(boxes, 'mvhd'));
	const fragments = ofType(boxes, 'mvex');
	if (fragments) {
		// the fragments may go on for longer than anything in the index says
		const ticks = playedTicks(index, descend(index, fragments, 'mehd'));
		const duration = ticks && timescale ? ticks / timescale : undefined;
		return { duration, pictureDuration: duration };
	}
	const tracks = boxes.filter(({ type }) => type === 'trak');
	const played = tracks.map((track) => playedSeconds(index, track, timescale));
	const claims = tracks.flatMap((track) => claimsOf(index, track, timescale));
	const duration = longestOf([ofMovie, ...played]);
	const unplayed = claims.filter((seconds) => seconds > (duration ?? 0) + PADDING);
	return {
		duration,
		pictureDuration: played[tracks.indexOf(picture)],
		longestDuration: longestOf([duration, ...unplayed]),
	};
}

function longestOf(seconds: Array<number | undefined>): number | undefined {
	const known = seconds.filter((value) => value !== undefined);
	return known.length > 0 ? Math.max(...known) : undefined;
}

/** Seconds of a track by its edits, or else by its header. */
function playedSeconds(index: Uint8Array, track: Box, timescale: number | undefined) {
	const ticks = playedTicks(index, descend(index, track, 'edts', 'elst'));
	if (ticks && timescale) return ticks / timescale;
	return secondsOf(index, descend(index, track, 'mdia', 'mdhd')).seconds;
}

/** Seconds that a track's two headers and its samples claim. */
function claimsOf(index: Uint8Array, track: Box, timescale: number | undefined): number[] {
	const media = secondsOf(index, descend(index, track, 'mdia', 'mdhd'));
	const table = descend(index, track, 'mdia', 'minf', 'stbl', 'stts');
	const shown = ticksOfTrack(index, descend(index, track, 'tkhd'));
	return [
		media.seconds,
		media.timescale && samplesTicks(index, table) / media.timescale,
		timescale && shown / timescale,
	].filter((seconds) => seconds !== undefined && seconds > 0) as number[];
}

/** Duration in a `tkhd` box; 0 if it has none. */
function ticksOfTrack(bytes: Uint8Array, box: Box | undefined): number {
	if (!box || box.from + 36 > box.to) return 0;
	const data = view(bytes);
	const isLong = data.getUint8(box.from) === 1;
	const ticks = isLong ? Number(data.getBigUint64(box.from + 28)) : data.getUint32(box.from + 20);
	return ticks === 0xffffffff || !Number.isSafeInteger(ticks) ? 0 : ticks;
}

/** Sum of all samples' durations in a `stts` box. */
function samplesTicks(bytes: Uint8Array, box: Box | undefined): number {
	if (!box || box.from + 8 > box.to) return 0;
	const data = view(bytes);
	const room = Math.floor((box.to - box.from - 8) / 8);
	const entries = Math.min(data.getUint32(box.from + 4), room);
	let ticks = 0;
	for (let entry = 0; entry < entries; entry++) {
		const at = box.from + 8 + entry * 8;
		ticks += data.getUint32(at) * data.getUint32(at + 4);
	}
	return ticks;
}
