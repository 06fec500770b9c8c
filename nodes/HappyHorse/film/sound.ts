import type { SoundFormat } from './aac';
import { checkSameSound, describe, silentPacket } from './aac';
import { SILENT } from './layout';
import type { FilmTrack } from './movieIndex';
import { soundEntry, UPRIGHT } from './movieIndex';
import { Samples } from './samples';
import type { Place } from './timeline';
import { fillPlaces } from './timeline';

/** Packets that may be repeated where no silent one is known. */
const MOST_REPEATED = 2;

/** The film's sound; without a format, there is none. */
export interface FilmSound {
	format?: SoundFormat;
	samples: Samples;
	timescale: number;
	silence?: Uint8Array;
	lead: number;
	language: number;
	/** Packets of each clip. */
	counts: number[];
}

/** The film's sound, in the format of the first clip that has any. */
export function soundOf(places: Place[]): FilmSound {
	const voices = places.flatMap(({ voice }) => (voice ? [voice.track] : []));
	const none = { samples: new Samples(0), timescale: 1, lead: 0, language: 0 };
	if (voices.length === 0) return { ...none, counts: places.map(() => 0) };
	const [{ format, timescale: ticks, language }] = voices;
	voices.forEach((voice) => checkSameSound(voice.source, voice.format, format));
	// packets have to last a whole number of ticks
	const timescale = (format.frame * ticks) % format.rate === 0 ? ticks : format.rate;
	const packetTicks = (format.frame * timescale) / format.rate;
	const silence = silentPacket(format);
	const packets = fillPlaces(places, format);
	const clips = silence ? packets.clips : withoutSilence(places, packets.clips, format);
	const count = clips.reduce((sum, { length }) => sum + length, 0);
	const lead = Math.round(packets.lead * packetTicks);
	// nothing of less than a packet is heard, and a track of no length is none to players
	if (count * packetTicks <= lead) return { ...none, counts: clips.map(() => 0) };
	const samples = new Samples(count);
	let at = 0;
	clips.forEach((numbers, clip) => {
		const heard = places[clip].voice?.track.samples;
		for (const number of numbers) {
			samples.offsets[at] = number < 0 ? SILENT : (heard?.offsets[number] ?? SILENT);
			samples.sizes[at] = number < 0 ? (silence?.length ?? 0) : (heard?.sizes[number] ?? 0);
			samples.dts[at] = at * packetTicks;
			at++;
		}
	});
	samples.pts.set(samples.dts);
	samples.keys.fill(1);
	samples.ends = at * packetTicks;
	const counts = clips.map(({ length }) => length);
	return { format, samples, timescale, silence, lead, language, counts };
}

/** Closes small gaps with the packet before them; at the film's end the sound may end sooner. */
function withoutSilence(places: Place[], clips: number[][], format: SoundFormat): number[][] {
	return clips.map((numbers, clip) => {
		const heard = numbers.filter((number) => number >= 0);
		const ends =
			clip === clips.length - 1 ? numbers.lastIndexOf(heard[heard.length - 1]) + 1 : numbers.length;
		const missing = numbers.slice(0, ends).filter((number) => number < 0).length;
		if (missing > MOST_REPEATED || (missing > 0 && heard.length === 0))
			throw places[clip].source.refusal(
				`needs silence for a part without sound, which can’t be made for ${describe(format)}. Give all clips sound of their full length, or set ‘Sound’ to Remove.`,
			);
		let last = heard[0];
		return numbers.slice(0, ends).map((number) => (last = number < 0 ? last : number));
	});
}

export function soundTrack(
	sound: FilmSound,
	format: SoundFormat,
	offsets: Float64Array,
): FilmTrack {
	const { samples, timescale, lead, language } = sound;
	const bytes = samples.sizes.reduce((sum, size) => sum + size, 0);
	const bitRate = Math.round((bytes * 8 * timescale) / Math.max(samples.ends, 1));
	return {
		...{ kind: 'soun', timescale, samples, offsets, lead },
		...{ length: samples.ends - lead, entry: soundEntry(format, bitRate) },
		...{ matrix: UPRIGHT, size: new Uint8Array(8), language },
	};
}
