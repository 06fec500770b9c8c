import type { SoundFormat } from './aac';
import { Samples } from './samples';
import type { Source } from './source';
import type { Take } from './take';
import type { Sound } from './track';

/** The film's picture: all frames in decoding order, by the film's ticks. */
export interface Timeline {
	/** Ticks a second. */
	timescale: number;
	/** Frames of all clips. Offsets count in the clip's own file. */
	samples: Samples;
	/** Tick at which each clip begins, and at last the film's end. */
	seams: number[];
	/** Ticks by which decoding is ahead of the first frame that is shown. */
	lead: number;
}

/** Ticks a second at most where clips count differently; with more, times are rounded to a microsecond. */
const MOST_TICKS = 100_000_000;
const ROUND_TICKS = 1_000_000;
/** Ticks a second at least, for the film's length to be told in thousandths. */
const LEAST_TICKS = 1_000;

/** Puts clips one behind the other. */
export function lineUp(takes: Take[]): Timeline {
	const timescale = commonTicks(takes.map(({ track }) => track.timescale));
	const scales = takes.map(({ track }) => timescale / track.timescale);
	const seams = [0];
	takes.forEach(({ length }, clip) => seams.push(seams[clip] + Math.round(length * scales[clip])));
	// all clips are decoded ahead by the same time, so that none has to be decoded before the one before it
	const leads = takes.map(({ samples }, clip) => -samples.dts[0] * scales[clip]);
	const lead = leads.reduce((most, one) => Math.max(most, one), 0);
	const all = new Samples(takes.reduce((sum, { samples }) => sum + samples.count, 0));
	let at = 0;
	takes.forEach(({ samples }, clip) => {
		const start = seams[clip];
		all.offsets.set(samples.offsets, at);
		all.sizes.set(samples.sizes, at);
		all.keys.set(samples.keys, at);
		for (let sample = 0; sample < samples.count; sample++, at++) {
			all.pts[at] = start + Math.round(samples.pts[sample] * scales[clip]);
			all.dts[at] = start + Math.round(samples.dts[sample] * scales[clip] + leads[clip] - lead);
		}
	});
	return { timescale, seams, ...fromZero(all, seams[takes.length]) };
}

/** Lets decoding begin at 0 and go on by a tick at least, even where a clip's frames have uneven lengths. */
function fromZero(samples: Samples, length: number): { samples: Samples; lead: number } {
	const { dts, pts, count } = samples;
	for (let sample = count - 2; sample >= 0; sample--)
		dts[sample] = Math.min(dts[sample], dts[sample + 1] - 1);
	const lead = -dts[0];
	for (let sample = 0; sample < count; sample++) {
		dts[sample] += lead;
		pts[sample] += lead;
	}
	samples.ends = Math.max(dts[count - 1] + 1, length);
	return { samples, lead };
}

function commonTicks(all: number[]): number {
	let common = 1;
	for (const ticks of all) {
		common = (common / greatestDivisor(common, ticks)) * ticks;
		if (common > MOST_TICKS) return all.every((one) => one === all[0]) ? all[0] : ROUND_TICKS;
	}
	return common * Math.ceil(LEAST_TICKS / common);
}

function greatestDivisor(one: number, other: number): number {
	return other === 0 ? one : greatestDivisor(other, one % other);
}

/** Sound for a clip's place in the film. */
export interface Voice {
	track: Sound;
	/** Seconds of the track that are heard as the clip begins. */
	start: number;
}

/** Seconds of the film that a clip takes, and its sound if it has any. */
export interface Place {
	source: Source;
	from: number;
	to: number;
	voice?: Voice;
}

/** The film's sound: by number, the packets that fill each clip's place; -1 for a silent one. */
export interface Packets {
	clips: number[][];
	/** Packets, and parts of one, by which decoding is ahead of what is heard first. */
	lead: number;
}

/**
 * Chooses packets of sound by their count, since players play them one behind the other whatever times they have: as
 * many as end nearest to each seam, so that sound is never off by more than half a packet however many clips there are.
 */
export function fillPlaces(places: Place[], { rate, frame }: SoundFormat): Packets {
	const packetsOf = (seconds: number) => (seconds * rate) / frame;
	const times = places.map(({ voice }) => voice && timesOf(voice, packetsOf));
	// a decoder needs the packet before the first one that is heard
	const [heard] = times;
	const lead = heard?.length ? Math.max(0, -heard[lastUntil(heard, -1)]) : 0;
	const end = places[places.length - 1].to;
	let slot = 0;
	const clips = places.map(({ from, to }, clip) => {
		const last =
			to === end ? Math.floor(packetsOf(to) + lead + ROUNDING) : Math.round(packetsOf(to) + lead);
		const packets = fill(times[clip], { first: slot - lead - packetsOf(from), count: last - slot });
		slot = Math.max(slot, last);
		return packets;
	});
	return { clips, lead };
}

/** Parts of a packet that don't matter where numbers are rounded. */
const ROUNDING = 1e-6;

/** When each packet of a clip's sound begins, in packets from the clip's beginning. */
function timesOf({ track, start }: Voice, packetsOf: (seconds: number) => number): Float64Array {
	const { samples, timescale, starts, stops } = track;
	const heard = samples.dts.filter((time) => time < stops);
	return heard.map((time) => packetsOf((time - starts) / timescale - start));
}

/** The last packet that begins by a time, or the first one. */
function lastUntil(times: Float64Array, time: number): number {
	const later = times.findIndex((begins) => begins > time);
	return Math.max(0, (later < 0 ? times.length : later) - 1);
}

/** Fills slots with the packets that are due, and those without one with silence. */
function fill(
	times: Float64Array | undefined,
	{ first, count }: { first: number; count: number },
): number[] {
	let packet = 0;
	// packets that follow each other keep their distance from the slots
	let distance: number | undefined;
	return Array.from({ length: Math.max(0, count) }, (_, slot) => {
		if (!times) return -1;
		const due = first + slot + (distance ?? 0);
		while (packet < times.length && times[packet] < due - 0.5) packet++;
		if (!(times[packet] <= due + 0.5)) return -1;
		distance ??= times[packet] - due;
		return packet++;
	});
}
