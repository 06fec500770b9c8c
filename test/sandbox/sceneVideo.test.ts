/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { createFile, MP4BoxBuffer } from 'mp4box';

import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { judge } from '../../nodes/HappyHorse/media/rules';
import type { SandboxOptions } from '.';
import { startSandbox } from '.';
import { checkSize } from './content';
import { sceneVideo } from './sceneVideo';
import type { Traits } from './traits';
import { RATIOS, RESOLUTIONS, sizeOf } from './traits';
import { startMediaHost } from '../support/mediaHost';

const LENGTHS = [...Array.from({ length: 13 }, (_, more) => 3 + more), 3.05, 10.5];
const EVERY: Traits[] = RATIOS.flatMap((ratio) =>
	RESOLUTIONS.flatMap((resolution) => LENGTHS.map((length) => ({ ratio, resolution, length }))),
);

/** The tracks of a video, as another reader of MP4 finds them. */
function tracksOf(video: Buffer) {
	const file = createFile();
	const bytes = new Uint8Array(video).buffer;
	file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, 0));
	return file.moov.traks.map(({ tkhd, edts, mdia: { hdlr, mdhd, minf } }) => {
		const { sample_counts: counts, sample_deltas: deltas } = minf.stbl.stts;
		const [edit] = edts?.elst?.entries ?? [];
		return {
			kind: hdlr.handler,
			shown: [tkhd.width / 2 ** 16, tkhd.height / 2 ** 16],
			seconds: [tkhd.duration, edit.segment_duration].map(
				(ticks) => ticks / file.moov.mvhd.timescale,
			),
			skipped: edit.media_time,
			ticks: deltas.reduce((sum, delta, run) => sum + delta * counts[run], 0),
			timescale: mdhd.timescale,
			samples: file.getTrackSamplesInfo(tkhd.track_id),
		};
	});
}

const clipOf = async (video: Buffer) =>
	await readClip(new StreamBytes(Readable.from([video]), video.length));

test.each(RATIOS)(
	'a video of %s is what it should be, by the package’s own reader',
	async (ratio) => {
		for (const traits of EVERY.filter((one) => one.ratio === ratio)) {
			const video = sceneVideo(traits);
			const [width, height] = sizeOf({ ratio, resolution: '720p' });
			const facts = await clipOf(video);
			expect(facts).toMatchObject({
				...{ format: 'MP4', duration: traits.length, width, height },
				frameRate: expect.closeTo(25, 0),
			});
			expect(judge('video', { format: '', bytes: video.length, ...facts })).toEqual({
				objections: [],
				warnings: [],
			});
		}
	},
);

test.each(EVERY.filter(({ length }) => [3, 3.05, 15].includes(length)))(
	'$ratio at $resolution for $length seconds: tables that can be played from start to end',
	(traits) => {
		const video = sceneVideo(traits);
		const tracks = tracksOf(video);
		expect(tracks.map(({ kind }) => kind)).toEqual(['vide', 'soun']);
		expect(tracks[0].shown).toEqual(sizeOf(traits));
		expect(tracks.map(({ skipped }) => skipped)).toEqual([0, 1_024]);
		for (const { samples, seconds, skipped, ticks, timescale } of tracks) {
			const last = samples[samples.length - 1];
			expect(seconds).toEqual([traits.length, traits.length]);
			expect(ticks - skipped).toBe(traits.length * timescale);
			expect(last.offset + last.size).toBeLessThanOrEqual(video.length);
		}
		const [picture, sound] = tracks.map(({ samples }) => samples);
		const contentOf = ({ offset, size }: { offset: number; size: number }) =>
			video.subarray(offset, offset + size);
		// a frame that is decoded from nothing begins each round, and nothing else does
		for (const [number, sample] of picture.entries()) {
			const isFirst = number % 24 === 0;
			expect(sample.is_sync).toBe(isFirst);
			expect(contentOf(sample).equals(contentOf(picture[number % 24]))).toBe(true);
			expect([...nalTypes(contentOf(sample))].includes(5)).toBe(isFirst);
		}
		// Chromium falls silent otherwise
		for (const [number, { offset, size }] of sound.slice(0, -1).entries())
			expect(sound[number + 1].offset).toBe(offset + size);
	},
);

/** The kinds of H.264 units in a sample; 5 is a frame of its own. */
function* nalTypes(sample: Buffer): Generator<number> {
	for (let at = 0; at < sample.length; at += 4 + sample.readUInt32BE(at)) yield sample[at + 4] & 31;
}

test('a video is the same whatever was made in between', () => {
	const before = EVERY.map((traits) => Buffer.from(sceneVideo(traits)));
	const after = [...EVERY].reverse().map((traits) => sceneVideo(traits));
	expect(after.reverse().map((video, index) => video.equals(before[index]))).toEqual(
		EVERY.map(() => true),
	);
});

test('they are small: in the repository, and so that a size can be asked for', () => {
	expect(statSync(join(__dirname, 'scene.mp4')).size).toBeLessThan(150_000);
	const largest = Math.max(...EVERY.map((traits) => sceneVideo(traits).length));
	expect(() => checkSize(largest + 8)).toThrow(RangeError);
	expect(() => checkSize(100_000)).not.toThrow();
});

describe('a task’s file and what its answer says of it', () => {
	const image = 'http://127.0.0.1:1/none.png';
	const clip = 'http://127.0.0.1:1/none.mp4';

	/** Has a video made and fetches it. */
	async function made(model: string, input: object, options: SandboxOptions = {}) {
		const sandbox = await startSandbox({ taskMs: 30, ...options });
		try {
			const headers = { authorization: `Bearer ${sandbox.apiKey}` };
			const body = JSON.stringify({
				model: `happyhorse-1.0-${model}`,
				input: { prompt: 'x', ...input },
			});
			await fetch(`${sandbox.url}/v1/videos/generations`, { method: 'POST', headers, body });
			const [task] = sandbox.tasks.values();
			await sandbox.waitFor(() => task.status === 'completed');
			const answer = await fetch(`${sandbox.url}/v1/tasks/${task.id}`, { headers });
			const { output } = (await answer.json()) as { output: { metadata: { usage: object } } };
			const file = Buffer.from(await (await fetch(task.videoUrls[0])).arrayBuffer());
			expect(file.equals(sandbox.videoOf(task.id))).toBe(true);
			const { duration, width, height } = (await clipOf(file)) ?? {};
			const [{ shown }] = tracksOf(file);
			return { usage: output.metadata.usage, duration, width, height, shown };
		} finally {
			await sandbox.close();
		}
	}

	test.each([
		['text-to-video', {}, {}, '16:9', 5, [1280, 720]],
		[
			'text-to-video',
			{ aspect_ratio: '9:16', resolution: '1080p', duration: 15 },
			{},
			'9:16',
			15,
			[1080, 1920],
		],
		[
			'reference-to-video',
			{ image_urls: [image], aspect_ratio: '3:4', duration: 3 },
			{},
			'3:4',
			3,
			[720, 960],
		],
		['image-to-video', { image_urls: [image], duration: 7 }, {}, '16:9', 7, [1280, 720]],
		['video-edit', { video_urls: [clip] }, { inputVideoSeconds: 10.5 }, '16:9', 10.5, [1280, 720]],
		[
			'video-edit',
			{ video_urls: [clip], resolution: '1080p' },
			{ inputVideoSeconds: 40 },
			'16:9',
			15,
			[1920, 1080],
		],
	])('%s of %j with %j', async (model, input, options, ratio, seconds, shown) => {
		const { usage, duration, width = 0, height = 0, ...told } = await made(model, input, options);
		expect(usage).toEqual({ video_count: 1, video_duration: seconds, video_ratio: ratio });
		expect(duration).toBe(seconds);
		expect(width / height).toBe(shown[0] / shown[1]);
		expect(told.shown).toEqual(shown);
	});

	test.each([
		['image-to-video', '300x750.webp', '9:16'],
		['image-to-video', '300x300.jpg', '1:1'],
		['image-to-video', '750x300.png', '16:9'],
		['video-edit', '320x480.mp4', '3:4'],
		['video-edit', '800x320.mov', '16:9'],
	])('%s of %s, which the sandbox fetches, has a shape like it', async (model, name, ratio) => {
		const host = await startMediaHost();
		try {
			const field = model === 'video-edit' ? 'video_urls' : 'image_urls';
			const options = { fetchMedia: true };
			const { usage, width, height } = await made(
				model,
				{ [field]: [`${host.url}/${name}`] },
				options,
			);
			expect(usage).toMatchObject({ video_ratio: ratio });
			expect([width, height]).toEqual(
				sizeOf({ ratio: ratio as Traits['ratio'], resolution: '720p' }),
			);
		} finally {
			await host.close();
		}
	});
});
