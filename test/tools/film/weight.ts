/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { planJoin } from '../../../nodes/HappyHorse/film/join';
import { complaints, probe } from './judges';
import { ffmpeg, inputOf, writeFilm } from './make';

/** What joining large files took. */
export interface Weight {
	what: string;
	/** Gigabytes that were written. */
	gigabytes: number;
	/** Seconds, the median of the rounds. */
	seconds: number;
	/** The same of `ffmpeg -f concat -c copy`, which leaves the index behind, and with `+faststart`. */
	ffmpeg?: number;
	ffmpegFront?: number;
	/** Megabytes by which the process grew at most. */
	growth: number;
	isMet: boolean;
}

const ROUNDS = 3;
/** Megabytes. */
const MOST_GROWTH = 60;
const PACE_LEEWAY = 1.5;

/** Joins ten files of 300 MB by turns with ffmpeg, and then files to more than 4 GB. */
export async function weigh(parent: string): Promise<Weight[]> {
	const folder = join(parent, 'weight');
	mkdirSync(folder, { recursive: true });
	try {
		const weights: Weight[] = [];
		for (const [what, flags] of [
			['ten files of 310 MB, index in front', ['-movflags', '+faststart']],
			['ten files of 310 MB, index behind', []],
		] as const) {
			const files = await makeLarge(folder, [...flags]);
			weights.push(await weighJoin(what, folder, files));
		}
		weights.push(await joinBeyond4GB(folder));
		return weights;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Ten clips of 10 seconds, most of whose bytes fill up a constant bit rate. */
async function makeLarge(folder: string, flags: string[]): Promise<string[]> {
	const files = Array.from({ length: 10 }, (_, number) => join(folder, `large-${number}.mp4`));
	const rate = ['-b:v', '250M', '-minrate', '250M', '-maxrate', '250M', '-bufsize', '250M'];
	await ffmpeg(
		...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30:duration=10'],
		...['-f', 'lavfi', '-i', 'sine=duration=10:sample_rate=48000'],
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-x264-params', 'nal-hrd=cbr:filler=1'],
		...[...rate, '-c:a', 'aac', ...flags, files[0]],
	);
	for (const file of files.slice(1)) copyFileSync(files[0], file);
	return files;
}

async function weighJoin(what: string, folder: string, files: string[]): Promise<Weight> {
	const [film, list] = [join(folder, 'film.mp4'), join(folder, 'list.txt')];
	writeFileSync(list, files.map((file) => `file '${file}'\n`).join(''));
	const took: Record<'own' | 'ffmpeg' | 'front', number[]> = { own: [], ffmpeg: [], front: [] };
	let growth = 0;
	const timed = async (into: number[], work: () => Promise<unknown>) => {
		rmSync(film, { force: true });
		const start = performance.now();
		await work();
		into.push((performance.now() - start) / 1_000);
	};
	const concat = ['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy'];
	for (let round = 0; round < ROUNDS; round++) {
		await timed(took.ffmpeg, async () => await ffmpeg(...concat, film));
		await timed(took.front, async () => await ffmpeg(...concat, '-movflags', '+faststart', film));
		await timed(took.own, async () => {
			growth = Math.max(growth, await growthOf(async () => await joinFiles(files, film)));
		});
	}
	const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
	const [seconds, plain, front] = [took.own, took.ffmpeg, took.front].map(median);
	return {
		...{ what, gigabytes: statSync(film).size / 1e9, seconds, ffmpeg: plain, ffmpegFront: front },
		...{ growth, isMet: growth < MOST_GROWTH && seconds < Math.max(plain, front) * PACE_LEEWAY },
	};
}

async function joinFiles(files: string[], film: string): Promise<void> {
	await writeFilm(await planJoin(files.map((file, number) => inputOf(file, number + 1))), film);
}

/** Megabytes by which this process grows at most. */
async function growthOf(work: () => Promise<void>): Promise<number> {
	const { rss } = process.memoryUsage();
	let most = rss;
	const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	return (most - rss) / 1e6;
}

async function joinBeyond4GB(folder: string): Promise<Weight> {
	const film = join(folder, 'film.mp4');
	const file = join(folder, 'large-0.mp4');
	const files = Array.from({ length: 15 }, () => file);
	rmSync(film, { force: true });
	const start = performance.now();
	const growth = await growthOf(async () => await joinFiles(files, film));
	const seconds = (performance.now() - start) / 1_000;
	const { frames, duration } = await probe(film);
	const isWhole =
		frames === 4_500 && Math.abs(duration - 150) < 0.02 && (await complaints(film)) === '';
	return {
		...{ what: 'fifteen files to a film of more than 4 GB', gigabytes: statSync(film).size / 1e9 },
		...{ seconds, growth, isMet: isWhole && growth < MOST_GROWTH },
	};
}
