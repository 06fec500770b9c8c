import type { Samples } from './samples';
import type { Picture } from './track';

/** Frames of a clip to show, in decoding order; times count in the track's ticks from the first one shown. */
export interface Take {
	track: Picture;
	samples: Samples;
	/** Ticks that they are shown for. */
	length: number;
	/** Seconds of the clip at which the first one is shown; below 0 if the clip's edit list hides it. */
	start: number;
}

/** Seconds by which a key frame may miss the time that was asked for: people see thousandths. */
const LEEWAY = 0.001;
/** Seconds that don't matter where numbers are rounded. */
const ROUNDING = 1e-6;

/**
 * Takes a clip's frames from a key frame on: the last one up to the time that is asked for, or the first one.
 * Frames that are shown before it need others that come before it; they are left out.
 */
export function takeFrom(track: Picture, seconds: number): Take {
	const { samples, timescale } = track;
	const until = track.starts + (seconds + LEEWAY) * timescale;
	let key = samples.keys.indexOf(1);
	if (key < 0) throw track.source.refusal('has no key frame that it could begin with.');
	for (let sample = key + 1; sample < samples.count; sample++)
		if (samples.keys[sample] && samples.pts[sample] <= until) key = sample;
	const begins = samples.pts[key];
	const numbers: number[] = [];
	for (let sample = key; sample < samples.count; sample++)
		if (samples.pts[sample] >= begins) numbers.push(sample);
	const picked = samples.pick(numbers);
	const end = shownUntil(samples, track.stops);
	for (const times of [picked.dts, picked.pts])
		times.forEach((time, sample) => (times[sample] = time - begins));
	picked.ends -= begins;
	const whole: Take = {
		track,
		samples: decodedInTime(picked),
		length: end - begins,
		start: (begins - track.starts) / timescale,
	};
	// an edit list may hide frames at the end: those whose middle it does not reach
	const middles = middlesOf(whole, shownUntil(samples, Infinity) - begins);
	const hidden = middles.filter((middle) => middle >= track.stops - begins).length;
	return hidden > 0 && hidden < picked.count ? firstFrames(whole, picked.count - hidden) : whole;
}

/** Takes all that a clip shows. */
export function takeAll(track: Picture): Take {
	const take = takeFrom(track, 0);
	const [middle] = middlesOf(take, take.length);
	if (take.start >= -middle / track.timescale) return take;
	throw track.source.refusal(
		'begins with frames that an edit list hides, and players would show them. Trim it first, or export it again.',
	);
}

/** Tick at which the last frame ends. The edit list may let it end sooner. */
function shownUntil({ pts, dts, count, ends }: Samples, stops: number): number {
	let last = 0;
	for (let sample = 1; sample < count; sample++) if (pts[sample] > pts[last]) last = sample;
	const ticks = (last + 1 < count ? dts[last + 1] : ends) - dts[last];
	const end = pts[last] + Math.max(ticks, 1);
	return stops > pts[last] && stops < end ? stops : end;
}

/**
 * Takes the first frames in *decoding* order and shows them in the first places. They need no frame that is left out;
 * without it, a decoder would lack what the last ones are made from. The last moment skips a few frames for it.
 */
export function firstFrames(take: Take, count: number): Take {
	if (count >= take.samples.count) return take;
	const places = placesOf(take);
	const samples = take.samples.pick(Array.from({ length: count }, (_, sample) => sample));
	const order = Array.from(samples.pts.keys()).sort((a, b) => samples.pts[a] - samples.pts[b]);
	order.forEach((sample, place) => (samples.pts[sample] = places[place]));
	return { ...take, samples: decodedInTime(samples), length: places[count] };
}

/** Frames at most whose last one ends by a time. */
export function framesUntil(take: Take, seconds: number): number {
	const until = (seconds + ROUNDING) * take.track.timescale;
	const ends = [...placesOf(take).subarray(1), take.length];
	return ends.filter((end) => end <= until).length;
}

/** Ticks at which one frame after the other is shown. */
const placesOf = ({ samples }: Take) => Float64Array.from(samples.pts).sort();

/** Ticks in the middle of each frame's time, of which the last one's ends at a tick. */
function middlesOf(take: Take, end: number): Float64Array {
	const places = placesOf(take);
	return places.map((place, at) => (place + (at + 1 < places.length ? places[at + 1] : end)) / 2);
}

/** Moves decoding ahead of showing, for files that count the other way round. */
function decodedInTime(samples: Samples): Samples {
	let late = 0;
	for (let sample = 0; sample < samples.count; sample++)
		late = Math.max(late, samples.dts[sample] - samples.pts[sample]);
	if (late > 0) samples.dts.forEach((time, sample) => (samples.dts[sample] = time - late));
	samples.ends -= late;
	return samples;
}
