/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { planJoin } from '../../../nodes/HappyHorse/film/join';
import { complaints, probe } from './judges';
import { inputOf, makeLarge, writeFilm } from './make';

/** What came of a film that 32-bit offsets can't describe. */
export interface Large {
	gigabytes: number;
	frames: number;
	seconds: number;
	/** What ffmpeg says while it decodes it. */
	said: string;
	isMet: boolean;
}

const CLIPS = 15;
const [CLIP_MB, CLIP_FRAMES, CLIP_SECONDS] = [310, 300, 10];

/** Joins files to more than 4 GB. */
export async function judgeLarge(parent: string): Promise<Large> {
	const folder = join(parent, 'large');
	mkdirSync(folder, { recursive: true });
	try {
		const [clip, film] = [join(folder, 'clip.mp4'), join(folder, 'film.mp4')];
		await makeLarge(clip, CLIP_MB, []);
		const inputs = Array.from({ length: CLIPS }, (_, index) => inputOf(clip, index + 1));
		await writeFilm(await planJoin(inputs), film);
		const { frames, duration: seconds } = await probe(film);
		const said = await complaints(film);
		const gigabytes = statSync(film).size / 1e9;
		const isWhole =
			frames === CLIPS * CLIP_FRAMES && Math.abs(seconds - CLIPS * CLIP_SECONDS) < 0.02;
		return { gigabytes, frames, seconds, said, isMet: gigabytes > 4.3 && isWhole && said === '' };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
