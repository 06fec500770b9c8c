import type { IExecuteFunctions } from 'n8n-workflow';

import { resumeTimeOf } from '../../nodes/HappyHorse/execution/park';
import type { TaskSettings } from '../../nodes/HappyHorse/ledger/ledger';
import type { SandboxTask } from '../sandbox';
import { faster, moveClocks } from '../support/clock';
import type { Outcome } from '../support/engine';
import { goOn, NODE_NAME } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 100 });
const { run } = bench;

const items = [{ json: { prompt: 'one' } }, { json: { prompt: 'two' } }];
const parked = (options = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'callback', options });

const tasks = () => [...bench.sandbox.tasks.values()];
const hintsOf = ({ taskData }: Outcome) => taskData.hints?.map(({ message }) => message);

afterEach(() => jest.restoreAllMocks());

const MINUTE_MS = 60_000;

test.each([
	['callback', 30, 15, 18],
	['callback', 2, 2, 2],
	['parked', 15, 1, 1.2],
	['parked', 0.5, 0.5, 0.5],
])(
	'parked by %s with %d minutes of time, the run wakes after %d to %d minutes',
	async (waitMethod, timeout, least, most) => {
		const before = Date.now();
		const parameters = { ...parked({ timeout }), waitMethod };
		const outcome = await run({ items, parameters });
		expect(outcome.run.status).toBe('waiting');
		const wakesAt = Number(outcome.run.waitTill);
		expect(wakesAt).toBeGreaterThanOrEqual(before + least * MINUTE_MS);
		expect(wakesAt).toBeLessThanOrEqual(Date.now() + most * MINUTE_MS);
	},
);

test('whoever looks sees what is under way', async () => {
	const outcome = await run({ items, parameters: parked() });
	expect(outcome.json).toEqual(tasks().map(({ id }) => ({ taskId: id, status: 'pending' })));
	expect(hintsOf(outcome)).toEqual(['2 videos in progress, 275 credits']);
	for (const { callbackUrl } of tasks())
		expect(callbackUrl).toMatch(/^http:\/\/127\.0\.0\.1\/webhook-waiting\/\d+\/happyhorse/);
});

test.each([
	['has a private address', 'http://127.0.0.1/webhook-waiting', '127.0.0.1'],
	['has no public name', 'http://n8n:5678/webhook-waiting', 'n8n:5678'],
	['has no scheme', 'n8n.example.com/webhook-waiting', 'not a URL'],
	['has a scheme of its own', 'localhost:5678/webhook-waiting', 'not a URL'],
])('nothing is sent to a public service where n8n %s', async (_name, waitingUrl, named) => {
	const baseUrl = 'https://happyhorse.invalid.example.com';
	const { error } = await run({ baseUrl, items, waitingUrl, parameters: parked() });
	expect(error?.message).toContain('HappyHorse can’t call back');
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
	expect(outcome.error?.message).toBe('Prompt must not be empty [Item 2]');
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
	const pending = { taskId: tasks()[0].id, status: 'pending' };
	expect(outcome.json).toEqual([pending]);
	bench.sandbox.finish(tasks()[0].id);
	const woken = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
	expect(woken.json).toMatchObject([
		{ error: { code: 'spend_limit_exceeded' } },
		{ status: 'completed' },
	]);
	expect(tasks()).toHaveLength(1);
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

test.each([
	['at the same moment', true],
	['one after another', false],
])('calls of an agent %s spend no more than Max Credits together', async (_how, atOnce) => {
	const outcome = await run({
		settings: { type: 'happyHorseTool' },
		parameters: video('textToVideo', {
			prompt: "={{ $fromAI('prompt', '', 'string') }}",
			options: { maxCredits: 300, pollingInterval: 0.1 },
		}),
		around: { calls: ['one', 'two', 'three'].map((prompt) => ({ prompt })), atOnce },
	});
	const { [NODE_NAME]: calls } = outcome.run.data.resultData.runData;
	expect(calls).toHaveLength(3);
	expect(JSON.stringify(calls)).toContain('would cost 412.5 credits, more than the 300');
	expect(bench.sandbox.ledger).toHaveLength(2);
});

test('an agent that has paid is told of its next call alone that nothing was sent', async () => {
	const { run: ended } = await run({
		settings: { type: 'happyHorseTool' },
		parameters: video('textToVideo', {
			duration: "={{ $fromAI('duration', '', 'number') }}",
			options: { pollingInterval: 0.1 },
		}),
		around: { calls: [{ duration: 5 }, { duration: 20 }], atOnce: false },
	});
	const [, second] = ended.data.resultData.runData[NODE_NAME];
	expect(JSON.stringify(second)).toContain('Nothing was sent and nothing was charged');
	expect(bench.sandbox.ledger).toHaveLength(1);
});

test('what the service has refused to an agent leaves its credits to the next call', async () => {
	bench.sandbox.fault({ on: 'create', times: 1, error: 'spend_limit_exceeded' });
	await run({
		settings: { type: 'happyHorseTool' },
		parameters: video('textToVideo', { options: { maxCredits: 137.5, pollingInterval: 0.1 } }),
		around: { calls: [{}, {}] },
	});
	expect(bench.sandbox.ledger).toHaveLength(1);
});

test('an agent that asks again after a time-out gets the same video; once it has its answer, the same request is a new one', async () => {
	bench.sandbox.outcome({ times: 1, taskMs: 3_600_000 });
	const executionId = 'of an agent';
	const settings = { type: 'happyHorseTool' };
	const options = { timeout: 0.01, pollingInterval: 0.1 };
	const parameters = video('textToVideo', { options });
	const first = await run({ executionId, settings, parameters });
	expect(first.json).toMatchObject([{ error: { code: 'timeout' } }]);
	const [task] = tasks();
	finish(task);
	/** The next call of the same tool, in the same execution. */
	const call = async ({ run: { data }, workflow }: Outcome) => {
		data.executionData?.nodeExecutionStack.push({
			node: workflow.nodes[NODE_NAME],
			data: { main: [[{ json: {} }]] },
			source: { main: [{ previousNode: 'Items' }] },
		});
		const outcome = await goOn({ baseUrl: bench.sandbox.url, executionId }, workflow, data);
		const calls = outcome.run.data.resultData.runData[NODE_NAME];
		return { outcome, json: calls.at(-1)?.data?.main[0]?.[0].json };
	};
	const second = await call(first);
	expect(second.json).toMatchObject({ taskId: task.id, status: 'completed' });
	expect(tasks()).toHaveLength(1);
	await call(second.outcome);
	expect(tasks()).toHaveLength(2);
});

test('an unknown wait method is a complaint', async () => {
	const { error } = await run({ parameters: video('textToVideo', { waitMethod: 'telepathy' }) });
	expect(error?.message).toBe(
		'Wait Method must be one of polling, callback, parked, but it is "telepathy"',
	);
});

/** Two tasks that end when a test says so. */
async function park(settings = {}, more = {}) {
	bench.sandbox.outcome({ taskMs: 3_600_000 });
	const parameters = { ...parked({ maxConcurrency: 1 }), ...more };
	return parkedBy(await run({ items, settings, parameters }));
}

const parkedBy = (outcome: Outcome) => new ParkedBench(bench.sandbox.url, outcome);
const looks = () => bench.sandbox.requests.filter(({ method }) => method === 'GET');
const finish = (...some: SandboxTask[]) => some.forEach(({ id }) => bench.sandbox.finish(id));

/** Wakes a node until its wait is over. */
async function untilOver(outcome: Outcome): Promise<Outcome> {
	return outcome.run.status === 'waiting'
		? await untilOver(await parkedBy(outcome).wakeUp())
		: outcome;
}

const RETRY = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
const CONTINUE = { onError: 'continueRegularOutput' } as const;

describe('a callback', () => {
	const callback = ({ id }: Pick<SandboxTask, 'id'>) => ({
		headers: { 'content-type': 'application/json', 'x-task-id': id },
		body: { id, status: 'completed' },
	});

	test('leaves the run parked until all tasks are finished; it then goes on with all items in order', async () => {
		const execution = await park();
		const [one, two] = tasks();
		finish(two);
		const early = await execution.receive(callback(two));
		expect(early).toEqual({ status: 200, result: { noWebhookResponse: true } });
		expect(looks()).toHaveLength(2);
		finish(one);
		const last = await execution.receive(callback(one));
		// n8n is to answer, once it has saved that the run goes on
		expect(last.status).toBeUndefined();
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
		expect(outcome.run.data.resultData.runData[NODE_NAME]).toHaveLength(1);
		expect(hintsOf(outcome)).toEqual(['2 videos, 275 credits']);
		// what was heard of both is still known
		expect(looks()).toHaveLength(3);
		expect(bench.sandbox.ledger).toHaveLength(2);
	});

	test('leaves the run parked while another one still asks for a task that is not finished', async () => {
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const three = ['one', 'two', 'three'].map((prompt) => ({ json: { prompt } }));
		const execution = parkedBy(
			await run({ items: three, parameters: parked({ maxConcurrency: 1 }) }),
		);
		const [one, two, slow] = tasks();
		finish(one, two);
		bench.sandbox.fault({ on: 'task', taskId: slow.id, delayMs: 300 });
		// whichever is the second joins the question of the first
		const all = await Promise.all([one, two].map((task) => execution.receive(callback(task))));
		expect(all.map(({ status }) => status)).toEqual([200, 200]);
		finish(slow);
		const last = await execution.goOn(await execution.receive(callback(slow)));
		expect(last.json.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
	});

	test('that comes again once the node was woken is only answered', async () => {
		const execution = await park();
		const [one, two] = tasks();
		finish(one, two);
		const all = await Promise.all([one, two, two].map((task) => execution.receive(callback(task))));
		expect(all.filter(({ result }) => result.workflowData)).toHaveLength(1);
		expect(all.filter(({ status }) => status === 200)).toHaveLength(2);
	});

	test('is taken again if n8n could not go on', async () => {
		const execution = await park();
		const [one, two] = tasks();
		finish(one, two);
		expect((await execution.receive(callback(one), 500)).result.workflowData).toBeDefined();
		expect((await execution.receive(callback(one))).result.workflowData).toBeDefined();
	});

	test('for a task of another run is refused without a request', async () => {
		const execution = await park();
		expect((await execution.receive(callback({ id: 'of-nobody' }))).status).toBe(403);
		expect(looks()).toEqual([]);
	});

	test('for a task that is still under way changes nothing', async () => {
		const execution = await park();
		expect((await execution.receive(callback(tasks()[0]))).status).toBe(200);
	});

	test.each([
		['breaks', { error: 'internal_error' }],
		['is silent', { break: 'hang' }],
		['speaks in riddles', { respond: { body: '<html>' } }],
	] as const)(
		'wakes the node where the service %s; the node waits on, and delivers later',
		async (_name, fault) => {
			const execution = await park();
			const [one, two] = tasks();
			finish(one, two);
			const handle = bench.sandbox.fault({ on: 'task', ...fault });
			const received = await execution.receive(callback(one));
			expect(received.result.workflowData).toEqual([]);
			const outcome = await faster(async () => await execution.goOn(received));
			handle.remove();
			const woken = await parkedBy(outcome).wakeUp();
			expect(woken.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
		},
	);

	test.each([
		['refuses the key', { error: 'invalid_api_key' }, 'invalid_api_key'],
		['has lost the task', { error: 'task_not_found' }, 'task_not_found'],
	] as const)(
		'ends the wait where the service %s; every task is named',
		async (_name, fault, code) => {
			const execution = await park();
			const [one, two] = tasks();
			bench.sandbox.fault({ on: 'task', ...fault });
			const received = await execution.receive(callback(one));
			const { error } = await faster(async () => await untilOver(await execution.goOn(received)));
			expect(error?.context).toMatchObject({ code });
			for (const { id } of [one, two]) expect(JSON.stringify(error)).toContain(id);
		},
	);

	test('lets the others come out with “Continue” where the service has lost one task', async () => {
		const execution = await park(CONTINUE);
		const [one, two] = tasks();
		finish(one, two);
		bench.sandbox.fault({ on: 'task', taskId: one.id, error: 'task_not_found' });
		const received = await execution.receive(callback(two));
		const { json } = await faster(async () => await untilOver(await execution.goOn(received)));
		expect(json).toMatchObject([
			{ error: { code: 'task_not_found', taskId: one.id } },
			{ taskId: two.id, status: 'completed' },
		]);
	});

	test('of a task that failed stops the run at once, and names the other task that is under way', async () => {
		bench.sandbox.outcome({ times: 1, status: 'failed', taskMs: 3_600_000 });
		const execution = await park();
		const [one, two] = tasks();
		finish(one);
		const { error } = await execution.goOn(await execution.receive(callback(one)));
		expect(error?.message).toContain('HappyHorse could not make this video');
		expect(error?.context).toMatchObject({
			taskId: one.id,
			status: 'failed',
			otherTasks: [{ item: 1, taskId: two.id, status: 'pending' }],
		});
	});

	test('of a task that failed is an item of its own with “Continue”, once the other one is finished', async () => {
		bench.sandbox.outcome({ times: 1, status: 'failed', taskMs: 3_600_000 });
		const execution = await park(CONTINUE);
		const [one, two] = tasks();
		finish(one);
		expect((await execution.receive(callback(one))).status).toBe(200);
		finish(two);
		const { json } = await execution.goOn(await execution.receive(callback(two)));
		expect(json).toEqual([
			{ error: expect.objectContaining({ taskId: one.id, status: 'failed' }) },
			expect.objectContaining({ taskId: two.id, status: 'completed' }),
		]);
		expect(tasks()).toHaveLength(2);
	});

	test('finds its run whatever the node is called', async () => {
		const name = 'My "best" {{ $json }} \\ node';
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const outcome = await run({ items, settings: { name }, parameters: parked() });
		const execution = new ParkedBench(bench.sandbox.url, outcome, name);
		finish(...tasks());
		const { result } = await execution.receive(callback(tasks()[0]));
		expect(result.workflowData).toBeDefined();
	});

	test('for a run of many items costs a few requests, from a process that remembers nothing', async () => {
		const many = Array.from({ length: 40 }, (_, item) => ({ json: { prompt: `video ${item}` } }));
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const execution = parkedBy(await run({ items: many, parameters: parked() }));
		finish(...tasks());
		expect((await execution.receive(callback(tasks()[0]))).result.workflowData).toBeDefined();
		expect(looks().length).toBeLessThanOrEqual(8);
	});
});

describe('a node that wakes by itself', () => {
	const byItself = { waitMethod: 'parked' };

	test('gives no address to call', async () => {
		await park({}, byItself);
		for (const { callbackUrl } of tasks()) expect(callbackUrl).toBeUndefined();
	});

	test('goes on waiting while something is under way, and asks once for each task', async () => {
		const first = await park({}, byItself);
		const [one, two] = tasks();
		const second = parkedBy(await first.wakeUp());
		expect(looks()).toHaveLength(2);
		finish(one);
		const third = parkedBy(await second.wakeUp());
		expect(looks()).toHaveLength(4);
		// what is over is not asked for again
		const fourth = parkedBy(await third.wakeUp());
		expect(looks()).toHaveLength(5);
		finish(two);
		const outcome = await fourth.wakeUp();
		expect(outcome.json).toMatchObject([{ taskId: one.id }, { taskId: two.id }]);
		expect(outcome.run.data.resultData.runData[NODE_NAME]).toHaveLength(1);
		expect(bench.sandbox.ledger).toHaveLength(2);
	});

	test.each([
		['parked', 0, 1],
		['parked', 10, 1],
		['parked', 60, 3],
		['callback', 0, 15],
		['callback', 60, 30],
	] as const)(
		'%s, %d minutes after its start, naps for %d minutes or a little more',
		(waitMethod, age, least) => {
			const task = {
				...{ taskId: 'a', status: 'pending', startedAt: -age * MINUTE_MS, deadline: 1e12 },
				settings: { waitMethod } as TaskSettings,
			};
			const ends = Array.from({ length: 100 }, () => resumeTimeOf([task], 0) / MINUTE_MS);
			expect(Math.min(...ends)).toBeGreaterThanOrEqual(least);
			expect(Math.max(...ends)).toBeLessThanOrEqual(least * 1.2);
			// not all in the same second
			expect(new Set(ends.map((end) => Math.floor(end * 60))).size).toBeGreaterThan(5);
		},
	);

	test('naps for a minute at the most where the service does not know a task', () => {
		const settings = { waitMethod: 'callback' } as TaskSettings;
		const task = { taskId: 'a', status: 'pending', startedAt: 0, deadline: 1e12, settings };
		expect(resumeTimeOf([{ ...task, unknownSince: 10_000 }], 15_000)).toBe(70_000);
	});

	test('gives up a task that the service has not known for more than a minute, long before its time is up', async () => {
		const execution = await park(
			{},
			{ ...parked({ timeout: 60, maxConcurrency: 1 }), ...byItself },
		);
		bench.sandbox.fault({ on: 'task', error: 'task_not_found' });
		const soon = await faster(async () => await execution.wakeUp());
		expect(soon.run.status).toBe('waiting');
		const wakeUp = async () => await parkedBy(soon).wakeUp();
		const { error } = await faster(wakeUp, 3 * MINUTE_MS);
		expect(error?.context.code).toBe('task_not_found');
		for (const { id } of tasks()) expect(JSON.stringify(error)).toContain(id);
	});

	test('says what is paid for, and how to get it, where the credential was broken meanwhile', async () => {
		const outcome = await run({ items, parameters: { ...parked(), ...byItself } });
		const { error } = await new ParkedBench('broken', outcome).wakeUp();
		expect(error?.message).toBe('The Base URL in the HappyHorse credential is not a URL');
		expect(error?.description).not.toContain('Nothing was sent');
		expect(error?.description).toMatch(
			/already paid for.*Task: Get.*If this execution has failed, n8n’s Retry/,
		);
		for (const { id } of tasks()) expect(error?.description).toContain(id);
	});

	test('looks once more when its time is up, delivers what is finished, and names the rest', async () => {
		const parameters = { ...byItself, ...parked({ timeout: 0.01, maxConcurrency: 1 }) };
		const execution = await park(CONTINUE, parameters);
		const [one, two] = tasks();
		finish(one);
		const { json } = await execution.wakeOnTime();
		expect(json).toMatchObject([
			{ taskId: one.id, status: 'completed' },
			{ error: { code: 'timeout', taskId: two.id, status: 'pending' } },
		]);
	});

	test('stops when its time is up, naming every task', async () => {
		const parameters = { ...byItself, ...parked({ timeout: 0.01, maxConcurrency: 1 }) };
		const execution = await park({}, parameters);
		const { error } = await execution.wakeOnTime();
		expect(error?.context.code).toBe('timeout');
		for (const { id } of tasks()) expect(JSON.stringify(error)).toContain(id);
	});

	test('keeps to what the user set when the task was created, whatever expressions give later', async () => {
		const more = {
			...byItself,
			simplify: '={{ $now.toMillis() % 2 === 0 }}',
			prompt: '={{ $json.prompt }}{{ $now.toMillis() }}',
			options: { pollingInterval: 0.1, timeout: '={{ $runIndex + 15 }}' },
		};
		const execution = await park({}, more);
		finish(...tasks());
		const { json } = await execution.wakeUp();
		expect(json).toHaveLength(2);
		expect(bench.sandbox.ledger).toHaveLength(2);
	});

	describe('for which n8n runs the node with other items meanwhile', () => {
		const setup = { items, parameters: { ...parked(), ...byItself } };
		const made = () => tasks().map(({ input }) => input.prompt);
		const expectAll = ({ run: { data } }: Outcome) =>
			expect(
				data.resultData.runData[NODE_NAME].map((each) =>
					each.data?.main[0]?.map(({ json }) => json.prompt),
				),
			).toEqual([['other'], ['one', 'two']]);

		async function parkBeside() {
			bench.sandbox.outcome({ match: ({ input }) => input.prompt !== 'other', taskMs: 3_600_000 });
			const outcome = await run(setup);
			// as where a sub-workflow that ends leads a loop back to the node
			outcome.run.data.executionData?.nodeExecutionStack.splice(1, 0, {
				node: outcome.workflow.nodes[NODE_NAME],
				data: { main: [[{ json: { prompt: 'other' } }]] },
				source: { main: [{ previousNode: 'Items' }] },
			});
			finish(...tasks());
			return await parkedBy(outcome).wakeUp();
		}

		test('makes theirs too, and then delivers its own', async () => {
			expectAll(await untilOver(await parkBeside()));
			expect(made()).toEqual(['one', 'two', 'other']);
		});

		test('pays for nothing of its own again where theirs fail and somebody presses Retry', async () => {
			bench.sandbox.outcome({
				...{ match: ({ input }) => input.prompt === 'other', times: 1 },
				status: 'failed',
			});
			const failed = await untilOver(await parkBeside());
			expect(failed.run.status).toBe('error');
			expectAll(await untilOver(await bench.retry(failed, setup)));
			expect(made()).toEqual(['one', 'two', 'other', 'other']);
		});
	});

	// n8n turns down all other copies by itself: test/e2e/copies.test.ts
	describe('that n8n resumes once more when the execution is parked anew', () => {
		/** What n8n saves of an execution. */
		const savedOf = ({ run: { data, status, finished, waitTill } }: Outcome) =>
			JSON.parse(JSON.stringify({ data, status, finished, waitTill }));

		test('stays parked as it was, however often and late, and asks for nothing', async () => {
			const execution = await park({}, byItself);
			const anew = await execution.wakeUp();
			const { length: asked } = bench.sandbox.requests;
			for (let copies = 0; copies < 3; copies++) {
				moveClocks(15 * MINUTE_MS);
				const copy = await execution.wakeUp();
				expect(savedOf(copy)).toEqual(savedOf(anew));
			}
			jest.restoreAllMocks();
			expect(bench.sandbox.requests).toHaveLength(asked);
			finish(...tasks());
			expect((await parkedBy(anew).wakeUp()).json).toHaveLength(2);
			expect(tasks()).toHaveLength(2);
		});

		test('waits in n8n’s memory, too', async () => {
			bench.sandbox.outcome({ taskMs: 3_600_000 });
			const waits: Date[] = [];
			const putExecutionToWait = {
				async value(this: IExecuteFunctions, until: Date) {
					waits.push(until);
					const { putExecutionToWait: wait } = Object.getPrototypeOf(this) as IExecuteFunctions;
					await wait.call(this, until);
				},
			};
			const parameters = { ...parked(), ...byItself };
			const execution = parkedBy(await run({ items, parameters, without: { putExecutionToWait } }));
			const { waitTill } = (await execution.wakeUp()).run;
			await execution.wakeUp();
			expect(waits.slice(1)).toEqual([waitTill, waitTill]);
		});

		test('stays parked at another node that has been reached since', async () => {
			bench.sandbox.outcome({ taskMs: 3_600_000 });
			const parameters = { ...parked(), ...byItself };
			const execution = await park({}, byItself);
			const anew = await execution.wakeUp();
			finish(...tasks());
			const other = { name: 'Second' };
			const two = await run({
				...{ items, parameters, settings: other, executionId: anew.executionId },
				restartExecutionId: anew.executionId,
			});
			expect(savedOf(await execution.wakeUp())).toEqual(savedOf(two));
		});

		test('stays parked in a later round of a loop', async () => {
			bench.sandbox.outcome({ taskMs: 3_600_000 });
			const parameters = { ...parked(), ...byItself };
			const execution = parkedBy(await run({ items, parameters, around: { rounds: 2 } }));
			finish(...tasks());
			const anew = await execution.wakeUp();
			expect(tasks()).toHaveLength(4);
			expect(savedOf(await execution.wakeUp())).toEqual(savedOf(anew));
			expect(tasks()).toHaveLength(4);
			finish(...tasks());
			const { run: last } = await parkedBy(anew).wakeUp();
			expect(last.status).toBe('success');
			expect(last.data.resultData.runData[NODE_NAME]).toHaveLength(2);
		});

		test('pays for nothing where n8n had parked it before the node was reached', async () => {
			bench.sandbox.outcome({ taskMs: 3_600_000 });
			const ids = { executionId: 'of a wait', restartExecutionId: 'of a wait' };
			const setup = { items, parameters: { ...parked(), ...byItself }, ...ids };
			const anew = await run(setup);
			expect(savedOf(await run(setup))).toEqual(savedOf(anew));
			expect(tasks()).toHaveLength(2);
			finish(...tasks());
			expect((await parkedBy(anew).wakeUp()).json).toHaveLength(2);
		});

		test('runs nothing else of the execution', async () => {
			bench.sandbox.outcome({ taskMs: 3_600_000 });
			const outcome = await run({ items, parameters: { ...parked(), ...byItself } });
			outcome.run.data.executionData?.nodeExecutionStack.push({
				node: outcome.workflow.nodes[NODE_NAME],
				data: { main: [[{ json: { prompt: 'of another branch' } }]] },
				source: { main: [{ previousNode: 'Items' }] },
			});
			const execution = parkedBy(outcome);
			finish(...tasks());
			const anew = await execution.wakeUp();
			expect(tasks()).toHaveLength(3);
			expect(savedOf(await execution.wakeUp())).toEqual(savedOf(anew));
			expect(tasks()).toHaveLength(3);
		});

		test('is kept in memory until n8n has come to a later execution of its mode', async () => {
			const execution = await park({}, byItself);
			const anew = await execution.wakeUp();
			const again = async () => savedOf(await execution.wakeUp());
			const wakeAnother = async (afterMs: number) => {
				moveClocks(afterMs);
				const other = await park({}, byItself);
				jest.restoreAllMocks();
				await other.wakeUp();
			};
			await wakeAnother(0);
			expect(await again()).toEqual(savedOf(anew));
			await wakeAnother(2 * MINUTE_MS);
			expect(await again()).not.toEqual(savedOf(anew));
		});
	});

	test('keeps files that came in, and what is always put out', async () => {
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const file = { data: 'aGVsbG8=', mimeType: 'text/plain' };
		const withFiles = items.map((item) => ({ ...item, binary: { data: file } }));
		const settings = { alwaysOutputData: true };
		const parameters = { ...parked(), ...byItself };
		const execution = parkedBy(await run({ items: withFiles, settings, parameters }));
		finish(...tasks());
		const outcome = await execution.wakeUp();
		expect(outcome.json).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
		expect(outcome.run.data.resultData.runData[NODE_NAME]).toHaveLength(1);
	});
});

describe('Task: Get', () => {
	const getting = (waitMethod: string) => ({
		...{ resource: 'task', operation: 'get', taskId: '={{ $json.taskId }}' },
		...{ waitForCompletion: true, waitMethod, options: {} },
	});

	test('waits parked, looks at once, and pays nothing', async () => {
		await park();
		const [one, two] = tasks();
		const known = [one, two].map(({ id }) => ({ json: { taskId: id } }));
		finish(one);
		const outcome = await run({ items: known, parameters: getting('parked') });
		expect(outcome.json).toEqual([
			{ taskId: one.id, status: 'completed' },
			{ taskId: two.id, status: 'pending' },
		]);
		expect(hintsOf(outcome)).toEqual(['1 video in progress']);
		finish(two);
		const woken = await parkedBy(outcome).wakeUp();
		expect(woken.json.map(({ taskId }) => taskId)).toEqual([one.id, two.id]);
		expect(hintsOf(woken)).toEqual([]);
		expect(tasks()).toHaveLength(2);
	});

	test('is called back by nobody', async () => {
		const items = [{ json: { taskId: 'a' } }];
		const { error } = await run({ items, parameters: getting('callback') });
		expect(error?.message).toBe('Wait Method must be one of polling, parked, but it is "callback"');
	});
});

describe('Retry On Fail', () => {
	/** Two tasks, of which the first fails as often as is said. */
	async function parkAndFail(times: number, settings = {}) {
		const match = ({ input }: SandboxTask) => input.prompt === 'one';
		bench.sandbox.outcome({ times, match, status: 'failed', taskMs: 3_600_000 });
		return await park({ ...RETRY, ...settings }, { waitMethod: 'parked' });
	}

	const madeFor = (prompt: string) => tasks().filter(({ input }) => input.prompt === prompt);

	test.each([
		['', {}],
		[' with “Continue”', CONTINUE],
	])('makes a failed video anew and parks again%s', async (_name, settings) => {
		const first = await parkAndFail(1, settings);
		finish(...tasks());
		const second = parkedBy(await first.wakeUp());
		expect(madeFor('one')).toHaveLength(2);
		expect(madeFor('two')).toHaveLength(1);
		finish(...tasks());
		const { json } = await second.wakeUp();
		expect(json).toMatchObject([
			{ taskId: madeFor('one')[1].id },
			{ taskId: madeFor('two')[0].id },
		]);
	});

	test('never makes it more often than Max. Tries, however often the run naps', async () => {
		let execution = await parkAndFail(Infinity);
		for (let made = 2; made <= 3; made++) {
			finish(...madeFor('one'));
			execution = parkedBy(await execution.wakeUp());
			expect(madeFor('one')).toHaveLength(made);
			execution = parkedBy(await execution.wakeUp());
		}
		finish(...madeFor('one'));
		const { error } = await execution.wakeUp();
		expect(error?.context.taskId).toBe(madeFor('one')[2].id);
		expect(madeFor('one')).toHaveLength(3);
		expect(madeFor('two')).toHaveLength(1);
	});

	test('a request whose answer was lost stays lost, and the other item comes out', async () => {
		bench.sandbox.fault({ on: 'create', times: 1, break: 'reset-after' });
		const execution = await park({ ...RETRY, ...CONTINUE });
		finish(...tasks());
		const { json } = await execution.wakeUp();
		expect(json).toMatchObject([{ error: { taskMayExist: true } }, { status: 'completed' }]);
		expect(tasks()).toHaveLength(2);
	});
});
