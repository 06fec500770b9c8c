/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { openSync, readSync, closeSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

import { createFile, MP4BoxBuffer } from 'mp4box';

import { run } from './make';

/** Hashes of a file's decoded frames, in the order in which they are shown. */
export async function frameHashes(file: string, withHidden = false): Promise<string[]> {
	const { stdout } = await run('ffmpeg', [
		...[
			'-v',
			'error',
			...(withHidden ? ['-ignore_editlist', '1'] : []),
			'-i',
			file,
			'-map',
			'0:v:0',
			'-fps_mode',
			'passthrough',
		],
		...['-f', 'framemd5', '-'],
	]);
	const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
	return lines.map((line) => line.split(',')[5].trim());
}

/** What ffmpeg says while it decodes a whole file; nothing is as it should be. */
export async function complaints(file: string): Promise<string> {
	const { stderr } = await run('ffmpeg', [
		'-v',
		'warning',
		'-i',
		file,
		'-enc_time_base',
		'-1',
		'-f',
		'null',
		'-',
	]);
	return stderr.trim();
}

/** Seconds at which frames are shown, by ffprobe. */
export async function frameTimes(file: string): Promise<number[]> {
	const { stdout } = await run('ffprobe', [
		...['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time'],
		...['-of', 'csv=p=0', file],
	]);
	return stdout
		.split('\n')
		.map((line) => parseFloat(line))
		.filter((time) => !Number.isNaN(time));
}

export interface Probed {
	/** Seconds: the file's, the picture's and the sound's. */
	duration: number;
	picture: number;
	sound?: number;
	frames: number;
}

export async function probe(file: string): Promise<Probed> {
	const { stdout } = await run('ffprobe', [
		...['-v', 'error', '-of', 'json', '-show_streams', '-show_format', file],
	]);
	interface Stream {
		codec_type: string;
		duration: string;
		nb_frames: string;
	}
	const { streams, format } = JSON.parse(stdout) as {
		streams: Stream[];
		format: { duration: string };
	};
	const ofKind = (kind: string) => streams.find(({ codec_type: type }) => type === kind);
	const [video, audio] = [ofKind('video'), ofKind('audio')];
	return {
		duration: Number(format.duration),
		picture: Number(video?.duration),
		...(audio && { sound: Number(audio.duration) }),
		frames: Number(video?.nb_frames),
	};
}

const RATE = 48_000;

/** Seconds of decoded sound at which it clicks. Pauses that timestamps make are kept. */
export async function clicksIn(file: string): Promise<number[]> {
	const { stdout } = await promisify(execFile)(
		'ffmpeg',
		[
			...['-v', 'error', '-i', file, '-map', '0:a:0', '-af', 'aresample=async=1:first_pts=0'],
			...['-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'],
		],
		{ encoding: 'buffer', maxBuffer: 1024 * 1024 * 1024 },
	);
	const sound = new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
	const clicks: number[] = [];
	for (let at = 0; at < sound.length; at++) {
		if (Math.abs(sound[at]) < LOUD) continue;
		clicks.push(at / RATE);
		at += PAUSE * RATE;
	}
	return clicks;
}

/** Loudness from which something is a click, and seconds between two at least. */
const LOUD = 0.15;
const PAUSE = 0.05;

/** Samples of each track as mp4box counts them. */
export function mp4boxCounts(file: string): number[] {
	// QuickTime's labels are news to it
	const mp4 = createFile();
	mp4.onError = () => undefined;
	// the index comes first
	const head = new Uint8Array(Math.min(statSync(file).size, 16 * 1024 * 1024));
	const handle = openSync(file, 'r');
	readSync(handle, head);
	closeSync(handle);
	mp4.appendBuffer(MP4BoxBuffer.fromArrayBuffer(head.buffer, 0));
	mp4.flush();
	return mp4.moov.traks.map((track) => mp4.getTrackSamplesInfo(track.tkhd.track_id).length);
}
