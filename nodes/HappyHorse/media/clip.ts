import type { Box } from './boxes';
import {
	boxesIn,
	descend,
	findBox,
	framesOf,
	isWhole,
	kindOf,
	mainPicture,
	ofType,
	secondsOf,
	sizeOf,
} from './boxes';
import type { Bytes } from './bytes';
import { formatOf, HEAD } from './formats';
import type { Lengths } from './lengths';
import { lengthsOf } from './lengths';

/** Properties of a clip, from its index. */
export interface ClipFacts extends Lengths {
	format: string;
	/** Average frames per second. */
	frameRate?: number;
	/** Frames per second where they follow each other fastest. */
	highestFrameRate?: number;
	/** Pixels. */
	width?: number;
	height?: number;
	/** Reason why it is unusable whatever its measures, as the end of a sentence. */
	defect?: string;
}

type Facts = Omit<ClipFacts, 'format'>;

const NO_INDEX: Facts = {
	defect: 'the file is cut off or damaged: its index is missing',
};
const NO_PICTURE: Facts = { defect: 'the file has no picture, only sound' };

/**
 * Reads a clip's properties from its content, whatever its name.
 *
 * @returns undefined if its first bytes can't be read
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
	const picture = mainPicture(index, tracks);
	if (picture) return pictureOf(index, boxes, picture);
	const kinds = tracks.map((track) => kindOf(index, track));
	// an old MOV may have its tracks compressed (cmov)
	const isReadable = isWhole(boxes, movie) && ofType(boxes, 'mvhd') && !ofType(boxes, 'cmov');
	return isReadable && !kinds.includes(undefined) ? NO_PICTURE : {};
}

function pictureOf(index: Uint8Array, boxes: Box[], track: Box): Facts {
	const table = descend(index, track, 'mdia', 'minf', 'stbl');
	const size = sizeOf(index, table && descend(index, table, 'stsd'));
	const lengths = lengthsOf(index, boxes, track);
	// the index counts at most the first fragment
	if (ofType(boxes, 'mvex')) return { ...size, ...lengths };
	const { timescale, seconds } = secondsOf(index, descend(index, track, 'mdia', 'mdhd'));
	const { frames, shortest } = framesOf(index, table && descend(index, table, 'stts'));
	return {
		...size,
		...lengths,
		...(seconds !== undefined && frames > 0 && { frameRate: frames / seconds }),
		...(timescale && shortest && { highestFrameRate: timescale / shortest }),
	};
}
