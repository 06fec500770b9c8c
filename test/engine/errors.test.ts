import { startSandbox } from '../sandbox';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ credits: 1_000 }, { shorter: 10 });
const { run } = bench;

const onlyTask = () => [...bench.sandbox.tasks.values()][0];
const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');

/** The contract's error table as a user meets it when a video is started. */
const ROWS = [
	{
		error: 'invalid_request',
		httpCode: '400',
		message: 'HappyHorse did not accept the request',
		advice: /Fix what HappyHorse names below/,
	},
	{
		error: 'invalid_api_key',
		httpCode: '401',
		message: 'HappyHorse did not accept the API key',
		advice: /Check the key in the HappyHorse credential/,
	},
	{
		error: 'insufficient_credits',
		httpCode: '402',
		message: 'There are not enough credits for this video',
		advice:
			/The balance is 1,000 credits\. This video costs 137\.5 credits\. Top up under Billing \(https:\/\/aivideoapi\.ai\/dashboard\/billing\)/,
	},
	{
		error: 'ip_not_allowed',
		httpCode: '403',
		message: 'This n8n’s IP address is not on the API key’s allow-list',
		advice: /Add the address from which n8n reaches the internet/,
	},
	{
		error: 'model_not_found',
		httpCode: '404',
		message: 'HappyHorse does not offer this mode at the moment',
		advice: /Update this package/,
	},
	{
		error: 'rate_limit_exceeded',
		httpCode: '429',
		message: 'HappyHorse is getting too many requests from this API key',
		advice: /Lower ‘Max Concurrency’/,
		retryAfter: '3600',
	},
	{
		error: 'spend_limit_exceeded',
		httpCode: '429',
		message: 'The API key’s spending limit is reached',
		advice: /hourly, daily or total limit/,
	},
	{
		error: 'internal_error',
		httpCode: '500',
		message: 'HappyHorse could not process the request',
		advice: /A task may have been created and charged anyway/,
	},
	{
		error: 'upstream_error',
		httpCode: '503',
		message: 'The provider behind HappyHorse refused the request or is down',
		advice: /change it\. Otherwise try again later\. Credits for it are refunded/,
	},
] as const;

describe('each row of the error table, when a video is started', () => {
	test.each(ROWS)('$error', async ({ error: code, httpCode, message, advice, ...more }) => {
		bench.sandbox.fault({ on: 'create', error: code, ...more });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error).toMatchObject({ message, httpCode, context: { code, itemIndex: 0 } });
		expect(error?.description).toMatch(advice);
		expect(error?.description).toMatch(/HappyHorse says: ".+"/);
		expect(bench.sandbox.tasks.size).toBe(0);
		expect(posts()).toHaveLength(code === 'upstream_error' ? 4 : 1);
	});

	test('task_not_found, when a task is looked up', async () => {
		const { error } = await run({
			parameters: { resource: 'task', operation: 'get', taskId: 'nobody-knows' },
		});
		expect(error).toMatchObject({
			message: 'HappyHorse does not know this task',
			httpCode: '404',
			context: { code: 'task_not_found', taskId: 'nobody-knows' },
		});
		expect(error?.description).toMatch(/Check that ‘Task ID’ is the ‘taskId’/);
	});
});

describe('a refusal in another form than the contract’s is quoted, and its status decides the advice:', () => {
	const KEY = /Check the key in the HappyHorse credential/;
	test.each<[number, object | string, string, RegExp]>([
		[400, { code: 400, msg: 'image_urls[0] is gone' }, 'image_urls[0] is gone', /Fix what/],
		[
			400,
			{ errors: { prompt: ['is too long'] } },
			'{"errors":{"prompt":["is too long"]}}',
			/Fix what/,
		],
		[401, { error: 'API key expired' }, 'API key expired', KEY],
		[401, { error: { code: 401, message: 'no such key' } }, 'no such key', KEY],
		[401, { error: { code: null, message: 'no such key' } }, 'no such key', KEY],
		[
			401,
			{ statusCode: 401, message: ['key', 'revoked'], error: 'Unauthorized' },
			'key, revoked',
			KEY,
		],
		[
			402,
			{ error: { code: 40_201, msg: 'balance is 0' } },
			'balance is 0',
			/The balance is.*Top up/,
		],
		[402, { error: { code: 'no_funds', message: 'balance is 0' } }, 'balance is 0', /Top up/],
		[403, { detail: 'IP address 10.1.2.3' }, 'IP address 10.1.2.3', /allow-list/],
		[422, { detail: [{ msg: 'field required', loc: ['duration'] }] }, 'duration', /Fix what/],
		[
			400,
			'<?xml version="1.0"?><Error><Code>Bad</Code><Message>image is gone</Message></Error>',
			'image is gone',
			/Fix what/,
		],
		[422, 'seed must be an integer', 'seed must be an integer', /Fix what/],
	])('%i %j', async (status, body, words, advice) => {
		bench.sandbox.fault({ on: 'create', respond: { status, body } });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.description).toContain('HappyHorse says: "');
		expect(error?.description).toContain(words);
		if (status === 403) expect(error?.context.taskMayExist).toBe(true);
		else expect(error?.description).toMatch(advice);
		const { error: ofBalance } = await run({
			parameters: { resource: 'credit', operation: 'getBalance' },
		});
		expect(ofBalance).toBeUndefined();
		bench.sandbox.fault({ on: 'credits', respond: { status, body } });
		const asked = await run({ parameters: { resource: 'credit', operation: 'getBalance' } });
		expect(asked.error?.description).toContain(words);
		if (status !== 402) expect(asked.error?.description).toMatch(advice);
	});

	test.each([
		['a text', 'content policy', 'content policy'],
		['a list', ['content policy', 'x'], 'content policy, x'],
		['a list of objects', [{ why: 'content policy' }], '[{"why":"content policy"}]'],
		['another name', { msg: 'content policy', code: 1027 }, 'content policy'],
		[
			'an object in place of words',
			{ message: { en: 'content policy' }, code: 1027 },
			'{"message":{"en":"content policy"}}',
		],
	])('a failed task with its error as %s', async (_name, said, words) => {
		bench.sandbox.outcome({
			task: (body) =>
				body.status === 'completed' ? { ...body, status: 'failed', error: said } : body,
		});
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe(`HappyHorse could not make this video: ${words}`);
		if (!Array.isArray(said) && typeof said === 'object') expect(error?.context.code).toBe('1027');
	});

	test.each(['msg', 'message', 'reason', 'fail_reason', 'failReason', 'errorMessage', 'Message'])(
		'a failed task with a %s',
		async (name) => {
			bench.sandbox.outcome({
				task: (body) =>
					body.status === 'completed'
						? { ...body, status: 'failed', [name]: 'content policy' }
						: body,
			});
			const { error } = await run({ parameters: video('textToVideo') });
			expect(error?.message).toBe('HappyHorse could not make this video: content policy');
		},
	);
});

describe('what is not in the table', () => {
	test('an envelope without success under status 200: it is not sent again, and its code and words are shown', async () => {
		const body = { code: 402, msg: 'No more credits', data: null };
		bench.sandbox.fault({ on: 'create', respond: { body } });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('There are not enough credits for this video');
		expect(error?.description).toContain('HappyHorse says: "No more credits"');
		expect(error?.context).toMatchObject({ taskMayExist: true });
		expect(posts()).toHaveLength(1);
	});

	test('an unknown code passes through readably', async () => {
		const body = { error: { code: 'teapot', message: 'I am a teapot', type: 'x' } };
		bench.sandbox.fault({ on: 'create', respond: { status: 418, body } });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('HappyHorse refused the request (status 418)');
		expect(error?.description).toContain('HappyHorse says: "I am a teapot"');
		expect(error?.context.code).toBe('teapot');
	});

	test('a code such as "constructor" is no way into the program', async () => {
		const body = { error: { code: 'constructor', message: '__proto__' } };
		bench.sandbox.fault({ on: 'create', respond: { status: 400, body } });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('HappyHorse did not accept the request');
	});

	test('a redirect is not followed, so that the key stays where it belongs', async () => {
		bench.sandbox.fault({
			on: 'create',
			respond: { status: 302, headers: { location: `${bench.sandbox.fileUrl}/elsewhere` } },
		});
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('The Base URL answers with a redirect (status 302)');
		expect(bench.sandbox.requests.every(({ server }) => server === 'api')).toBe(true);
	});

	test('an address where nobody listens', async () => {
		const { error } = await run({
			baseUrl: 'http://127.0.0.1:1',
			parameters: { resource: 'video', operation: 'textToVideo', prompt: 'x' },
		});
		expect(error?.message).toBe('HappyHorse could not be reached: the connection was refused');
		expect(error?.context.code).toBe('no_answer');
	});
});

test('the service’s words are kept, short, and without a key or token that they quote', async () => {
	const link = 'https://cdn.example/a.png?token=a.b-c';
	const message = `Key sk-test-secret-1234 for ${link} is preexisting. ${'字'.repeat(2_000)}`;
	bench.sandbox.fault({
		on: 'create',
		respond: { status: 400, body: { error: { code: 'invalid_request', message } } },
	});
	const { error } = await run({ parameters: video('textToVideo') });
	expect(error?.description).toContain(
		'Key sk-… for https://cdn.example/a.png?token=… is preexisting. 字',
	);
	expect(error?.description?.length).toBeLessThan(700);
});

test('the API key is nowhere in what n8n saves of a run that went wrong', async () => {
	for (const fault of [
		{ on: 'create', break: 'reset-before' },
		{ on: 'create', error: 'invalid_api_key' },
		{ on: 'file', break: 'reset-before' },
	] as const) {
		bench.sandbox.reset();
		bench.sandbox.fault(fault);
		bench.sandbox.outcome({ completedAgoMs: 120_000 });
		const { run: saved, error } = await run({
			parameters: video('textToVideo', { downloadVideo: true }),
		});
		expect(error).toBeDefined();
		expect(JSON.stringify(saved)).not.toContain(bench.sandbox.apiKey);
	}
});

test.each(['sk-AbC+/def/GHI==', 'sk-a:bcdefgh', 'sk-test-abc.DEFGHIJ.klmnop'])(
	'whoever repeats the key %s, it is in nothing that comes out',
	async (apiKey) => {
		const sandbox = await startSandbox({ apiKey, taskMs: 50 });
		try {
			const baseUrl = sandbox.url;
			const code = `bad key Bearer ${apiKey}`;
			const refusal = {
				error: { code, message: `Incorrect API key provided: ${apiKey}`, type: 'x' },
			};
			sandbox.fault({ on: 'create', times: 1, respond: { status: 401, body: refusal } });
			const refused = await run({ baseUrl, apiKey, parameters: video('textToVideo') });
			expect(refused.error?.description).toContain('Incorrect API key provided: sk-…');
			expect(JSON.stringify(refused.run)).not.toContain(apiKey);
			sandbox.fault({
				on: 'task',
				respond: { body: { id: 'a', status: 'pending', echo: `Bearer ${apiKey}` } },
			});
			const get = { resource: 'task', operation: 'get', taskId: 'a', simplify: false };
			const { json, run: saved } = await run({ baseUrl, apiKey, parameters: get });
			expect(json).toMatchObject([{ echo: 'Bearer sk-…' }]);
			expect(JSON.stringify(saved)).not.toContain(apiKey);
		} finally {
			await sandbox.close();
		}
	},
);

describe('a task that fails', () => {
	beforeEach(() => {
		bench.sandbox.outcome({
			match: ({ input }) => String(input.prompt).includes('bad'),
			status: 'failed',
			error: { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' },
		});
	});

	test('stops the node with its id, its reason, and word of the refund', async () => {
		const { error } = await run({ parameters: video('textToVideo', { prompt: 'bad' }) });
		const { id } = onlyTask();
		expect(error?.message).toBe(
			'HappyHorse could not make this video: the prompt or an image contains content that HappyHorse considers sensitive (“InvalidParameter: prompt 包含敏感词”)',
		);
		expect(error?.description).toContain(`Credits for task ${id} were refunded`);
		expect(error?.context).toMatchObject({ code: 'upstream_error', taskId: id, status: 'failed' });
	});

	test('names the other tasks of the run, which are paid for', async () => {
		bench.sandbox.outcome({ match: ({ input }) => input.prompt === 'slow', taskMs: 60_000 });
		const { error } = await run({
			items: ['slow', 'bad', 'slow'].map((prompt) => ({ json: { prompt } })),
			parameters: video('textToVideo', { prompt: '={{ $json.prompt }}' }),
		});
		const slow = [...bench.sandbox.tasks.values()].filter(({ input }) => input.prompt === 'slow');
		expect(slow).toHaveLength(2);
		for (const { id } of slow) expect(error?.description).toContain(id);
		expect(error?.context.itemIndex).toBe(1);
		expect(error?.context.otherTasks).toHaveLength(2);
	});

	test.each([
		['continueRegularOutput', 0],
		['continueErrorOutput', 1],
	] as const)(
		'with %s its item comes out of output %d and the others are unharmed',
		async (onError, output) => {
			const { outputs, error } = await run({
				items: ['good', 'bad', 'fine'].map((prompt) => ({ json: { prompt } })),
				parameters: video('textToVideo', { prompt: '={{ $json.prompt }}' }),
				settings: { onError },
			});
			expect(error).toBeUndefined();
			const failed = outputs[output].find(({ json }) => json.error);
			const { id } = [...bench.sandbox.tasks.values()].filter(
				({ status }) => status === 'failed',
			)[0];
			expect(failed?.json.error).toEqual({
				message:
					'HappyHorse could not make this video: the prompt or an image contains content that HappyHorse considers sensitive (“InvalidParameter: prompt 包含敏感词”)',
				description: expect.stringContaining('refunded'),
				code: 'upstream_error',
				taskId: id,
				status: 'failed',
			});
			expect(failed?.pairedItem).toEqual({ item: 1 });
			const good = outputs[0].filter(({ json }) => json.status === 'completed');
			expect(good.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		},
	);
});

describe('a completed task without a video', () => {
	test.each([
		['no output', undefined],
		['no URLs', { urls: [] }],
		['URLs of another type', { urls: { url: 'http://x/y.mp4' } }],
		['a URL that is not http', { urls: ['file:///etc/passwd'] }],
		['a URL that is none', { urls: [null, 7, 'video.mp4'] }],
	])('%s', async (_name, output) => {
		const completedAgoMs = 61_000;
		bench.sandbox.outcome({ completedAgoMs, task: (body) => ({ ...body, output }) });
		const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(error?.message).toBe('The task is completed, but HappyHorse returned no video for it');
		expect(error?.context).toMatchObject({ code: 'no_video', taskId: onlyTask().id });
	});
});

describe('a task that takes too long', () => {
	test('stops the node with its id and status, for it is paid for', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		const { error } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.01 } }),
		});
		const { id } = onlyTask();
		expect(error?.message).toBe('The video was not ready after 0.01 minutes');
		expect(error?.description).toContain(`Task ${id} is still`);
		expect(error?.context).toMatchObject({ code: 'timeout', taskId: id });
	});

	test('a status that nobody knows is waited on like any other', async () => {
		bench.sandbox.outcome({
			taskMs: 60_000,
			task: (body) => ({ ...body, status: 'dreaming' }),
		});
		const { error } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.01 } }),
		});
		expect(error?.description).toContain('is still dreaming at HappyHorse');
	});
});
