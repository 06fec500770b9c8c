/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { createTask } from '../support/calls';
import { moveClocks } from '../support/clock';
import { useSandbox } from '../support/sandboxed';
import { TriggerBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 3_600_000 });
afterEach(() => jest.restoreAllMocks());

async function finishedTask() {
	const task = await createTask(bench.sandbox);
	bench.sandbox.finish(task.id);
	return task;
}

const callback = (id: string) => ({
	headers: { 'content-type': 'application/json' },
	body: { id, status: 'completed' },
});

const looks = () => bench.sandbox.requests.filter(({ method }) => method === 'GET');

const newTrigger = (parameters = {}, apiKey?: string) =>
	new TriggerBench(bench.sandbox.url, parameters, apiKey);

const startsRun = async (trigger: TriggerBench, id: string) =>
	(await trigger.receive(callback(id))).result.workflowData !== undefined;

/** Forged callbacks at one trigger, all at once. */
const besiege = (trigger: TriggerBench) =>
	Promise.all(
		Array.from({ length: 200 }, async () => (await trigger.receive(callback(randomUUID()))).status),
	);

describe('200 forged callbacks while the service takes its time', () => {
	test('keep no true one of another workflow from getting through', async () => {
		const [besieged, other] = [newTrigger(), newTrigger()];
		const { id } = await finishedTask();
		bench.sandbox.fault({ on: 'task', delayMs: 1_000 });
		const forged = besiege(besieged);
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight > 10);
		expect(await startsRun(other, id)).toBe(true);
		expect(new Set(await forged)).toEqual(new Set([403, 503]));
		// one trigger has part of the process's places only
		expect(bench.sandbox.maxInFlight).toBeLessThanOrEqual(26);
	});

	test('nor a later one of the same', async () => {
		const besieged = newTrigger();
		const { id } = await finishedTask();
		bench.sandbox.fault({ on: 'task', delayMs: 500 });
		const forged = besiege(besieged);
		await bench.sandbox.waitFor(() => bench.sandbox.inFlight > 10);
		expect(await startsRun(besieged, id)).toBe(true);
		expect(new Set(await forged)).toEqual(new Set([403, 503]));
	});
});

test('a rate limit that one trigger runs into does not hold the others back', async () => {
	const [limited, other] = [newTrigger(), newTrigger()];
	const [one, two] = [await finishedTask(), await finishedTask()];
	bench.sandbox.fault({
		on: 'task',
		taskId: one.id,
		error: 'rate_limit_exceeded',
		retryAfter: '2',
	});
	const looksForOne = () => looks().filter(({ path }) => path.includes(one.id));
	const first = limited.receive(callback(one.id));
	await bench.sandbox.waitFor(() => looksForOne().length > 0);
	// until the answer has come in
	await sleep(200);
	expect(await startsRun(other, two.id)).toBe(true);
	// the first one still waits for its turn
	expect(looksForOne()).toHaveLength(1);
	expect((await first).status).toBe(503);
});

describe('a task that was completed before what the trigger remembers', () => {
	const daysAgo = (days: number) =>
		bench.sandbox.outcome({
			task: (body) => ({ ...body, completed_at: Date.now() / 1_000 - days * 86_400 }),
		});

	test('starts no run', async () => {
		daysAgo(30);
		const { id } = await finishedTask();
		const { status, result } = await newTrigger().receive(callback(id));
		expect(status).toBe(200);
		expect(result.workflowData).toBeUndefined();
	});

	test('nor one that failed', async () => {
		bench.sandbox.outcome({
			status: 'failed',
			task: (body) => ({ ...body, created_at: Date.now() / 1_000 - 30 * 86_400 }),
		});
		const { id } = await finishedTask();
		const { status } = await newTrigger().receive({
			...callback(id),
			body: { id, status: 'failed' },
		});
		expect(status).toBe(200);
	});

	test('but one of two days ago does, and any where copies are wanted', async () => {
		daysAgo(2);
		expect(await startsRun(newTrigger(), (await finishedTask()).id)).toBe(true);
		bench.sandbox.reset();
		daysAgo(30);
		const trigger = newTrigger({ options: { deduplicate: false } });
		expect(await startsRun(trigger, (await finishedTask()).id)).toBe(true);
	});
});

describe('what the process remembers of tasks', () => {
	test('who joins a look that hangs asks for itself when that is given up', async () => {
		const trigger = newTrigger();
		const { id } = await finishedTask();
		const hanging = bench.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		const first = trigger.receive(callback(id));
		await bench.sandbox.waitFor(() => hanging.hits === 1);
		// just before the first one's time is up
		await sleep(2_000);
		expect(await startsRun(trigger, id)).toBe(true);
		expect((await first).status).toBe(503);
		expect(looks()).toHaveLength(2);
	});

	test('twenty that join one that hangs share the next look too', async () => {
		const { id } = await finishedTask();
		const hanging = bench.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		const first = newTrigger().receive(callback(id));
		await bench.sandbox.waitFor(() => hanging.hits === 1);
		await sleep(1_000);
		const started = await Promise.all(
			Array.from({ length: 20 }, async () => await startsRun(newTrigger(), id)),
		);
		expect(started).toEqual(Array.from({ length: 20 }, () => true));
		expect((await first).status).toBe(503);
		expect(looks()).toHaveLength(2);
	});

	test.each(['one after another', 'at once'])(
		'goes out %s as copies, since the next node may change its items',
		async (when) => {
			const { id } = await finishedTask();
			const triggers = Array.from({ length: 3 }, () => newTrigger({ simplify: false }));
			const seen: unknown[] = [];
			const receive = async (trigger: TriggerBench) => {
				const { result } = await trigger.receive(callback(id));
				const [{ json }] = result.workflowData?.[0] ?? [];
				seen.push((json.output as { urls: string[] }).urls[0]);
				Object.assign(json.output as object, { urls: ['https://a.example/changed.mp4'] });
			};
			if (when === 'at once') await Promise.all(triggers.map(receive));
			else for (const trigger of triggers) await receive(trigger);
			expect(seen).toHaveLength(3);
			expect(new Set(seen).size).toBe(1);
			expect(seen).not.toContain('https://a.example/changed.mp4');
			expect(looks()).toHaveLength(1);
		},
	);

	test('is not told to another account, be it by the same credential', async () => {
		const { id } = await finishedTask();
		expect(await startsRun(newTrigger(), id)).toBe(true);
		const changed = newTrigger({}, 'sk-test-another-account');
		await expect(changed.receive(callback(id))).rejects.toThrow('did not accept the API key');
		expect(looks().map(({ status }) => status)).toEqual([200, 401]);
	});

	test('is known for a while of ids that the service does not know', async () => {
		const trigger = newTrigger();
		const id = randomUUID();
		for (let copy = 0; copy < 3; copy++)
			expect((await trigger.receive(callback(id))).status).toBe(403);
		expect(looks()).toHaveLength(1);
		moveClocks(61_000);
		expect((await trigger.receive(callback(id))).status).toBe(403);
		expect(looks()).toHaveLength(2);
	});
});
