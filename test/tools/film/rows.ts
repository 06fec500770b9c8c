/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { planJoin } from '../../../nodes/HappyHorse/film/join';
import { planTrim } from '../../../nodes/HappyHorse/film/trim';
import { sceneVideo } from '../../sandbox/sceneVideo';
import { longOffsets } from '../../support/films';
import type { Recipe } from './make';
import { CLICK, ffmpeg, inputOf, makeClip, writeFilm } from './make';

/** A film to make and to judge. */
export interface JoinRow {
	name: string;
	/** What is special about its clips. */
	what: string;
	/** How ffmpeg makes them, or how else they come to be. */
	clips: Recipe[] | ((folder: string) => Promise<string[]>);
	sound?: 'keep' | 'remove';
	/** Clips without clicks and squares. */
	isPlain?: boolean;
	isTurned?: boolean;
	/** Seconds by which a clip's own index lets its sound come late. */
	soundLate?: number;
}

/** A clip to cut in many places. */
export interface TrimRow {
	name: string;
	what: string;
	recipe: Recipe;
	/** Makes another file of it. */
	remake?: (file: string) => Promise<string>;
	mostSkipped?: number;
}

/** A sound to take the place of a clip's own; none to remove it. */
export interface SoundRow {
	name: string;
	what: string;
	sound?: (folder: string) => Promise<string>;
}

/** Files that are refused. */
export interface RefusalRow {
	what: string;
	says: RegExp;
	plan: (folder: string) => Promise<unknown>;
}

const three = (recipe: Recipe): Recipe[] => [recipe, { ...recipe, seconds: 3 }, recipe];

const X264 = (...more: string[]) => [
	...['-c:v', 'libx264', '-preset', 'fast', '-g', '30', '-pix_fmt', 'yuv420p', ...more],
];
const X265 = (params: string) => [
	...['-c:v', 'libx265', '-preset', 'fast', '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p'],
	...['-x265-params', `log-level=none:${params}`],
];
const scaled = (ticks: number): string[] => ['-video_track_timescale', String(ticks)];

const remade =
	(
		name: string,
		recipes: Recipe[],
		remake: (from: string, to: string, number: number) => Promise<unknown>,
	) =>
	async (folder: string): Promise<string[]> => {
		const files: string[] = [];
		for (const [number, recipe] of recipes.entries()) {
			const from = await makeClip(folder, `${name}-before`, number, recipe);
			const to = join(folder, `${name}-${number}.mp4`);
			await remake(from, to, number);
			files.push(to);
		}
		return files;
	};

/** A clip behind 5 GB that are not used: its offsets take 64 bits. */
async function withHole(from: string, to: string): Promise<void> {
	const GAP = 5 * 1024 ** 3;
	const file = readFileSync(from);
	// index, media data, and the index behind both in the copy
	const moov = file.indexOf('moov') - 4;
	const mdat = file.indexOf('mdat') - 4;
	if (mdat > moov) throw new Error(`${from} has its index in front`);
	const index = file.subarray(moov);
	const handle = openSync(to, 'w');
	const gap = Buffer.alloc(16);
	gap.writeUInt32BE(1);
	gap.write('free', 4);
	gap.writeBigUInt64BE(BigInt(GAP), 8);
	writeSync(handle, file.subarray(0, mdat));
	writeSync(handle, gap);
	writeSync(handle, file.subarray(mdat, moov), 0, moov - mdat, mdat + GAP);
	const moved = longOffsets(index, GAP);
	writeSync(handle, moved, 0, moved.length, moov + GAP);
	closeSync(handle);
}

/** Clips of ours, cut in the middle and joined again. */
async function cutAndJoined(folder: string, name: string, recipe: Recipe): Promise<string[]> {
	const files: string[] = [];
	for (const number of [0, 1, 2]) {
		const whole = await makeClip(folder, `${name}-whole`, number, { ...recipe, seconds: 4 });
		const file = join(folder, `${name}-${number}.mp4`);
		await writeFilm(await planTrim(inputOf(whole), { start: 1.1, end: 3.3 }), file);
		files.push(file);
	}
	return files;
}

export const JOIN_ROWS: JoinRow[] = [
	{ name: 'same', what: 'same settings, with B-frames and AAC', clips: three({}) },
	{ name: 'one', what: 'one clip alone', clips: [{}] },
	{
		name: 'plain',
		what: 'five clips without B-frames, mono at 44.1 kHz',
		clips: Array.from({ length: 5 }, () => ({
			...{ video: X264('-bf', '0'), channels: 1, soundRate: 44_100 },
		})),
	},
	{
		name: 'ten',
		what: 'ten clips of an odd length: 2.04 s, which is no whole number of packets',
		clips: Array.from({ length: 10 }, () => ({ seconds: 2.04, rate: '25' })),
	},
	{ name: 'ntsc', what: '29.97 frames a second', clips: three({ rate: '30000/1001' }) },
	{
		name: 'rates',
		what: '24, 25 and 60 frames a second',
		clips: [{ rate: '24' }, { rate: '25' }, { rate: '60' }],
	},
	{
		name: 'ticks',
		what: 'time scales of 12288, 90000 and 600',
		clips: [12_288, 90_000, 600].map((ticks) => ({ rate: '24', output: scaled(ticks) })),
	},
	{
		name: 'uneven',
		what: 'a variable frame rate',
		clips: three({
			...{ rate: '60', filter: "select='not(mod(n\\,2))*lt(t\\,0.7)+not(mod(n\\,5))+gt(t\\,1.5)'" },
			output: ['-fps_mode', 'vfr'],
		}),
	},
	{
		name: 'uneven-start',
		what: 'long first frames, so that decoding is far ahead',
		clips: three({
			...{ rate: '30', filter: "select='not(mod(n\\,12))*lt(t\\,1)+gte(t\\,1)'" },
			output: ['-fps_mode', 'vfr'],
		}),
	},
	{
		name: 'mixed-ahead',
		what: 'clips with and without B-frames',
		clips: [{ video: X264('-bf', '0') }, { video: X264('-bf', '8', '-b_strategy', '0') }, {}],
	},
	{
		name: 'negative',
		what: 'negative composition offsets',
		clips: three({ output: ['-movflags', '+negative_cts_offsets'] }),
	},
	{ name: 'no-edits', what: 'no edit list', clips: three({ output: ['-use_editlist', '0'] }) },
	{ name: 'front', what: 'index in front', clips: three({ output: ['-movflags', '+faststart'] }) },
	{ name: 'mov', what: 'MOV with AAC', clips: three({ extension: 'mov' }) },
	{
		name: 'mov-mp4',
		what: 'a MOV between MP4s',
		clips: [{}, { extension: 'mov' }, {}],
	},
	{
		name: 'silent',
		what: 'clips without sound before, between and behind others',
		clips: [{ channels: 0 }, {}, { channels: 0 }, {}, { channels: 0 }],
	},
	{
		name: 'surround',
		what: '5.1 sound, and a clip without',
		clips: [{ channels: 6 }, { channels: 0 }, { channels: 6 }],
	},
	{
		name: 'mono-silent',
		what: 'mono sound, and a clip without',
		clips: [{ channels: 1 }, { channels: 0 }, { channels: 1 }],
	},
	{ name: 'sound-longer', what: 'sound half a second longer', clips: three({ soundLonger: 0.5 }) },
	{
		name: 'sound-shorter',
		what: 'sound half a second shorter',
		clips: three({ soundLonger: -0.5 }),
	},
	{
		name: 'late-picture',
		what: 'a picture that begins 0.3 s after its sound',
		clips: three({ before: ['-itsoffset', '0.3'] }),
	},
	{
		name: 'late-sound',
		what: 'sound that begins 0.3 s after the picture',
		clips: remade(
			'late-sound',
			three({}),
			async (from, to) =>
				await ffmpeg(
					...[
						'-i',
						from,
						'-itsoffset',
						'0.3',
						'-i',
						from,
						'-map',
						'0:v',
						'-map',
						'1:a',
						'-c',
						'copy',
						to,
					],
				),
		),
	},
	{
		name: 'cut-end',
		what: 'cut by `ffmpeg -t … -c copy`',
		clips: remade(
			'cut-end',
			three({ seconds: 3 }),
			async (from, to) => await ffmpeg('-i', from, '-t', '1.7', '-c', 'copy', to),
		),
	},
	...(
		[
			['fragments-empty', 'fragments, nothing in the index', 'frag_keyframe+empty_moov'],
			['fragments-first', 'fragments, the first in the index', 'frag_keyframe'],
			['fragments-dash', 'fragments as for streaming', 'cmaf+frag_keyframe+default_base_moof'],
			['fragments-each', 'a fragment for each track', 'frag_keyframe+empty_moov+separate_moof'],
		] as const
	).map(([name, what, flags]) => ({
		...{ name, what, clips: three({ output: ['-movflags', `+${flags}`] }) },
		// this one's sound begins with a packet that nothing hides
		soundLate: name === 'fragments-dash' ? 1024 / 48_000 : 0,
	})),
	{
		name: 'sets',
		what: 'H.264 with other parameter sets: reference frames, level, entropy coding',
		clips: [
			{ video: X264('-refs', '1') },
			{ video: X264('-refs', '5', '-level', '4.2') },
			{ video: X264('-profile:v', 'baseline') },
			{ video: X264('-profile:v', 'main', '-bf', '3') },
		],
	},
	{
		name: 'crf',
		what: 'other qualities of the same settings',
		clips: [
			{ video: X264('-crf', '18') },
			{ video: X264('-crf', '35') },
			{ video: X264('-crf', '28') },
		],
	},
	{ name: 'hevc', what: 'HEVC', clips: three({ video: X265('keyint=30') }) },
	{
		name: 'hevc-sets',
		what: 'HEVC with other parameter sets',
		clips: [{ video: X265('keyint=30:ref=1') }, { video: X265('keyint=30:ref=4:no-sao=1') }],
	},
	{
		name: 'hevc-open',
		what: 'HEVC cut by Trim at key frames of open groups, joined again',
		clips: async (folder) =>
			await cutAndJoined(folder, 'hevc-open', {
				video: X265('keyint=15:min-keyint=15:open-gop=1'),
			}),
	},
	{
		name: 'trimmed',
		what: 'H.264 cut by Trim, joined again',
		clips: async (folder) => await cutAndJoined(folder, 'trimmed', {}),
	},
	{
		name: 'turned',
		what: 'all turned by 90 degrees, as phones hold them',
		clips: remade(
			'turned',
			three({}),
			async (from, to) => await ffmpeg('-i', from, '-c', 'copy', '-metadata:s:v', 'rotate=90', to),
		),
		isTurned: true,
	},
	{
		name: 'av1',
		what: 'AV1',
		clips: three({ video: ['-c:v', 'libsvtav1', '-preset', '10', '-g', '30'] }),
	},
	{ name: 'mute', what: 'Sound: Remove', clips: three({}), sound: 'remove' },
	{
		name: 'camera-mute',
		what: 'PCM sound of cameras, with Sound: Remove',
		clips: three({ extension: 'mov', audio: ['-c:a', 'pcm_s16le'] }),
		sound: 'remove',
	},
	{
		name: 'sandbox',
		what: 'the sandbox’s own videos, whose frames share bytes',
		clips: async (folder) =>
			[3, 5, 4].map((length, number) => {
				const file = join(folder, `sandbox-${number}.mp4`);
				writeFileSync(file, sceneVideo({ ratio: '16:9', resolution: '720p', length }));
				return file;
			}),
		isPlain: true,
	},
	{
		name: 'hole',
		what: 'inputs of 5 GB with 64-bit offsets',
		clips: remade('hole', [{}, {}], withHole),
	},
	{
		name: 'sixty',
		what: 'sixty clips',
		clips: Array.from({ length: 60 }, () => ({ seconds: 1, rate: '25' })),
	},
];

const again =
	(...args: string[]) =>
	async (file: string) => {
		const to = file.replace(/-0\.(\w+)$/, '-again.$1');
		await ffmpeg('-ss', '1.3', '-i', file, ...args, to);
		return to;
	};

export const TRIM_ROWS: TrimRow[] = [
	{ name: '30', what: '30 frames a second, B-frames', recipe: {} },
	{ name: 'plain', what: 'no B-frames', recipe: { video: X264('-bf', '0') }, mostSkipped: 0 },
	{
		name: 'deep',
		what: '8 B-frames',
		recipe: { video: X264('-bf', '8', '-b_strategy', '0', '-b-pyramid', 'normal') },
		mostSkipped: 7,
	},
	{ name: 'ntsc', what: '29.97 frames a second', recipe: { rate: '30000/1001' } },
	{ name: '60', what: '60 frames a second', recipe: { rate: '60' } },
	{
		name: 'uneven',
		what: 'a variable frame rate',
		recipe: {
			...{ rate: '60', filter: "select='not(mod(n\\,2))*lt(t\\,3)+not(mod(n\\,5))'" },
			output: ['-fps_mode', 'vfr'],
		},
	},
	{ name: 'hevc', what: 'HEVC', recipe: { video: X265('keyint=30') }, mostSkipped: 5 },
	{
		name: 'hevc-open',
		what: 'HEVC with open groups',
		recipe: { video: X265('keyint=20:min-keyint=20:open-gop=1') },
		mostSkipped: 5,
	},
	{
		name: 'open',
		what: 'H.264 with open groups',
		recipe: { video: X264('-x264-params', 'open-gop=1:keyint=20:min-keyint=20') },
	},
	{
		name: 'fragments',
		what: 'fragments',
		recipe: { output: ['-movflags', '+frag_keyframe+empty_moov'] },
	},
	{
		name: 'hidden',
		what: 'frames at the beginning that an edit list hides',
		recipe: { seconds: 10 },
		remake: again('-c', 'copy'),
	},
];

/** Makes a sound that clicks. */
const soundFile =
	(name: string, seconds: number, ...args: string[]) =>
	async (folder: string) => {
		const file = join(folder, name);
		const clicks = [CLICK, seconds - CLICK].map((at) => `between(t\\,${at}\\,${at + 0.001})`);
		await ffmpeg(
			'-f',
			'lavfi',
			'-i',
			`aevalsrc=exprs=0.9*(${clicks.join('+')}):s=48000:d=${seconds}`,
			...args,
			file,
		);
		return file;
	};
const AAC = ['-c:a', 'aac', '-b:a', '96k'];

export const SOUND_ROWS: SoundRow[] = [
	{ name: 'removed', what: 'removed' },
	{
		name: 'short',
		what: 'M4A that is shorter, stereo',
		sound: soundFile('short.m4a', 1.5, ...AAC, '-ac', '2'),
	},
	{ name: 'long', what: 'M4A that is longer, mono', sound: soundFile('long.m4a', 8, ...AAC) },
	{ name: 'same', what: 'M4A of the same length', sound: soundFile('same.m4a', 3, ...AAC) },
	{ name: 'cd', what: 'M4A at 44.1 kHz', sound: soundFile('cd.m4a', 2.5, ...AAC, '-ar', '44100') },
	{
		name: 'video',
		what: 'another video’s sound',
		sound: async (folder) => await makeClip(folder, 'sound-of', 1, { seconds: 2.5 }),
	},
	{
		name: 'adts',
		what: 'bare AAC (ADTS) at 24 kHz, as voice services give',
		sound: soundFile('voice.aac', 2.5, ...AAC, '-ar', '24000'),
	},
];

const join2 = (one: Recipe, other: Recipe, name: string) => async (folder: string) => {
	const clips = [
		await makeClip(folder, `refused-${name}`, 0, { seconds: 1, ...one }),
		await makeClip(folder, `refused-${name}`, 1, { seconds: 1, ...other }),
	];
	return await planJoin(clips.map((file, number) => inputOf(file, number + 1)));
};

const changed =
	(name: string, change: (bytes: Buffer) => Buffer, recipe: Recipe = {}) =>
	async (folder: string) => {
		const clip = await makeClip(folder, 'refused', 0, { seconds: 1, ...recipe });
		const file = join(folder, name);
		writeFileSync(file, change(readFileSync(clip)));
		return await planJoin([inputOf(clip), inputOf(file, 2)]);
	};

const replaced = (from: string, to: string) => (bytes: Buffer) =>
	Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');

export const REFUSAL_ROWS: RefusalRow[] = [
	{
		what: 'another size',
		says: /^Clip 2 is 240 × 320, but the first is 320 × 240\. Make all clips in one Aspect Ratio and Resolution\.$/,
		plan: join2({}, { size: '240x320' }, 'size'),
	},
	{
		what: 'turned otherwise, of the same size',
		says: /^Clip 2 is turned/,
		plan: async (folder) => {
			const clip = await makeClip(folder, 'refused-turn', 0, { seconds: 1, size: '240x240' });
			const turned = join(folder, 'refused-turned.mp4');
			await ffmpeg('-i', clip, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned);
			return await planJoin([inputOf(clip), inputOf(turned, 2)]);
		},
	},
	{
		what: 'another codec',
		says: /^Clip 2 is encoded as HEVC, but the first is H\.264/,
		plan: join2({}, { video: X265('keyint=30') }, 'codec'),
	},
	{
		what: 'more bits a color',
		says: /^Clip 2 has colors of 10 bits in 4:2:0, but the first has 8 bits in 4:2:0/,
		plan: join2({}, { video: ['-c:v', 'libx264', '-pix_fmt', 'yuv420p10le'] }, 'bits'),
	},
	{
		what: 'mono behind stereo',
		says: /^Clip 2 has sound of another kind \(AAC mono at 48 kHz\)/,
		plan: join2({}, { channels: 1 }, 'mono'),
	},
	{
		what: '44.1 kHz behind 48 kHz',
		says: /^Clip 2 has sound of another kind \(AAC stereo at 44\.1 kHz\)/,
		plan: join2({}, { soundRate: 44_100 }, 'rate'),
	},
	{
		what: 'PCM sound of cameras',
		says: /^Clip 2 has sound that is PCM, not AAC/,
		plan: join2({}, { extension: 'mov', audio: ['-c:a', 'pcm_s16le'] }, 'pcm'),
	},
	{
		what: 'MP3 in an MP4',
		says: /^Clip 2 has sound that is MP3, not AAC/,
		plan: join2({}, { audio: ['-c:a', 'libmp3lame'] }, 'mp3'),
	},
	{
		what: 'frames at the beginning that an edit list hides',
		says: /^Clip 2 begins with frames that an edit list hides/,
		plan: async (folder) => {
			const clip = await makeClip(folder, 'refused-hidden', 0, { seconds: 4 });
			const file = await again('-c', 'copy')(clip);
			return await planJoin([inputOf(clip), inputOf(file, 2)]);
		},
	},
	{
		what: 'H.264 cut at an open group of pictures',
		says: /^Clip 2 begins with a picture that can only follow/,
		plan: async (folder) => {
			const recipe = { video: X264('-x264-params', 'open-gop=1:keyint=15'), seconds: 4 };
			const whole = await makeClip(folder, 'h264-open', 0, recipe);
			const cut = join(folder, 'h264-open-cut.mp4');
			const keepAll = ['-avoid_negative_ts', 'make_zero', '-use_editlist', '0'];
			await ffmpeg('-ss', '1.01', '-i', whole, '-c', 'copy', ...keepAll, cut);
			return await planJoin([whole, cut].map((file, number) => inputOf(file, number + 1)));
		},
	},
	{
		what: 'several edits',
		says: /^Clip 2 is put together of several parts/,
		plan: changed('refused-edits.mp4', severalEdits),
	},
	{
		what: 'encrypted',
		says: /^Clip 2 is encrypted/,
		plan: changed('refused-encrypted.mp4', replaced('avc1\0\0', 'encv\0\0')),
	},
	{
		what: 'cut off, index in front',
		says: /^Clip 2 is cut off/,
		plan: changed('refused-cut.mp4', (bytes) => bytes.subarray(0, bytes.length - 100), {
			output: ['-movflags', '+faststart'],
		}),
	},
	{
		what: 'cut off, index behind',
		says: /^Clip 2 is cut off/,
		plan: changed('refused-cut-behind.mp4', (bytes) => bytes.subarray(0, bytes.length - 100)),
	},
	{
		what: 'sound alone',
		says: /^Clip 2 has no picture/,
		plan: changed('refused-sound.mp4', replaced('vide', 'meta')),
	},
	{
		what: 'WEBM',
		says: /^Clip 2 is WEBM or MKV, not MP4 or MOV/,
		plan: join2({}, { extension: 'mkv' }, 'mkv'),
	},
	{
		what: 'an end before the start',
		says: /^Clip 1 can’t be cut from 2 to 1 seconds/,
		plan: async (folder) =>
			await planTrim(inputOf(await makeClip(folder, 'same', 1, { seconds: 3 })), {
				start: 2,
				end: 1,
			}),
	},
	{
		what: 'a start behind the end of the clip',
		says: /^Clip 1 has only 3 seconds/,
		plan: async (folder) =>
			await planTrim(inputOf(await makeClip(folder, 'same', 1, { seconds: 3 })), { start: 20 }),
	},
];

/** Splits a file's first edit in two. */
function severalEdits(bytes: Buffer): Buffer {
	const at = bytes.indexOf('elst');
	const edit = bytes.subarray(at + 12, at + 24);
	const split = Buffer.concat([bytes.subarray(0, at + 24), edit, bytes.subarray(at + 24)]);
	split.writeUInt32BE(2, at + 8);
	// each box that it stands in grows; the index is behind the media data
	for (const type of ['moov', 'trak', 'edts', 'elst']) {
		const box = bytes.lastIndexOf(type, at) - 4;
		split.writeUInt32BE(split.readUInt32BE(box) + edit.length, box);
	}
	return split;
}
