import { box, joined, text, u32, u64 } from './boxWriter';
import { write } from './copy';
import type { Layout, Share } from './layout';
import { layOut } from './layout';
import type { FilmTrack } from './movieIndex';
import { movieIndex } from './movieIndex';
import { checkSamePicture, checkSameShape, hasSameSets, setsInBand } from './picture';
import { soundOf, soundTrack } from './sound';
import type { Take } from './take';
import type { Timeline, Voice } from './timeline';
import { lineUp } from './timeline';

/** A film that can be written. */
export interface FilmPlan {
	/** Seconds. */
	duration: number;
	/** Pixels as they are shown. */
	width: number;
	height: number;
	frames: number;
	/** Bytes. */
	size: number;
	hasSound: boolean;
	/** Seconds of the film at which each clip begins and ends. */
	clips: Array<{ start: number; end: number }>;
	/** The film's bytes. Throws if an input ends too early; only a film that is whole comes to its end. */
	write(): AsyncGenerator<Uint8Array>;
}

/** Frames of a clip and the sound to hear with them. */
export interface Scene {
	take: Take;
	voice?: Voice;
	labels: Uint8Array[];
}

/** Seconds of a film at most, which bounds what an index that lies can ask for. */
const MOST_SECONDS = 4 * 60 * 60;

/** Plans the film of some scenes, all of which have to be alike. */
export function assemble(scenes: Scene[]): FilmPlan {
	checkSame(scenes);
	const timeline = lineUp(scenes.map(({ take }) => take));
	const { timescale, seams } = timeline;
	const empty = scenes.find((_, clip) => !(seams[clip + 1] > seams[clip]));
	if (empty) throw empty.take.track.source.broken();
	const duration = seams[scenes.length] / timescale;
	if (!(duration <= MOST_SECONDS))
		throw scenes[scenes.length - 1].take.track.source.refusal(
			'makes the film longer than 4 hours.',
		);
	const places = scenes.map(({ take, voice }, clip) => ({
		source: take.track.source,
		from: seams[clip] / timescale,
		to: seams[clip + 1] / timescale,
		voice,
	}));
	const sound = soundOf(places);
	const shares = sharesOf(scenes, sound.counts);
	const layout = layOut(shares, timeline, sound);
	const tracks = [pictureTrack(scenes[0], timeline, layout)];
	if (sound.format) tracks.push(soundTrack(sound, sound.format, layout.packets));
	const { width, height } = scenes[0].take.track.shape;
	const head = headOf(tracks, timescale, labelsOf(scenes), layout.bytes);
	return {
		duration,
		width,
		height,
		frames: timeline.samples.count,
		size: head.length + layout.bytes,
		hasSound: sound.format !== undefined,
		clips: places.map(({ from, to }) => ({ start: from, end: to })),
		write: () => write(head, layout.pieces),
	};
}

/** Refuses clips that differ too much from the first, whose format is the film's. */
function checkSame(scenes: Scene[]): void {
	const { shape, format } = scenes[0].take.track;
	for (const [clip, { take }] of scenes.entries()) {
		const { source, ...track } = take.track;
		checkSameShape(source, track.shape, shape);
		checkSamePicture(source, track.format, format);
		if (clip > 0 && track.isOpen)
			throw source.refusal(
				'begins with a picture that can only follow the frames it was cut from (an open group of pictures). Export it again, or make it the first.',
			);
	}
}

/** What each clip gives to the film, with parameter sets before each key frame if they are not the same everywhere. */
function sharesOf(scenes: Scene[], packets: number[]): Share[] {
	const formats = scenes.map(({ take }) => take.track.format);
	const isOneEncoding = formats.every((format) => hasSameSets(format, formats[0]));
	let frame = 0;
	let packet = 0;
	return scenes.map(({ take, voice }, clip) => ({
		picture: take.track.source,
		sound: voice?.track.source ?? take.track.source,
		frames: [frame, (frame += take.samples.count)],
		packets: [packet, (packet += packets[clip])],
		before: isOneEncoding ? undefined : setsInBand(formats[clip]),
		splice: clip > 0 && formats[clip].codec === 'HEVC' ? formats[clip].lengthBytes : undefined,
	}));
}

function pictureTrack(
	{ take: { track } }: Scene,
	{ timescale, samples, lead, seams }: Timeline,
	layout: Layout,
): FilmTrack {
	const { format, language } = track;
	const { matrix, size } = track.shape;
	return {
		...{ kind: 'vide', timescale, samples, offsets: layout.frames, lead },
		...{ length: seams[seams.length - 1], entry: format.entry, matrix, size, language },
	};
}

/**
 * Labels of the first clip that is labeled as made by AI, as China's rules ask of generators; or else of the first that
 * has any. A film can't have several, and a signature (C2PA) holds for the very bytes of one file.
 */
function labelsOf(scenes: Scene[]): Uint8Array[] {
	const isLabeled = ({ labels }: Scene) => labels.some((label) => includes(label, text('AIGC')));
	const scene = scenes.find(isLabeled) ?? scenes.find(({ labels }) => labels.length > 0);
	return scene?.labels ?? [];
}

const includes = (bytes: Uint8Array, part: Uint8Array) =>
	bytes.some((_, at) => part.every((byte, number) => bytes[at + number] === byte));

const BRANDS = box('ftyp', text('isom'), u32(512), text('isomiso2avc1mp41'));

/** Everything before the media data: the index comes first, so that a film plays while it loads. */
function headOf(
	tracks: FilmTrack[],
	timescale: number,
	labels: Uint8Array[],
	bytes: number,
): Uint8Array {
	const isLong = bytes + 8 >= 2 ** 32;
	const data = joined([u32(isLong ? 1 : bytes + 8), text('mdat'), isLong ? u64(bytes + 16) : []]);
	let index = movieIndex(tracks, timescale, labels, 0);
	// offsets that grow beyond 4 GB take more room
	for (let round = 0; round < 2; round++)
		index = movieIndex(tracks, timescale, labels, BRANDS.length + index.length + data.length);
	return joined([BRANDS, index, data]);
}
