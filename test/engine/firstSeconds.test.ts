import { openSignedUrl, storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { sceneVideo } from '../sandbox/sceneVideo';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const MP4 = 'video/mp4';
/** 40 seconds at 1280 × 720, with sound. */
const LONG = sceneVideo({ ratio: '16:9', resolution: '720p', length: 40 });
const WITHOUT_SOUND = mediaFile('60s.mp4');
const TOO_LONG = mediaFile('60.1s.mp4');

const edit = (options = {}, more = {}) =>
	video('editVideo', {
		videoSource: 'binary',
		imageUrls: '',
		prompt: 'Make it night',
		options,
		...more,
	});

const itemsOf = async (content: Buffer) => {
	const data = { ...(await storeBinary(content, MP4)), fileName: 'party.mov' };
	return [{ json: {}, binary: { data } }];
};

const inputOf = (task = 0) => [...bench.sandbox.tasks.values()][task].input;

async function sent(): Promise<Buffer> {
	const [url] = inputOf().video_urls as string[];
	return await openSignedUrl(url);
}

async function* chunk(content: Buffer): AsyncGenerator<Uint8Array> {
	yield content;
}

const factsOf = async (content: Buffer) =>
	await readClip(new StreamBytes(chunk(content), content.length));

describe('Use Only the First Seconds', () => {
	test.each([
		['with sound', LONG, 15, 825],
		['without', WITHOUT_SOUND, 15, 825],
		['longer than an edit takes', TOO_LONG, 20, 27.5 * 35],
		['down to the shortest', WITHOUT_SOUND, 3, 165],
	])('of a clip %s: what is cut is sent and priced', async (_which, clip, trimTo, credits) => {
		const items = await itemsOf(clip);
		const options = { trimTo, maxCredits: credits };
		const { json, error } = await run({ items, parameters: edit(options) });
		expect(error?.message).toBeUndefined();
		expect(json[0]).toMatchObject({ status: 'completed', creditsEstimated: credits });
		const facts = await factsOf(await sent());
		expect(facts?.duration).toBeCloseTo(trimTo, 3);
		expect(facts?.longestDuration).toBeLessThanOrEqual(trimTo);
	});

	test('of a clip that has no more: the file itself', async () => {
		const items = await itemsOf(WITHOUT_SOUND);
		await run({ items, parameters: edit({ trimTo: 60 }) });
		expect((await sent()).equals(WITHOUT_SOUND)).toBe(true);
	});

	test('of a clip that hides nothing: no hint says otherwise', async () => {
		const { taskData } = await run({ items: await itemsOf(LONG), parameters: edit({ trimTo: 5 }) });
		expect(JSON.stringify(taskData.hints ?? [])).not.toContain('edit list');
	});

	test('of a clip whose edit list hides its first half second: that is in there, with a hint', async () => {
		const clip = Buffer.from(LONG);
		const start = clip.indexOf('elst') + 16;
		const timescale = clip.readUInt32BE(clip.indexOf('mdhd') + 16);
		clip.writeUInt32BE(clip.readUInt32BE(start) + timescale / 2, start);
		const parameters = edit({ trimTo: 5 });
		const { taskData } = await run({ items: await itemsOf(clip), parameters });
		expect(taskData.hints?.map(({ message }) => message)).toContain(
			'The part to edit begins 0.5 s before what players show of the video: its edit list hides that, but a part has to begin with a key frame.',
		);
	});

	test('without it, the whole file is sent and priced', async () => {
		const { json } = await run({ items: await itemsOf(LONG), parameters: edit() });
		expect(json[0].creditsEstimated).toBe(1512.5);
		expect((await sent()).equals(LONG)).toBe(true);
	});

	test('is no matter of a clip at a URL', async () => {
		const parameters = video('editVideo', { options: { trimTo: 5 } });
		await run({ parameters });
		expect(inputOf().video_urls).toEqual(['https://example.com/clip.mp4']);
	});

	test.each([
		[2, 'Use Only the First Seconds must be a number from 3 to 60, but it is 2'],
		['', 'Use Only the First Seconds must be a number from 3 to 60, but it is empty'],
	])('of %j is refused before anything is sent', async (trimTo, message) => {
		const { error } = await run({ items: await itemsOf(LONG), parameters: edit({ trimTo }) });
		expect(error?.message).toBe(message);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('of a file that can’t be cut is refused, with a way out', async () => {
		const items = await itemsOf(mediaFile('640x480.webm'));
		const { error } = await run({ items, parameters: edit({ trimTo: 5 }) });
		expect(error?.message).toMatch(/^The video is WEBM/);
		expect(error?.description).toContain('take out ‘Use Only the First Seconds’');
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('decides what is made: Retry makes the clip again if it was changed, and not otherwise', async () => {
		const items = await itemsOf(LONG);
		const poor = { timeout: 0.02 };
		bench.sandbox.outcome({ times: 1, taskMs: 3_600_000 });
		const first = await run({ items, parameters: edit({ trimTo: 5, ...poor }) });
		expect(first.error?.context.code).toBe('timeout');
		const [{ id }] = [...bench.sandbox.tasks.values()];
		bench.sandbox.finish(id);
		const same = await bench.retry(first, { items, parameters: edit({ trimTo: 5 }) });
		expect(same.json.map(({ taskId }) => taskId)).toEqual([id]);
		const other = await bench.retry(first, { items, parameters: edit({ trimTo: 4 }) });
		expect(other.json[0]).toMatchObject({ creditsEstimated: 220 });
		expect(other.json[0].taskId).not.toBe(id);
	});

	test('is known to Estimate Cost', async () => {
		const items = await itemsOf(TOO_LONG);
		const about = { resource: 'credit', operation: 'estimateCost', mode: 'editVideo' };
		const parameters = {
			...about,
			...{ resolution: '1080p', videoSource: 'binary', options: { trimTo: 15 } },
		};
		const { json } = await run({ items, parameters });
		expect(json[0]).toEqual({
			...{ mode: 'editVideo', resolution: '1080p', inputVideoDuration: 15 },
			...{ billedSeconds: 30, creditsPerSecond: 48.5, creditsEstimated: 1455, usdEstimated: 7.275 },
		});
	});
});
