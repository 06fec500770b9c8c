import type { SandboxTask } from '../sandbox';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const RETRY = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
const CONTINUE = { ...RETRY, onError: 'continueRegularOutput' } as const;

const charges = () => bench.sandbox.ledger.filter(({ kind }) => kind === 'charge');
const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');
const tenItems = Array.from({ length: 10 }, (_, index) => ({ json: { prompt: `video ${index}` } }));
const TEN = video('textToVideo', { prompt: '={{ $json.prompt }}' });

describe('“Retry On Fail” takes up what was paid for', () => {
	test('when looking at tasks broke', async () => {
		bench.sandbox.fault({ on: 'task', times: 2, error: 'invalid_api_key' });
		const { json, error } = await run({ items: tenItems, parameters: TEN, settings: RETRY });
		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(Array(10).fill('completed'));
		expect(new Set(json.map(({ taskId }) => taskId)).size).toBe(10);
		expect(charges()).toHaveLength(10);
	});

	test('when creating stopped half-way', async () => {
		bench.sandbox.fault({ on: 'create', skip: 6, times: 1, error: 'spend_limit_exceeded' });
		const { json } = await run({
			items: tenItems,
			parameters: video('textToVideo', {
				prompt: '={{ $json.prompt }}',
				options: { maxConcurrency: 1 },
			}),
			settings: RETRY,
		});
		const prompts = json.map(({ taskId }) => bench.sandbox.tasks.get(String(taskId))?.input.prompt);
		expect(prompts).toEqual(tenItems.map((item) => item.json.prompt));
		expect(charges()).toHaveLength(10);
	});

	test('when a finished video could not be downloaded', async () => {
		bench.sandbox.fault({ on: 'file', times: 3, break: 'reset-before' });
		const { outputs } = await run({
			parameters: video('textToVideo', { downloadVideo: true }),
			settings: RETRY,
		});
		expect(outputs[0][0].binary?.data.mimeType).toBe('video/mp4');
		expect(charges()).toHaveLength(1);
	});

	test('and what was refunded does not count against Max Credits', async () => {
		bench.sandbox.outcome({ times: 1, status: 'failed' });
		const { json, error } = await run({
			parameters: video('textToVideo', { options: { maxCredits: 137.5 } }),
			settings: RETRY,
		});
		expect(error).toBeUndefined();
		expect(json[0].status).toBe('completed');
		expect(charges()).toHaveLength(2);
	});

	test('when a video was not ready in time', async () => {
		bench.sandbox.outcome({ taskMs: 1_000 });
		const { json } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.01 } }),
			settings: { ...RETRY, waitBetweenTries: 400 },
		});
		expect(json[0].status).toBe('completed');
		expect(charges()).toHaveLength(1);
	});

	test('with “Continue” too, where n8n tries again if the first item went wrong', async () => {
		bench.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
		const { json } = await run({
			items: tenItems,
			parameters: video('textToVideo', {
				prompt: '={{ $json.prompt }}',
				options: { maxConcurrency: 1 },
			}),
			settings: CONTINUE,
		});
		expect(json.map(({ status }) => status)).toEqual(Array(10).fill('completed'));
		expect(charges()).toHaveLength(10);
	});

	test('without waiting, what was started stays as it was answered', async () => {
		bench.sandbox.fault({ on: 'create', skip: 1, times: 1, error: 'spend_limit_exceeded' });
		const { json } = await run({
			items: tenItems.slice(0, 2),
			parameters: video('textToVideo', {
				prompt: '={{ $json.prompt }}',
				waitForCompletion: false,
				simplify: false,
				options: { maxConcurrency: 1 },
			}),
			settings: RETRY,
		});
		const ids = [...bench.sandbox.tasks.keys()];
		expect(json).toEqual(ids.map((taskId) => ({ code: 200, msg: 'success', data: { taskId } })));
	});
});

describe('“Retry On Fail” with expressions that give something else each time', () => {
	const three = tenItems.slice(0, 3);
	const varying = video('textToVideo', {
		prompt: '={{ $json.prompt }} at {{ $now.toMillis() }}',
		options: { seed: '={{ Math.floor(Math.random() * 2147483647) }}' },
	});

	test('takes up what was paid for', async () => {
		bench.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
		const { json } = await run({ items: three, parameters: varying, settings: RETRY });
		expect(json.map(({ status }) => status)).toEqual(Array(3).fill('completed'));
		expect(charges()).toHaveLength(3);
	});

	test('does not send again what was lost', async () => {
		bench.sandbox.fault({ on: 'create', times: 1, break: 'reset-after' });
		const { error } = await run({ items: three, parameters: varying, settings: RETRY });
		expect(error?.context).toMatchObject({ code: 'answer_lost', taskMayExist: true });
		expect(charges().length).toBeLessThanOrEqual(3);
		const prompts = [...bench.sandbox.tasks.values()].map(
			({ input }) => String(input.prompt).split(' at ')[0],
		);
		expect(new Set(prompts).size).toBe(prompts.length);
	});
});

test('once everything is delivered, another run of the node pays anew', async () => {
	const parameters = video('textToVideo');
	const [first, second] = [await run({ parameters }), await run({ parameters })];
	expect(first.json[0].taskId).not.toBe(second.json[0].taskId);
	expect(charges()).toHaveLength(2);
});

test.each([
	['null', null],
	['an object', {}],
	['words', 'none'],
])(
	'an answer that holds an error although the task is completed (%s) makes n8n try again, which pays nothing',
	async (_name, error) => {
		bench.sandbox.outcome({ task: (answer) => ({ ...answer, error }) });
		const parameters = video('textToVideo', { prompt: '={{ $json.prompt }}', simplify: false });
		const { json } = await run({ items: tenItems.slice(0, 3), parameters, settings: RETRY });
		expect(json.map(({ status }) => status)).toEqual(Array(3).fill('completed'));
		expect(charges()).toHaveLength(3);
	},
);

test('a budget or balance that refuses another try does not touch what the first has made', async () => {
	const first = ({ input }: SandboxTask) => input.prompt === 'video 0';
	bench.sandbox.outcome({ times: 1, match: first, status: 'failed' });
	const respond = { body: { code: 200, data: { balance: 3 } } };
	bench.sandbox.fault({ on: 'credits', skip: 1, respond });
	const parameters = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		options: { checkBalance: true },
	});
	const { json } = await run({ items: tenItems.slice(0, 3), parameters, settings: CONTINUE });
	expect(json).toMatchObject([
		{ error: { code: 'insufficient_credits' } },
		{ status: 'completed' },
		{ status: 'completed' },
	]);
	expect(charges()).toHaveLength(3);
});

test('what refuses another try of a run that stops names every task', async () => {
	bench.sandbox.outcome({ times: 1, status: 'failed' });
	const respond = { body: { code: 200, data: { balance: 3 } } };
	bench.sandbox.fault({ on: 'credits', skip: 1, respond });
	const parameters = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		options: { checkBalance: true, maxConcurrency: 1 },
	});
	const { error } = await run({ items: tenItems.slice(0, 3), parameters, settings: RETRY });
	expect(error?.context.code).toBe('insufficient_credits');
	expect(error?.description).toMatch(/^No further video was started\./);
	for (const id of bench.sandbox.tasks.keys()) expect(JSON.stringify(error)).toContain(id);
});

test('a request whose answer was lost is not sent in another try either', async () => {
	bench.sandbox.fault({ on: 'create', times: 1, break: 'reset-after' });
	const { error } = await run({ parameters: video('textToVideo'), settings: RETRY });
	expect(posts()).toHaveLength(1);
	expect(charges()).toHaveLength(1);
	expect(error?.message).toBe('The answer to this request was lost in an earlier try');
	expect(error?.description).toMatch(/A task may have been created and charged anyway/);
	expect(error?.context).toMatchObject({ code: 'answer_lost', taskMayExist: true });
});

test('a task that failed, and so was refunded, is made anew in the next try', async () => {
	bench.sandbox.outcome({ times: 1, status: 'failed' });
	const { json } = await run({ parameters: video('textToVideo'), settings: RETRY });
	expect(json[0].status).toBe('completed');
	expect(bench.sandbox.ledger.map(({ kind }) => kind)).toEqual(['charge', 'refund', 'charge']);
});

describe('Check Balance', () => {
	const withCheck = video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		options: { checkBalance: true },
	});

	test('refuses a run that the balance does not cover, before anything is paid', async () => {
		const respond = { body: { code: 200, data: { balance: 1_374.5 } } };
		bench.sandbox.fault({ on: 'credits', respond });
		const { error } = await run({ items: tenItems, parameters: withCheck });
		expect(error?.message).toBe(
			'This run would cost 1,375 credits, more than the 1,374.5 that the account has',
		);
		expect(posts()).toEqual([]);
	});

	test('lets a run through that it covers, and counts only what is still to be paid', async () => {
		const respond = { body: { code: 200, data: { balance: 0 } } };
		bench.sandbox.fault({ on: 'credits', skip: 1, respond });
		bench.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
		const { json } = await run({ items: tenItems, parameters: withCheck, settings: RETRY });
		expect(json).toHaveLength(10);
		expect(charges()).toHaveLength(10);
	});
});

describe('the output panel says what a run has cost', () => {
	test('videos and refunds', async () => {
		bench.sandbox.outcome({ match: ({ input }) => input.prompt === 'video 3', status: 'failed' });
		const { taskData } = await run({
			items: tenItems.slice(0, 6),
			parameters: TEN,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(taskData.hints).toEqual([
			{
				message: '5 videos, 687.5 credits; 1 failed, 137.5 refunded',
				type: 'info',
				location: 'outputPane',
			},
		]);
	});

	test('an edit has a price that goes by its clip', async () => {
		const { taskData } = await run({ parameters: video('editVideo') });
		expect(taskData.hints?.[0].message).toBe('1 video, priced by the length of the clip');
	});

	test('nothing, where nothing was paid', async () => {
		const { taskData } = await run({ parameters: { resource: 'credit', operation: 'getBalance' } });
		expect(taskData.hints).toEqual([]);
	});
});

test('the ids of all tasks are in the execution’s custom data, even of a run that was stopped', async () => {
	bench.sandbox.fault({ on: 'create', skip: 9, error: 'spend_limit_exceeded' });
	const { error, run: saved } = await run({
		items: tenItems,
		parameters: video('textToVideo', {
			prompt: '={{ $json.prompt }}',
			options: { maxConcurrency: 1 },
		}),
	});
	expect(error?.context.code).toBe('spend_limit_exceeded');
	const values = Object.values(saved.data.resultData.metadata ?? {});
	expect(values.join(' ').split(' ')).toEqual([...bench.sandbox.tasks.keys()]);
	for (const value of values) expect(value.length).toBeLessThanOrEqual(255);
});
