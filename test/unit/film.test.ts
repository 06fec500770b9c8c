/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the tests' files and measures this process */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { formatOf } from '../../nodes/HappyHorse/film/aac';
import { srt } from '../../nodes/HappyHorse/film/captions';
import { readSound } from '../../nodes/HappyHorse/film/clip';
import { planJoin } from '../../nodes/HappyHorse/film/join';
import { soundEntry } from '../../nodes/HappyHorse/film/movieIndex';
import { planReplaceSound } from '../../nodes/HappyHorse/film/replaceSound';
import { Samples } from '../../nodes/HappyHorse/film/samples';
import { soundOf } from '../../nodes/HappyHorse/film/sound';
import { Refusal, Source } from '../../nodes/HappyHorse/film/source';
import { fillPlaces } from '../../nodes/HappyHorse/film/timeline';
import type { Sound } from '../../nodes/HappyHorse/film/track';
import { planTrim, planTrimTo } from '../../nodes/HappyHorse/film/trim';
import type { Found } from '../support/films';
import {
	BytesInput,
	clipFile,
	clips,
	FILMS,
	largeInput,
	longOffsets,
	readFilm,
	written,
} from '../support/films';

/** What ffprobe says of each clip. */
const PROBED: Record<string, Record<string, { seconds: number; frames: number }>> = JSON.parse(
	readFileSync(join(FILMS, 'probed.json'), 'utf8'),
);

/** Seconds of a packet of sound at 16 kHz. */
const PACKET = 1024 / 16_000;

// mp4box tells the console of QuickTime's boxes that it does not know
beforeAll(() => jest.spyOn(console, 'error').mockImplementation());

const inOrder = (samples: Found[]) => [...samples].sort((a, b) => a.shown - b.shown);

/** Seconds at which frames are shown, from the first. */
const timesOf = (samples: Found[]) => {
	const shown = inOrder(samples).map((sample) => sample.shown);
	return shown.map((time) => time - shown[0]);
};

/** Bytes by a short name, for lists that people can read. */
const print = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex').slice(0, 12);

const prints = (samples: Found[]) => samples.map(({ bytes }) => print(bytes));

/** A silent packet of one channel. */
const SILENCE = print(Uint8Array.of(0, 0, 0, 7));

/** Joins clips, and reads the film and each clip by mp4box. */
async function join2(names: string[], sound?: 'keep' | 'remove') {
	const plan = await planJoin(clips(...names), { sound });
	const bytes = await written(plan);
	return {
		plan,
		bytes,
		film: readFilm(bytes),
		parts: names.map((name) => readFilm(clipFile(name))),
	};
}

async function refusalOf(planned: Promise<unknown>): Promise<Refusal> {
	const thrown: unknown = await planned.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (thrown instanceof Refusal) return thrown;
	throw new Error(`Not refused: ${String(thrown)}`);
}

const KINDS = [
	'a.mp4',
	'front.mp4',
	'ticks.mp4',
	'negative.mp4',
	'no-edits.mp4',
	'uneven.mp4',
	'clip.mov',
	'fragments.mp4',
	'first-fragment.mp4',
	'separate.mp4',
	'streaming.mp4',
	'late-sound.mp4',
	'late-picture.mp4',
];

describe('a film of clips', () => {
	test.each(KINDS)('%s between two others: every frame as it was, at its time', async (name) => {
		const { plan, bytes, film, parts } = await join2(['b.mp4', name, 'silent.mp4']);
		expect(bytes).toHaveLength(plan.size);
		expect(film.boxes).toEqual(['ftyp', 'moov', 'mdat']);
		const frames = parts.flatMap(({ picture }) => picture);
		expect(film.picture).toHaveLength(frames.length);
		// parameter sets may stand before a key frame
		const kept = film.picture.map(({ bytes: frame }, at) =>
			frame.subarray(-frames[at].bytes.length),
		);
		expect(kept.every((frame, at) => frame.equals(frames[at].bytes))).toBe(true);
		const times = timesOf(film.picture);
		const expected = parts.flatMap(({ picture }, clip) =>
			timesOf(picture).map((time) => plan.clips[clip].start + time),
		);
		expect(times).toHaveLength(expected.length);
		times.forEach((time, frame) => expect(time).toBeCloseTo(expected[frame], 5));
		for (const { shown, decoded } of film.picture) expect(shown).toBeGreaterThanOrEqual(decoded);
		expect(plan).toMatchObject({ width: 64, height: 48, frames: times.length, hasSound: true });
		const seconds = ['b.mp4', name, 'silent.mp4'].reduce(
			(sum, clip) => sum + PROBED[clip].video.seconds,
			0,
		);
		expect(Math.abs(plan.duration - seconds)).toBeLessThan(0.11);
	});

	test('sound is off by half a packet at most at each of twelve seams, and never adds up', async () => {
		const names = Array.from({ length: 12 }, (_, at) => (at % 2 ? 'a.mp4' : 'b.mp4'));
		const { plan, film, parts } = await join2(names);
		// the encoder's first packet is not heard
		const lead = PACKET;
		let slot = 0;
		for (const [clip, { start }] of plan.clips.entries()) {
			const own = prints(parts[clip].sound);
			while (slot * PACKET - lead < start - PACKET / 2) slot++;
			const packet = own.indexOf(print(film.sound[slot + 2].bytes)) - 2;
			const heardAt = (slot - packet) * PACKET;
			expect(Math.abs(heardAt - start)).toBeLessThanOrEqual(PACKET / 2 + 1e-6);
		}
		const heard = film.sound.length * PACKET - lead;
		expect(heard).toBeLessThanOrEqual(plan.duration + 1e-6);
		expect(heard).toBeGreaterThan(plan.duration - PACKET);
	});

	test('a clip without sound is silent for its length', async () => {
		const { plan, film, parts } = await join2(['silent.mp4', 'a.mp4', 'silent.mp4']);
		const own = prints(parts[1].sound);
		const silent = film.sound.filter(({ bytes }) => !own.includes(print(bytes)));
		expect([...new Set(prints(silent))]).toEqual([SILENCE]);
		expect(film.sound).toHaveLength(Math.floor(plan.duration / PACKET));
	});

	test('channels that no packet in the clips is silent on have a silent packet', async () => {
		const { film, parts } = await join2(['surround.mp4', 'silent.mp4']);
		const own = prints(parts[0].sound);
		const silent = film.sound.filter(({ bytes }) => !own.includes(print(bytes)));
		expect(silent.length).toBeGreaterThan(10);
		expect(new Set(prints(silent)).size).toBe(1);
	});

	test('without sound it has no track for it', async () => {
		const { plan, film } = await join2(['a.mp4', 'pcm.mov'], 'remove');
		expect(plan.hasSound).toBe(false);
		expect(film.sound).toEqual([]);
	});

	test('parameter sets that differ stand before each key frame', async () => {
		const { plan, bytes, film, parts } = await join2(['a.mp4', 'sets.mp4']);
		expect(bytes).toHaveLength(plan.size);
		const frames = parts.flatMap(({ picture }) => picture);
		film.picture.forEach((frame, at) => {
			const own = frames[at].bytes;
			expect(frame.bytes.subarray(-own.length).equals(own)).toBe(true);
			expect(frame.bytes.length > own.length).toBe(frame.isKey);
			// a set of the sequence comes first
			if (frame.isKey) expect(frame.bytes[4] & 0x1f).toBe(7);
		});
	});

	test('HEVC that was cut at an open group follows another clip as a broken link', async () => {
		const part = await written(await planTrim(clips('hevc.mp4')[0], { start: 0.5 }));
		const plan = await planJoin([new BytesInput(part), new BytesInput(part, 'Clip 2')]);
		const { picture } = readFilm(await written(plan));
		const own = readFilm(part).picture;
		const typeOf = (frame: Found) => (frame.bytes[4] >> 1) & 0x3f;
		expect([typeOf(picture[0]), typeOf(picture[own.length])]).toEqual([21, 18]);
		expect(prints(picture.slice(own.length + 1))).toEqual(prints(own.slice(1)));
	});

	test('only the first key frame of such a clip is one, also where no sound stands between its frames', async () => {
		const bare = { sound: 'remove' } as const;
		const part = await written(await planTrim(clips('hevc.mp4')[0], { start: 0 }, bare));
		const keysOf = (film: Buffer) => readFilm(film).picture.filter(({ isKey }) => isKey);
		expect(keysOf(part).length).toBeGreaterThan(1);
		const film = await written(await planJoin([new BytesInput(part), new BytesInput(part)]));
		const { picture } = readFilm(film);
		const own = readFilm(part).picture;
		expect(prints(picture.slice(own.length + 1))).toEqual(prints(own.slice(1)));
	});

	test('the label of AI content is kept, whichever clip has it', async () => {
		const { bytes } = await join2(['a.mp4', 'labeled.mp4']);
		expect(bytes.includes('AIGC')).toBe(true);
		const inMeta = new BytesInput(replace(clipFile('labeled.mp4'), 'udta', 'meta'), 'Clip 2');
		const film = await written(await planJoin([clips('a.mp4')[0], inMeta]));
		expect(film.includes('AIGC')).toBe(true);
	});

	test('other labels are kept where no clip is labeled so', async () => {
		const bare = new BytesInput(replace(clipFile('a.mp4'), 'udta', 'free'));
		const noted = new BytesInput(replace(clipFile('labeled.mp4'), 'AIGC', 'NOTE'), 'Clip 2');
		const film = await written(await planJoin([bare, noted]));
		expect(film.includes('NOTE')).toBe(true);
	});

	test('a pause before a clip’s sound is silent', async () => {
		const own = prints(readFilm(clipFile('late-sound.mp4')).sound);
		const film = readFilm(await written(await planJoin(clips('late-sound.mp4'))));
		// 336 ms, of which packets of 64 ms fill five
		expect(prints(film.sound).indexOf(own[1])).toBe(6);
	});

	test('packets of a clip keep their distance from the film’s, although their times are rounded', () => {
		const format = { rate: 44_100, frame: 1024, channels: 1, isHighEfficiency: false };
		const packet = format.frame / format.rate;
		const dts = Float64Array.from({ length: 100 }, (_, at) => Math.round(at * packet * 1_000));
		const samples = Object.assign(new Samples(100), { dts });
		const track = { samples, timescale: 1_000, starts: 0, stops: Infinity };
		const source = new Source(clips('a.mp4')[0], 1);
		// nearly half a packet beside the film's
		const from = 10.51 * packet;
		const places = [
			{ source, from: 0, to: from },
			{ source, from, to: 80 * packet, voice: { track: track as unknown as Sound, start: 0 } },
		];
		const filled = fillPlaces(places, { ...format, config: new Uint8Array() });
		expect(filled.clips[1]).toEqual(Array.from({ length: 69 }, (_, at) => at));
	});

	test('a fragment’s track may begin where the data of the one before it ends', async () => {
		const bytes = clipFile('fragments.mp4');
		for (let moof = bytes.indexOf('moof'); moof >= 0; moof = bytes.indexOf('moof', moof + 4)) {
			const end = bytes.indexOf('mdat', moof);
			let at = bytes.indexOf('traf', moof);
			for (let isFirst = true; at >= 0 && at < end; at = bytes.indexOf('traf', at + 4)) {
				const header = bytes.indexOf('tfhd', at) + 4;
				// without the place that data are counted from, which takes 8 bytes behind flags and number
				bytes[header + 3] &= ~1;
				bytes.copy(bytes, header + 8, header + 16, header + 28);
				if (!isFirst) bytes.writeUInt32BE(0, bytes.indexOf('trun', at) + 12);
				isFirst = false;
			}
		}
		expect(bytes.equals(clipFile('fragments.mp4'))).toBe(false);
		const [same, other] = [new BytesInput(bytes), clips('fragments.mp4')[0]];
		const films = [await written(await planJoin([same])), await written(await planJoin([other]))];
		expect(films[0].equals(films[1])).toBe(true);
	});

	test('each file is read twice and let go of', async () => {
		const inputs = clips('a.mp4', 'front.mp4', 'fragments.mp4');
		await written(await planJoin(inputs));
		expect(inputs.map(({ opened, closed }) => [opened, closed])).toEqual([
			[2, 2],
			[2, 2],
			[2, 2],
		]);
	});

	test('a reader that stops early lets go of what is open', async () => {
		const inputs = clips('a.mp4', 'b.mp4');
		const film = (await planJoin(inputs)).write();
		await film.next();
		await film.next();
		await film.return(undefined);
		expect(inputs.map(({ opened, closed }) => [opened, closed])).toEqual([
			[2, 2],
			[1, 1],
		]);
	});

	test.each([
		['its size known', true],
		['its size unknown', false],
	])('a file that ends while it is copied ends the film with a refusal, %s', async (_, isKnown) => {
		const whole = clipFile('b.mp4');
		const cut = new BytesInput(whole, 'Clip 2', 997, whole.subarray(0, 2_000), isKnown);
		const plan = await planJoin([clips('a.mp4')[0], cut]);
		expect(await refusalOf(written(plan))).toMatchObject({
			clip: 2,
			reason: 'Clip 2 is cut off: the file ends too early. Download or export it again.',
		});
	});
});

describe('clips that can’t be joined are refused by name', () => {
	test.each([
		[
			'size.mp4',
			'is 48 × 64, but the first is 64 × 48. Make all clips in one Aspect Ratio and Resolution.',
		],
		[
			'turned.mp4',
			'is 48 × 64, but the first is 64 × 48. Make all clips in one Aspect Ratio and Resolution.',
		],
		['hevc.mp4', 'is encoded as HEVC, but the first is H.264. Use clips of one codec.'],
		[
			'deep.mp4',
			'has colors of 10 bits in 4:2:0, but the first has 8 bits in 4:2:0. Export all clips with the same settings.',
		],
		[
			'stereo.mp4',
			'has sound of another kind (AAC stereo at 16 kHz) than the clips before it (AAC mono at 16 kHz). Give all clips the same kind of sound, or set ‘Sound’ to Remove.',
		],
		['pcm.mov', 'has sound that is PCM, not AAC. Convert its sound to AAC.'],
		['mp3.mp4', 'has sound that is MP3, not AAC. Convert its sound to AAC.'],
		[
			'hidden.mp4',
			'begins with frames that an edit list hides, and players would show them. Trim it first, or export it again.',
		],
		['song.m4a', 'has no picture.'],
		['voice.aac', 'is neither MP4 nor MOV.'],
	])('%s', async (name, says) => {
		const opened = clips('a.mp4', name);
		expect(await refusalOf(planJoin(opened))).toMatchObject({ clip: 2, reason: `Clip 2 ${says}` });
		expect(opened.map(({ opened: times, closed }) => times === closed)).toEqual([true, true]);
	});

	test.each([
		['encrypted', (bytes: Buffer) => replace(bytes, 'avc1\0\0', 'encv\0\0'), 'is encrypted'],
		[
			'sound that is encrypted',
			(bytes: Buffer) => replace(bytes, 'mp4a\0\0', 'enca\0\0'),
			'is encrypted',
		],
		[
			'cut off behind its index',
			(bytes: Buffer) => bytes.subarray(0, -60),
			'is cut off',
			'front.mp4',
		],
		['cut off before its index', (bytes: Buffer) => bytes.subarray(0, 3_000), 'is cut off'],
		[
			'cut off in a fragment',
			(bytes: Buffer) => bytes.subarray(0, 5_000),
			'is cut off',
			'fragments.mp4',
		],
		[
			'without its index',
			(bytes: Buffer) => bytes.subarray(0, bytes.indexOf('moov') - 4),
			'is cut off or damaged',
		],
		['empty', () => Buffer.alloc(0), 'is no video'],
		[
			'a web page',
			() => Buffer.from('<!DOCTYPE html><title>Sign in</title>'),
			'is a web page, not MP4',
		],
	] as Array<[string, (bytes: Buffer) => Buffer, string, string?]>)(
		'%s',
		async (_, change, says, name = 'a.mp4') => {
			const input = new BytesInput(change(clipFile(name)), 'Clip 2');
			const refusal = await refusalOf(planJoin([clips('a.mp4')[0], input]));
			expect(refusal.clip).toBe(2);
			expect(refusal.reason).toContain(`Clip 2 ${says}`);
		},
	);
});

describe('a clip that was changed in one place is refused by what is wrong', () => {
	/** The place behind a box's type. */
	const behind = (bytes: Buffer, type: string) => bytes.indexOf(type) + 4;

	test('HEVC of other colors', async () => {
		const bytes = clipFile('hevc.mp4');
		bytes[behind(bytes, 'hvcC') + 17] |= 2;
		const inputs = [clips('hevc.mp4')[0], new BytesInput(bytes, 'Clip 2')];
		expect((await refusalOf(planJoin(inputs))).reason).toContain(
			'has colors of 10 bits in 4:4:4, but the first has 8 bits in 4:4:4.',
		);
	});

	test('a picture that is upside down', async () => {
		const bytes = clipFile('a.mp4');
		bytes.writeInt32BE(-0x1_0000, behind(bytes, 'tkhd') + 40 + 16);
		const inputs = [clips('a.mp4')[0], new BytesInput(bytes, 'Clip 2')];
		expect((await refusalOf(planJoin(inputs))).reason).toContain('is turned or mirrored');
	});

	test('one that changes its encoding', async () => {
		const bytes = clipFile('a.mp4');
		bytes.writeUInt32BE(2, behind(bytes, 'stsc') + 8 + 12 + 8);
		expect((await refusalOf(planJoin([new BytesInput(bytes)]))).reason).toContain(
			'changes its encoding on the way',
		);
	});

	test.each([
		[0.25, undefined],
		[0.75, 'begins with frames that an edit list hides'],
	])('one that hides %p of its first frame', async (share, says) => {
		const bytes = clipFile('a.mp4');
		const start = behind(bytes, 'elst') + 12;
		const ticks = bytes.readUInt32BE(behind(bytes, 'stts') + 12);
		bytes.writeUInt32BE(bytes.readUInt32BE(start) + share * ticks, start);
		const planned = planJoin([new BytesInput(bytes)]);
		if (says === undefined) expect((await planned).frames).toBeGreaterThan(0);
		else expect((await refusalOf(planned)).reason).toContain(says);
	});
});

const replace = (bytes: Buffer, from: string, to: string) =>
	Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');

describe('a part of a clip', () => {
	test('has no frame more than asked for, and can be decoded: it is the first frames in decoding order', async () => {
		const whole = readFilm(clipFile('whole.mp4'));
		for (let seconds = 0.05; seconds < 16; seconds += 0.171) {
			const plan = await planTrimTo(clips('whole.mp4')[0], seconds);
			expect(plan.duration).toBeLessThanOrEqual(seconds + 1e-6);
			expect(plan.frames).toBe(Math.max(1, Math.floor(seconds * 30 + 1e-6)));
			const film = readFilm(await written(plan));
			expect(prints(film.picture)).toEqual(prints(whole.picture.slice(0, plan.frames)));
			timesOf(film.picture).forEach((time, frame) => expect(time).toBeCloseTo(frame / 30, 5));
			// sound does not last longer than the picture
			expect(film.sound.length * (1024 / 8_000) - 1024 / 8_000).toBeLessThanOrEqual(plan.duration);
		}
	});

	test.each([
		['ntsc.mp4', 3, 90],
		['ntsc.mp4', 15, 449],
		['ntsc.mp4', 4, 119],
		['whole.mp4', 3, 90],
		['whole.mp4', 15, 450],
		['whole.mp4', 16, 480],
		['whole.mp4', 20, 480],
	])('%s cut to %d seconds has %d frames', async (name, seconds, frames) => {
		const plan = await planTrimTo(clips(name)[0], seconds, { atLeast: 3 });
		expect(plan).toMatchObject({ frames, start: 0, isCut: seconds < 16 });
		expect(plan.duration).toBeGreaterThanOrEqual(3);
		expect(Math.ceil(plan.duration - 0.01)).toBeLessThanOrEqual(seconds);
	});

	test('begins with the key frame before its start, and says so', async () => {
		const plan = await planTrim(clips('a.mp4')[0], { start: 1.4, end: 1.9 });
		expect(plan).toMatchObject({ start: 1, isCut: true, frames: 9 });
		expect(plan.duration).toBeCloseTo(0.9, 6);
		const { picture, sound } = readFilm(await written(plan));
		const whole = readFilm(clipFile('a.mp4'));
		expect(prints(picture)).toEqual(prints(whole.picture.slice(10, 19)));
		// a decoder needs the packet before the first one that is heard
		const first = prints(whole.sound).indexOf(print(sound[0].bytes));
		expect((first + 1) * PACKET - PACKET).toBeLessThanOrEqual(1);
		expect((first + 2) * PACKET - PACKET).toBeGreaterThan(1);
	});

	test('of HEVC with open groups leaves out the frames that are shown before its key frame', async () => {
		const plan = await planTrim(clips('hevc.mp4')[0], { start: 0.6 });
		expect(plan).toMatchObject({ start: 0.5, frames: 5 });
	});

	test('of a rate that varies has its last frames, whose edit list ends with them', async () => {
		const file = readFileSync(join(FILMS, '..', 'zoo', 'recording.mp4'));
		const { picture } = readFilm(file);
		const plan = await planTrim(new BytesInput(file), { start: 0 });
		expect([plan.frames, plan.duration]).toEqual([picture.length, 10]);
	});

	test('is cut where the sound alone goes on', async () => {
		const file = readFileSync(join(FILMS, '..', 'zoo', 'sound-longer.mp4'));
		const cutTo = async (most: number) => await planTrimTo(new BytesInput(file), most);
		expect(await cutTo(60)).toMatchObject({ isCut: true, duration: 60 });
		expect(await cutTo(60.1)).toMatchObject({ isCut: false });
	});

	test('shows frames that an edit list hides, and says so', async () => {
		const plan = await planTrim(clips('hidden.mp4')[0], { start: 0, end: 1 });
		expect(plan.start).toBeCloseTo(-0.5, 2);
		expect(plan.duration).toBeLessThanOrEqual(1.5);
	});

	test.each([
		[{ start: 1, end: 1 }, 'can’t be cut from 1 to 1 seconds: the end must come after the start.'],
		[
			{ start: 1, end: 0.5 },
			'can’t be cut from 1 to 0.5 seconds: the end must come after the start.',
		],
		[{ start: 2 }, 'has only 2 seconds, but the part begins at 2.'],
	])('%j is refused', async (part, says) => {
		const refusal = await refusalOf(planTrim(clips('a.mp4')[0], part));
		expect(refusal.reason).toBe(`Clip 1 ${says}`);
	});
});

describe('a clip with another sound', () => {
	const replaced = async (name: string, sound?: string) => {
		const input =
			sound === undefined ? {} : { sound: new BytesInput(clipFile(sound), 'The sound') };
		const plan = await planReplaceSound(clips(name)[0], input);
		return { plan, film: readFilm(await written(plan)), own: readFilm(clipFile(name)) };
	};

	test('or without any', async () => {
		const { plan, film, own } = await replaced('a.mp4');
		expect([plan.hasSound, film.sound]).toEqual([false, []]);
		expect(prints(film.picture)).toEqual(prints(own.picture));
	});

	test.each(['song.m4a', 'a.mp4'])('%s is cut, or followed by silence', async (sound) => {
		const { plan, film, own } = await replaced('b.mp4', sound);
		expect(prints(film.picture)).toEqual(prints(own.picture));
		const packets = prints(readFilm(clipFile(sound)).sound);
		const count = film.sound.length;
		expect(prints(film.sound).slice(0, Math.min(count, packets.length))).toEqual(
			packets.slice(0, count),
		);
		expect(count * PACKET - PACKET).toBeGreaterThan(plan.duration - PACKET);
		expect(
			prints(film.sound)
				.slice(packets.length)
				.every((packet) => packet === SILENCE),
		).toBe(true);
	});

	test('bare AAC, packet by packet', async () => {
		const { film } = await replaced('b.mp4', 'voice.aac');
		const voice = clipFile('voice.aac');
		let at = 0;
		for (const packet of prints(film.sound)) {
			if (at >= voice.length) break;
			const length = ((voice[at + 3] & 3) << 11) | (voice[at + 4] << 3) | (voice[at + 5] >> 5);
			expect(packet).toBe(print(voice.subarray(at + 7, at + length)));
			at += length;
		}
	});

	test('bare AAC whose packets hold several blocks is refused', async () => {
		const voice = clipFile('voice.aac');
		voice[6] |= 1;
		await expect(readSound(new Source(new BytesInput(voice), 1))).rejects.toThrow(
			'has a damaged index',
		);
	});

	test('sound of eight channels says so', () => {
		const format = {
			config: new Uint8Array(2),
			rate: 48_000,
			frame: 1024,
			isHighEfficiency: false,
		};
		const channelsOf = (channels: number) =>
			Buffer.from(soundEntry({ ...format, channels }, 0)).readUInt16BE(24);
		expect([1, 2, 6, 7].map(channelsOf)).toEqual([1, 2, 6, 8]);
	});

	test.each([
		['of one layer', '00101'],
		['of two layers', '11101'],
	])('HE-AAC %s is told from AAC', (_which, kind) => {
		// 22.05 kHz, mono; doubled; AAC-LC below it
		const bits = `${kind}01110001011100010000`.padEnd(32, '0');
		const config = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
		expect(formatOf(config)).toMatchObject({ rate: 22_050, channels: 1, isHighEfficiency: true });
	});

	test('that would have to be shorter than a packet is none', async () => {
		const track = await readSound(new Source(clips('song.m4a')[0], 1));
		const place = { source: track.source, from: 0, to: 0.01, voice: { track, start: 0 } };
		const { format, counts } = soundOf([place]);
		expect([format, counts]).toEqual([undefined, [0]]);
	});

	test('picture and sound take turns, so that a film plays while it loads', async () => {
		const plan = await planReplaceSound(clips('whole.mp4')[0], {
			sound: new BytesInput(clipFile('whole.mp4'), 'The sound'),
		});
		const bytes = await written(plan);
		const { picture, sound } = readFilm(bytes);
		// the sound of second 8 stands beside the frame of second 8
		const distance = picture[240].offset - sound[63].offset;
		expect(Math.abs(distance)).toBeLessThan(bytes.length / 10);
	});

	test('MP3 is refused', async () => {
		const refusal = await refusalOf(replaced('a.mp4', 'mp3.mp4'));
		expect(refusal).toMatchObject({
			clip: 2,
			reason: 'The sound has sound that is MP3, not AAC. Convert its sound to AAC.',
		});
	});
});

describe('large files', () => {
	const GIGABYTE = 1024 ** 3;
	const partsOf = (name: string) => {
		const file = clipFile(name);
		const [data, index] = [file.indexOf('mdat') - 4, file.indexOf('moov') - 4];
		return [file.subarray(0, data), file.subarray(data, index), file.subarray(index)];
	};

	test('a file of 5 GB, whose offsets take 64 bits', async () => {
		const gap = Buffer.alloc(16);
		gap.writeUInt32BE(1);
		gap.write('free', 4);
		gap.writeBigUInt64BE(BigInt(5 * GIGABYTE), 8);
		const [head, data, index] = partsOf('a.mp4');
		const long = longOffsets(index, 5 * GIGABYTE);
		const input = largeInput('Clip 1', [head, gap, 5 * GIGABYTE - 16, data, long]);
		const { picture } = readFilm(await written(await planJoin([input])));
		expect(prints(picture)).toEqual(prints(readFilm(clipFile('a.mp4')).picture));
	});

	test('a film of 10 GB: its offsets take 64 bits, and nothing of it is held', async () => {
		const FRAME = 500 * 1024 * 1024;
		const small = await written(await planJoin(clips('silent.mp4')));
		const head = small.subarray(0, small.indexOf('mdat') + 4);
		const sizes = head.indexOf('stsz') + 16;
		for (let frame = 0; frame < 10; frame++) head.writeUInt32BE(FRAME, sizes + frame * 4);
		const inputs = [1, 2].map((clip) => largeInput(`Clip ${clip}`, [head, 10 * FRAME]));
		const plan = await planJoin(inputs);
		expect(plan.size).toBeGreaterThan(20 * FRAME);
		let bytes = 0;
		let first: Uint8Array | undefined;
		const { arrayBuffers: before } = process.memoryUsage();
		let most = 0;
		for await (const piece of plan.write()) {
			first ??= piece;
			bytes += piece.length;
			most = Math.max(most, process.memoryUsage().arrayBuffers - before);
		}
		expect(bytes).toBe(plan.size);
		expect(most).toBeLessThan(16 * 1024 * 1024);
		const { picture } = readFilm(first ?? new Uint8Array());
		expect(picture[19].offset + FRAME).toBe(plan.size);
	});
});

describe('captions', () => {
	test('are a file with the clips’ times', () => {
		expect(
			srt([
				{ text: 'A horse', start: 0, end: 3.0333 },
				{ text: ' ', start: 3.0333, end: 4 },
				{ text: 'A\nbeach --> sea', start: 3599.9996, end: 3725.25 },
			]),
		).toBe(
			'1\n00:00:00,000 --> 00:00:03,033\nA horse\n\n2\n01:00:00,000 --> 01:02:05,250\nA beach → sea\n',
		);
	});

	test('that are long are broken in two lines, and shown one after the other by how long they take to read', () => {
		const text = 'one two three four five six seven eight nine ten eleven twelve thirteen '.repeat(
			3,
		);
		const file = srt([{ text, start: 10, end: 20 }]);
		const cards = file.split('\n\n').map((card) => card.trim().split('\n'));
		expect(cards.flatMap((card) => card.slice(2)).join(' ')).toBe(text.trim());
		for (const [, , ...lines] of cards) {
			expect(lines.length).toBeLessThanOrEqual(2);
			for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
		}
		expect(cards[0][1]).toMatch(/^00:00:10,000 --> /);
		expect(cards[cards.length - 1][1]).toMatch(/ --> 00:00:20,000$/);
	});

	test('in scripts without blanks are broken between signs', () => {
		const file = srt([
			{ text: '白い馬が海辺を駆けていく。太陽が沈み、夜が来る。'.repeat(2), start: 0, end: 4 },
		]);
		const lines = file.split('\n').filter((line) => /^[^\d]/.test(line));
		expect(lines.length).toBeGreaterThan(1);
		for (const line of lines) {
			expect(line.length).toBeLessThanOrEqual(21);
			expect(line).not.toMatch(/^[。、]/);
		}
	});

	test.each([
		['couples', '👩‍❤️‍💋‍👨', 30],
		['signs with marks', 'ที่น', 30],
		['flags', '🇩🇪', 31],
	])('%s are never cut in two', (_what, sign, times) => {
		const lines = srt([{ text: sign.repeat(times), start: 0, end: 4 }])
			.split('\n')
			.filter((line) => /^[^\d]/.test(line));
		expect(lines.length).toBeGreaterThan(1);
		const graphemes = (text: string) => Array.from(new Intl.Segmenter().segment(text)).length;
		const sum = lines.reduce((all, line) => all + graphemes(line), 0);
		expect(sum).toBe(graphemes(sign.repeat(times)));
	});

	test('Chinese words stay whole, as do brackets and what they hold to', () => {
		const text =
			'从前有一座山，山里有一座庙，庙里有一个老和尚在给小和尚讲故事。故事讲的是“从前有一座山”。';
		const file = srt([{ text, start: 0, end: 3 }]);
		const lines = file.split('\n').filter((line) => /^[^\d]/.test(line));
		expect(lines.join('')).toBe(text);
		for (const word of ['故事', '和尚', '从前', '一座']) {
			const whole = lines.reduce((sum, line) => sum + line.split(word).length - 1, 0);
			expect(whole).toBe(text.split(word).length - 1);
		}
		for (const line of lines) expect(line).not.toMatch(/^[。，”]|“$/);
	});
});
