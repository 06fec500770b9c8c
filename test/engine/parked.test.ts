import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

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
		expect(callbackUrl).toMatch(/^http:\/\/127\.0\.0\.1\/webhook-waiting\/\d+\/happyhorse/);
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
	const pending = { taskId: tasks()[0].id, status: 'pending', timedOut: true };
	expect(outcome.json).toEqual([pending]);
	// all items come out if time runs out
	const [entry] = outcome.run.data.executionData?.nodeExecutionStack ?? [];
	expect(entry.data.main[0]?.map(({ json }) => json)).toEqual([
		{ error: expect.objectContaining({ code: 'spend_limit_exceeded' }) },
		pending,
	]);
});

test('with “Continue” and Retry On Fail a parked run is not tried again, which would begin with other items', async () => {
	bench.sandbox.fault({ on: 'create', times: 1, error: 'spend_limit_exceeded' });
	const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
	const settings = { onError: 'continueRegularOutput', ...retry } as const;
	const prompt = '=Clip of {{ $json.prompt }}';
	const parameters = { ...parked({ maxConcurrency: 1 }), prompt };
	const outcome = await run({ items, settings, parameters });
	expect(outcome.run.status).toBe('waiting');
	expect(tasks().map(({ input }) => input.prompt)).toEqual(['Clip of two']);
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

test('an AI agent’s tool gives the agent what went wrong as an answer, and is not charged again for it', async () => {
	bench.sandbox.outcome({ times: 1, status: 'failed' });
	const outcome = await run({
		items,
		settings: { type: 'happyHorseTool' },
		parameters: parked({ pollingInterval: 0.1, maxConcurrency: 1 }),
	});
	expect(outcome.error).toBeUndefined();
	expect(outcome.json).toMatchObject([
		{ error: { status: 'failed', taskId: tasks()[0].id } },
		{ status: 'completed' },
	]);
});

test('an AI agent’s tool gives the agent complaints as an answer', async () => {
	const outcome = await run({
		settings: { type: 'happyHorseTool' },
		parameters: video('textToVideo', { duration: 20 }),
	});
	expect(outcome.json).toMatchObject([
		{ error: { message: expect.stringContaining('Duration (Seconds)') } },
	]);
	expect(bench.sandbox.requests).toEqual([]);
});

test('an unknown wait method is a complaint', async () => {
	const { error } = await run({ parameters: video('textToVideo', { waitMethod: 'telepathy' }) });
	expect(error?.message).toBe(
		'Item 0: Wait Method must be one of polling, callback, but it is "telepathy"',
	);
});

describe('a callback', () => {
	const callback = (id: string) => ({
		headers: { 'content-type': 'application/json', 'x-task-id': id },
		body: { id, status: 'completed' },
	});

	/** Two tasks that end when a test says so. */
	async function park(settings = {}, more = {}) {
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const parameters = { ...parked({ maxConcurrency: 1 }), ...more };
		const outcome = await run({ items, settings, parameters });
		return new ParkedBench(bench.sandbox.url, outcome);
	}

	const looks = () => bench.sandbox.requests.filter(({ method }) => method === 'GET');

	test('leaves the run parked until all tasks are finished; it then goes on with all items in order', async () => {
		const execution = await park();
		const [one, two] = tasks();
		bench.sandbox.finish(two.id);
		const early = await execution.receive(callback(two.id));
		expect(early).toEqual({ status: 200, result: { noWebhookResponse: true } });
		expect(looks()).toHaveLength(2);
		bench.sandbox.finish(one.id);
		const last = await execution.receive(callback(one.id));
		// n8n is to answer, once it has saved that the run goes on
		expect(last.status).toBeUndefined();
		// what came in, for whoever retries the execution as a whole
		expect(last.result.workflowData?.[0].map(({ json }) => json)).toEqual(
			items.map(({ json }) => json),
		);
		const outcome = await execution.goOn(last);
		expect(outcome.outputs[0]).toEqual(
			[one, two].map(({ id, videoUrls }, item) =>
				expect.objectContaining({
					json: expect.objectContaining({
						taskId: id,
						videoUrl: videoUrls[0],
						creditsEstimated: 137.5,
					}),
					pairedItem: { item },
				}),
			),
		);
		expect(outcome.taskData.hints?.map(({ message }) => message)).toEqual([
			'2 videos, 275 credits',
		]);
		// what was heard of the other one is still known
		expect(looks()).toHaveLength(3);
		expect(bench.sandbox.ledger).toHaveLength(2);
		expect(JSON.stringify(outcome.run.data.executionData?.contextData)).not.toContain(one.id);
	});

	test('leaves the run parked while another one still asks for a task that is not finished', async () => {
		const [prompts, more] = [['one', 'two', 'three'], { maxConcurrency: 1 }];
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const three = prompts.map((prompt) => ({ json: { prompt } }));
		const execution = new ParkedBench(
			bench.sandbox.url,
			await run({ items: three, parameters: parked(more) }),
		);
		const [one, two, slow] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		bench.sandbox.fault({ on: 'task', taskId: slow.id, delayMs: 300 });
		// whichever is the second joins the question of the first
		const all = await Promise.all([
			execution.receive(callback(one.id)),
			execution.receive(callback(two.id)),
		]);
		expect(all.map(({ status }) => status)).toEqual([200, 200]);
		bench.sandbox.finish(slow.id);
		const last = await execution.goOn(await execution.receive(callback(slow.id)));
		expect(last.json.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
	});

	test('names what an earlier try had delivered when the run then fails', async () => {
		bench.sandbox.outcome({ times: 1, taskMs: 0 });
		bench.sandbox.outcome({ times: 1, status: 'failed', taskMs: 3_600_000 });
		bench.sandbox.fault({ on: 'create', skip: 1, times: 1, error: 'spend_limit_exceeded' });
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 300 };
		const outcome = await run({ items, settings, parameters: parked({ maxConcurrency: 1 }) });
		const execution = new ParkedBench(bench.sandbox.url, outcome);
		const [done, failing] = tasks();
		bench.sandbox.finish(failing.id);
		const { error } = await execution.goOn(await execution.receive(callback(failing.id)));
		expect(error?.context.otherTasks).toEqual([{ item: 0, taskId: done.id, status: 'completed' }]);
	});

	test('that comes again once the run was taken up is only answered', async () => {
		const execution = await park();
		const [one, two] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		const all = await Promise.all([
			execution.receive(callback(one.id)),
			execution.receive(callback(two.id)),
			execution.receive(callback(two.id)),
		]);
		expect(all.filter(({ result }) => result.workflowData)).toHaveLength(1);
		expect(all.filter(({ status }) => status === 200)).toHaveLength(2);
	});

	test('is taken again if n8n could not go on', async () => {
		const execution = await park();
		const [one, two] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		expect((await execution.receive(callback(one.id), 500)).result.workflowData).toBeDefined();
		expect((await execution.receive(callback(one.id))).result.workflowData).toBeDefined();
	});

	test('for a node that n8n runs without one pays nothing again', async () => {
		const execution = await park();
		await execution.receive(callback('of-nobody'));
		const [entry] = execution.runExecutionData.executionData?.nodeExecutionStack ?? [];
		delete entry.node.disabled;
		const outcome = await execution.goOn({ result: { workflowData: [items] } });
		expect(outcome.run.status).toBe('waiting');
		expect(bench.sandbox.ledger).toHaveLength(2);
	});

	test('for a task of another run is refused without a request', async () => {
		const execution = await park();
		expect((await execution.receive(callback('of-nobody'))).status).toBe(403);
		expect(looks()).toEqual([]);
	});

	test.each([
		['refuses the key', { error: 'invalid_api_key' }],
		['breaks', { error: 'internal_error' }],
		['is silent', { break: 'hang' }],
		['speaks in riddles', { respond: { body: '<html>' } }],
		['has lost the task', { error: 'task_not_found' }],
	] as const)('is to come again where the service %s', async (_name, fault) => {
		const execution = await park();
		const [one, two] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		const handle = bench.sandbox.fault({ on: 'task', ...fault });
		expect(await execution.receive(callback(one.id))).toEqual({
			status: 503,
			result: { noWebhookResponse: true },
		});
		handle.remove();
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 0);
		const { result } = await execution.receive(callback(one.id));
		expect(result.workflowData).toBeDefined();
	});

	/** Two tasks, of which the first fails, and a callback for the second. */
	async function parkAndFail(settings = {}) {
		bench.sandbox.outcome({ times: 1, status: 'failed', taskMs: 3_600_000 });
		const execution = await park(settings);
		const [one, two] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		return { one, two, outcome: await execution.goOn(await execution.receive(callback(two.id))) };
	}

	test('of a task that failed stops the run with its error, which names the other tasks', async () => {
		const { one, two, outcome } = await parkAndFail();
		expect(outcome.error?.message).toContain('HappyHorse could not make this video');
		expect(outcome.error?.context).toMatchObject({
			taskId: one.id,
			status: 'failed',
			otherTasks: [{ item: 1, taskId: two.id, status: 'completed' }],
		});
	});

	test('of a task that failed is an item of its own with “Continue”', async () => {
		const { one, two, outcome } = await parkAndFail({ onError: 'continueRegularOutput' });
		expect(outcome.json).toEqual([
			{ error: expect.objectContaining({ taskId: one.id, status: 'failed' }) },
			expect.objectContaining({ taskId: two.id, status: 'completed' }),
		]);
		expect(bench.sandbox.tasks.size).toBe(2);
	});

	test.each([
		['as if it were not set', {}, 'error'],
		['also with “Continue”', { onError: 'continueRegularOutput' }, 'success'],
	] as const)(
		'of a task that failed ends Retry On Fail %s, and nothing is paid again',
		async (_name, more, status) => {
			const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10, ...more };
			const { outcome } = await parkAndFail(settings);
			expect(outcome.run.status).toBe(status);
			expect(bench.sandbox.tasks.size).toBe(2);
		},
	);

	test('finds its run whatever the node is called', async () => {
		const name = 'My "best" {{ $json }} \\ node';
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const outcome = await run({ items, settings: { name }, parameters: parked() });
		const execution = new ParkedBench(bench.sandbox.url, outcome, name);
		const [one, two] = tasks();
		for (const { id } of [one, two]) bench.sandbox.finish(id);
		const { result } = await execution.receive(callback(one.id));
		expect(result.workflowData?.[0]).toHaveLength(2);
	});
});
