/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the tests' files */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createFile, MP4BoxBuffer } from 'mp4box';

import type { FilmPlan } from '../../nodes/HappyHorse/film/plan';
import type { FilmInput } from '../../nodes/HappyHorse/film/source';

export const FILMS = join(__dirname, '..', 'fixtures', 'film');

export const clipFile = (name: string): Buffer => readFileSync(join(FILMS, name));

/** Bytes as an input that comes in pieces; counts how often it is opened and let go of. */
export class BytesInput implements FilmInput {
	opened = 0;

	closed = 0;

	readonly size?: number;

	constructor(
		private readonly bytes: Uint8Array,
		readonly name = 'Clip 1',
		private readonly piece = 997,
		/** What is read when it is opened once more. */
		private readonly later = bytes,
		isSizeKnown = true,
	) {
		this.size = isSizeKnown ? bytes.length : undefined;
	}

	async *open(): AsyncGenerator<Uint8Array> {
		const bytes = this.opened++ === 0 ? this.bytes : this.later;
		try {
			for (let at = 0; at < bytes.length; at += this.piece)
				yield bytes.subarray(at, at + this.piece);
		} finally {
			this.closed++;
		}
	}
}

export const clips = (...names: string[]) =>
	names.map((name, at) => new BytesInput(clipFile(name), `Clip ${at + 1}`));

/** An index (a `moov`) whose chunk offsets take 64 bits, and are larger. */
export function longOffsets(box: Buffer, more: number): Buffer {
	const type = box.toString('latin1', 4, 8);
	if (type === 'stco') {
		const count = box.readUInt32BE(12);
		const long = Buffer.alloc(16 + count * 8);
		long.writeUInt32BE(long.length);
		long.write('co64', 4);
		long.writeUInt32BE(count, 12);
		for (let at = 0; at < count; at++)
			long.writeBigUInt64BE(BigInt(box.readUInt32BE(16 + at * 4) + more), 16 + at * 8);
		return long;
	}
	if (!['moov', 'trak', 'mdia', 'minf', 'stbl'].includes(type)) return box;
	const parts: Buffer[] = [box.subarray(0, 8)];
	for (let at = 8; at + 8 <= box.length; at += box.readUInt32BE(at))
		parts.push(longOffsets(box.subarray(at, at + box.readUInt32BE(at)), more));
	const whole = Buffer.from(Buffer.concat(parts));
	whole.writeUInt32BE(whole.length);
	return whole;
}

/** A file of bytes and of zeros, of which nothing is there before it is asked for. */
export function largeInput(name: string, parts: Array<Uint8Array | number>): FilmInput {
	const zeros = new Uint8Array(1024 * 1024);
	return {
		name,
		size: parts.reduce<number>(
			(sum, part) => sum + (typeof part === 'number' ? part : part.length),
			0,
		),
		async *open() {
			for (const part of parts) {
				if (typeof part !== 'number') yield part;
				else
					for (let left = part; left > 0; left -= zeros.length)
						yield zeros.subarray(0, Math.min(left, zeros.length));
			}
		},
	};
}

/** All of a film's bytes. */
export async function written(plan: FilmPlan): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of plan.write()) pieces.push(piece);
	return Buffer.concat(pieces);
}

/** A frame or packet as mp4box finds it. */
export interface Found {
	offset: number;
	bytes: Buffer;
	/** Seconds at which it is shown and decoded. */
	shown: number;
	decoded: number;
	isKey: boolean;
}

/** A file's samples as mp4box reads them, which is not our own reader. */
export function readFilm(file: Uint8Array): { picture: Found[]; sound: Found[]; boxes: string[] } {
	const mp4 = createFile();
	// what it does not know in labels
	mp4.onError = () => undefined;
	mp4.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(file).buffer, 0));
	mp4.flush();
	const samplesOf = (kind: string): Found[] => {
		const track = mp4.moov.traks.find(({ mdia }) => mdia.hdlr.handler === kind);
		if (!track) return [];
		return mp4.getTrackSamplesInfo(track.tkhd.track_id).map((sample) => ({
			offset: sample.offset,
			bytes: Buffer.from(file.subarray(sample.offset, sample.offset + sample.size)),
			shown: sample.cts / sample.timescale,
			decoded: sample.dts / sample.timescale,
			isKey: sample.is_sync,
		}));
	};
	const boxes = mp4.boxes.map(({ type }) => type);
	return { picture: samplesOf('vide'), sound: samplesOf('soun'), boxes };
}
