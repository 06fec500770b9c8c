import type { Samples } from './samples';
import type { Source } from './source';

/** Bytes of a file to copy. */
export interface Span {
	source: Source;
	from: number;
	to: number;
	/** For a key frame of HEVC behind another clip: bytes that tell the length of each unit in it. */
	splice?: number;
}

/** Media data of the film: bytes to copy, and new ones. */
export type Piece = Span | Uint8Array;

/** A clip's share in the film's media data. */
export interface Share {
	picture: Source;
	sound: Source;
	/** First of its frames in the film, and the one behind its last; likewise its packets of sound. */
	frames: [from: number, to: number];
	packets: [from: number, to: number];
	/** Bytes that are put before each key frame. */
	before?: Uint8Array;
	/** See `Span`. */
	splice?: number;
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
			const from = offsets[packet];
			packets[packet] = writer.copy({ source: share.sound, from, to: from + sizes[packet] });
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

	/** The bytes last copied from each file, and where they stand in the film. */
	private readonly last = new Map<Source, Copied>();

	constructor(
		/** Bytes of the film's media data up to here. */
		public bytes: number,
	) {}

	put(bytes: Uint8Array): number {
		this.pieces.push(bytes);
		this.bytes += bytes.length;
		return this.bytes - bytes.length;
	}

	copyFrame({ picture, before, splice, frames }: Share, samples: Samples, frame: number): number {
		const { offsets, sizes, keys } = samples;
		const span = { source: picture, from: offsets[frame], to: offsets[frame] + sizes[frame] };
		const head = keys[frame] ? before : undefined;
		sizes[frame] += head?.length ?? 0;
		const isSpliced = splice !== undefined && frame === frames[0];
		return this.copy(isSpliced ? { ...span, splice } : span, head);
	}

	copy(span: Span, head: Uint8Array = NOTHING): number {
		const last = this.last.get(span.source);
		if (last && span.from < last.to) {
			const isSame = last.from === span.from && last.to === span.to && last.head === head.length;
			if (isSame) return last.at;
			// the index contradicts itself
			throw span.source.broken();
		}
		const at = this.bytes;
		if (head.length > 0) this.put(head);
		this.last.set(span.source, { from: span.from, to: span.to, head: head.length, at });
		this.join(span);
		this.bytes += span.to - span.from;
		return at;
	}

	private join(span: Span): void {
		const last = this.pieces[this.pieces.length - 1];
		const isNext =
			last && !(last instanceof Uint8Array) && last.source === span.source && last.to === span.from;
		if (isNext && last.splice === undefined && span.splice === undefined) last.to = span.to;
		else this.pieces.push(span);
	}
}

interface Copied {
	from: number;
	to: number;
	/** Bytes that were put before. */
	head: number;
	at: number;
}

const NOTHING = new Uint8Array();
