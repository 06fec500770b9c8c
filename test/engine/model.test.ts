import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

/** A service that offers models which this package does not know. */
const bench = useSandbox({ taskMs: 100, future: true });
const { run } = bench;

const MODEL = 'happyhorse-1.1-text-to-video';
const withModel = (options = {}) => video('textToVideo', { options: { model: MODEL, ...options } });

const tasks = () => [...bench.sandbox.tasks.values()];

test('another model is asked for by its name, and its price is not made up', async () => {
	const { json, taskData } = await run({ parameters: withModel() });
	expect(tasks().map(({ model }) => model)).toEqual([MODEL]);
	expect(json).toMatchObject([{ status: 'completed', mode: 'textToVideo' }]);
	expect(json[0]).not.toHaveProperty('creditsEstimated');
	expect(taskData.hints?.map(({ message }) => message)).toContain(
		'1 video, at a price that is not known',
	);
});

test.each([
	['a version from the list', { __rl: true, mode: 'list', value: '1.1' }],
	['a name', { __rl: true, mode: 'id', value: MODEL }],
	['an expression', { __rl: true, mode: 'id', value: '={{ "1." + 1 }}' }],
	['text, as it was saved before', ` ${MODEL} `],
])('a model is chosen by %s', async (_name, model) => {
	const { json } = await run({ parameters: withModel({ model }) });
	expect(json).toMatchObject([{ status: 'completed' }]);
	expect(tasks().map((task) => task.model)).toEqual([MODEL]);
});

test('limits of the usual model are hints for another one, which may know more', async () => {
	const more = { resolution: '={{ "480p" }}', aspectRatio: '={{ "21:9" }}', duration: 16 };
	const usual = await run({ parameters: video('textToVideo', more) });
	for (const label of ['Aspect Ratio', 'Resolution', 'Duration (Seconds)'])
		expect(usual.error?.message).toContain(`${label} must be `);
	expect(tasks()).toEqual([]);
	const parameters = { ...withModel({ creditsPerSecond: 10 }), ...more, duration: 3 };
	const { taskData } = await run({ parameters });
	expect(tasks()[0].input).toMatchObject({ resolution: '480p', aspect_ratio: '21:9', duration: 3 });
	const hints = taskData.hints?.map(({ message }) => message) ?? [];
	for (const label of ['Aspect Ratio', 'Resolution'])
		expect(hints).toContainEqual(
			expect.stringMatching(`^For HappyHorse 1.0, ${label} must be .*${MODEL}`),
		);
	expect(hints.join()).not.toContain('Duration');
});

test('a file beyond the limits of the usual model is sent to another one, with a hint', async () => {
	const photo = await storeBinary(mediaFile('299x300.jpg'), 'image/jpeg');
	const image = { imageSource: 'binary', imageBinaryProperty: 'photo' };
	const runWith = async (options: object) =>
		await run({
			items: [{ json: {}, binary: { photo } }],
			parameters: video('imageToVideo', { ...image, options: { ...options } }),
		});
	const usual = await runWith({});
	expect(usual.error?.message).toContain('299 × 300 pixels');
	expect(tasks()).toEqual([]);
	const { error, taskData } = await runWith({ model: 'happyhorse-1.1-image-to-video' });
	expect(error?.message).toBeUndefined();
	expect(tasks()).toHaveLength(1);
	expect(JSON.stringify(taskData.hints)).toContain('299 × 300 pixels');
});

test.each([{ duration: 0 }, { duration: 'long' }, { resolution: '' }, { aspectRatio: 7 }])(
	'%j is no value for any model',
	async (wrong) => {
		const { error } = await run({ parameters: { ...withModel(), ...wrong } });
		expect(error?.context.code).toBe('invalid_input');
		expect(tasks()).toEqual([]);
	},
);

test('the list has what is known of the operation’s models', async () => {
	const { searchModels } = new HappyHorse().methods.listSearch;
	const listFor = async (operation: string, filter?: string) => {
		const context = { getCurrentNodeParameter: () => operation };
		const { results } = await searchModels.call(
			context as unknown as ILoadOptionsFunctions,
			filter,
		);
		return results.map(({ value }) => value);
	};
	expect(await listFor('textToVideo')).toEqual(['1.0', '1.1']);
	expect(await listFor('textToVideo', '1.1')).toEqual(['1.1']);
	expect(await listFor('editVideo')).toEqual(['1.0']);
});

test.each([{ maxCredits: 1_000 }, { checkBalance: true }])(
	'%j refuses a model whose price is not known, unless it is told',
	async (limit) => {
		const { error } = await run({ parameters: withModel(limit) });
		expect(error?.message).toContain('is unknown');
		expect(error?.description).toContain('Credits per Second');
		expect(tasks()).toEqual([]);
		const told = await run({ parameters: withModel({ ...limit, creditsPerSecond: 40 }) });
		expect(told.json).toMatchObject([{ creditsEstimated: 200 }]);
	},
);

test.each([0, '0'])('a price of %j is none', async (creditsPerSecond) => {
	const parameters = withModel({ maxCredits: 10, creditsPerSecond });
	const { error } = await run({ parameters });
	expect(error?.message).toContain('is unknown');
	expect(tasks()).toEqual([]);
});

test('what is told of its price counts against the budget', async () => {
	const parameters = withModel({ maxCredits: 199, creditsPerSecond: 40 });
	const { error } = await run({ parameters });
	expect(error?.message).toBe(
		'This run would cost 200 credits, more than the 199 that ‘Max Credits’ allows',
	);
});

test('a budget that fits to the digit is enough: three times 1.1 is 3.3, whatever arithmetic makes of it', async () => {
	const options = { model: MODEL, maxCredits: 3.3, creditsPerSecond: 0.1 };
	const parameters = video('textToVideo', { duration: 11, options });
	const items = [{ json: {} }, { json: {} }, { json: {} }];
	const { error, json } = await run({ items, parameters });
	expect(error).toBeUndefined();
	expect(json).toMatchObject(Array(3).fill({ creditsEstimated: 1.1 }));
});

test.each(['', '1.0', 'happyhorse-1.0-text-to-video', { __rl: true, mode: 'list', value: '' }])(
	'a model of %p is the usual one, at its usual price',
	async (model) => {
		const { json } = await run({ parameters: withModel({ model, creditsPerSecond: 1 }) });
		expect(json).toMatchObject([{ creditsEstimated: 137.5 }]);
		expect(tasks()[0].model).toBe('happyhorse-1.0-text-to-video');
	},
);

test.each(['happyhorse-1.1-image-to-video', 'sora', 7])(
	'a model of %p is a complaint',
	async (model) => {
		const { error } = await run({ parameters: withModel({ model }) });
		expect(error?.message).toBe(
			`Model must be a model for this operation, whose name ends with "-text-to-video", but it is ${JSON.stringify(model)}`,
		);
		expect(bench.sandbox.requests).toEqual([]);
	},
);

test('a model that the service does not offer is refused in its words', async () => {
	const { error } = await run({ parameters: withModel({ model: 'happyhorse-9.9-text-to-video' }) });
	expect(error?.context.code).toBe('model_not_found');
	expect(error?.description).toContain('leave out ‘Model’ under Options');
});
