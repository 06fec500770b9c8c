import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ taskMs: 100 });
const { run } = bench;

const items = [{ json: { prompt: 'one' } }, { json: { prompt: 'two' } }];
const parked = (options = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'callback', options });

const tasks = () => [...bench.sandbox.tasks.values()];

test('the run ends parked, until the time is up and no longer', async () => {
	const before = Date.now();
	const outcome = await run({ items, parameters: parked({ timeout: 10 }) });
	expect(outcome.run.status).toBe('waiting');
	const until = Number(outcome.run.waitTill);
	expect(until).toBeGreaterThanOrEqual(before + 600_000);
	expect(until).toBeLessThanOrEqual(Date.now() + 600_000);
	expect(outcome.json).toEqual(
		tasks().map(({ id }) => ({ taskId: id, status: 'pending', timedOut: true })),
	);
	for (const { callbackUrl } of tasks())
		expect(callbackUrl).toMatch(/^http:\/\/127\.0\.0\.1\/webhook-waiting\/1\/happyhorse/);
});

test.each([
	['has a private address', 'http://127.0.0.1/webhook-waiting', '127.0.0.1'],
	['has no public name', 'http://n8n:5678/webhook-waiting', 'n8n:5678'],
	['has no scheme', 'n8n.example.com/webhook-waiting', 'no URL'],
	['has a scheme of its own', 'localhost:5678/webhook-waiting', 'no URL'],
])('nothing is sent to a public service where n8n %s', async (_name, waitingUrl, named) => {
	const baseUrl = 'https://happyhorse.invalid.example.com';
	const { error } = await run({ baseUrl, items, waitingUrl, parameters: parked() });
	expect(error?.message).toContain("HappyHorse can't call back");
	expect(error?.message).toContain(named);
	expect(error?.description).toContain('WEBHOOK_URL');
	expect(error?.context.code).toBe('not_reachable');
});

test('an address without a scheme is refused for a local service too', async () => {
	const { error } = await run({ items, waitingUrl: 'localhost:5678/x', parameters: parked() });
	expect(error?.context.code).toBe('not_reachable');
	expect(bench.sandbox.requests).toEqual([]);
});

test('an invalid item keeps everything from being sent', async () => {
	const outcome = await run({ items: [...items, { json: {} }], parameters: parked() });
	expect(outcome.error?.message).toBe('Item 2: Prompt must not be empty');
	expect(bench.sandbox.requests).toEqual([]);
	expect(outcome.run.status).toBe('error');
});

test('trouble while tasks are created stops the run and names those that there are', async () => {
	bench.sandbox.fault({ on: 'create', skip: 1, error: 'spend_limit_exceeded' });
	const outcome = await run({ items, parameters: parked({ maxConcurrency: 1 }) });
	expect(outcome.run.status).toBe('error');
	expect(outcome.error?.context.otherTasks).toEqual([
		{ item: 0, taskId: tasks()[0].id, status: 'pending' },
	]);
});

test('with “Continue” the other items are waited for', async () => {
	bench.sandbox.fault({ on: 'create', times: 1, error: 'spend_limit_exceeded' });
	const settings = { onError: 'continueRegularOutput' } as const;
	const outcome = await run({ items, settings, parameters: parked({ maxConcurrency: 1 }) });
	expect(outcome.run.status).toBe('waiting');
	expect(outcome.json).toEqual([
		{ error: expect.objectContaining({ code: 'spend_limit_exceeded' }) },
		{ taskId: tasks()[0].id, status: 'pending', timedOut: true },
	]);
});

test('another try takes up a task that ended while nobody could be called', async () => {
	bench.sandbox.fault({ on: 'create', skip: 1, times: 1, error: 'spend_limit_exceeded' });
	const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 300 };
	const outcome = await run({ items, settings, parameters: parked({ maxConcurrency: 1 }) });
	expect(outcome.run.status).toBe('waiting');
	expect(outcome.json).toMatchObject([{ status: 'completed' }, { status: 'pending' }]);
	expect(bench.sandbox.ledger).toHaveLength(2);
});

test('an AI agent’s tool polls', async () => {
	const settings = { type: 'happyHorseTool' };
	const outcome = await run({ items, settings, parameters: parked({ pollingInterval: 0.1 }) });
	expect(outcome.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
	expect(tasks().map(({ callbackUrl }) => callbackUrl)).toEqual([undefined, undefined]);
});

test('an unknown wait method is a complaint', async () => {
	const { error } = await run({ parameters: video('textToVideo', { waitMethod: 'telepathy' }) });
	expect(error?.message).toBe(
		'Item 0: Wait Method must be one of polling, callback, but it is "telepathy"',
	);
});
