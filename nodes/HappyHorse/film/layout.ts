import type { Samples } from './samples';
import type { Source } from './source';

/** Bytes of a file to copy. */
export interface Span {
	source: Source;
	from: number;
	to: number;
}

/** Media data of the film: bytes to copy, and bytes of its own. */
export type Piece = Span | Uint8Array;

/** A clip's share in the film's media data. */
export interface Share {
	picture: Source;
	sound: Source;
	/** First of its frames in the film, and the one behind its last; likewise its packets of sound. */
	frames: [from: number, to: number];
	packets: [from: number, to: number];
	/** Bytes that are put before each key frame, and behind the last frame. */
	before?: Uint8Array;
	behind?: Uint8Array;
}

/** Seconds of picture and of sound that take turns, where they come from two files. */
const TURN = 0.5;

/** Offset of a packet of sound that is in no file. */
export const SILENT = -1;

/** Where everything stands in the film's media data. */
export interface Layout {
	/** Pieces in order, for each clip. */
	pieces: Piece[][];
	bytes: number;
	/** Byte of the media data at which each frame and each packet begins. */
	frames: Float64Array;
	packets: Float64Array;
}

/**
 * Lays out the film's media data. A file's bytes are copied in the file's own order, each once, so that it is read
 * straight through; frames that share bytes in the file do so in the film. Sizes of frames grow by what is put before.
 */
export function layOut(
	shares: Share[],
	picture: { samples: Samples; timescale: number },
	sound: { samples: Samples; timescale: number; silence?: Uint8Array },
): Layout {
	const frames = new Float64Array(picture.samples.count);
	const packets = new Float64Array(sound.samples.count);
	let bytes = 0;
	const pieces = shares.map((share) => {
		const writer = new Writer(bytes);
		const order = inFileOrder(sound.samples, ...share.packets);
		const silent = order.filter((packet) => sound.samples.offsets[packet] === SILENT);
		const heard = order.slice(silent.length);
		const lastHeard = heard.reduce((last, packet) => Math.max(last, packet), -1);
		const putSilence = (packet: number) => {
			if (sound.silence) packets[packet] = writer.put(sound.silence);
		};
		const putHeard = (packet: number) => {
			const { offsets, sizes } = sound.samples;
			packets[packet] = writer.copy(share.sound, offsets[packet], sizes[packet]);
		};
		const putFrame = (frame: number) => {
			frames[frame] = writer.copyFrame(share, picture.samples, frame);
		};
		silent.filter((packet) => packet < lastHeard || lastHeard < 0).forEach(putSilence);
		let next = 0;
		for (const frame of inFileOrder(picture.samples, ...share.frames)) {
			for (; next < heard.length && isDue(share, picture, sound, frame, heard[next]); next++)
				putHeard(heard[next]);
			putFrame(frame);
		}
		heard.slice(next).forEach(putHeard);
		silent.filter((packet) => packet > lastHeard && lastHeard >= 0).forEach(putSilence);
		bytes = writer.bytes;
		return writer.pieces;
	});
	return { pieces, bytes, frames, packets };
}

/** Whether a packet is put before a frame: as in the file they come from, or by turns. */
function isDue(
	share: Share,
	picture: { samples: Samples; timescale: number },
	sound: { samples: Samples; timescale: number },
	frame: number,
	packet: number,
): boolean {
	if (share.picture === share.sound)
		return sound.samples.offsets[packet] < picture.samples.offsets[frame];
	const turnOf = ({ samples, timescale }: { samples: Samples; timescale: number }, at: number) =>
		Math.floor(samples.dts[at] / timescale / TURN);
	return turnOf(sound, packet) <= turnOf(picture, frame);
}

/** Numbers of samples, sorted by where they stand in their file. */
function inFileOrder({ offsets, sizes }: Samples, from: number, to: number): Uint32Array {
	const numbers = Uint32Array.from({ length: to - from }, (_, at) => from + at);
	return numbers.sort((a, b) => offsets[a] - offsets[b] || sizes[a] - sizes[b] || a - b);
}

/** Collects the pieces of one clip. */
class Writer {
	readonly pieces: Piece[] = [];

	/** The bytes last copied from each file, where they stand in the film, and how many were put around them. */
	private readonly last = new Map<
		Source,
		{ from: number; to: number; at: number; before: number; behind: number }
	>();

	constructor(
		/** Bytes of the film's media data up to here. */
		public bytes: number,
	) {}

	put(bytes: Uint8Array): number {
		this.pieces.push(bytes);
		this.bytes += bytes.length;
		return this.bytes - bytes.length;
	}

	copyFrame({ picture, before, behind, frames }: Share, samples: Samples, frame: number): number {
		const { offsets, sizes, keys } = samples;
		const size = sizes[frame];
		const start = keys[frame] ? before : undefined;
		const end = frame === frames[1] - 1 ? behind : undefined;
		sizes[frame] += (start?.length ?? 0) + (end?.length ?? 0);
		return this.copy(picture, offsets[frame], size, start, end);
	}

	copy(
		source: Source,
		from: number,
		size: number,
		before: Uint8Array = NOTHING,
		behind: Uint8Array = NOTHING,
	): number {
		const to = from + size;
		const around = { before: before.length, behind: behind.length };
		const last = this.last.get(source);
		if (last && from < last.to) {
			const isShared = last.from === from && last.to === to;
			if (isShared && last.before === around.before && last.behind === around.behind)
				return last.at;
			// the index contradicts itself
			throw source.broken();
		}
		const at = this.bytes;
		if (before.length > 0) this.put(before);
		this.span({ source, from, to });
		if (behind.length > 0) this.put(behind);
		this.last.set(source, { from, to, at, ...around });
		return at;
	}

	private span(span: Span): void {
		const last = this.pieces[this.pieces.length - 1];
		if (
			last &&
			!(last instanceof Uint8Array) &&
			last.source === span.source &&
			last.to === span.from
		)
			last.to = span.to;
		else this.pieces.push(span);
		this.bytes += span.to - span.from;
	}
}

const NOTHING = new Uint8Array();
