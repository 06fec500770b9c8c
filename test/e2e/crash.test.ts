import { itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import { AFTER, NODE } from '../support/workflows';

/** A callback that is not taken comes again after 1.8 and 6 seconds. */
const host = useN8n({ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000 });

/** n8n's start takes most of it. */
const LIMIT_MS = 120_000;

const items = ['a', 'b'].map((prompt) => ({ prompt }));
const parked = (more = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'callback', ...more });

const logged: string[] = [];

/** Ends n8n as a crash does, in the middle of something, and starts it anew. */
async function crash() {
	logged.push(host.n8n.logs());
	await host.n8n.kill();
	await host.n8n.restart();
}

/**
 * What a crash may cost: nothing is paid twice, and each video comes out, by itself or by n8n's Retry button, or its
 * task is named where the execution keeps it.
 */
async function expectNothingLost(executionId: string, paid: number) {
	const { rest } = host.n8n;
	for (const { id } of host.tasks) host.sandbox.finish(id);
	const ended = await rest.finished(executionId, LIMIT_MS);
	for (const { id } of host.tasks)
		expect(JSON.stringify([ended.data, ended.customData]) + logged.join()).toContain(id);
	// n8n calls some crashed that were parked, going by the order in its event log
	if (ended.status !== 'success') {
		const { id } = await rest.request<{ id: string }>('POST', `/executions/${executionId}/retry`, {
			loadWorkflow: false,
		});
		const retried = await rest.finished(id, LIMIT_MS);
		expect(itemsOf(retried, AFTER).map(({ json }) => json.status)).toEqual([
			'completed',
			'completed',
		]);
	} else expect(itemsOf(ended, AFTER)).toHaveLength(items.length);
	expect(host.sandbox.ledger).toHaveLength(paid);
}

async function park(more = {}) {
	const executionId = await host.start(parked(more), { items });
	await host.n8n.rest.parked(executionId);
	return executionId;
}

test(
	'killed while it is parked',
	async () => {
		const executionId = await park();
		await crash();
		await expectNothingLost(executionId, 2);
	},
	LIMIT_MS,
);

test(
	'killed while a callback is handled',
	async () => {
		const executionId = await park();
		const [first, second] = host.tasks;
		await host.finish(first);
		const gate = host.sandbox.fault({ on: 'task', times: 1, break: 'hang' });
		host.sandbox.finish(second.id);
		await host.sandbox.waitFor(() => gate.hits === 1);
		await crash();
		await expectNothingLost(executionId, 2);
	},
	LIMIT_MS,
);

test(
	'killed in the middle of a wake-up, while it asks for the tasks',
	async () => {
		const executionId = await park();
		const [first] = host.tasks;
		await host.finish(first);
		// the callback can't be confirmed, so the node is woken, and hangs as well
		const gate = host.sandbox.fault({ on: 'task', break: 'hang' });
		host.sandbox.finish(host.tasks[1].id);
		await host.sandbox.waitFor(() => host.deliveriesOf(host.tasks[1]).includes(200));
		await host.sandbox.waitFor(() => gate.hits >= 2);
		await crash();
		gate.remove();
		await expectNothingLost(executionId, 2);
	},
	LIMIT_MS,
);

test(
	'killed between a wake-up’s look and its delivery',
	async () => {
		const gate = host.sandbox.fault({ on: 'file', break: 'hang' });
		const executionId = await park({ downloadVideo: true });
		for (const task of host.tasks) await host.finish(task);
		await host.sandbox.waitFor(() => gate.hits >= 1);
		await crash();
		gate.remove();
		await expectNothingLost(executionId, 2);
	},
	LIMIT_MS,
);

test(
	'killed before it was parked: nothing is paid again, and the log names what was',
	async () => {
		host.sandbox.fault({ on: 'create', skip: 1, break: 'hang' });
		await host.start(parked({ options: { maxConcurrency: 1 } }), { items });
		await host.sandbox.waitFor(() => host.tasks.length === 1);
		const [{ id }] = host.tasks;
		while (!host.n8n.logs().includes(id)) await host.n8n.rest.nodeTypes();
		await crash();
		expect(host.sandbox.ledger).toHaveLength(1);
	},
	LIMIT_MS,
);

test(
	'stopped by hand while it is parked, the run is taken up by the Retry button',
	async () => {
		const executionId = await park();
		await host.n8n.rest.stop(executionId);
		await host.n8n.rest.finished(executionId);
		for (const { id } of host.tasks) host.sandbox.finish(id);
		const { id } = await host.n8n.rest.request<{ id: string }>(
			'POST',
			`/executions/${executionId}/retry`,
			{ loadWorkflow: false },
		);
		const retried = await host.n8n.rest.finished(id);
		expect(itemsOf(retried, AFTER).map(({ json }) => json.status)).toEqual([
			'completed',
			'completed',
		]);
		expect(itemsOf(retried, NODE)).toHaveLength(2);
		expect(host.sandbox.ledger).toHaveLength(2);
	},
	LIMIT_MS,
);
