import type { Clip } from './clip';
import { readClip } from './clip';
import type { SoundChoice } from './join';
import type { FilmPlan } from './plan';
import { assemble } from './plan';
import type { FilmInput } from './source';
import { Source } from './source';
import { strikeOpenKeys } from './splice';
import type { Take } from './take';
import { firstFrames, framesUntil, takeFrom } from './take';
import type { Sound } from './track';

/** A part of a clip. */
export interface TrimPlan extends FilmPlan {
	/** Second of the clip at which it really begins; below 0 if it begins with frames that the clip's edit list hides. */
	start: number;
	/** False if it has all of the clip. */
	isCut: boolean;
}

/**
 * Plans the part of a clip from one time to another, in seconds. It begins with the key frame before `start`, and has
 * no frame that would be shown after `end`.
 *
 * @throws Refusal
 */
export async function planTrim(
	input: FilmInput,
	{ start, end }: { start: number; end?: number },
	{ sound = 'keep' }: SoundChoice = {},
): Promise<TrimPlan> {
	const source = new Source(input, 1);
	const clip = await readClip(source, { sound: sound === 'keep' });
	await strikeOpenKeys(clip.picture, start);
	const take = takeFrom(clip.picture, start);
	const stop = take.start + take.length / take.track.timescale;
	if (start >= stop)
		throw source.refusal(
			`has only ${seconds(stop)} seconds, but the part begins at ${seconds(start)}.`,
		);
	if (end === undefined || end >= stop) return planPart(clip, take);
	if (end <= start)
		throw source.refusal(
			`can’t be cut from ${seconds(start)} to ${seconds(end)} seconds: the end must come after the start.`,
		);
	return planPart(clip, firstFrames(take, Math.max(1, framesUntil(take, end - take.start))));
}

/**
 * Plans a clip's first seconds. Never longer than asked, but for a frame where it would otherwise be shorter than
 * `atLeast` seconds: 3 seconds of 29.97 frames each have 2.97 or 3.003.
 *
 * @throws Refusal
 */
export async function planTrimTo(
	input: FilmInput,
	most: number,
	{ atLeast = 0, sound = 'keep' }: SoundChoice & { atLeast?: number } = {},
): Promise<TrimPlan> {
	const source = new Source(input, 1);
	const clip = await readClip(source, { sound: sound === 'keep' });
	const take = takeFrom(clip.picture, 0);
	const count = Math.max(1, framesUntil(take, most));
	const part = firstFrames(take, count);
	const isTooShort = part.length / take.track.timescale < Math.min(atLeast, most);
	const plan = planPart(clip, isTooShort ? firstFrames(take, count + 1) : part);
	// a sound may go on for longer than its picture
	return {
		...plan,
		isCut: plan.isCut || (clip.sound ? heardSeconds(clip.sound) > most + LEEWAY : false),
	};
}

/** Seconds by which edit lists are rounded. */
const LEEWAY = 0.01;

function heardSeconds({ samples, starts, stops, timescale }: Sound): number {
	return (Math.min(samples.ends, stops) - starts) / timescale;
}

function planPart({ picture, sound, labels }: Clip, take: Take): TrimPlan {
	const voice = sound && { track: sound, start: take.start };
	const plan = assemble([{ take, voice, labels }]);
	return { ...plan, start: take.start, isCut: take.samples.count < picture.samples.count };
}

const seconds = (value: number) => String(Math.round(value * 1_000) / 1_000);
