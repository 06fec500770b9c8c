/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { join } from 'node:path';

import type { TrimPlan } from '../../../nodes/HappyHorse/film/trim';
import { planTrim, planTrimTo } from '../../../nodes/HappyHorse/film/trim';
import { complaints, frameHashes, frameTimes, probe } from './judges';
import { inputOf, makeClip, writeFilm } from './make';
import { judgePlayed } from './films';
import type { Player } from './players';
import type { TrimRow } from './rows';

/** What cutting a clip in many places came to. */
export interface Trimmed {
	what: string;
	parts: number;
	/** Parts that were longer than asked for. */
	longer: number;
	/** Milliseconds by which a part was shorter at most. */
	shorter: number;
	/** Frames that its last moment skips. */
	skipped: number;
	/** Whether browsers play the parts. */
	players: Record<string, string>;
	/** What ffmpeg had to say, or that it had nothing. */
	said: string;
	isMet: boolean;
}

/** Cuts a clip in many places, and asks ffmpeg what came out. */
export async function judgeTrims(
	row: TrimRow,
	folder: string,
	players: Player[],
): Promise<Trimmed> {
	const recipe = { seconds: 8, ...row.recipe };
	const made = await makeClip(folder, `trim-${row.name}`, 0, recipe);
	const clip = row.remake ? await row.remake(made) : made;
	// with the frames that an edit list hides
	const [hashes, times] = [await frameHashes(clip, true), await frameTimes(clip)];
	const result: Trimmed = {
		...{ what: row.what, parts: 0, longer: 0, shorter: 0, skipped: 0 },
		...{ said: 'nothing', players: {}, isMet: true },
	};
	for (const [number, plan] of (await plansOf(clip)).entries()) {
		const file = join(folder, `trim-${row.name}-${number}-film.mp4`);
		await writeFilm(plan.plan, file);
		const { duration } = await probe(file);
		const words = await complaints(file);
		const frames = await frameHashes(file);
		result.parts++;
		if (words) result.said = words.split('\n')[0];
		if (duration > plan.most + 0.000_5) result.longer++;
		result.shorter = Math.max(result.shorter, 1_000 * (plan.most - duration));
		const first = hashes.indexOf(frames[0]);
		const isWhereTold = row.remake || Math.abs(times[first] - plan.plan.start) < 0.000_5;
		const kept = hashes.slice(Math.max(0, first), first + frames.length);
		const other = frames.findIndex((hash, frame) => hash !== kept[frame]);
		if (other >= 0) result.skipped = Math.max(result.skipped, frames.length - other);
		const isOwn = frames.every((hash) => hashes.includes(hash)) && isWhereTold;
		if (!isOwn || frames.length !== plan.plan.frames)
			result.said = `part ${number} has other frames than the clip`;
		if (number % 5 === 2)
			result.players = {
				...(await judgePlayed(file, plan.plan, players, { clip })),
				...Object.fromEntries(Object.entries(result.players).filter(([, said]) => said !== 'yes')),
			};
	}
	const isPlayed = Object.values(result.players).every((said) => /^yes$|^can’t/.test(said));
	result.isMet =
		isPlayed &&
		result.said === 'nothing' &&
		result.longer === 0 &&
		result.skipped <= (row.mostSkipped ?? 3);
	return result;
}

/** Parts by their plans, and how many seconds each may have. */
async function plansOf(clip: string): Promise<Array<{ plan: TrimPlan; most: number }>> {
	const plans: Array<{ plan: TrimPlan; most: number }> = [];
	for (let end = 0.37; end < 7.5; end += 0.731) {
		const plan = await planTrimTo(inputOf(clip), end);
		plans.push({ plan, most: end });
	}
	for (const [start, end] of [
		[0.5, 1],
		[1, 3],
		[1.5, 4.25],
		[3.9, 7],
		[5, 6.5],
	]) {
		const plan = await planTrim(inputOf(clip), { start, end });
		plans.push({ plan, most: end - plan.start });
	}
	return plans;
}
