import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { WebhookContext } from 'n8n-core';
import type { IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { takeCallback } from '../../nodes/HappyHorse/callbacks/incoming';
import { createTask } from '../support/calls';
import { moveClocks } from '../support/clock';
import { TriggerBench } from '../support/webhook';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ taskMs: 3_600_000 });
afterEach(() => jest.restoreAllMocks());

const JSON_TYPE = { 'content-type': 'application/json' };

/** A finished task of the sandbox. */
async function finishedTask() {
	const task = await createTask(bench.sandbox);
	bench.sandbox.finish(task.id);
	return task;
}

const callback = (id: string) => ({ headers: JSON_TYPE, body: { id, status: 'completed' } });

test('a clock that is days ahead is told in the log, since no run starts', async () => {
	const { id } = await finishedTask();
	const warnings: string[] = [];
	jest
		.spyOn(WebhookContext.prototype, 'logger', 'get')
		.mockReturnValue({ warn: (text: string) => warnings.push(text), info: () => {} } as never);
	moveClocks(4 * 24 * 60 * 60 * 1_000);
	const { status, result } = await new TriggerBench(bench.sandbox.url).receive(callback(id));
	expect(status).toBe(200);
	expect(result.workflowData).toBeUndefined();
	expect(warnings).toEqual([expect.stringMatching(new RegExp(`${id} starts no run.*clock`))]);
});

test('a callback in an envelope starts a run', async () => {
	const { id } = await finishedTask();
	const body = { code: 200, data: { id, status: 'completed' } };
	const { result } = await new TriggerBench(bench.sandbox.url).receive({
		headers: JSON_TYPE,
		body,
	});
	expect(result.workflowData?.[0][0].json).toMatchObject({ taskId: id });
});

test.each([
	['with', true],
	['without', false],
])('the query of the callback URL comes out %s Simplify', async (_how, simplify) => {
	const trigger = new TriggerBench(bench.sandbox.url, { simplify });
	const query = {
		...{ product: 'shoe', customer: ['42', '43'] },
		back: 'https://n8n.example.com/binary-data/signed?token=abc',
	};
	const { result } = await trigger.receive({ ...callback((await finishedTask()).id), query });
	expect(result.workflowData?.[0][0].json).toMatchObject({
		status: 'completed',
		callback: {
			query: { product: 'shoe', customer: ['42', '43'], back: '[an address of this n8n]' },
		},
	});
	const without = await trigger.receive(callback((await finishedTask()).id));
	expect(without.result.workflowData?.[0][0].json).not.toHaveProperty('callback');
});

const looks = () => bench.sandbox.requests.filter(({ method }) => method === 'GET');

/** What somebody might send who knows how a callback looks, and that a task exists. */
const bodies = (ids: string[]) => {
	const id = fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom(...ids) },
		fc.uuid(),
		fc.string(),
		fc.string({ unit: 'binary' }),
		fc.constantFrom('.', '..', '../credits', '\ud800', ' '),
		fc.anything(),
	);
	return fc.oneof(
		fc.anything({ withBigInt: false, withNullPrototype: true, maxDepth: 4 }),
		fc.record(
			{
				id,
				status: fc.oneof(
					{ weight: 4, arbitrary: fc.constantFrom('completed', 'failed', 'pending') },
					fc.anything(),
				),
				model: fc.oneof(fc.string(), fc.anything()),
				__proto__: fc.anything(),
				constructor: fc.anything(),
				output: fc.anything(),
			},
			{ requiredKeys: [] },
		),
	);
};

const headers = (ids: string[]) =>
	fc
		.record(
			{
				'content-type': fc.oneof(
					{ weight: 4, arbitrary: fc.constant('application/json') },
					fc.string(),
				),
				'x-task-id': fc.oneof(fc.constantFrom(...ids), fc.string()),
				'x-event': fc.oneof(fc.constantFrom('task.completed', 'task.failed'), fc.string()),
				'x-timestamp': fc.string(),
				'content-length': fc.string(),
			},
			{ requiredKeys: ['content-type'] },
		)
		.map((given) => ({ ...given }) as Record<string, string>);

test('callbacks that come close together read the credential once', async () => {
	const read = jest.spyOn(WebhookContext.prototype, 'getCredentials');
	const trigger = new TriggerBench(bench.sandbox.url);
	for (let count = 1; count <= 3; count++) {
		const { id } = await finishedTask();
		const { result } = await trigger.receive(callback(id));
		expect(result.workflowData).toHaveLength(1);
	}
	expect(looks()).toHaveLength(3);
	expect(read).toHaveBeenCalledTimes(1);
	moveClocks(10_000);
	await trigger.receive(callback(randomUUID()));
	expect(read).toHaveBeenCalledTimes(2);
});

test('whatever is sent: it never throws, and never runs for a task that the service does not confirm', async () => {
	const finished = await finishedTask();
	const running = await finishedTask();
	running.status = 'processing';
	const ids = [finished.id, running.id];
	let runs = 0;
	await fc.assert(
		fc.asyncProperty(
			headers(ids),
			bodies(ids),
			fc.constantFrom(undefined, 10, 2_000_000),
			async (given, body, rawLength) => {
				// a trigger each time, so that none is kept from running by what ran before
				const trigger = new TriggerBench(bench.sandbox.url, { simplify: false });
				const before = looks().length;
				const { status, result } = await trigger.receive({ headers: given, body, rawLength });
				expect([undefined, 200, 400, 403, 413]).toContain(status);
				expect(looks().length - before).toBeLessThanOrEqual(1);
				const items = result.workflowData?.flat() ?? [];
				runs += items.length;
				for (const { json } of items) {
					expect(json).toMatchObject({ id: finished.id, status: 'completed' });
					expect(json.output).toEqual(expect.objectContaining({ urls: finished.videoUrls }));
				}
				expect(items.length > 0).toBe(status === undefined);
			},
		),
		{ numRuns: 3_000 },
	);
	// it was not all turned down at the door
	expect(runs).toBeGreaterThan(5);
	expect(Object.prototype).not.toHaveProperty('id');
}, 60_000);

test('a credential that could not be read is read again', async () => {
	jest
		.spyOn(WebhookContext.prototype, 'getCredentials')
		.mockRejectedValueOnce(new Error('The database is away'));
	const trigger = new TriggerBench(bench.sandbox.url);
	const { id } = await finishedTask();
	expect((await trigger.receive(callback(id))).status).toBe(503);
	expect((await trigger.receive(callback(id))).result.workflowData).toHaveLength(1);
});

describe('memory', () => {
	const wasStarted = async (trigger: TriggerBench, id: string, startsWith?: number) =>
		(await trigger.receive(callback(id), startsWith)).result.workflowData !== undefined;

	test('one run for each task, also in a process that knows only what was saved', async () => {
		const trigger = new TriggerBench(bench.sandbox.url);
		const { id } = await finishedTask();
		expect(await wasStarted(trigger, id)).toBe(true);
		const saved = trigger.staticData;
		expect(await wasStarted(trigger, id)).toBe(false);
		expect(saved.length).toBeLessThan(200);
		expect(saved).not.toContain(id);
	});

	test('one run for copies that come at the same moment, and one look', async () => {
		const trigger = new TriggerBench(bench.sandbox.url);
		const { id } = await finishedTask();
		const started = await Promise.all(
			Array.from({ length: 20 }, async () => await wasStarted(trigger, id)),
		);
		expect(started.filter(Boolean)).toHaveLength(1);
		expect(looks()).toHaveLength(1);
	});

	test('a run that n8n could not start is not marked, and starts when it is called again', async () => {
		const trigger = new TriggerBench(bench.sandbox.url);
		const [{ id }, other] = [await finishedTask(), await finishedTask()];
		const before = trigger.staticData;
		expect(await wasStarted(trigger, id, 500)).toBe(true);
		trigger.forgetUnsaved(before);
		expect(await wasStarted(trigger, other.id)).toBe(true);
		trigger.forgetUnsaved(trigger.staticData);
		expect(await wasStarted(trigger, id)).toBe(true);
		expect(await wasStarted(trigger, id)).toBe(false);
	});

	test('tasks whose callbacks had loaded the same data do not overwrite each other', async () => {
		const [one, other] = [await finishedTask(), await finishedTask()];
		const trigger = new TriggerBench(bench.sandbox.url);
		const loaded = trigger.staticData;
		expect(await wasStarted(trigger, one.id)).toBe(true);
		const marks = () => /"days":{"[\d-]+":"(.*?)"}/.exec(trigger.staticData)?.[1] ?? '';
		const first = marks();
		trigger.forgetUnsaved(loaded);
		expect(await wasStarted(trigger, other.id)).toBe(true);
		// the second save holds the first one's mark too
		expect(marks()).toHaveLength(2 * first.length);
		expect(marks()).toContain(first);
	});
});

test('two triggers of one workflow do not overwrite what the other one remembers', async () => {
	const [one, other] = [await finishedTask(), await finishedTask()];
	const trigger = new TriggerBench(bench.sandbox.url);
	const beside = trigger.beside();
	const loaded = trigger.staticData;
	const started = async (receiver: TriggerBench, id: string) =>
		(await receiver.receive(callback(id))).result.workflowData !== undefined;
	expect(await started(trigger, one.id)).toBe(true);
	const first = JSON.parse(trigger.staticData)['node:HappyHorse Trigger'];
	// its callback came before the first trigger's data were saved
	trigger.forgetUnsaved(loaded);
	expect(await started(beside, other.id)).toBe(true);
	const saved = JSON.parse(trigger.staticData);
	expect(saved['node:HappyHorse Trigger']).toEqual(first);
	expect(saved['node:Other Trigger'].happyHorseTasks.days).not.toEqual({});
	// and the other way round
	expect(await started(trigger, other.id)).toBe(true);
	expect(JSON.parse(trigger.staticData)['node:Other Trigger']).toEqual(saved['node:Other Trigger']);
});

test('n8n is never given two saves of one workflow at once, whichever trigger they are of', async () => {
	const trigger = new TriggerBench(bench.sandbox.url);
	const beside = trigger.beside();
	const tasks = await Promise.all(Array.from({ length: 4 }, finishedTask));
	let [now, most] = [0, 0];
	const save = async () => {
		most = Math.max(most, ++now);
		await sleep(50);
		now--;
	};
	await Promise.all(
		tasks.map(async ({ id }, index) => {
			await (index % 2 ? trigger : beside).receive(callback(id), 200, save);
		}),
	);
	expect(most).toBe(1);
});

test('n8n is never given two saves of one trigger at once, which could come to its database in either order', async () => {
	const trigger = new TriggerBench(bench.sandbox.url);
	const tasks = await Promise.all(Array.from({ length: 5 }, finishedTask));
	let [now, most] = [0, 0];
	const save = async () => {
		most = Math.max(most, ++now);
		await sleep(50);
		now--;
	};
	const all = await Promise.all(
		tasks.map(async ({ id }) => await trigger.receive(callback(id), 200, save)),
	);
	expect(all.filter(({ result }) => result.workflowData)).toHaveLength(5);
	expect(most).toBe(1);
});

test('a body above a megabyte is turned down by its raw length', async () => {
	const trigger = new TriggerBench(bench.sandbox.url);
	const { id } = await finishedTask();
	const { status } = await trigger.receive({ ...callback(id), rawLength: 1_048_577 });
	expect(status).toBe(413);
	const { result } = await trigger.receive({ ...callback(id), rawLength: 1_048_576 });
	expect(result.workflowData).toHaveLength(1);
});

/** The marks by day that are saved once another task has had its run. */
async function savedAfterOneMore(trigger: TriggerBench): Promise<Record<string, string>> {
	const { id } = await finishedTask();
	const { result } = await trigger.receive(callback(id));
	expect(result.workflowData).toHaveLength(1);
	return JSON.parse(trigger.staticData)['node:HappyHorse Trigger'].happyHorseTasks.days;
}

test('what is kept with the workflow is bounded in number and in age', async () => {
	const trigger = new TriggerBench(bench.sandbox.url);
	const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
	const marks = (count: number, letter: string) =>
		Array.from({ length: count }, (_, index) => letter + String(index).padStart(7, '0')).join('');
	const days = {
		[day(9)]: marks(10, 'a'),
		[day(4)]: marks(10, 'a'),
		[day(3)]: marks(1, 'a'),
		[day(2)]: marks(3_999, 'b'),
		[day(1)]: marks(2_000, 'c'),
	};
	trigger.forgetUnsaved(
		JSON.stringify({ 'node:HappyHorse Trigger': { happyHorseTasks: { days } } }),
	);
	const saved = await savedAfterOneMore(trigger);
	expect(Object.keys(saved)).toEqual([day(2), day(1), day(0)]);
	// the oldest give way
	expect(saved[day(2)]).toHaveLength(8 * 2_999);
	expect(saved[day(1)]).toBe(days[day(1)]);
	expect(saved[day(0)]).toHaveLength(8);

	const few = { [day(4)]: marks(1, 'a'), [day(3)]: marks(1, 'b'), [day(1)]: marks(1, 'c') };
	trigger.forgetUnsaved(
		JSON.stringify({ 'node:HappyHorse Trigger': { happyHorseTasks: { days: few } } }),
	);
	expect(Object.keys(await savedAfterOneMore(trigger))).toEqual([day(3), day(1), day(0)]);
});

describe('a callback is compared with what the service says:', () => {
	const claim = (id: string, status: string) => ({ headers: JSON_TYPE, body: { id, status } });

	test('it is refused where the task is still running', async () => {
		const task = await finishedTask();
		task.status = 'processing';
		const trigger = new TriggerBench(bench.sandbox.url);
		expect((await trigger.receive(claim(task.id, 'completed'))).status).toBe(403);
		task.status = 'completed';
		const { result } = await trigger.receive(claim(task.id, 'completed'));
		expect(result.workflowData).toHaveLength(1);
	});

	test('it is refused where the task ended otherwise', async () => {
		const { id } = await finishedTask();
		const trigger = new TriggerBench(bench.sandbox.url);
		expect((await trigger.receive(claim(id, 'failed'))).status).toBe(403);
	});

	test('it is to come again where the service does not answer', async () => {
		const { id } = await finishedTask();
		const trigger = new TriggerBench(bench.sandbox.url);
		const handle = bench.sandbox.fault({ on: 'task', break: 'hang' });
		expect((await trigger.receive(claim(id, 'completed'))).status).toBe(503);
		handle.remove();
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight === 0);
		const { result } = await trigger.receive(claim(id, 'completed'));
		expect(result.workflowData).toHaveLength(1);
	});
});

test('what fails behind the answer is answered no second time, and starts no run', async () => {
	const response = { headersSent: true, status: jest.fn() };
	const context = { getResponseObject: () => response, logger: { warn: jest.fn() } };
	const failing = async () => await Promise.reject(new Error('The disk is full'));
	const result = await takeCallback(context as unknown as IWebhookFunctions, failing);
	expect(result).toEqual({ noWebhookResponse: true });
	expect(response.status).not.toHaveBeenCalled();
	expect(context.logger.warn).toHaveBeenCalledWith(expect.stringContaining('The disk is full'));
});

test('without verification, a task that is not over is no callback', async () => {
	const trigger = new TriggerBench(bench.sandbox.url, { options: { verification: 'none' } });
	const receive = async (status: string) =>
		await trigger.receive({ headers: JSON_TYPE, body: { id: randomUUID(), status } });
	expect((await receive('processing')).status).toBe(400);
	expect((await receive('completed')).result.workflowData).toHaveLength(1);
});
