import type { Box } from '../media/boxes';
import { boxesIn, ofType } from '../media/boxes';
import { textIn, view } from '../media/bytes';
import type { Source } from './source';

/** A picture by the facts that clips have to share to become one. */
export interface PictureFormat {
	codec: string;
	/** Sample entry, a whole box, without the bit rates, which differ from clip to clip. */
	entry: Uint8Array;
	/** Bits of a colour and how colours are spread, such as "8 bits in 4:2:0". */
	depth: string;
	/** Bytes that tell the length of each unit in a frame; undefined if frames have none. */
	lengthBytes?: number;
	/** Parameter sets that a decoder begins with. */
	sets: Uint8Array[];
}

const CODECS: Record<string, string> = {
	avc1: 'H.264',
	avc3: 'H.264',
	hvc1: 'HEVC',
	hev1: 'HEVC',
	av01: 'AV1',
	vp09: 'VP9',
	mp4v: 'MPEG-4 Visual',
	apcn: 'ProRes',
	apch: 'ProRes',
	apcs: 'ProRes',
	apco: 'ProRes',
	ap4h: 'ProRes',
	jpeg: 'Motion JPEG',
};

/** Where boxes begin in the sample entry of a picture. */
const HEAD = 86;

/** Parameter sets of a kind, and bytes of all. They may stand before each key frame; real ones have some hundred bytes. */
const MOST_SETS = 64;
const MOST_CONFIG = 64 * 1024;

const SAMPLING = ['4:0:0', '4:2:0', '4:2:2', '4:4:4'];

const depthOf = (bits: number, sampling: number) => `${bits} bits in ${SAMPLING[sampling]}`;

/** Format that a sample entry describes. */
export function pictureFormatOf(entry: Uint8Array): PictureFormat {
	const type = textIn(entry, 4);
	const boxes = boxesIn(entry, { type, from: HEAD, to: entry.length });
	const common = { codec: CODECS[type] ?? type, entry: withoutBitRates(entry, boxes) };
	const contentOf = (box: Box | undefined) => box && entry.subarray(box.from, box.to);
	const avc = contentOf(ofType(boxes, 'avcC'));
	if (avc && common.codec === 'H.264') return { ...common, ...avcFacts(avc) };
	const hevc = contentOf(ofType(boxes, 'hvcC'));
	if (hevc && common.codec === 'HEVC') return { ...common, ...hevcFacts(hevc) };
	return { ...common, depth: '', sets: [] };
}

function withoutBitRates(entry: Uint8Array, boxes: Box[]): Uint8Array {
	const kept = boxes.filter(({ type }) => type !== 'btrt');
	const parts = [
		entry.subarray(0, HEAD),
		...kept.map(({ from, to }) => entry.subarray(from - 8, to)),
	];
	const bare = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		bare.set(part, at);
		at += part.length;
	}
	view(bare).setUint32(0, bare.length);
	return bare;
}

/** Units that stand one behind the other, each behind its length. */
class Units {
	private readonly data: DataView;

	constructor(
		private readonly bytes: Uint8Array,
		public at: number,
	) {
		this.data = view(bytes);
	}

	byte(): number {
		return this.data.getUint8(this.at++);
	}

	take(count: number): Uint8Array[] {
		if (count > MOST_SETS) throw new RangeError();
		return Array.from({ length: count }, () => {
			const from = this.at + 2;
			this.at = from + this.data.getUint16(this.at);
			if (this.at > Math.min(this.bytes.length, MOST_CONFIG)) throw new RangeError();
			return this.bytes.subarray(from, this.at);
		});
	}
}

function avcFacts(config: Uint8Array): Omit<PictureFormat, 'codec' | 'entry'> {
	const units = new Units(config, 5);
	const sets = [...units.take(units.byte() & 0x1f), ...units.take(units.byte())];
	// what the high profiles add; others have 8 bits in 4:2:0
	const isHigh = [100, 110, 122, 144, 244].includes(config[1]) && units.at + 4 <= config.length;
	const depth = isHigh
		? depthOf((config[units.at + 1] & 7) + 8, config[units.at] & 3)
		: depthOf(8, 1);
	return { depth, lengthBytes: (config[4] & 3) + 1, sets };
}

function hevcFacts(config: Uint8Array): Omit<PictureFormat, 'codec' | 'entry'> {
	const units = new Units(config, 22);
	const sets: Uint8Array[] = [];
	for (let arrays = units.byte(); arrays > 0; arrays--) {
		units.at++;
		sets.push(...units.take(units.byte() * 256 + units.byte()));
	}
	const depth = depthOf((config[17] & 7) + 8, config[16] & 3);
	return { depth, lengthBytes: (config[21] & 3) + 1, sets };
}

/** How a picture is shown. */
export interface Shape {
	/** Pixels as they are shown, turned and stretched. */
	width: number;
	height: number;
	/** Pixels as they are encoded. */
	encoded: string;
	/** The part of the matrix that turns. */
	turn: string;
	matrix: Uint8Array;
	size: Uint8Array;
}

export function shapeOf(source: Source, header: Uint8Array, entry: Uint8Array): Shape {
	const at = header.length - 44;
	if (at < 40) throw source.broken();
	const matrix = header.subarray(at, at + 36);
	const size = header.subarray(at + 36);
	const data = view(entry);
	const encoded = [data.getUint16(32), data.getUint16(34)];
	const shown = [0, 2].map(
		(half, side) => size[half * 2] * 256 + size[half * 2 + 1] || encoded[side],
	);
	const isOnItsSide = view(matrix).getInt32(0) === 0 && view(matrix).getInt32(4) !== 0;
	const [width, height] = isOnItsSide ? [shown[1], shown[0]] : shown;
	const turn = [matrix.subarray(0, 8), matrix.subarray(12, 20)].join();
	return { width, height, encoded: encoded.join(' × '), turn, matrix, size };
}

/** Refuses a picture of another size, or one that is turned otherwise. */
export function checkSameShape(source: Source, shape: Shape, first: Shape): void {
	const sizeOf = ({ width, height }: Shape) => `${width} × ${height}`;
	const advice = 'Make all clips in one Aspect Ratio and Resolution.';
	if (sizeOf(shape) !== sizeOf(first))
		throw source.refusal(`is ${sizeOf(shape)}, but the first is ${sizeOf(first)}. ${advice}`);
	if (shape.turn !== first.turn)
		throw source.refusal(
			'is turned or mirrored by its player, and the first is not, or otherwise. Export all clips upright.',
		);
	if (shape.encoded !== first.encoded)
		throw source.refusal(
			`is encoded with ${shape.encoded} pixels, but the first with ${first.encoded}. ${advice}`,
		);
}

/** Refuses a picture that a decoder can't go on with after the first clip's. */
export function checkSamePicture(
	source: Source,
	format: PictureFormat,
	first: PictureFormat,
): void {
	if (format.codec !== first.codec)
		throw source.refusal(
			`is encoded as ${format.codec}, but the first is ${first.codec}. Use clips of one codec.`,
		);
	if (format.depth !== first.depth)
		throw source.refusal(
			`has colors of ${format.depth}, but the first has ${first.depth}. Export all clips with the same settings.`,
		);
	const canVary = format.lengthBytes !== undefined && format.lengthBytes === first.lengthBytes;
	if (!canVary && !isEqual(format.entry, first.entry))
		throw source.refusal(
			'is encoded with other settings than the first. Export all clips with the same settings.',
		);
}

export const hasSameSets = (format: PictureFormat, other: PictureFormat) =>
	format.sets.length === other.sets.length &&
	format.sets.every((set, number) => isEqual(set, other.sets[number]));

const isEqual = (one: Uint8Array, other: Uint8Array) =>
	one.length === other.length && one.every((byte, at) => byte === other[at]);

/** Parameter sets as they stand in front of a key frame, each behind its length. */
export const setsInBand = ({ sets, lengthBytes = 4 }: PictureFormat) =>
	Uint8Array.from(
		sets.flatMap((set) => [
			...Array.from({ length: lengthBytes }, (_, at) => set.length >> (8 * (lengthBytes - 1 - at))),
			...set,
		]),
	);
