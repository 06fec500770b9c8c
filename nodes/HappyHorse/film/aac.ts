import { boxesIn, ofType } from '../media/boxes';
import { textIn, view } from '../media/bytes';
import type { Source } from './source';

/** AAC by the facts that two tracks have to share to become one. */
export interface SoundFormat {
	/** AudioSpecificConfig, which a decoder begins with. */
	config: Uint8Array;
	/** Samples a second as the packets count them: half of what is heard where the upper half is made up (HE-AAC). */
	rate: number;
	/** As configurations number them; 0 is a layout of the config's own. */
	channels: number;
	/** Sound samples in a packet. */
	frame: number;
	isHighEfficiency: boolean;
}

const RATES = [
	96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
	7_350,
];
const LOW_COMPLEXITY = 2;
const HIGH_EFFICIENCY = [5, 29];
/** Bytes; most have 2 to 5. */
const MOST_CONFIG = 256;
const AAC_IN_MP4 = [0x40, 0x67];

/** Sample entries of sound other than AAC, by the names that people know. */
const OTHERS: Record<string, string> = {
	sowt: 'PCM',
	twos: 'PCM',
	lpcm: 'PCM',
	ipcm: 'PCM',
	in24: 'PCM',
	'raw ': 'PCM',
	'ac-3': 'Dolby Digital',
	'ec-3': 'Dolby Digital Plus',
	Opus: 'Opus',
	alac: 'Apple Lossless',
	fLaC: 'FLAC',
	'.mp3': 'MP3',
	samr: 'AMR',
	apac: 'Apple Positional Audio',
};

/** Name of a sound track's codec, and its format if it is AAC-LC or HE-AAC. */
export function soundFormatOf(entry: Uint8Array): { codec: string; format?: SoundFormat } {
	const type = textIn(entry, 4);
	if (type !== 'mp4a') return { codec: OTHERS[type] ?? type };
	// QuickTime's descriptions are longer, and may keep what matters in a box of their own
	const extra = [0, 16, 36][view(entry).getUint16(16)] ?? 0;
	const boxes = boxesIn(entry, { type, from: 36 + extra, to: entry.length });
	const wave = ofType(boxes, 'wave');
	const esds = ofType(boxes, 'esds') ?? (wave && ofType(boxesIn(entry, wave), 'esds'));
	const decoder = esds && decoderOf(entry.subarray(esds.from + 4, esds.to));
	if (!decoder) return { codec: type };
	if ([0x69, 0x6b].includes(decoder.kind)) return { codec: 'MP3' };
	if (!AAC_IN_MP4.includes(decoder.kind)) return { codec: type };
	const format = formatOf(decoder.config);
	return { codec: format ? 'AAC' : 'AAC of a rare profile', format };
}

/** Kind and configuration of the decoder that an `esds` box names. */
function decoderOf(esds: Uint8Array): { kind: number; config: Uint8Array } | undefined {
	const stream = descriptorOf(esds, 0x03);
	if (!stream) return undefined;
	const flags = stream[2];
	const url = flags & 0x40 ? 1 + stream[3 + (flags & 0x80 ? 2 : 0)] : 0;
	const skipped = 3 + (flags & 0x80 ? 2 : 0) + url + (flags & 0x20 ? 2 : 0);
	const decoder = descriptorOf(stream.subarray(skipped), 0x04);
	if (!decoder) return undefined;
	return { kind: decoder[0], config: descriptorOf(decoder.subarray(13), 0x05) ?? new Uint8Array() };
}

/** Content of the descriptor that some bytes begin with. Its length comes seven bits a byte. */
function descriptorOf(bytes: Uint8Array, tag: number): Uint8Array | undefined {
	if (bytes[0] !== tag) return undefined;
	let length = 0;
	for (let at = 1; at < Math.min(5, bytes.length); at++) {
		length = length * 128 + (bytes[at] & 0x7f);
		if (bytes[at] < 0x80) return bytes.subarray(at + 1, at + 1 + length);
	}
	return undefined;
}

/** Format that an AudioSpecificConfig states; undefined if it is neither AAC-LC nor HE-AAC. */
export function formatOf(config: Uint8Array): SoundFormat | undefined {
	if (config.length > MOST_CONFIG) return undefined;
	const bits = Array.from(config, (byte) => byte.toString(2).padStart(8, '0')).join('');
	let at = 0;
	const next = (width: number) => parseInt(bits.slice(at, (at += width)), 2);
	const nextKind = () => {
		const kind = next(5);
		return kind === 31 ? 32 + next(6) : kind;
	};
	const nextRate = () => {
		const number = next(4);
		return number === 15 ? next(24) : RATES[number];
	};
	let kind = nextKind();
	const rate = nextRate();
	const channels = next(4);
	const isHighEfficiency = HIGH_EFFICIENCY.includes(kind);
	if (isHighEfficiency) {
		nextRate();
		kind = nextKind();
	}
	const frame = next(1) === 1 ? 960 : 1024;
	if (kind !== LOW_COMPLEXITY || !(rate > 0)) return undefined;
	return { config, rate, channels, frame, isHighEfficiency };
}

const CHANNELS: Record<number, string> = { 1: 'mono', 2: 'stereo', 6: '5.1', 7: '7.1' };

/** A format as people name it. */
export const describe = ({ channels, rate, isHighEfficiency }: SoundFormat) =>
	[
		isHighEfficiency ? 'HE-AAC' : 'AAC',
		...(CHANNELS[channels] ? [CHANNELS[channels]] : [`in channel layout ${channels}`]),
		`at ${(isHighEfficiency ? 2 : 1) * (rate / 1_000)} kHz`,
	].join(' ');

/** Refuses a track whose packets a decoder for the first one's would not understand. */
export function checkSameSound(source: Source, format: SoundFormat, first: SoundFormat): void {
	const isSame =
		format.rate === first.rate &&
		format.channels === first.channels &&
		format.frame === first.frame &&
		format.isHighEfficiency === first.isHighEfficiency &&
		(format.channels > 0 || textOf(format.config) === textOf(first.config));
	if (isSame) return;
	throw source.refusal(
		`has sound of another kind (${describe(format)}) than the clips before it (${describe(first)}). Give all clips the same kind of sound, or set ‘Sound’ to Remove.`,
	);
}

const textOf = (bytes: Uint8Array) => bytes.join();

/** Elements of a packet by the number of the channel layout: single channels, pairs and the one for low tones. */
const LAYOUTS = ['', 'S', 'P', 'SP', 'SPS', 'SPP', 'SPPL', 'SPPPL'];

/**
 * A packet that is silent.
 *
 * @returns undefined if none is known for the format
 */
export function silentPacket(format: SoundFormat): Uint8Array | undefined {
	const layout = LAYOUTS[format.channels];
	if (!layout || format.isHighEfficiency) return undefined;
	const tags: Record<string, number> = { S: 0, P: 0, L: 0 };
	// one long window without any band, no gain, and none of the tools
	const window = '0'.repeat(11);
	const gain = '0'.repeat(8);
	const noTools = '000';
	const elements = Array.from(layout, (kind) => {
		const tag = (tags[kind]++).toString(2).padStart(4, '0');
		if (kind === 'P') return `001${tag}1${window}00${gain}${noTools}${gain}${noTools}`;
		return `${kind === 'L' ? '011' : '000'}${tag}${gain}${window}${noTools}`;
	});
	const bits = `${elements.join('')}111`;
	const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
	return Uint8Array.from(bytes, (byte) => parseInt(byte, 2));
}
