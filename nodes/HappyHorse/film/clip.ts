import type { Box } from '../media/boxes';
import {
	boxesIn,
	descend,
	isEnabled,
	kindOf,
	mainPicture,
	ofType,
	secondsOf,
} from '../media/boxes';
import type { StreamBytes } from '../media/bytes';
import { formatOf, HEAD } from '../media/formats';
import { soundFormatOf } from './aac';
import { isAdts, readAdts } from './adts';
import type { Movie } from './movie';
import { readMovie } from './movie';
import { pictureFormatOf, shapeOf } from './picture';
import type { Source } from './source';
import { FRAME_HEAD, isOpen } from './splice';
import type { Picture, Sound, Track } from './track';
import { checkEncrypted, entriesOf, readTrack } from './track';

/** A file's tracks, as far as they are used. */
export interface Clip {
	source: Source;
	picture: Picture;
	sound?: Sound;
	/** Boxes with what people and programs say of the file (`udta`, `meta`), labels of AI content among them. */
	labels: Uint8Array[];
}

/** Bytes of labels to keep; a cover picture may be among them. */
const MOST_LABELS = 1024 * 1024;

/** Reads a clip's index, and the tables of its picture and, if it is wanted, of its sound. */
export async function readClip(source: Source, wanted: { sound: boolean }): Promise<Clip> {
	return await reading(source, async (bytes) => {
		const movie = await readMovie(source, bytes);
		const tracks = tracksOf(source, movie);
		const box = tracks.picture;
		if (!box) throw source.refusal('has no picture.');
		const { track, header, entry } = readTrack(source, movie, box, tracks.timescale);
		if (track.samples.count === 0) throw source.refusal('has no frames.');
		const format = pictureFormatOf(entry);
		const shape = shapeOf(source, header, entry);
		const sound = wanted.sound ? soundOf(source, movie) : undefined;
		const frame = await firstFrame(bytes, movie, track);
		const picture = {
			...track,
			format,
			shape,
			isOpen: frame !== undefined && isOpen(format, frame),
		};
		return { source, picture, sound, labels: labelsOf(movie) };
	});
}

/** Beginning of the first frame, unless it was passed over on the way to the index. */
async function firstFrame(
	bytes: StreamBytes,
	{ data }: Movie,
	{ samples }: Track,
): Promise<Uint8Array | undefined> {
	const [offset] = samples.offsets;
	const length = Math.min(samples.sizes[0], FRAME_HEAD);
	if (!data || offset < data.at) return await bytes.at(offset, length);
	return data.content.subarray(offset - data.at, offset - data.at + length);
}

/** Reads the sound of a file: an M4A, MP4 or MOV, or bare AAC (ADTS) as some voice services give. */
export async function readSound(source: Source): Promise<Sound> {
	return await reading(source, async (bytes) => {
		if (await isAdts(bytes)) return await readAdts(source, bytes);
		const other = await otherSound(bytes);
		if (other !== undefined)
			throw source.refusal(
				`is ${other}, not AAC. Choose AAC or M4A where the sound is made, or convert it.`,
			);
		const sound = soundOf(source, await readMovie(source, bytes));
		if (!sound) throw source.refusal('has no sound.');
		return sound;
	});
}

/** Name of a sound file's format that can't be put into an MP4; voice services give MP3 unless asked otherwise. */
async function otherSound(bytes: StreamBytes): Promise<string | undefined> {
	const head = await bytes.at(0, HEAD);
	const [, name] = /^(MP3|WAV|FLAC|OGG)/.exec(head ? formatOf(head) : '') ?? [];
	return name;
}

async function reading<T>(source: Source, read: (bytes: StreamBytes) => Promise<T>): Promise<T> {
	const bytes = await source.open();
	try {
		return await read(bytes);
	} catch (cause) {
		throw source.refusalFor(cause);
	} finally {
		await bytes.close();
	}
}

function tracksOf(source: Source, { index }: Movie) {
	const boxes = boxesIn(index, { type: 'moov', from: 0, to: index.length });
	const { timescale } = secondsOf(index, ofType(boxes, 'mvhd'));
	if (!timescale) throw source.broken();
	const tracks = boxes.filter(({ type }) => type === 'trak');
	const sounds = tracks.filter((track) => kindOf(index, track) === 'soun');
	const enabled = sounds.filter((track) => isEnabled(index, track));
	return {
		timescale,
		picture: mainPicture(index, tracks),
		sounds: enabled.length > 0 ? enabled : sounds,
	};
}

/** The first sound that is AAC: phones put other kinds of the same sound beside it. */
function soundOf(source: Source, movie: Movie): Sound | undefined {
	const tracks = tracksOf(source, movie);
	const boxes = tracks.sounds;
	const kinds = boxes.map((box) => kindOfSound(source, movie, box));
	const usable = kinds.findIndex(({ format }) => format !== undefined);
	if (boxes.length === 0) return undefined;
	const format = kinds[usable]?.format;
	if (!format)
		throw source.refusal(`has sound that is ${kinds[0].codec}, not AAC. Convert its sound to AAC.`);
	const { track } = readTrack(source, movie, boxes[usable], tracks.timescale);
	return track.samples.count > 0 ? { ...track, format } : undefined;
}

function kindOfSound(source: Source, { index }: Movie, track: Box) {
	const stbl = descend(index, track, 'mdia', 'minf', 'stbl');
	const [entry] = stbl ? entriesOf(index, stbl) : [];
	if (!entry) throw source.broken();
	checkEncrypted(source, entry);
	return soundFormatOf(entry);
}

function labelsOf({ index }: Movie): Uint8Array[] {
	const labels = boxesIn(index, { type: 'moov', from: 0, to: index.length }).filter(
		({ type, from, to }) => ['udta', 'meta'].includes(type) && to - from <= MOST_LABELS,
	);
	return labels.map(({ from, to }) => index.subarray(from - 8, to));
}
