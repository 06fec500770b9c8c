import type { INodeExecutionData } from 'n8n-workflow';

import { MODELS, MODES } from '../../nodes/HappyHorse/contract/modes';
import { PROMPT_ADVICE } from '../../nodes/HappyHorse/form/promptRules';
import { readBinary } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const itemsOf = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, index) => ({ json: { index } }));

const creates = () =>
	bench.sandbox.requests
		.filter(({ method }) => method === 'POST')
		.map(({ body }) => body as { input: Record<string, unknown> });

test('a prompt by an expression is judged beside the output, once for each rule; a fixed one in the form', async () => {
	const items = ['Make it night', 'Make it day'].map((prompt) => ({ json: { prompt } }));
	const edit = { imageUrls: [], prompt: '={{ $json.prompt }}' };
	const { taskData } = await run({ items, parameters: video('editVideo', edit) });
	const hints = taskData.hints?.map(({ message }) => message) ?? [];
	expect(hints.filter((text) => text.includes('what stays'))).toEqual([
		`${PROMPT_ADVICE.nothingKept}. [Item 0]`,
	]);
	const fixed = await run({ parameters: video('editVideo', { ...edit, prompt: 'Make it night' }) });
	expect(JSON.stringify(fixed.taskData.hints)).not.toContain('what stays');
});

describe('each mode', () => {
	test.each(MODES)('%s makes a video', async (mode) => {
		const { json, error } = await run({ parameters: video(mode) });
		expect(error).toBeUndefined();
		const [task] = [...bench.sandbox.tasks.values()];
		expect(json).toEqual([
			{
				taskId: task.id,
				status: 'completed',
				videoUrl: task.videoUrls[0],
				prompt: task.input.prompt,
				mode,
				duration: mode === 'editVideo' ? 10 : 5,
				aspectRatio: '16:9',
				...(mode !== 'editVideo' && { creditsEstimated: 137.5 }),
				completedAt: expect.stringMatching(/^\d{4}-.+Z$/),
				expiresAt: expect.stringMatching(/^\d{4}-.+Z$/),
			},
		]);
		// n8n's rule for Simplify
		expect(Object.keys(json[0]).length).toBeLessThanOrEqual(10);
		const [{ completedAt, expiresAt }] = json;
		expect(Date.parse(String(expiresAt)) - Date.parse(String(completedAt))).toBe(86_400_000);
	});

	test('options and choices reach the service', async () => {
		await run({
			parameters: video('textToVideo', {
				aspectRatio: '9:16',
				resolution: '1080p',
				duration: 3,
				options: { seed: 42 },
			}),
		});
		expect(creates()[0]).toEqual({
			model: MODELS.textToVideo,
			input: {
				prompt: 'A horse runs over a beach',
				aspect_ratio: '9:16',
				resolution: '1080p',
				duration: 3,
				seed: 42,
			},
		});
		expect([...bench.sandbox.tasks.values()][0].creditsCharged).toBe(145.5);
	});

	test('expressions are read for each item', async () => {
		const items = [{ json: { p: 'one' } }, { json: { p: 'two' } }];
		await run({ items, parameters: video('textToVideo', { prompt: '={{ $json.p }}' }) });
		expect(
			creates()
				.map(({ input }) => input.prompt)
				.sort(),
		).toEqual(['one', 'two']);
	});
});

describe('all items at once', () => {
	test('order and pairing are those of the input, whichever task finishes first', async () => {
		for (let index = 0; index < 6; index++)
			bench.sandbox.outcome({
				match: ({ input }) => input.prompt === `video ${index}`,
				taskMs: 50 + (5 - index) * 120,
			});
		const { outputs } = await run({
			items: itemsOf(6),
			parameters: video('textToVideo', { prompt: '=video {{ $json.index }}' }),
		});
		const prompts = outputs[0].map(
			({ json }) => bench.sandbox.tasks.get(String(json.taskId))?.input.prompt,
		);
		expect(prompts).toEqual([0, 1, 2, 3, 4, 5].map((index) => `video ${index}`));
		expect(outputs[0].map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3, 4, 5].map((item) => ({ item })),
		);
	});

	test('the wait is that of the slowest task, not the sum', async () => {
		bench.sandbox.outcome({ taskMs: 600 });
		const start = Date.now();
		const { json } = await run({ items: itemsOf(20), parameters: video('textToVideo') });
		expect(json).toHaveLength(20);
		expect(Date.now() - start).toBeLessThan(600 * 5);
	});

	test.each([
		['requests to HappyHorse', false, 3],
		['requests and as many downloads', true, 6],
	])('no more %s are under way than Max Concurrency allows', async (_name, downloadVideo, most) => {
		bench.sandbox.fault({ on: 'any', delayMs: 20 });
		await run({
			items: itemsOf(12),
			parameters: video('textToVideo', { downloadVideo, options: { maxConcurrency: 3 } }),
		});
		expect(bench.sandbox.maxInFlight).toBeGreaterThanOrEqual(3);
		expect(bench.sandbox.maxInFlight).toBeLessThanOrEqual(most);
	});

	test('one task is never asked about twice at the same time', async () => {
		bench.sandbox.fault({ on: 'task', delayMs: 250 });
		await run({ items: itemsOf(3), parameters: video('textToVideo') });
		for (const { polls } of bench.sandbox.tasks.values()) {
			const gaps = polls.slice(1).map((at, index) => at - polls[index]);
			for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(250);
		}
	});
});

describe('without waiting', () => {
	test('the task id comes at once, and the callback URL goes along', async () => {
		const callbackUrl = 'http://127.0.0.1:9/hook';
		const { json, taskData } = await run({
			parameters: video('textToVideo', { waitForCompletion: false, callbackUrl }),
		});
		const [task] = [...bench.sandbox.tasks.values()];
		expect(json).toEqual([
			{
				taskId: task.id,
				status: 'pending',
				prompt: 'A horse runs over a beach',
				mode: 'textToVideo',
				creditsEstimated: 137.5,
			},
		]);
		expect(taskData.hints?.map(({ message }) => message)).toEqual([
			'1 video started, 137.5 credits; fetch it later with Task: Get and the task ID',
		]);
		expect(task.callbackUrl).toBe(callbackUrl);
		expect(bench.sandbox.requests).toHaveLength(1);
	});

	test('Simplify off gives the answer as it came', async () => {
		const { json } = await run({
			parameters: video('textToVideo', { waitForCompletion: false, simplify: false }),
		});
		const [taskId] = bench.sandbox.tasks.keys();
		expect(json).toEqual([{ code: 200, msg: 'success', data: { taskId } }]);
	});
});

test('Simplify off gives the finished task as it came, unknown fields included', async () => {
	bench.sandbox.outcome({ task: (body) => ({ ...body, surprise: { a: 1 } }) });
	const { json } = await run({ parameters: video('textToVideo', { simplify: false }) });
	expect(json[0]).toMatchObject({
		id: [...bench.sandbox.tasks.keys()][0],
		status: 'completed',
		output: { metadata: { usage: { video_duration: 5 } } },
		surprise: { a: 1 },
	});
});

test('a task that comes wrapped in data is understood', async () => {
	bench.sandbox.outcome({ wrap: true });
	const { json } = await run({ parameters: video('textToVideo') });
	expect(json[0]).toMatchObject({ status: 'completed', duration: 5 });
});

test('what the service leaves out is left out, never invented', async () => {
	bench.sandbox.outcome({
		task: ({ id, status, output }: Record<string, unknown>) => ({
			id,
			status,
			...(typeof output === 'object' && { output: { urls: ['http://127.0.0.1/v.mp4'] } }),
		}),
	});
	const { json } = await run({ parameters: video('textToVideo') });
	expect(json).toEqual([
		{
			taskId: [...bench.sandbox.tasks.keys()][0],
			status: 'completed',
			videoUrl: 'http://127.0.0.1/v.mp4',
			prompt: 'A horse runs over a beach',
			creditsEstimated: 137.5,
		},
	]);
});

describe('download', () => {
	test('the video comes as a file beside the JSON, and the key stays with the API', async () => {
		const { outputs } = await run({
			parameters: video('textToVideo', {
				downloadVideo: true,
				options: { binaryPropertyName: 'clip' },
			}),
		});
		const [{ json, binary }] = outputs[0];
		expect(json.status).toBe('completed');
		expect(binary?.clip).toMatchObject({
			mimeType: 'video/mp4',
			fileType: 'video',
			fileExtension: 'mp4',
			fileName: `A-horse-runs-over-a-beach-${String(json.taskId).slice(0, 8)}.mp4`,
			data: 'filesystem-v2',
		});
		if (!binary) throw new Error('no file');
		expect((await readBinary(binary.clip)).subarray(4, 8).toString()).toBe('ftyp');
		const fetched = bench.sandbox.requests.filter(({ server }) => server === 'file');
		expect(fetched).toHaveLength(1);
		expect(fetched[0].headers).not.toHaveProperty('authorization');
	});

	test('a redirect is followed, without the key', async () => {
		bench.sandbox.outcome({ file: 'redirect' });
		const { outputs } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(outputs[0][0].binary?.data.mimeType).toBe('video/mp4');
		for (const { server, headers } of bench.sandbox.requests)
			expect('authorization' in headers).toBe(server === 'api');
	});

	test('another content type than video/* counts as MP4', async () => {
		bench.sandbox.outcome({ file: 'octet' });
		const { outputs } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(outputs[0][0].binary?.data.mimeType).toBe('video/mp4');
	});

	test.each([
		['html', /returned a web page instead of a video/, 'not_a_video'],
		['gone', /no longer works \(status 403\)/, 'video_expired'],
	] as const)(
		'a file that is %s is refused, and the paid task stays named',
		async (file, message, code) => {
			bench.sandbox.outcome({ file });
			const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
			const [task] = [...bench.sandbox.tasks.values()];
			expect(error?.message).toMatch(message);
			expect(error?.context).toMatchObject({
				code,
				taskId: task.id,
				status: 'completed',
				videoUrl: task.videoUrls[0],
			});
		},
	);

	test('nothing more is read of what is not a video', async () => {
		bench.sandbox.fault({ on: 'file', respond: { body: '<p>'.repeat(5_000_000) } });
		const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(error?.context.code).toBe('not_a_video');
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 0);
	});

	test('a cut connection is tried again', async () => {
		bench.sandbox.fault({ on: 'file', times: 1, break: 'half' });
		const { outputs, error } = await run({
			parameters: video('textToVideo', { downloadVideo: true }),
		});
		expect(error).toBeUndefined();
		expect(outputs[0][0].binary?.data.bytes).toBeGreaterThan(1_000);
		expect(bench.sandbox.tasks.size).toBe(1);
	});
});
