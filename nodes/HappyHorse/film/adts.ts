import type { StreamBytes } from '../media/bytes';
import { formatOf } from './aac';
import { MOST_SAMPLES, Samples } from './samples';
import type { Source } from './source';
import { tooMany } from './tables';
import type { Sound } from './track';

/** Bytes before each packet of bare AAC, and of those that have a checksum. */
const HEAD = 7;
const LONG_HEAD = 9;

/** Whether a file begins as bare AAC does: twelve bits that are set, and a layer of 0. */
export async function isAdts(bytes: StreamBytes): Promise<boolean> {
	const head = await bytes.at(0, HEAD);
	return head !== undefined && isHead(head);
}

const isHead = (head: Uint8Array) => head[0] === 0xff && (head[1] & 0xf6) === 0xf0;

/** Reads where each packet stands: bare AAC has no index, but a head before each packet. */
export async function readAdts(source: Source, bytes: StreamBytes): Promise<Sound> {
	const offsets: number[] = [];
	const sizes: number[] = [];
	let config: Uint8Array | undefined;
	for (let at = 0; ; ) {
		const head = await bytes.at(at, HEAD);
		// something else may stand behind the last packet, such as a tag
		if (!head || !isHead(head)) break;
		const length = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5);
		const start = head[1] & 1 ? HEAD : LONG_HEAD;
		if (length <= start || head[6] & 3) throw source.broken();
		config ??= configOf(head);
		if (offsets.length >= MOST_SAMPLES) throw tooMany(source);
		offsets.push(at + start);
		sizes.push(length - start);
		at += length;
	}
	const end = offsets[offsets.length - 1] + sizes[sizes.length - 1];
	if (bytes.size !== undefined && end > bytes.size) throw source.cutOff();
	const format = config && formatOf(config);
	if (!format) throw source.refusal('is AAC of a rare profile. Convert it to AAC-LC.');
	const samples = new Samples(offsets.length);
	samples.offsets.set(offsets);
	samples.sizes.set(sizes);
	samples.keys.fill(1);
	for (let packet = 0; packet < samples.count; packet++)
		samples.dts[packet] = samples.pts[packet] = packet * format.frame;
	samples.ends = samples.count * format.frame;
	const language = UNDETERMINED;
	return { source, format, timescale: format.rate, samples, starts: 0, stops: Infinity, language };
}

/** "und", in five bits a letter. */
const UNDETERMINED = 0x55c4;

/** AudioSpecificConfig of what a head says: profile, rate and channels. */
function configOf(head: Uint8Array): Uint8Array {
	const profile = (head[2] >> 6) + 1;
	const rate = (head[2] >> 2) & 15;
	const channels = ((head[2] & 1) << 2) | (head[3] >> 6);
	return Uint8Array.of((profile << 3) | (rate >> 1), ((rate & 1) << 7) | (channels << 3));
}
