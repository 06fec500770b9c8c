/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { join } from 'node:path';

import { planJoin } from '../../../nodes/HappyHorse/film/join';
import type { FilmPlan } from '../../../nodes/HappyHorse/film/plan';
import { planReplaceSound } from '../../../nodes/HappyHorse/film/replaceSound';
import { clicksIn, complaints, frameHashes, frameTimes, mp4boxCounts, probe } from './judges';
import { CLICK, COLORS, inputOf, makeClip, writeFilm } from './make';
import type { Player } from './players';
import type { FilmResult } from './report';
import type { JoinRow, SoundRow } from './rows';

/** Seconds by which frames and sound may be off. */
const FRAME_LEEWAY = 0.000_01;
/** Half a packet of the slowest sound, and a sample for finding the click. */
const SOUND_LEEWAY = 1024 / 44_100 / 2 + 0.001;
/** Clicks that are as near to a seam may fall to either side. */
const SEAM = 0.03;

async function clipsOf({ name, clips }: JoinRow, folder: string): Promise<string[]> {
	if (!Array.isArray(clips)) return await clips(folder);
	const files: string[] = [];
	for (const [number, recipe] of clips.entries())
		files.push(await makeClip(folder, name, number, recipe));
	return files;
}

/** Makes a film of clips and asks everyone. */
export async function judgeJoin(
	row: JoinRow,
	folder: string,
	players: Player[],
): Promise<FilmResult> {
	const clips = await clipsOf(row, folder);
	const plan = await planJoin(
		clips.map((file, number) => inputOf(file, number + 1)),
		{ sound: row.sound },
	);
	const film = join(folder, `${row.name}-film.mp4`);
	await writeFilm(plan, film);
	const result = {
		what: row.what,
		frames: await judgeFrames(film, plan, clips),
		sound: plan.hasSound ? await judgeSound(film, await expectedClicks(row, plan, clips)) : 'none',
		read: await judgeRead(film, plan),
		players: await judgePlayed(film, plan, players, {
			clip: clips[0],
			colors: row.isPlain ? undefined : clips.map((_, clip) => COLORS[clip % COLORS.length]),
			isTurned: row.isTurned,
		}),
	};
	return withVerdict(result);
}

/** Gives a clip another sound and asks everyone. */
export async function judgeNewSound(
	row: SoundRow,
	folder: string,
	players: Player[],
): Promise<FilmResult> {
	const clip = await makeClip(folder, 'sounds', 0, { seconds: 3 });
	const sound = row.sound && (await row.sound(folder));
	const plan = await planReplaceSound(inputOf(clip), {
		sound: sound === undefined ? undefined : inputOf(sound, 2, 'The sound'),
	});
	const film = join(folder, `sound-${row.name}-film.mp4`);
	await writeFilm(plan, film);
	const expected = sound === undefined ? [] : (await clicksIn(sound)).filter((at) => at < 3 - SEAM);
	const result = {
		what: row.what,
		frames: await judgeFrames(film, plan, [clip]),
		sound: plan.hasSound ? await judgeSound(film, expected) : 'none',
		read: await judgeRead(film, plan),
		players: await judgePlayed(film, plan, players, { clip, colors: [COLORS[0]] }),
	};
	return withVerdict(result);
}

const GOOD = /^(exact|yes|none|within [\d.]+ ms|can’t play .*)$/;

const withVerdict = (result: Omit<FilmResult, 'isMet'>): FilmResult => ({
	...result,
	isMet: [result.frames, result.sound, result.read, ...Object.values(result.players)].every(
		(said) => GOOD.test(said),
	),
});

async function judgeFrames(film: string, plan: FilmPlan, clips: string[]): Promise<string> {
	const expected: Array<{ hash: string; time: number }> = [];
	for (const [number, clip] of clips.entries()) {
		const [hashes, times] = [await frameHashes(clip), await frameTimes(clip)];
		hashes.forEach((hash, frame) =>
			expected.push({ hash, time: plan.clips[number].start + times[frame] - times[0] }),
		);
	}
	const [hashes, times] = [await frameHashes(film), await frameTimes(film)];
	const other = expected.filter(({ hash }, frame) => hash !== hashes[frame]).length;
	if (other > 0 || hashes.length !== expected.length)
		return `${hashes.length} of ${expected.length} frames, ${other} differ`;
	const off = Math.max(...expected.map(({ time }, frame) => Math.abs(times[frame] - time)));
	return off <= FRAME_LEEWAY ? 'exact' : `off by ${(off * 1_000).toFixed(2)} ms`;
}

/** Seconds of the film at which it has to click, by how the clips were made or by what they sound like alone. */
async function expectedClicks(row: JoinRow, plan: FilmPlan, clips: string[]): Promise<number[]> {
	if (row.isPlain) return [];
	const expected: number[] = [];
	for (const [number, clip] of clips.entries()) {
		const { start, end } = plan.clips[number];
		const recipe = Array.isArray(row.clips) ? row.clips[number] : undefined;
		const { sound } = await probe(clip);
		if (sound === undefined) continue;
		const isAsMade = recipe && !recipe.before && !recipe.soundLonger;
		const [first] = await frameTimes(clip);
		const late = row.soundLate ?? 0;
		const own = isAsMade
			? [CLICK + late, end - start - CLICK + late]
			: (await clicksIn(clip)).map((at) => at - first);
		expected.push(
			...own.map((at) => start + at).filter((at) => at > start + SEAM && at < end - SEAM),
		);
	}
	return expected;
}

async function judgeSound(film: string, expected: number[]): Promise<string> {
	if (expected.length === 0) return 'none';
	const clicks = await clicksIn(film);
	const nearest = (at: number) =>
		clicks.reduce((least, click) => Math.min(least, Math.abs(click - at)), Infinity);
	const off = Math.max(...expected.map(nearest));
	const text = `within ${(off * 1_000).toFixed(1)} ms`;
	if (clicks.length !== expected.length)
		return `${text}, but ${clicks.length} clicks of ${expected.length}`;
	return off <= SOUND_LEEWAY ? text : `off by ${(off * 1_000).toFixed(1)} ms`;
}

/** Whether ffmpeg has nothing to say, and everybody counts what was planned. */
async function judgeRead(film: string, plan: FilmPlan): Promise<string> {
	const words = await complaints(film);
	if (words) return words.split('\n')[0];
	const { duration, frames } = await probe(film);
	const counted = mp4boxCounts(film);
	if (frames !== plan.frames || counted[0] !== plan.frames)
		return `${frames} and ${counted[0]} frames, not ${plan.frames}`;
	if (counted.length !== (plan.hasSound ? 2 : 1)) return `${counted.length} tracks`;
	if (Math.abs(duration - plan.duration) > SOUND_LEEWAY * 2)
		return `${duration} s, not ${plan.duration}`;
	return 'yes';
}

/** Plays a film in each browser. */
export async function judgePlayed(
	file: string,
	plan: FilmPlan,
	players: Player[],
	{ clip, ...more }: { clip: string; colors?: string[]; isTurned?: boolean },
): Promise<Record<string, string>> {
	const said: Record<string, string> = {};
	for (const player of players) {
		const seams = [0, ...plan.clips.map(({ end }) => end)];
		const frame = plan.duration / plan.frames;
		const wrong = await player.play({ file, seams, frame, ...more });
		said[player.name] = wrong[0] ?? 'yes';
		if (wrong.length === 0) continue;
		const { picture, frames } = await probe(clip);
		const alone = { file: clip, seams: [0, picture], frame: picture / frames };
		if ((await player.play(alone)).length > 0) said[player.name] = 'can’t play the clips';
	}
	return said;
}
