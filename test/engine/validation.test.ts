import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const prompts = (...texts: string[]) => texts.map((prompt) => ({ json: { prompt } }));

test('nothing is sent when one item of many is not in order', async () => {
	const { error } = await run({
		items: prompts('one', '', 'three'),
		parameters: video('textToVideo', { prompt: '={{ $json.prompt }}' }),
	});
	expect(bench.sandbox.requests).toEqual([]);
	expect(error?.message).toBe('Prompt must not be empty [Item 1]');
	expect(error?.description).toMatch(/Nothing was sent and nothing was charged/);
	expect(error?.context).toMatchObject({ code: 'invalid_input' });
});

test('all complaints of a run come in one message, each with its item and the label of its field', async () => {
	const { error } = await run({
		items: [{ json: { d: 2 } }, { json: { d: '5' } }, { json: { d: 99 } }],
		parameters: video('textToVideo', {
			duration: '={{ $json.d }}',
			options: { seed: -1, timeout: 0 },
		}),
	});
	expect(bench.sandbox.requests).toEqual([]);
	for (const complaint of [
		'Duration (Seconds) must be a whole number from 3 to 15, but it is 2',
		'Duration (Seconds) must be a whole number from 3 to 15, but it is 99 [Item 2]',
		'Seed must be a whole number from 0 to 2,147,483,647, but it is -1 [Item 1]',
		'Timeout (Minutes) must be a number from 0.01 to 1,440, but it is 0',
	])
		expect(error?.message).toContain(complaint);
});

test('a message about very many items stays readable', async () => {
	const { error } = await run({
		items: Array.from({ length: 200 }, () => ({ json: {} })),
		parameters: video('textToVideo', { prompt: ' ' }),
	});
	expect(error?.message).toMatch(/ \[Item 24\]\. and 175 more of the kind$/);
	const few = await run({
		items: Array.from({ length: 25 }, () => ({ json: {} })),
		parameters: video('textToVideo', { prompt: ' ' }),
	});
	expect(few.error?.message).toMatch(/ \[Item 24\]$/);
});

test('an expression that cannot be read stops the run before anything is sent', async () => {
	const { error } = await run({
		items: prompts('one', 'two'),
		parameters: video('textToVideo', { prompt: '={{ $("Nowhere").item.json.x }}' }),
	});
	expect(bench.sandbox.requests).toEqual([]);
	expect(error?.message).toBeTruthy();
});

test('with "Continue" the item gets its complaint, and the others are unharmed', async () => {
	const { outputs, error } = await run({
		items: prompts('one', '', 'three'),
		parameters: video('textToVideo', { prompt: '={{ $json.prompt }}' }),
		settings: { onError: 'continueRegularOutput' },
	});
	expect(error).toBeUndefined();
	const [first, second, third] = outputs[0];
	expect(first.json.status).toBe('completed');
	expect(second).toEqual({
		json: {
			error: {
				message: 'Prompt must not be empty [Item 1]',
				description: expect.stringContaining('Nothing was sent'),
				code: 'invalid_input',
			},
		},
		pairedItem: { item: 1 },
	});
	expect(third.json.status).toBe('completed');
	expect(bench.sandbox.tasks.size).toBe(2);
});

describe('the credential', () => {
	test.each([
		['a key without sk-', { apiKey: 'pk-1' }, /API Key .* is not a HappyHorse key/],
		['no key', { apiKey: '' }, /API Key .* is not a HappyHorse key/],
		['a base URL that is none', { baseUrl: 'api.aivideoapi.ai' }, /Base URL .* is not a URL/],
	])('%s is refused before anything is sent', async (_name, credential, message) => {
		const { error } = await run({ parameters: video('textToVideo'), ...credential });
		expect(error?.message).toMatch(message);
		expect(error?.description).toContain('Nothing was sent');
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('a slash at the end of the base URL does no harm', async () => {
		const { json } = await run({
			baseUrl: `${bench.sandbox.url}/`,
			parameters: video('textToVideo'),
		});
		expect(json[0].status).toBe('completed');
	});
});

describe('media on private addresses', () => {
	test('are refused while the service is public', async () => {
		const { error } = await run({
			baseUrl: 'https://api.aivideoapi.invalid',
			parameters: video('imageToVideo', { imageUrl: 'http://192.168.0.7/a.png' }),
		});
		expect(error?.message).toBe(
			'First Frame URL must be a URL that HappyHorse can reach over the internet, but 192.168.0.7 is a local or private address',
		);
	});

	test('are taken by a service that is local itself', async () => {
		const { json } = await run({
			parameters: video('imageToVideo', { imageUrl: 'http://127.0.0.1/a.png' }),
		});
		expect(json[0].status).toBe('completed');
	});
});

describe('Max Credits', () => {
	test('refuses a run that could cost more, before anything is sent', async () => {
		const { error } = await run({
			items: prompts('a', 'b', 'c'),
			parameters: video('textToVideo', { options: { maxCredits: 412 } }),
		});
		expect(error?.message).toBe(
			'This run would cost 412.5 credits, more than the 412 that ‘Max Credits’ allows',
		);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('lets a run through that costs just as much', async () => {
		const { json } = await run({
			items: prompts('a', 'b', 'c'),
			parameters: video('textToVideo', { options: { maxCredits: 412.5 } }),
		});
		expect(json).toHaveLength(3);
	});

	test('counts an edit as the longest clip and says so', async () => {
		const { error } = await run({
			parameters: video('editVideo', { options: { maxCredits: 2062 } }),
		});
		expect(error?.message).toBe(
			'This run would cost up to 2,062.5 credits, more than the 2,062 that ‘Max Credits’ allows',
		);
		expect(error?.description).toContain('counts as the longest that is allowed');
	});

	test('with "Continue" every item says why it was not made', async () => {
		const { outputs } = await run({
			items: prompts('a', 'b'),
			parameters: video('textToVideo', { options: { maxCredits: 1 } }),
			settings: { onError: 'continueErrorOutput' },
		});
		expect(outputs[0]).toEqual([]);
		expect(outputs[1].map(({ json }) => json.error)).toEqual([
			expect.objectContaining({ code: 'over_budget' }),
			expect.objectContaining({ code: 'over_budget' }),
		]);
		expect(bench.sandbox.requests).toEqual([]);
	});
});

test('Max Concurrency out of range is refused', async () => {
	const { error } = await run({
		parameters: video('textToVideo', { options: { maxConcurrency: 0 } }),
	});
	expect(error?.message).toMatch(/^Max Concurrency must be a whole number from 1 to 100/);
	expect(bench.sandbox.requests).toEqual([]);
});
