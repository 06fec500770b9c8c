import { boxAt, descend, MAX_INDEX_BYTES } from '../media/boxes';
import type { StreamBytes } from '../media/bytes';
import { formatOf, HEAD } from '../media/formats';
import type { Source } from './source';
import { FRAME_HEAD } from './splice';

/** A fragment's index, and where it begins in its file. */
export interface Fragment {
	at: number;
	content: Uint8Array;
}

/** A file's index: the content of its `moov` and, if it is made of fragments, of each `moof`. */
export interface Movie {
	index: Uint8Array;
	fragments: Fragment[];
	/** First bytes of the media data, if they stand before the index, and where they begin. */
	data?: { at: number; content: Uint8Array };
}

const FORMATS = ['MP4', 'MOV', '3GP', 'M4A (audio only)'];
/** Boxes of a file; each fragment has two or three. */
const MOST_BOXES = 100_000;

/** Reads a file's index. Media data is skipped, and what lies behind the index is not read unless there are fragments. */
export async function readMovie(source: Source, bytes: StreamBytes): Promise<Movie> {
	const head = await bytes.at(0, HEAD);
	if (!head) throw source.refusal(`is no video: it has ${bytes.size ?? 0} bytes.`);
	const format = formatOf(head);
	if (!FORMATS.includes(format)) {
		const found = format === 'unknown' ? 'neither MP4 nor MOV' : `${format}, not MP4 or MOV`;
		throw source.refusal(`is ${found}.`);
	}
	let index: Uint8Array | undefined;
	const fragments: Fragment[] = [];
	let data: Movie['data'];
	let room = MAX_INDEX_BYTES;
	let offset = 0;
	for (let number = 0; number < MOST_BOXES; number++) {
		if (index && !isFragmented(index)) return { index, fragments, data };
		const box = await boxAt(bytes, offset);
		if (box === 'missing' && bytes.size === offset && index) return { index, fragments, data };
		if (box === 'missing') throw index ? source.cutOff() : noIndex(source);
		if (!box) throw source.broken();
		if (bytes.size !== undefined && box.to > bytes.size) throw source.cutOff();
		if (box.type === 'moof' || (box.type === 'moov' && !index)) {
			room -= box.to - box.from;
			if (room < 0) throw source.refusal('has too large an index: it is too long to be a clip.');
			const content = await bytes.at(box.from, box.to - box.from);
			if (!content) throw source.cutOff();
			if (box.type === 'moov') index = new Uint8Array(content);
			else fragments.push({ at: offset, content: new Uint8Array(content) });
		}
		if (box.type === 'mdat' && !data) {
			const content = await bytes.at(box.from, Math.min(box.to - box.from, FRAME_HEAD));
			data = content && { at: box.from, content: new Uint8Array(content) };
		}
		offset = box.to;
	}
	throw source.broken();
}

const isFragmented = (index: Uint8Array) =>
	descend(index, { type: 'moov', from: 0, to: index.length }, 'mvex') !== undefined;

const noIndex = (source: Source) =>
	source.refusal('is cut off or damaged: the index that says what is in it is missing.');
