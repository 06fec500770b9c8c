import { openSignedUrl, storeBinary } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const PNG = 'image/png';

const inputOf = () => [...bench.sandbox.tasks.values()][0].input;
const urlsOf = (field: 'image_urls' | 'video_urls') => inputOf()[field] as string[];
const contentsOf = async (urls: string[]) =>
	(await Promise.all(urls.map(openSignedUrl))).map((content) => content.toString());

describe('files that come in with an item', () => {
	test('a first frame', async () => {
		const binary = { photo: await storeBinary(Buffer.from('frame'), PNG) };
		const { json, run: saved } = await run({
			items: [{ json: {}, binary }],
			parameters: video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'photo' }),
		});
		expect(json[0].status).toBe('completed');
		expect(await contentsOf(urlsOf('image_urls'))).toEqual(['frame']);
		expect(JSON.stringify(saved)).not.toContain('token=');
	});

	test('references, in the order of their names', async () => {
		const binary = {
			a: await storeBinary(Buffer.from('A'), PNG),
			b: await storeBinary(Buffer.from('B'), 'image/webp'),
		};
		await run({
			items: [{ json: {}, binary }],
			parameters: video('referenceToVideo', {
				imageSource: 'binary',
				imageBinaryProperty: 'b, a',
			}),
		});
		expect(await contentsOf(urlsOf('image_urls'))).toEqual(['B', 'A']);
	});

	test('a clip, beside images at URLs', async () => {
		const binary = { data: await storeBinary(Buffer.from('clip'), 'video/mp4') };
		await run({
			items: [{ json: {}, binary }],
			parameters: video('editVideo', { videoSource: 'binary' }),
		});
		expect(await contentsOf(urlsOf('video_urls'))).toEqual(['clip']);
		expect(urlsOf('image_urls')).toEqual(['https://example.com/sweater.png']);
	});
});

describe('is refused before anything is sent:', () => {
	const first = (names: string) =>
		video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: names });

	async function complaint(
		binary: Parameters<typeof run>[0]['items'],
		parameters: ReturnType<typeof video>,
		baseUrl?: string,
	) {
		const { error } = await run({ items: binary, parameters, ...(baseUrl && { baseUrl }) });
		expect(bench.sandbox.requests).toEqual([]);
		return error?.message;
	}

	test('a field that the item does not have', async () => {
		expect(await complaint([{ json: {} }], first('photo'))).toBe(
			'Item 0: Image Field Name names "photo", but the item has no files',
		);
		const binary = { data: await storeBinary(Buffer.from('x'), PNG) };
		expect(await complaint([{ json: {}, binary }], first('toString'))).toBe(
			'Item 0: Image Field Name names "toString", but the item has data',
		);
	});

	test.each([
		[' ', 'none'],
		['a, b', '2'],
	])('a list of fields such as %j', async (names, count) => {
		expect(await complaint([{ json: {} }], first(names))).toBe(
			`Item 0: Image Field Name must name 1 file, but it names ${count}`,
		);
	});

	test('another format', async () => {
		const binary = { data: await storeBinary(Buffer.from('x'), 'image/gif') };
		expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
			'Item 0: Image Field Name must name a file that is JPEG, PNG or WEBP, but "data" is image/gif',
		);
	});

	test('a file that is too large', async () => {
		const file = await storeBinary(Buffer.from('x'), PNG);
		const binary = { data: { ...file, bytes: 21 * 1024 * 1024 } };
		expect(await complaint([{ json: {}, binary }], first('data'))).toBe(
			'Item 0: Image Field Name must name a file of at most 20 MB, but "data" has 21',
		);
	});

	test('a file that n8n holds in memory only', async () => {
		const binary = { data: { data: 'eA==', mimeType: PNG } };
		expect(await complaint([{ json: {}, binary }], first('data'))).toContain(
			'which n8n holds in memory only',
		);
	});

	test('a file of an n8n that a public service cannot reach', async () => {
		const binary = { data: await storeBinary(Buffer.from('x'), PNG) };
		const message = await complaint(
			[{ json: {}, binary }],
			first('data'),
			'https://api.aivideoapi.invalid',
		);
		expect(message).toContain("n8n would serve at 127.0.0.1, where HappyHorse can't reach it");
		expect(message).toContain('WEBHOOK_URL');
	});
});
