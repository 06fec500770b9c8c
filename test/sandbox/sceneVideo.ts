/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ISOFile } from 'mp4box';
import { createFile, MP4BoxBuffer } from 'mp4box';

import type { Traits } from './traits';
import { sizeOf } from './traits';

type Track = ISOFile['moov']['traks'][number];

/** Track that is repeated: its samples' bytes, their sizes in bytes, and the ticks of one sample. */
interface Loop {
	track: Track;
	bytes: Buffer;
	sizes: number[];
	delta: number;
}

/** Horse galloping along a beach, drawn by `npm run generate -- scene`: one looping track per shape and one for the sound. */
const FILE = readFileSync(join(__dirname, 'scene.mp4'));
const { index, loops } = readScene();
const { moov } = index;

/** Videos to keep, each of at most 80 kB. */
const MOST_KEPT = 32;
const kept = new Map<string, Buffer>();

/**
 * Returns the scene as an MP4 with sound. It contains the picture's loop once, and its tables repeat it.
 * A 1080p video contains the 720p picture, which is the size that ffprobe and Chromium report; only its track's header has
 * the larger size.
 */
export function sceneVideo(traits: Traits): Buffer {
	const key = Object.values(traits).join(' ');
	const video = kept.get(key) ?? writeVideo(traits);
	kept.set(key, video);
	if (kept.size > MOST_KEPT) kept.delete([...kept.keys()][0]);
	return video;
}

function readScene() {
	const file = createFile();
	const bytes = new Uint8Array(FILE).buffer;
	file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, 0));
	const loopOf = (track: Track): Loop => {
		const samples = file.getTrackSamplesInfo(track.tkhd.track_id);
		return {
			track,
			bytes: Buffer.concat(samples.map(({ offset, size }) => FILE.subarray(offset, offset + size))),
			sizes: samples.map(({ size }) => size),
			delta: samples[0].duration,
		};
	};
	const loops = file.moov.traks.map(loopOf);
	file.boxes = [file.ftyp, file.moov];
	return { index: file, loops };
}

function writeVideo({ ratio, resolution, length }: Traits): Buffer {
	const [width, height] = sizeOf({ ratio, resolution: '720p' });
	const isAsked = ({ track: { tkhd } }: Loop) => tkhd.width / tkhd.height === width / height;
	const picture = loops.find(isAsked);
	const sound = loops[loops.length - 1];
	if (!picture) throw new Error(`No scene of ${ratio}`);
	const { tkhd } = picture.track;
	const shown = sizeOf({ ratio, resolution });
	[tkhd.width, tkhd.height] = shown.map((pixels) => pixels * 2 ** 16);
	moov.mvhd.duration = Math.round(length * moov.mvhd.timescale);
	moov.boxes = [moov.mvhd, picture.track, sound.track];
	repeat(picture, length, 0);
	// the first packet is the tail of the sound before it and is skipped
	repeat(sound, length, sound.delta);
	const head = () => Buffer.from(index.getBuffer().buffer);
	const soundBytes = sound.track.mdia.minf.stbl.stsz.sample_sizes.reduce((sum, size) => sum + size);
	const heard = Buffer.alloc(soundBytes, sound.bytes);
	const data = Buffer.concat([Buffer.alloc(8), picture.bytes, heard]);
	data.writeUInt32BE(data.length);
	data.write('mdat', 4);
	const start = head().length + 8;
	place(picture, start, 0);
	// Chromium is silent unless packets lie one after the other
	place(sound, start + picture.bytes.length, sound.bytes.length);
	return Buffer.concat([head(), data]);
}

/** Writes a track's tables and headers for a loop that plays for some seconds, its last sample cut short. */
function repeat({ track, sizes, delta }: Loop, seconds: number, skipped: number): void {
	const { mdhd, minf } = track.mdia;
	const { stts, stsz, stsc, stco, stss, sbgps } = minf.stbl;
	const ticks = Math.round(seconds * mdhd.timescale) + skipped;
	const count = Math.ceil(ticks / delta);
	const rounds = Array.from({ length: Math.ceil(count / sizes.length) }, (_, round) => round);
	const startOf = (round: number) => round * sizes.length;
	stts.sample_counts = [count - 1, 1];
	stts.sample_deltas = [delta, ticks - (count - 1) * delta];
	stsz.sample_sizes = Array.from({ length: count }, (_, sample) => sizes[sample % sizes.length]);
	stsc.first_chunk = rounds.map((round) => round + 1);
	stsc.samples_per_chunk = rounds.map((round) => Math.min(sizes.length, count - startOf(round)));
	stsc.sample_description_index = rounds.map(() => 1);
	stco.chunk_offsets = rounds.map(() => 0);
	if (stss) stss.sample_numbers = rounds.map((round) => startOf(round) + 1);
	for (const { entries } of sbgps) entries[0].sample_count = count;
	mdhd.duration = ticks;
	track.tkhd.duration = moov.mvhd.duration;
	const { elst } = track.edts ?? {};
	if (!elst) throw new Error('A track has no edit list');
	const rate = { media_rate_integer: 1, media_rate_fraction: 0 };
	elst.entries = [{ segment_duration: moov.mvhd.duration, media_time: skipped, ...rate }];
}

/** Writes the file offset of a loop's first round, and the distance between rounds in bytes. */
function place({ track }: Loop, offset: number, step: number): void {
	const { stco } = track.mdia.minf.stbl;
	stco.chunk_offsets = stco.chunk_offsets.map((_, round) => offset + round * step);
}
