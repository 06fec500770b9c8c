/* eslint-disable @n8n/community-nodes/no-restricted-imports -- fills n8n's storage, on a developer's machine only */
import { Readable } from 'node:stream';

import { Container } from '@n8n/di';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { storeFilm } from '../../nodes/HappyHorse/files/film';
import { StopSwitch } from '../../nodes/HappyHorse/service/stop';
import { mediaFile } from '../support/mediaHost';
import { openSignedUrl, readBinary, secondsLeft, storeBinary } from '../support/engine';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const MP4 = 'video/mp4';
const [SILENT, SOUND, TALL, SLOW] = ['3s.mp4', 'sound.mp4', '320x480.mp4', '29.97fps.mov'].map(
	mediaFile,
);
const THREE = { duration: 3, width: 320, height: 320 };

/** Ways in which n8n keeps a file, and the file in an item. */
const STORAGES: Array<[string, (content: Buffer) => Promise<IBinaryData>]> = [
	['on disk', async (content) => await storeBinary(content, MP4)],
	['from a form', async (content) => await storeBinary(content, MP4, 'temp')],
	[
		'in memory',
		async (content) => ({ data: content.toString('base64'), mimeType: MP4, fileName: 'clip.mp4' }),
	],
];
const [[, onDisk], , [, inMemory]] = STORAGES;

const itemOf = (data: IBinaryData, json = {}): INodeExecutionData => ({ json, binary: { data } });

const files = (operation: string, more = {}) => ({ resource: 'video', operation, ...more });

/** Frames and packets of a file, as mp4box finds them. */
async function tracksIn(file: IBinaryData | undefined) {
	const content = file ? await readBinary(file) : Buffer.alloc(0);
	const parsed = createFile();
	const bytes = new Uint8Array(content).buffer;
	parsed.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, 0));
	return parsed.moov.traks.map((track) =>
		parsed
			.getTrackSamplesInfo(track.tkhd.track_id)
			.map(({ offset, size }) => content.subarray(offset, offset + size)),
	);
}

const stored = async (content: Buffer) => ({ ...(await storeBinary(content, MP4)) });

afterEach(() => {
	jest.restoreAllMocks();
	expect(bench.sandbox.requests).toEqual([]);
});

describe('Join', () => {
	test.each(STORAGES)('makes one item of files %s, paired with all', async (_where, keep) => {
		const items = [
			itemOf(await keep(SILENT)),
			itemOf(await keep(SILENT)),
			itemOf(await keep(SILENT)),
		];
		const { outputs, error } = await run({ items, parameters: files('join') });
		expect(error?.message).toBeUndefined();
		const [[{ json, binary, pairedItem }, ...more]] = outputs;
		expect(more).toEqual([]);
		expect(json).toEqual({
			...{ ...THREE, duration: 9, hasSound: false },
			clips: [0, 3, 6].map((start) => ({ start, end: start + 3 })),
		});
		expect(pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(binary?.data).toMatchObject({
			mimeType: MP4,
			fileName: 'film.mp4',
			fileExtension: 'mp4',
		});
		const [frames] = await tracksIn(await stored(SILENT));
		expect(await tracksIn(binary?.data)).toEqual([[...frames, ...frames, ...frames]]);
	});

	test('takes files on disk and in memory together, sound and none', async () => {
		const items = [itemOf(await onDisk(SOUND)), itemOf(await inMemory(SILENT))];
		const { json, outputs } = await run({ items, parameters: files('join') });
		expect(json[0]).toMatchObject({ duration: 6, hasSound: true });
		expect(await tracksIn(outputs[0][0].binary?.data)).toHaveLength(2);
	});

	test('takes the only file of each item, whatever its name and type', async () => {
		const items: INodeExecutionData[] = [
			{ json: {}, binary: { clip: await onDisk(SILENT) } },
			{ json: {}, binary: { attachment_0: { data: SILENT.toString('base64') } as IBinaryData } },
		];
		const { json, error } = await run({ items, parameters: files('join') });
		expect(error?.message).toBeUndefined();
		expect(json[0]).toMatchObject({ duration: 6 });
	});

	test('leaves the sound out, and names the file and its field as asked', async () => {
		const options = { sound: 'remove', fileName: 'a/b: CON?.MP4', binaryPropertyName: 'film' };
		const { json, outputs } = await run({
			items: [itemOf(await onDisk(SOUND)), itemOf(await onDisk(SOUND))],
			parameters: files('join', { options }),
		});
		expect(json[0]).toMatchObject({ duration: 6, hasSound: false });
		expect(outputs[0][0].binary).toEqual({
			film: expect.objectContaining({ fileName: 'a_b_ CON_.mp4' }),
		});
	});

	test('gives a link that works without a login', async () => {
		const options = { linkHours: 2 };
		const items = [itemOf(await onDisk(SILENT)), itemOf(await onDisk(SILENT))];
		const { json, outputs, error } = await run({ items, parameters: files('join', { options }) });
		expect(error?.message).toBeUndefined();
		const film = await readBinary(outputs[0][0].binary?.data as IBinaryData);
		expect((await openSignedUrl(String(json[0].url))).equals(film)).toBe(true);
		expect(secondsLeft(String(json[0].url))).toBeCloseTo(2 * 3_600, -2);
	});

	test('refuses a clip that differs, by item, and stores nothing', async () => {
		const items = [itemOf(await onDisk(SILENT)), itemOf(await onDisk(TALL))];
		const store = jest.spyOn(Container.get(BinaryDataService), 'store');
		const { error } = await run({ items, parameters: files('join') });
		expect(error?.message).toBe('Clip 2 is 320 × 480, but the first is 320 × 320');
		expect(error?.description).toMatch(/one Aspect Ratio and Resolution\. No file was made\.$/);
		expect(error?.context).toMatchObject({ itemIndex: 1, code: 'unusable_file' });
		expect(store).not.toHaveBeenCalled();
	});

	test('with On Error: Continue, an item for the clip at fault and no film', async () => {
		const settings = { onError: 'continueErrorOutput' as const };
		const items = [itemOf(await onDisk(SILENT)), itemOf(await onDisk(TALL))];
		const { outputs } = await run({ items, settings, parameters: files('join') });
		expect(outputs[0]).toEqual([]);
		expect(outputs[1].map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
			[expect.objectContaining({ code: 'unusable_file' }), { item: 1 }],
		]);
		const withoutFile = [...items, { json: {} }];
		const second = await run({ items: withoutFile, settings, parameters: files('join') });
		expect(second.outputs[0]).toEqual([]);
		expect(second.outputs[1].map(({ pairedItem }) => pairedItem)).toEqual([{ item: 2 }]);
	});

	test('says which file is gone', async () => {
		const gone = {
			...(await onDisk(SILENT)),
			id: 'filesystem-v2:workflows/test/executions/1/gone',
		};
		const items = [itemOf(await onDisk(SILENT)), itemOf(gone)];
		const { error } = await run({ items, parameters: files('join') });
		expect(error?.message).toBe('Clip 2 is gone: n8n no longer has this file');
		expect(error?.context).toMatchObject({ itemIndex: 1 });
	});

	test.each<[string, Buffer]>([
		['is cut off', SOUND.subarray(0, SOUND.length / 2)],
		['is a web page', Buffer.from('<!doctype html><title>Sign in</title>')],
	])('refuses a file that %s', async (_what, content) => {
		const items = [itemOf(await onDisk(SOUND)), itemOf(await onDisk(content))];
		const { error } = await run({ items, parameters: files('join') });
		expect(error?.message).toMatch(/^Clip 2 is /);
		expect(error?.description).toMatch(/No file was made\.$/);
	});

	test.each(STORAGES.slice(0, 2))(
		'a file %s that ends while it is copied makes no film',
		async (_where, keep) => {
			const service = Container.get(BinaryDataService);
			const [first, second] = [await keep(SOUND), await keep(SOUND)];
			// the copy's pass finds less than the index's pass
			let passes = 0;
			const isSecond = (id: string) => id === second.id && ++passes > 1;
			const getAsStream = service.getAsStream.bind(service);
			jest
				.spyOn(service, 'getAsStream')
				.mockImplementation(async (id, chunk) =>
					isSecond(id) ? (await getAsStream(id, 64)).take(40) : await getAsStream(id, chunk),
				);
			const items = [itemOf(first), itemOf(second)];
			const { error, json } = await run({ items, parameters: files('join') });
			expect(error?.message).toBe('Clip 2 is cut off: the file ends too early');
			expect(error?.context).toMatchObject({ itemIndex: 1 });
			expect(json).toEqual([]);
		},
	);

	describe('writes captions', () => {
		const texts = ['The keeper lights the lamp', '', 'A boat'];
		const srt = [
			'1\n00:00:00,000 --> 00:00:03,000\nThe keeper lights the lamp\n',
			'2\n00:00:06,000 --> 00:00:09,000\nA boat\n',
		].join('\n');

		test.each([
			['text', ''],
			['text', null],
			['={{ $json.text }}', ''],
		])('from %s, where a clip without any has %j', async (captions, none) => {
			const file = await onDisk(SILENT);
			const { outputs, error } = await run({
				items: texts.map((text) => itemOf(file, { text: text || none })),
				parameters: files('join', { options: { captions, fileName: 'story' } }),
			});
			expect(error?.message).toBeUndefined();
			const { data, captions: found } = outputs[0][0].binary ?? {};
			expect(data.fileName).toBe('story.mp4');
			expect(found).toMatchObject({ fileName: 'story.srt', mimeType: 'application/x-subrip' });
			expect(String(await readBinary(found))).toBe(srt);
		});

		test('but not into the film’s own field, nor the film into one without a name', async () => {
			const outcome = async (binaryPropertyName: string) => {
				const options = { captions: 'text', binaryPropertyName };
				const items = [itemOf(await onDisk(SILENT), { text: 'A' })];
				return await run({ items, parameters: files('join', { options }) });
			};
			expect((await outcome('captions')).error?.message).toBe(
				'Put Output File in Field must not be captions, where the captions go (Video Field Name)',
			);
			expect((await outcome(' ')).error?.message).toBe(
				'Put Output File in Field must not be empty (Video Field Name)',
			);
		});

		test('and says which field an item lacks', async () => {
			const file = await onDisk(SILENT);
			const { error } = await run({
				items: [itemOf(file, { text: 'A' }), itemOf(file, { line: 'B', scene: 1 })],
				parameters: files('join', { options: { captions: 'text' } }),
			});
			expect(error?.message).toBe('Captions names "text", but the item has line, scene [Item 1]');
		});
	});
});

describe('Trim', () => {
	test.each(STORAGES)('cuts a part out of files %s', async (_where, keep) => {
		const items = [itemOf(await keep(SOUND)), itemOf(await keep(SILENT))];
		const parameters = files('trim', { startSeconds: 0, endSeconds: '1.5' });
		const { outputs, error } = await run({ items, parameters });
		expect(error?.message).toBeUndefined();
		expect(outputs[0].map(({ json, pairedItem }) => [json, pairedItem])).toEqual([
			[{ start: 0, ...THREE, duration: 1.5, hasSound: true }, { item: 0 }],
			[{ start: 0, ...THREE, duration: 1.5, hasSound: false }, { item: 1 }],
		]);
	});

	test('lets go of every file that it opens', async () => {
		const service = Container.get(BinaryDataService);
		const streams: Readable[] = [];
		const getAsStream = service.getAsStream.bind(service);
		jest.spyOn(service, 'getAsStream').mockImplementation(async (id, chunk) => {
			const stream = await getAsStream(id, chunk);
			streams.push(stream);
			return stream;
		});
		await run({
			items: [itemOf(await onDisk(SILENT))],
			parameters: files('trim', { startSeconds: 1, endSeconds: 2 }),
		});
		expect(streams.length).toBeGreaterThan(0);
		expect(streams.filter(({ destroyed }) => !destroyed)).toEqual([]);
	});

	test('goes to the end where none is given, and takes a number', async () => {
		const items = [itemOf(await onDisk(SLOW))];
		const { json } = await run({ items, parameters: files('trim', { endSeconds: '' }) });
		expect(json[0].duration).toBe(4.004);
		const cut = await run({ items, parameters: files('trim', { endSeconds: 2 }) });
		expect(cut.json[0].duration).toBeLessThanOrEqual(2);
	});

	test.each([
		[{ startSeconds: 5 }, /^The video has only 3 seconds, but the part begins at 5$/],
		[{ startSeconds: 2, endSeconds: 1 }, /^The video can’t be cut from 2 to 1 seconds/],
		[
			{ endSeconds: 'soon' },
			/^End \(Seconds\) must be a number from 0 to 14,400, but it is "soon"$/,
		],
		[{ binaryPropertyName: 'clip' }, /^Video Field Name names "clip", but the item has data$/],
	])('refuses %j', async (more, message) => {
		const { error } = await run({
			items: [itemOf(await onDisk(SILENT))],
			parameters: files('trim', more),
		});
		expect(error?.message).toMatch(message);
	});

	test('with On Error: Continue, the other items are unharmed', async () => {
		const settings = { onError: 'continueRegularOutput' as const };
		const items = [itemOf(await onDisk(SILENT)), { json: {} }, itemOf(await onDisk(SILENT))];
		const { json } = await run({ items, settings, parameters: files('trim', { endSeconds: '1' }) });
		expect(json.map(({ duration, error }) => [duration, error === undefined])).toEqual([
			[1, true],
			[undefined, false],
			[1, true],
		]);
	});
});

describe('Replace Sound', () => {
	test.each(STORAGES)('puts a sound under files %s', async (_where, keep) => {
		const binary = { data: await keep(SILENT), sound: await keep(SOUND) };
		const { outputs, error } = await run({
			items: [{ json: {}, binary }],
			parameters: files('replaceSound'),
		});
		expect(error?.message).toBeUndefined();
		expect(outputs[0][0].json).toEqual({ ...THREE, hasSound: true });
		const [frames] = await tracksIn(await stored(SILENT));
		expect((await tracksIn(outputs[0][0].binary?.data))[0]).toEqual(frames);
	});

	test('takes the sound out', async () => {
		const { json } = await run({
			items: [itemOf(await onDisk(SOUND))],
			parameters: files('replaceSound', { soundSource: 'remove' }),
		});
		expect(json[0]).toEqual({ ...THREE, hasSound: false });
	});

	test('never takes the video itself for the missing sound', async () => {
		const { error } = await run({
			items: [itemOf(await onDisk(SOUND))],
			parameters: files('replaceSound'),
		});
		expect(error?.message).toBe('Sound Field Name names "sound", but the item has data');
	});

	test.each([
		['MP3', 'ID3', 'The sound file is MP3, not AAC'],
		['WAV', 'RIFF    WAVE', 'The sound file is WAV, not AAC'],
	])('refuses %s with the way out', async (_what, head, message) => {
		const binary = {
			data: await onDisk(SILENT),
			sound: await onDisk(Buffer.from(head.padEnd(99))),
		};
		const { error } = await run({
			items: [{ json: {}, binary }],
			parameters: files('replaceSound'),
		});
		expect(error?.message).toBe(message);
		expect(error?.description).toBe(
			'Choose AAC or M4A where the sound is made, or convert it. No file was made.',
		);
	});

	test('refuses a file without sound, by name', async () => {
		const binary = { data: await onDisk(SILENT), sound: await onDisk(SILENT) };
		const { error } = await run({
			items: [{ json: {}, binary }],
			parameters: files('replaceSound'),
		});
		expect(error?.message).toBe('The sound file has no sound');
	});
});

test('a storage that takes the beginning only lets the rest of a film go', async () => {
	let isLetGo = false;
	async function* film() {
		try {
			for (;;) yield SOUND;
		} finally {
			isLetGo = true;
		}
	}
	const helpers = {
		getBinaryStream: async () => await Promise.resolve(Readable.from([SOUND])),
		prepareBinaryData: async (content: Readable) => {
			for await (const { length } of content) throw new Error(`The disk is full: ${length}`);
		},
	};
	const context = { helpers } as unknown as IExecuteFunctions;
	const from = [{ id: 'a', data: '', mimeType: MP4 }];
	const stored = storeFilm(context, film(), { fileName: 'a.mp4', from, stop: new StopSwitch() });
	await expect(stored).rejects.toThrow('The disk is full');
	await sleep(0);
	expect(isLetGo).toBe(true);
});
