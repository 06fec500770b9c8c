import nock from 'nock';

import { video } from '../support/parameters';
import type { MediaHost } from '../support/mediaHost';
import { startMediaHost } from '../support/mediaHost';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

let host: MediaHost;

beforeAll(async () => {
	host = await startMediaHost();
});
beforeEach(() => host.requests.splice(0));
afterAll(async () => await host.close());
// other tests of the same process have the real HTTP client
afterAll(() => nock.restore());

const checked = { checkMedia: true };
const firstFrame = (path: string, options: object = checked) =>
	video('imageToVideo', { imageUrl: host.url + path, options: { ...options } });
const edit = (path: string) =>
	video('editVideo', {
		prompt: 'Make it night',
		videoUrl: host.url + path,
		imageUrls: [],
		options: checked,
	});

const hintsOf = ({ taskData }: Awaited<ReturnType<typeof run>>) =>
	taskData.hints?.map(({ message }) => message) ?? [];

test('nobody looks behind a URL unless told to', async () => {
	const { json } = await run({ parameters: firstFrame('/299x300.jpg', {}) });
	expect(json[0].status).toBe('completed');
	expect(host.requests).toEqual([]);
});

test.each([
	['parts of a file', ''],
	['whole files only', '/whole'],
	['it at the end of five redirects', '/5'],
	['nothing to whoever asks for a part', '/no-ranges'],
	['parts of a file of unknown size', '/unknown-size'],
	['parts in a unit in capitals', '/other-case'],
	['parts without a name', '/unnamed'],
])(
	'an image that is too small is refused before it is paid for, where the host gives %s',
	async (_name, where) => {
		const { error } = await run({ parameters: firstFrame(`${where}/299x300.jpg`) });
		expect(error?.message).toBe('First Frame: 299 × 300 pixels; both sides must be at least 300');
		expect(bench.sandbox.requests).toEqual([]);
		for (const { headers } of host.requests)
			expect(JSON.stringify(headers)).not.toContain(bench.sandbox.apiKey);
	},
);

test('a clip’s index is found wherever it stands, and its length makes the price exact', async () => {
	const hosts = ['', '/whole', '/no-ranges', '/unknown-size', '/other-case', '/unnamed'];
	for (const name of [...hosts.map((where) => `${where}/60s.mp4`), '/sound.mp4']) {
		const { json } = await run({ parameters: edit(name) });
		const [input, output] = name === '/sound.mp4' ? [3, 3] : [60, 15];
		expect(json[0].creditsEstimated).toBe((input + output) * 27.5);
	}
});

test('a clip of too many pixels is refused with a way on, and sent with a hint where limits only warn', async () => {
	const { error } = await run({ parameters: edit('/2162x866.mp4') });
	expect(error?.message).toBe('Video: 2162 × 866 pixels; the long side must be at most 2160');
	expect(error?.description).toMatch(
		/To send it as it is, set ‘Media Limits’ under Options to Warn/,
	);
	expect(bench.sandbox.requests).toEqual([]);
	const parameters = edit('/2162x866.mp4');
	const options = { ...checked, mediaLimits: 'warn' };
	const outcome = await run({ parameters: { ...parameters, options } });
	expect(outcome.json[0].status).toBe('completed');
	expect(hintsOf(outcome)).toContainEqual(
		expect.stringMatching(/^Video: 2162 × 866 pixels; .*refund/),
	);
	const short = await run({ parameters: { ...edit('/2.9s.mp4'), options } });
	expect(short.error?.message).toContain('2.9 seconds');
	expect(short.error?.description).not.toContain('Media Limits');
});

test('all references are looked at, each by its number', async () => {
	const names = ['/400x1200.webp', '/399x1200.jpg', '/640x480.gif'];
	const imageUrls = names.map((name) => host.url + name);
	const { error } = await run({
		parameters: video('referenceToVideo', { imageUrls, options: checked }),
	});
	expect(error?.message).toBe(
		'Reference Image 2: 399 × 1200 pixels; the short side must be at least 400. ' +
			'Reference Image 3: GIF; it must be JPEG, PNG or WEBP',
	);
});

test.each([
	['is not for everybody', '/status/403', 'its host answers 403'],
	['is asked for too often', '/status/429', 'its host answers 429'],
	['is of a host in trouble', '/status/500', 'its host answers 500'],
	['is sent on and on', '/9/300x300.jpg', 'its host redirected too many times'],
])('what %s is let through with a hint', async (_name, path, reason) => {
	const outcome = await run({ parameters: firstFrame(path) });
	expect(outcome.json[0].status).toBe('completed');
	expect(hintsOf(outcome)).toContain(`First Frame was not checked: ${reason}.`);
});

test.each([404, 410])(
	'what is answered with %i is not there for HappyHorse either',
	async (status) => {
		const { error } = await run({ parameters: firstFrame(`/status/${status}`) });
		expect(error?.message).toBe(
			`First Frame: its host answers ${status}, so HappyHorse can’t fetch it either`,
		);
		expect(bench.sandbox.requests).toEqual([]);
	},
);

test.each([
	['nine bytes', '/reason.jpg', '9 bytes, too short for an image; it must be JPEG, PNG or WEBP'],
	[
		'nine bytes of a host without parts',
		'/whole/reason.jpg',
		'9 bytes, too short for an image; it must be JPEG, PNG or WEBP',
	],
	['an empty file', '/empty.png', '0 bytes, too short for an image; it must be JPEG, PNG or WEBP'],
	[
		'an empty file of a host without parts',
		'/whole/empty.png',
		'0 bytes, too short for an image; it must be JPEG, PNG or WEBP',
	],
	[
		'a JPEG without its picture',
		'/cut-early.jpg',
		'the file is cut off: it ends before its picture begins',
	],
])('%s for an image is refused', async (_name, path, message) => {
	const { error } = await run({ parameters: firstFrame(path) });
	expect(error?.message).toBe(`First Frame: ${message}`);
	expect(bench.sandbox.requests).toEqual([]);
});

test.each([
	['sound alone', '/only-sound.mp4', 'the file has no picture, only sound'],
	['half a clip', '/cut-off.mp4', 'the file is cut off or damaged: its index is missing'],
	[
		'half a clip of a host without parts',
		'/whole/cut-off.mp4',
		'the file is cut off or damaged: its index is missing',
	],
])('%s for a clip is refused', async (_name, path, message) => {
	const { error } = await run({ parameters: edit(path) });
	expect(error?.message).toBe(`Video: ${message}`);
	expect(bench.sandbox.requests).toEqual([]);
});

test('a clip counts by its picture and sound, and what is close to a limit is let through with a hint', async () => {
	const longer = await run({ parameters: edit('/sound-longer.mp4') });
	expect(longer.json[0].creditsEstimated).toBeCloseTo(75.05 * 27.5, 1);
	expect(hintsOf(longer).filter((hint) => hint.includes('Video:'))).toEqual([
		'Video: 60.05 seconds; it must be 3 to 60 seconds long, so HappyHorse may refuse it and refund the credits.',
	]);
	const close = await run({ parameters: edit('/short-of-three.mp4') });
	expect(close.json[0].status).toBe('completed');
	expect(hintsOf(close)).toContain(
		'Video: 2.99 seconds; it must be 3 to 60 seconds long, so HappyHorse may refuse it and refund the credits.',
	);
});

test('a host that gives no parts is asked once more for the whole file', async () => {
	await run({ parameters: firstFrame('/no-ranges/300x300.jpg') });
	expect(host.requests.map(({ headers }) => headers.range !== undefined)).toEqual([true, false]);
	host.requests.splice(0);
	const outcome = await run({ parameters: firstFrame('/status/416') });
	expect(hintsOf(outcome)).toContain('First Frame was not checked: its host answers 416.');
	expect(host.requests).toHaveLength(2);
	host.requests.splice(0);
	const { error } = await run({ parameters: firstFrame('/no-ranges/empty.png') });
	expect(error?.message).toContain('0 bytes, too short for an image');
});

test('several parts in one answer are not taken for one', async () => {
	const outcome = await run({ parameters: firstFrame('/multipart/299x300.jpg') });
	expect(outcome.json[0].status).toBe('completed');
	expect(hintsOf(outcome)).toContain(
		'First Frame was not checked: its host returned a different part of it.',
	);
});

test('a URL is looked at and sent in one form', async () => {
	const { json } = await run({ parameters: firstFrame('/x/../5/300x300.jpg ') });
	expect(json[0].status).toBe('completed');
	const [sent] = [...bench.sandbox.tasks.values()].flatMap(({ input }) => input.image_urls);
	expect(sent).toBe(`${host.url}/5/300x300.jpg`);
	expect(host.requests[0].path).toBe('/5/300x300.jpg');
});

test.each([
	['has its index behind ever more boxes', '/boxes', 'Video was not checked: it takes too many'],
	['never ends its parts', '/endless', 'Video was not checked: it takes too many'],
])('a host that %s is left alone soon', async (_name, path, hint) => {
	const outcome = await run({ parameters: edit(path) });
	expect(hintsOf(outcome).join()).toContain(hint);
	expect(host.requests.length).toBeLessThanOrEqual(32);
	// what is on its way in the system's buffers counts as well
	expect(host.sent).toBeLessThan(500);
});

test('a host that does not answer holds the run up for ten seconds at most', async () => {
	const outcome = await run({ parameters: firstFrame('/hang') });
	expect(outcome.json[0].status).toBe('completed');
	expect(hintsOf(outcome)).toContain(
		'First Frame was not checked: its host could not be reached in time.',
	);
});

test('a video’s address that is sent on to a private one is not opened', async () => {
	const baseUrl = 'https://api.happyhorse.example.com';
	const id = 'of-a-redirect';
	const urls = ['https://files.example.com/video.mp4'];
	nock(baseUrl)
		.post('/v1/videos/generations')
		.reply(200, { code: 200, data: { taskId: id } })
		.get(`/v1/tasks/${id}`)
		.reply(200, { id, status: 'completed', output: { urls } });
	const location = `${host.url}/3s.mp4`;
	const redirect = nock('https://files.example.com')
		.get('/video.mp4')
		.thrice()
		.reply(302, '', { location });
	const { error } = await run({
		baseUrl,
		parameters: video('textToVideo', { downloadVideo: true }),
	});
	expect(error?.message).toContain('its URL leads to a local or private address');
	expect(error?.context).toMatchObject({ taskId: id, videoUrl: urls[0] });
	expect(redirect.isDone()).toBe(true);
	expect(host.requests).toEqual([]);
});
