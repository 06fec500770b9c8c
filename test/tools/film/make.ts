/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { CHUNK } from '../../../nodes/HappyHorse/files/film';
import type { FilmPlan } from '../../../nodes/HappyHorse/film/plan';
import type { FilmInput } from '../../../nodes/HappyHorse/film/source';

const execute = promisify(execFile);

/** What a program wrote; throws with its last words if it does not succeed. */
export async function run(
	command: string,
	args: string[],
): Promise<{ stdout: string; stderr: string }> {
	return await execute(command, args, { maxBuffer: 256 * 1024 * 1024 });
}

export const ffmpeg = async (...args: string[]) =>
	await run('ffmpeg', ['-v', 'error', '-y', ...args]);

/** Colors of a square in each clip's corner, by which players show what they show. */
export const COLORS = ['red', 'lime', 'blue', 'yellow', 'magenta', 'cyan'] as const;

/** A clip that ffmpeg makes. */
export interface Recipe {
	/** Seconds; 2 unless told otherwise. */
	seconds?: number;
	/** Frames a second, as ffmpeg takes it. */
	rate?: string;
	size?: string;
	/** Sound: how many channels; 0 for none. */
	channels?: number;
	soundRate?: number;
	/** Seconds that the sound is longer than the picture. */
	soundLonger?: number;
	video?: string[];
	/** What ffmpeg does with the frames. */
	filter?: string;
	audio?: string[];
	output?: string[];
	/** What is given before the picture's input. */
	before?: string[];
	extension?: string;
}

/** Seconds from a clip's beginning and end at which it clicks. */
export const CLICK = 0.1;

const X264 = ['-c:v', 'libx264', '-preset', 'fast', '-g', '30', '-pix_fmt', 'yuv420p'];
const LAYOUTS: Record<number, string> = { 1: 'mono', 2: 'stereo', 6: '5.1' };

/** Makes a clip unless it is there. Its picture moves, has a square of its color, and its sound clicks near both ends. */
export async function makeClip(
	folder: string,
	name: string,
	number: number,
	recipe: Recipe,
): Promise<string> {
	const { seconds = 2, rate = '30', size = '320x240', channels = 2, soundRate = 48_000 } = recipe;
	const file = join(folder, `${name}-${number}.${recipe.extension ?? 'mp4'}`);
	if (existsSync(file)) return file;
	const color = COLORS[number % COLORS.length];
	const click = (at: number) => `between(t\\,${at}\\,${at + 0.001})`;
	const clicks = `0.9*(${click(CLICK)}+${click(seconds - CLICK)})`;
	const sound = Array.from({ length: channels }, () => clicks).join('|');
	const sound_seconds = seconds + (recipe.soundLonger ?? 0);
	const filter = `drawbox=x=0:y=0:w=48:h=48:color=${color}:t=fill${recipe.filter ? `,${recipe.filter}` : ''}`;
	await ffmpeg(
		...(recipe.before ?? []),
		...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
		...(channels > 0
			? [
					...['-f', 'lavfi', '-i'],
					`aevalsrc=exprs=${sound}:s=${soundRate}:d=${sound_seconds}:c=${LAYOUTS[channels]}`,
				]
			: []),
		...['-vf', filter, ...(recipe.video ?? X264)],
		...(channels > 0 ? (recipe.audio ?? ['-c:a', 'aac', '-b:a', '96k']) : []),
		...(recipe.output ?? []),
		file,
	);
	return file;
}

/** A file as an input. */
export const inputOf = (file: string, number = 1, name = `Clip ${number}`): FilmInput => ({
	name,
	size: statSync(file).size,
	open: () => createReadStream(file, { highWaterMark: CHUNK }),
});

/** Writes a film to a file, which has to be as long as was planned. */
export async function writeFilm(plan: FilmPlan, file: string): Promise<void> {
	await pipeline(Readable.from(plan.write()), createWriteStream(file));
	if (statSync(file).size !== plan.size) throw new Error(`${file} is not as long as planned`);
}
