import type { Box } from './boxes';
import {
	boxesIn,
	descend,
	findBox,
	framesOf,
	isWhole,
	kindOf,
	ofType,
	secondsOf,
	shownTicks,
	sizeOf,
} from './boxes';
import type { Bytes } from './bytes';
import { formatOf, HEAD } from './formats';

/** What can be told of a clip from its index. */
export interface ClipFacts {
	format: string;
	/** Seconds of its picture: its sound may be a little longer. */
	duration?: number;
	/** Frames a second, on average. */
	frameRate?: number;
	/** Pixels. */
	width?: number;
	height?: number;
	/** What makes it no clip that could be used, behind its name in a sentence. */
	flaw?: string;
}

type Facts = Omit<ClipFacts, 'format'>;

const NO_INDEX: Facts = {
	flaw: 'the file is cut off or broken: the index that says what is in it is missing',
};
const NO_PICTURE: Facts = { flaw: 'the file has no picture, only sound' };

/**
 * What a clip is, by its content and not by its name.
 *
 * @returns undefined where its first bytes can't be had
 */
export async function readClip(bytes: Bytes): Promise<ClipFacts | undefined> {
	const head = await bytes.at(0, HEAD);
	if (!head) return undefined;
	const format = formatOf(head);
	if (!['MP4', 'MOV', '3GP'].includes(format)) return { format };
	const index = await findBox(bytes, 'moov');
	if (index === 'missing') return { format, ...NO_INDEX };
	return { format, ...(index && factsOf(index)) };
}

function factsOf(index: Uint8Array): Facts {
	const movie: Box = { type: 'moov', from: 0, to: index.length };
	const boxes = boxesIn(index, movie);
	const tracks = boxes.filter(({ type }) => type === 'trak');
	const kinds = tracks.map((track) => kindOf(index, track));
	const picture = tracks[kinds.indexOf('vide')];
	if (picture) return pictureOf(index, boxes, picture);
	// an old MOV may have its tracks compressed
	const isTold = isWhole(boxes, movie) && ofType(boxes, 'mvhd') && !ofType(boxes, 'cmov');
	return isTold && !kinds.includes(undefined) ? NO_PICTURE : {};
}

function pictureOf(index: Uint8Array, boxes: Box[], track: Box): Facts {
	const table = descend(index, track, 'mdia', 'minf', 'stbl');
	const size = sizeOf(index, table && descend(index, table, 'stsd'));
	const movieHeader = ofType(boxes, 'mvhd');
	const { timescale } = secondsOf(index, movieHeader);
	const fragments = ofType(boxes, 'mvex');
	if (fragments) {
		// what the index counts is then at most the first of the fragments
		const total = shownTicks(index, descend(index, fragments, 'mehd'));
		return { ...size, ...(total && timescale && { duration: total / timescale }) };
	}
	const { seconds } = secondsOf(index, descend(index, track, 'mdia', 'mdhd'));
	const shown = shownTicks(index, descend(index, track, 'edts', 'elst'));
	const frames = framesOf(index, table && descend(index, table, 'stts'));
	return {
		...size,
		duration: shown && timescale ? shown / timescale : seconds,
		...(seconds !== undefined && frames > 0 && { frameRate: frames / seconds }),
	};
}
