import { randomUUID } from 'node:crypto';

import type { INode, NodeParameterValueType } from 'n8n-workflow';

import { post } from '../support/calls';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import { AFTER, NODE, node, TRIGGER, webhookWorkflow, withSecondNode } from '../support/workflows';

/*
 * n8n wakes a parked execution anew every minute while it has no room for it. All of these copies but the first are
 * turned down, unless the execution is parked anew by then: n8n writes what it read before over that, and runs it.
 */

/** Executions that n8n runs at once. */
const ROOM = 2;

const host = useN8n(
	{ taskMs: 3_600_000, timeScale: 1, leastAnswerMs: 10_000 },
	{
		env: {
			N8N_CONCURRENCY_PRODUCTION_LIMIT: String(ROOM),
			// it says there for what it has no room
			...{ N8N_LOG_LEVEL: 'debug', N8N_LOG_SCOPES: 'concurrency', N8N_LOG_FORMAT: 'json' },
		},
	},
);

const SECOND = 'HappyHorse Again';
const WAIT = 'Wait';
/** Executions of which each is parked by two nodes, one after the other. */
const TWICE_PARKED = 24;
/** n8n looks once a minute for what is to be woken. */
const LIMIT_MS = 300_000;

const textToVideo = (prompt: string, more: Record<string, NodeParameterValueType> = {}) =>
	webhookWorkflow(host.credentialId, randomUUID(), video('textToVideo', { prompt, ...more }));

/** Parks for as long as the others take to start. */
const parked = (prompt: string) =>
	textToVideo(prompt, { waitMethod: 'parked', options: { timeout: 0.75 } });

const second = (workflow: WorkflowJson, prompt: string, more = {}) =>
	withSecondNode(workflow, host.credentialId, video('textToVideo', { prompt, ...more }));

const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];

/** The same workflow with more nodes on the way from one node to the next. */
function insert(workflow: WorkflowJson, before: string, ...more: INode[]): WorkflowJson {
	const { nodes, connections } = workflow;
	const [{ name: after }] = nodes.filter(({ name }) =>
		connections[name]?.main[0]?.some(({ node: target }) => target === before),
	);
	const way = [after, ...more.map(({ name }) => name), before];
	const links = way.slice(0, -1).map((name, at) => [name, { main: [to(way[at + 1])] }]);
	return {
		...workflow,
		nodes: [...nodes, ...more],
		connections: { ...connections, ...Object.fromEntries(links) },
	};
}

const taskOf = (prompt: string) => {
	const [task] = host.tasks.filter(({ input }) => input.prompt === prompt);
	return task;
};

/** Lets a workflow listen, and gives what starts it. */
async function listen(workflow: WorkflowJson) {
	const own = workflow.nodes.find(({ name }) => name === TRIGGER)?.webhookId ?? '';
	return await host.listen(workflow, own);
}

/** Starts a workflow, and gives the id of its execution. */
async function start(workflow: WorkflowJson): Promise<string> {
	const { workflowId } = await listen(workflow);
	const [{ id }] = await host.runsOf(workflowId, 1);
	return id;
}

/** Lines of n8n's log, of which it keeps the latest only, that say for what there was no room. */
const throttled = new Set<string>();

/** How often n8n had no room for an execution so far. */
function timesWithoutRoom(id: string): number {
	for (const line of host.n8n.logs().split('\n'))
		if (line.includes('Execution throttled')) throttled.add(line);
	return [...throttled].filter((line) => line.includes(`"${id}"`)).length;
}

function expectEachNodeOnce({ data }: Execution, ...names: string[]): void {
	for (const name of names) expect(data.resultData.runData[name]).toHaveLength(1);
}

test(
	'what n8n woke again and again while it had no room for it goes on once, ends as it has, and takes no room',
	async () => {
		const { rest } = host.n8n;
		const { id: ofErrors } = await rest.saveWorkflow({
			name: `test ${Math.random()}`,
			nodes: [node('Failed', 'n8n-nodes-base.errorTrigger')],
			connections: {},
		});
		await rest.activate(ofErrors);
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'fails', status: 'failed' });
		const callback = { waitMethod: 'callback', options: { timeout: 10 } };
		const visit = (name: string): INode => ({
			...node(name, 'n8n-nodes-base.httpRequest', { url: `${host.sandbox.url}/${name}` }),
			onError: 'continueRegularOutput',
		});
		const wait = (parameters: INode['parameters']) => node(WAIT, 'n8n-nodes-base.wait', parameters);
		const resumeUrl = node('Address', 'n8n-nodes-base.code', {
			jsCode: 'return [{ json: { url: $execution.resumeUrl } }];',
		});
		const workflows = {
			ends: second(parked('ends'), 'ends again', { waitForCompletion: false }),
			fails: { ...parked('fails'), settings: { errorWorkflow: ofErrors } },
			waits: insert(parked('waits'), AFTER, visit('waits'), resumeUrl, wait({ resume: 'webhook' })),
			waited: insert(textToVideo('waited', callback), NODE, wait({ amount: 66, unit: 'seconds' })),
		};
		const ids: Record<string, string> = {};
		for (const [prompt, workflow] of Object.entries(workflows)) {
			ids[prompt] = await start(workflow);
			await rest.parked(ids[prompt]);
		}
		const numbers = Array.from({ length: TWICE_PARKED }, (_, number) => String(number));
		const twice = await listen(
			second(
				parked('={{ $json.body.number }}'),
				`={{ $('${TRIGGER}').item.json.body.number }} again`,
				callback,
			),
		);
		// it was called once before, to see whether it listens
		for (const number of numbers) expect(await post(twice.url, { number })).toBe(200);
		await host.sandbox.waitFor(() => numbers.every((number) => taskOf(number) !== undefined));
		const runs = (await host.runsOf(twice.workflowId, numbers.length + 1)).map(({ id }) => id);
		for (const id of runs.slice(0, -1)) await rest.parked(id);
		await Promise.all(
			['busy', 'busy too'].map(async (prompt) => {
				await listen(textToVideo(prompt, { options: { timeout: 10 } }));
			}),
		);
		await host.sandbox.waitFor(
			() => taskOf('busy too') !== undefined && taskOf('busy') !== undefined,
		);
		for (const prompt of [...numbers, 'ends', 'fails', 'waits'])
			host.sandbox.finish(taskOf(prompt).id);
		// the service is asked about the busy ones all the time
		const woken = [...runs.slice(0, -1), ...Object.values(ids)];
		await host.sandbox.waitFor(() => woken.every((id) => timesWithoutRoom(id) > 1));
		for (const prompt of ['busy', 'busy too']) host.sandbox.finish(taskOf(prompt).id);

		// they are behind all the copies
		const last = await Promise.all(
			Array.from(
				{ length: ROOM },
				async (_, at) => await start(textToVideo(`last ${at}`, { options: { timeout: 10 } })),
			),
		);
		// as many as there is room for, at the same moment
		await host.sandbox.waitFor(() => last.every((_, at) => taskOf(`last ${at}`) !== undefined));
		for (const at of last.keys()) host.sandbox.finish(taskOf(`last ${at}`).id);
		for (const id of last) expect((await rest.finished(id)).status).toBe('success');

		const ends = await rest.finished(ids.ends);
		expect(ends.status).toBe('success');
		expectEachNodeOnce(ends, TRIGGER, NODE, SECOND, AFTER);
		expect(itemsOf(ends, NODE)[0].json).toMatchObject({ taskId: taskOf('ends').id });
		expect(itemsOf(ends, AFTER)[0].json).toMatchObject({ taskId: taskOf('ends again').id });

		const fails = await rest.finished(ids.fails);
		expect(fails.status).toBe('error');
		expect(errorOf(fails)).toMatchObject({ context: { taskId: taskOf('fails').id } });
		expect(fails.data.resultData.runData[AFTER]).toBeUndefined();
		expect(await host.runsOf(ofErrors, 1)).toHaveLength(1);

		const waits = await rest.parked(ids.waits);
		expect(host.sandbox.requests.filter(({ path }) => path === '/waits')).toHaveLength(1);
		await fetch(String(itemsOf(waits, 'Address')[0].json.url));
		const waitsNoMore = await rest.finished(ids.waits);
		expect(waitsNoMore.status).toBe('success');
		expectEachNodeOnce(waitsNoMore, TRIGGER, NODE, 'waits', WAIT, AFTER);

		await rest.parked(ids.waited);
		expect(await host.finish(taskOf('waited'))).toEqual([200]);
		const waited = await rest.finished(ids.waited);
		expect(waited.status).toBe('success');
		expectEachNodeOnce(waited, TRIGGER, WAIT, NODE, AFTER);

		const statuses = await Promise.all(runs.map(async (id) => (await rest.execution(id)).status));
		expect(statuses.slice(0, -1).filter((status) => status !== 'waiting')).toEqual([]);
		for (const number of numbers)
			expect(await host.finish(taskOf(`${number} again`))).toEqual([200]);
		const came = new Set<unknown>();
		for (const id of runs.slice(0, -1)) {
			const one = await rest.finished(id);
			expect(one.status).toBe('success');
			expectEachNodeOnce(one, TRIGGER, NODE, SECOND, AFTER);
			came.add(itemsOf(one, AFTER)[0].json.taskId);
			for (const name of [NODE, SECOND])
				expect(one.data.resultData.runData[name][0].hints).toMatchObject([{ type: 'info' }]);
		}
		expect(came).toEqual(new Set(numbers.map((number) => taskOf(`${number} again`).id)));

		expect(host.tasks.map(({ input }) => input.prompt).sort()).toEqual(
			[
				...numbers.flatMap((number) => [number, `${number} again`]),
				...['ends', 'ends again', 'fails', 'waits', 'waited'],
				...['busy', 'busy too', ...last.map((_, at) => `last ${at}`)],
			].sort(),
		);
	},
	LIMIT_MS,
);
