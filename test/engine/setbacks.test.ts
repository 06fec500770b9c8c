import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({}, { shorter: 10 });
const { run, start } = bench;

const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');
const polls = () => bench.sandbox.requests.filter(({ path }) => path.startsWith('/v1/tasks/'));

describe('while a task is waited for, setbacks that pass are outlived', () => {
	test.each([
		['an internal error', { error: 'internal_error' }],
		['an upstream error', { error: 'upstream_error' }],
		['a page of a proxy', { respond: { status: 502, body: '<html>Bad gateway</html>' } }],
		['a page with status 200', { respond: { status: 200, body: '<html>Hello</html>' } }],
		['an empty body', { respond: { status: 200, body: '' } }],
		['truncated JSON', { respond: { status: 200, body: '{"id": "8b6a' } }],
		['another task', { respond: { status: 200, body: { id: 'x', status: 'completed' } } }],
		['wrong types', { respond: { status: 200, body: { id: 1, status: [] } } }],
		['a reset', { break: 'reset-before' }],
		['half an answer', { break: 'half' }],
		['a rate limit', { error: 'rate_limit_exceeded', retryAfter: '0' }],
	] as const)('%s', async (_name, fault) => {
		bench.sandbox.fault({ on: 'task', times: 2, ...fault });
		const { json, error } = await run({ parameters: video('textToVideo') });
		expect(error).toBeUndefined();
		expect(json[0].status).toBe('completed');
		expect(posts()).toHaveLength(1);
		expect(polls().length).toBeGreaterThanOrEqual(3);
	});

	test('but not one that stays: the task keeps its name', async () => {
		bench.sandbox.fault({ on: 'task', error: 'invalid_api_key' });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.context).toMatchObject({
			code: 'invalid_api_key',
			taskId: [...bench.sandbox.tasks.keys()][0],
			status: 'pending',
		});
		expect(error?.description).toContain(
			'This does not stop the task, and a new one would be charged again',
		);
	});

	test('nor does the message speak of a refund where there is none', async () => {
		bench.sandbox.fault({ on: 'task', error: 'upstream_error' });
		const { error } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.01 } }),
		});
		expect(error?.context.code).toBe('upstream_error');
		expect(error?.description).not.toContain('refunded');
	});
});

describe('a clock that is set while a video is waited for', () => {
	afterEach(() => jest.restoreAllMocks());

	/** Sets the clock when the service is asked for the first time. */
	function setClock(byMs: number) {
		const now = Date.now.bind(Date);
		let shift = 0;
		jest.spyOn(Date, 'now').mockImplementation(() => now() + shift);
		bench.sandbox.fault({ on: 'task', skip: 1, match: () => (shift = byMs) !== 0 });
	}

	const parameters = video('textToVideo', { options: { timeout: 0.03, pollingInterval: 0.1 } });

	test('an hour ahead does not end the wait', async () => {
		setClock(3_600_000);
		bench.sandbox.outcome({ taskMs: 1_000 });
		const { json } = await run({ parameters });
		expect(json[0]?.status).toBe('completed');
	});

	test('an hour back does not lengthen it', async () => {
		setClock(-3_600_000);
		bench.sandbox.outcome({ taskMs: 60_000, lagMs: -7_200_000 });
		const startedAt = performance.now();
		const { error } = await run({ parameters });
		expect(error?.context.code).toBe('timeout');
		expect(performance.now() - startedAt).toBeLessThan(10_000);
	});
});

describe('Retry-After', () => {
	test.each([
		['seconds', () => '1'],
		['a date', () => new Date(Date.now() + 2_000).toUTCString()],
	])('in %s is kept by all requests of the run', async (_form, retryAfter) => {
		bench.sandbox.fault({
			on: 'create',
			times: 1,
			error: 'rate_limit_exceeded',
			retryAfter: retryAfter(),
		});
		const { json } = await run({
			items: [{ json: {} }, { json: {} }, { json: {} }],
			parameters: video('textToVideo', { options: { maxConcurrency: 1 } }),
		});
		expect(json).toHaveLength(3);
		const [refused, ...after] = posts();
		expect(after).toHaveLength(3);
		for (const { at } of after) expect(at - refused.at).toBeGreaterThanOrEqual(950);
	});
});

describe('a rate limit', () => {
	test.each([
		['with an unknown code', { error: { code: 'quota', message: 'slow down' } }],
		['as a page', '<html>Too many requests</html>'],
		['without a body', ''],
	])('%s created nothing, so the request is sent again', async (_name, body) => {
		bench.sandbox.fault({ on: 'create', times: 2, respond: { status: 429, body } });
		const { json, error } = await run({ parameters: video('textToVideo') });
		expect(error).toBeUndefined();
		expect(json[0].status).toBe('completed');
		expect(posts()).toHaveLength(3);
	});

	test.each([
		['an hour', { retryAfter: '3600' }, 1, 'asks to wait 60 minutes before the next request'],
		['some seconds', { retryAfter: '40' }, 1, 'asks to wait 40 seconds before the next request'],
		['nothing', {}, 2, 'slowed down and sent the request 2 times until its time was up'],
	])('that asks for %s says what the node did', async (_name, more, sent, words) => {
		bench.sandbox.fault({ on: 'create', error: 'rate_limit_exceeded', ...more });
		const { error } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.02 } }),
		});
		expect(posts()).toHaveLength(sent);
		expect(error?.description).toContain(words);
		if (sent === 1) expect(error?.description).not.toMatch(/tried again|slowed down/);
	});

	test('that asks for longer than a wait lasts does not end it: the last look is at its end', async () => {
		bench.sandbox.fault({ on: 'task', times: 1, error: 'rate_limit_exceeded', retryAfter: '3600' });
		const { json, error } = await run({
			parameters: video('textToVideo', { options: { timeout: 0.04, pollingInterval: 0.1 } }),
		});
		expect(error).toBeUndefined();
		expect(json[0].status).toBe('completed');
	});

	test('that asks for an hour holds up nothing that has no hour', async () => {
		bench.sandbox.fault({ on: 'create', error: 'rate_limit_exceeded', retryAfter: '60' });
		const startedAt = performance.now();
		const { error } = await run({
			items: [5, 0.03].map((timeout) => ({ json: { timeout } })),
			parameters: video('textToVideo', {
				options: { maxConcurrency: 1, timeout: '={{ $json.timeout }}' },
			}),
		});
		expect(performance.now() - startedAt).toBeLessThan(5_000);
		expect(posts()).toHaveLength(1);
		expect(error?.context.itemIndex).toBe(1);
		expect(error?.description).toMatch(/asks to wait 60 seconds .* so the request was not sent\./);
	});
});

describe('a POST whose fate is not known is never sent again', () => {
	test.each([
		['reset before it was read', { break: 'reset-before' }, 0],
		['reset after it was done', { break: 'reset-after' }, 1],
		['half an answer', { break: 'half' }, 1],
		['an internal error', { error: 'internal_error', effect: true }, 1],
		['a page of a proxy', { respond: { status: 502, body: '<html>' }, effect: true }, 1],
		['a 503 page of a proxy', { respond: { status: 503, body: '<html>' }, effect: true }, 1],
		['an unreadable 200', { respond: { status: 200, body: 'OK' }, effect: true }, 1],
		['a 200 without a task id', { respond: { status: 200, body: { code: 200 } }, effect: true }, 1],
	] as const)('%s', async (_name, fault, tasks) => {
		bench.sandbox.fault({ on: 'create', ...fault });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(posts()).toHaveLength(1);
		expect(bench.sandbox.tasks.size).toBe(tasks);
		expect(error?.description).toMatch(/A task may have been created and charged anyway/);
	});
});

test('a POST that surely created nothing is sent again, and charged once', async () => {
	bench.sandbox.fault({ on: 'create', times: 2, error: 'upstream_error', retryAfter: '0' });
	const { json } = await run({ parameters: video('textToVideo') });
	expect(json[0].status).toBe('completed');
	expect(posts()).toHaveLength(3);
	expect(bench.sandbox.ledger).toHaveLength(1);
});

test('after the first trouble no further video is started', async () => {
	bench.sandbox.fault({ on: 'create', skip: 2, error: 'insufficient_credits' });
	const { error } = await run({
		items: Array.from({ length: 30 }, () => ({ json: {} })),
		parameters: video('textToVideo', { options: { maxConcurrency: 1 } }),
	});
	expect(error?.context.code).toBe('insufficient_credits');
	expect(posts()).toHaveLength(3);
	expect(error?.context.otherTasks).toHaveLength(2);
});

describe('a canceled execution', () => {
	test('ends at once while it waits, and names what it paid for', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		const { outcome, cancel } = start({
			items: [{ json: {} }, { json: {} }],
			parameters: video('textToVideo', { options: { pollingInterval: 30 } }),
		});
		await bench.sandbox.waitFor(() => bench.sandbox.tasks.size === 2 && posts().length === 2);
		const canceledAt = performance.now();
		cancel();
		const { error } = await outcome;
		expect(performance.now() - canceledAt).toBeLessThan(1_000);
		expect(error?.message).toBe('The execution was canceled while videos were being made');
		const said = JSON.stringify([error?.description, error?.context]);
		for (const id of bench.sandbox.tasks.keys()) expect(said).toContain(id);
	});

	test('ends while a request hangs', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		bench.sandbox.fault({ on: 'task', break: 'hang' });
		const { outcome, cancel } = start({ parameters: video('textToVideo') });
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 1 && posts().length === 1);
		cancel();
		expect((await outcome).error?.context.taskId).toBe([...bench.sandbox.tasks.keys()][0]);
	});

	test('ends while a video is being downloaded', async () => {
		bench.sandbox.fault({ on: 'file', break: 'drip', dripMs: 10_000 });
		const { outcome, cancel } = start({
			parameters: video('textToVideo', { downloadVideo: true }),
		});
		await bench.sandbox.waitFor(() =>
			bench.sandbox.requests.some(({ server }) => server === 'file'),
		);
		cancel();
		expect((await outcome).error?.context).toMatchObject({
			code: 'canceled',
			taskId: [...bench.sandbox.tasks.keys()][0],
			status: 'completed',
		});
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 0);
	});

	test('lets a POST under way tell its task id, and starts no other', async () => {
		bench.sandbox.outcome({ taskMs: 60_000 });
		bench.sandbox.fault({ on: 'create', delayMs: 300 });
		const { outcome, cancel } = start({
			items: [{ json: {} }, { json: {} }, { json: {} }],
			parameters: video('textToVideo', { options: { maxConcurrency: 1 } }),
		});
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 1);
		cancel();
		const { error } = await outcome;
		expect(bench.sandbox.tasks.size).toBe(1);
		expect(posts()).toHaveLength(1);
		expect(JSON.stringify(error)).toContain([...bench.sandbox.tasks.keys()][0]);
	});
});
