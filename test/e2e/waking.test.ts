import { randomUUID } from 'node:crypto';

import type { IConnections, INode, NodeParameterValueType } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import type { Installed } from '../support/e2e';
import { errorOf, installN8n, itemsOf } from '../support/e2e';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import {
	AFTER,
	AFTER_ERROR,
	NODE,
	node,
	TRIGGER,
	webhookWorkflow,
	workflowFor,
} from '../support/workflows';

/*
 * Nodes that are parked and wake by themselves, in a whole n8n: it wakes them once a minute, so all of them wait at the
 * same time, and each test looks at one of them.
 */
let host: Installed;

/** n8n wakes an execution within two minutes; the longest has two naps. */
const LIMIT_MS = 300_000;

type Parameters = Record<string, NodeParameterValueType>;

const prompts = ['a', 'b', 'c'].map((prompt) => ({ prompt }));
const parked = (more: Parameters = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'parked', ...more });

const to = (name: string, index = 0) => [{ node: name, type: 'main' as const, index }];

const happyHorse = (
	name: string,
	parameters: Parameters,
	settings: Partial<INode> = {},
): INode => ({
	...node(name, 'n8n-nodes-happyhorse.happyHorse', parameters),
	credentials: { happyHorseApi: { id: host.credentialId, name: 'HappyHorse' } },
	...settings,
});

const workflowOf = (nodes: INode[], connections: IConnections, settings = {}): WorkflowJson => ({
	name: `test ${Math.random()}`,
	nodes,
	connections,
	settings,
});

const code = (json: object[]) =>
	node('Items', 'n8n-nodes-base.code', {
		jsCode: `return ${JSON.stringify(json)}.map((json) => ({ json }));`,
	});

const start = () => node(TRIGGER, 'n8n-nodes-base.manualTrigger');
const noOp = (name: string) => node(name, 'n8n-nodes-base.noOp');

/** The prompts of what came out of a node, run by run. */
const madeIn = ({ data }: Execution, name: string) =>
	(data.resultData.runData[name] ?? []).map((run) =>
		(run.data?.main[0] ?? []).map(
			({ json }) => host.sandbox.tasks.get(String(json.taskId))?.input.prompt,
		),
	);

interface Case {
	name: string;
	/** The prompts that it makes videos of. */
	made: string[];
	workflow: () => WorkflowJson | Promise<WorkflowJson>;
	/** Where it is not started by the editor's button: starts it, and gives the execution to look at, once it is there. */
	start?: (workflow: WorkflowJson) => Promise<() => Promise<string | undefined>>;
	check: (execution: Execution) => void | Promise<void>;
}

const press = async (workflow: WorkflowJson) => {
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	const executionId = await host.n8n.rest.run(id, TRIGGER);
	return async () => executionId;
};

const firstOf = (workflowId: string) => async () =>
	(await host.n8n.rest.executionsOf(workflowId)).at(-1)?.id;

/** A workflow in production, which a Webhook node starts. */
const called = (own: string, prompt: string, settings = {}): WorkflowJson => ({
	...webhookWorkflow(host.credentialId, own, parked({ prompt })),
	settings,
});

/** Saves a workflow that others start, and gives its id. */
async function published(workflow: WorkflowJson): Promise<string> {
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	// n8n 2.x calls published workflows only
	await host.n8n.rest.activate(id).catch(() => undefined);
	return id;
}

/** Another workflow that has a part in a case. */
const others = { afterwards: '', ofErrors: '' };

const WEBHOOKS = { failing: randomUUID(), unsaved: randomUUID(), changed: randomUUID() };

const good = (execution: Execution) => {
	expect(errorOf(execution)).toBeUndefined();
	expect(execution.status).toBe('success');
};

const CASES: Case[] = [
	...(['v1', 'v0'] as const).map((executionOrder) => ({
		name: `items in order, with execution order ${executionOrder}`,
		made: ['a', 'b', 'c'],
		workflow: () => ({
			...workflowFor(host.credentialId, parked(), { items: prompts }),
			settings: { executionOrder },
		}),
		check: (execution: Execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a', 'b', 'c']]);
			expect(madeIn(execution, NODE)).toHaveLength(1);
			expect(itemsOf(execution, NODE).map(({ pairedItem }) => pairedItem)).toEqual(
				prompts.map((_, item) => ({ item })),
			);
		},
	})),
	{
		name: 'two nodes one after another',
		made: ['a', 'b', 'after a', 'after b'],
		workflow: () =>
			workflowOf(
				[
					start(),
					code(prompts.slice(0, 2)),
					happyHorse('First', parked()),
					happyHorse('Second', parked({ prompt: '=after {{ $("Items").item.json.prompt }}' })),
					noOp(AFTER),
				],
				{
					[TRIGGER]: { main: [to('Items')] },
					Items: { main: [to('First')] },
					First: { main: [to('Second')] },
					Second: { main: [to(AFTER)] },
				},
			),
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, 'First')).toEqual([['a', 'b']]);
			expect(madeIn(execution, AFTER)).toEqual([['after a', 'after b']]);
		},
	},
	...(['v1', 'v0'] as const).map((executionOrder) => ({
		name: `two nodes in parallel branches, with execution order ${executionOrder}`,
		made: ['a', 'b', 'right a', 'right b'],
		workflow: () =>
			workflowOf(
				[
					start(),
					code(prompts.slice(0, 2)),
					happyHorse('Left', parked(), { position: [400, -200] }),
					happyHorse('Right', parked({ prompt: '=right {{ $json.prompt }}' }), {
						position: [400, 200],
					}),
					noOp('After Left'),
					noOp('After Right'),
				],
				{
					[TRIGGER]: { main: [to('Items')] },
					Items: { main: [[...to('Left'), ...to('Right')]] },
					Left: { main: [to('After Left')] },
					Right: { main: [to('After Right')] },
				},
				{ executionOrder },
			),
		check: (execution: Execution) => {
			good(execution);
			expect(madeIn(execution, 'After Left')).toEqual([['a', 'b']]);
			expect(madeIn(execution, 'After Right')).toEqual([['right a', 'right b']]);
		},
	})),
	{
		name: 'both branches of an IF into one node',
		made: ['a', 'b'],
		workflow: () =>
			workflowOf(
				[
					start(),
					code(prompts.slice(0, 2)),
					node('If', 'n8n-nodes-base.if', {
						conditions: { string: [{ value1: '={{ $json.prompt }}', value2: 'a' }] },
					}),
					happyHorse(NODE, parked()),
					noOp(AFTER),
				],
				{
					[TRIGGER]: { main: [to('Items')] },
					Items: { main: [to('If')] },
					If: { main: [to(NODE), to(NODE)] },
					[NODE]: { main: [to(AFTER)] },
				},
			),
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER).sort()).toEqual([['a'], ['b']]);
		},
	},
	{
		name: 'a sub-workflow that its parent waits for',
		made: ['a', 'b'],
		workflow: async () => {
			const child = workflowOf(
				[
					node('Called', 'n8n-nodes-base.executeWorkflowTrigger'),
					happyHorse(NODE, parked({ options: { timeout: 5 } })),
					noOp(AFTER),
				],
				{ Called: { main: [to(NODE)] }, [NODE]: { main: [to(AFTER)] } },
			);
			const id = await published(child);
			return workflowOf(
				[
					start(),
					code(prompts.slice(0, 2)),
					node('Call', 'n8n-nodes-base.executeWorkflow', { workflowId: id }),
					noOp(AFTER),
				],
				{
					[TRIGGER]: { main: [to('Items')] },
					Items: { main: [to('Call')] },
					Call: { main: [to(AFTER)] },
				},
			);
		},
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a', 'b']]);
		},
	},
	{
		name: 'Execute Once',
		made: ['a'],
		workflow: () =>
			workflowFor(host.credentialId, parked(), { items: prompts, settings: { executeOnce: true } }),
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a']]);
		},
	},
	{
		name: 'Always Output Data, and files that came in',
		made: ['a'],
		workflow: () => {
			const workflow = workflowFor(host.credentialId, parked(), {
				settings: { alwaysOutputData: true },
			});
			for (const { name, parameters } of workflow.nodes)
				if (name === 'Items')
					parameters.jsCode = `return [{ json: { prompt: 'a' }, binary: { data: await this.helpers.prepareBinaryData(Buffer.from('hello'), 'a.txt', 'text/plain') } }];`;
			return workflow;
		},
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a']]);
		},
	},
	{
		name: 'Task: Get that waits',
		made: ['known'],
		workflow: async () => {
			await host.run(video('textToVideo', { prompt: 'known', waitForCompletion: false }));
			const task = host.tasks.find(({ input }) => input.prompt === 'known');
			return workflowFor(host.credentialId, {
				resource: 'task',
				operation: 'get',
				taskId: task?.id ?? '',
				waitForCompletion: true,
				waitMethod: 'parked',
			});
		},
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['known']]);
		},
	},
	{
		name: 'the end of time, where the run stops',
		made: ['endless'],
		workflow: () =>
			workflowFor(host.credentialId, parked({ prompt: 'endless', options: { timeout: 0.05 } })),
		check: (execution) => {
			expect(execution.status).toBe('error');
			const [task] = host.tasks.filter(({ input }) => input.prompt === 'endless');
			expect(errorOf(execution)).toMatchObject({ context: { code: 'timeout', taskId: task.id } });
			expect(Object.keys(execution.data.resultData.runData)).not.toContain(AFTER);
		},
	},
	{
		name: 'the end of time, where what is not finished takes the error branch',
		made: ['a', 'endless too'],
		workflow: () =>
			workflowFor(host.credentialId, parked({ options: { timeout: 0.05 } }), {
				items: [{ prompt: 'a' }, { prompt: 'endless too' }],
				settings: { onError: 'continueErrorOutput' },
			}),
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a']]);
			const [late] = itemsOf(execution, AFTER_ERROR);
			expect(late.json.error).toMatchObject({ code: 'timeout', status: expect.any(String) });
		},
	},
	{
		name: 'a task that the service has lost, of three that are called back',
		made: ['a', 'b'],
		workflow: () =>
			workflowFor(host.credentialId, parked({ waitMethod: 'callback' }), {
				items: [{ prompt: 'a' }, { prompt: 'lost' }, { prompt: 'b' }],
				settings: { onError: 'continueErrorOutput' },
			}),
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['a', 'b']]);
			const [lost] = itemsOf(execution, AFTER_ERROR);
			expect(lost.json).toMatchObject({ prompt: 'lost', error: { code: 'task_not_found' } });
		},
	},
	{
		name: 'a video that fails, with an error workflow',
		made: ['failing'],
		workflow: async () => {
			host.sandbox.outcome({ match: ({ input }) => input.prompt === 'failing', status: 'failed' });
			others.ofErrors = await published(
				workflowOf([node('Failed', 'n8n-nodes-base.errorTrigger'), noOp(AFTER)], {
					Failed: { main: [to(AFTER)] },
				}),
			);
			return called(WEBHOOKS.failing, 'failing', { errorWorkflow: others.ofErrors });
		},
		start: async (workflow) => {
			await host.listen(workflow, WEBHOOKS.failing);
			return firstOf(others.ofErrors);
		},
		check: (execution) => {
			good(execution);
			const [{ json }] = itemsOf(execution, AFTER);
			const [task] = host.tasks.filter(({ input }) => input.prompt === 'failing');
			expect(JSON.stringify(json)).toContain(task.id);
			expect(json).toMatchObject({ execution: { lastNodeExecuted: NODE, mode: 'webhook' } });
		},
	},
	{
		name: 'an execution of which n8n is to save nothing',
		made: ['unsaved'],
		workflow: async () => {
			others.afterwards = await published(
				workflowOf([node('Called', 'n8n-nodes-base.executeWorkflowTrigger'), noOp(AFTER)], {
					Called: { main: [to(AFTER)] },
				}),
			);
			const nothing = {
				saveDataSuccessExecution: 'none',
				saveDataErrorExecution: 'none',
				saveManualExecutions: false,
				saveExecutionProgress: false,
			};
			const { nodes, ...workflow } = called(WEBHOOKS.unsaved, 'unsaved', nothing);
			const after = node(AFTER, 'n8n-nodes-base.executeWorkflow', {
				workflowId: others.afterwards,
			});
			return { ...workflow, nodes: nodes.map((other) => (other.name === AFTER ? after : other)) };
		},
		start: async (workflow) => {
			await host.listen(workflow, WEBHOOKS.unsaved);
			return firstOf(others.afterwards);
		},
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['unsaved']]);
		},
	},
	{
		name: 'a workflow that was edited, renamed and unpublished while it was parked',
		made: ['changed'],
		workflow: () => called(WEBHOOKS.changed, 'changed'),
		start: async (workflow) => {
			const { rest } = host.n8n;
			const { workflowId } = await host.listen(workflow, WEBHOOKS.changed);
			const [{ id }] = await host.runsOf(workflowId, 1);
			await rest.parked(id);
			await rest.deactivate(workflowId);
			const path = `/workflows/${workflowId}`;
			const saved = await rest.request<WorkflowJson & { versionId: string }>('GET', path);
			const nodes = saved.nodes.map((other) =>
				other.name === NODE
					? { ...other, name: 'Renamed', parameters: parked({ prompt: 'other', timeout: 1 }) }
					: other,
			);
			const { versionId } = saved;
			await rest.request('PATCH', path, { versionId, name: 'renamed', nodes, connections: {} });
			return async () => id;
		},
		check: (execution) => {
			good(execution);
			expect(madeIn(execution, AFTER)).toEqual([['changed']]);
		},
	},
	{
		name: 'downloads',
		made: ['file'],
		workflow: () => workflowFor(host.credentialId, parked({ prompt: 'file', downloadVideo: true })),
		check: async (execution) => {
			good(execution);
			const [item] = itemsOf(execution, AFTER);
			expect((await host.fileOf(item)).length).toBeGreaterThan(0);
		},
	},
];

describe('wakes by itself:', () => {
	const executions = new Map<string, () => Promise<string | undefined>>();

	beforeAll(async () => {
		host = await installN8n({ taskMs: 3_600_000 });
		for (const { name, workflow, start: begin = press } of CASES)
			executions.set(name, await begin(await workflow()));
	}, LIMIT_MS);

	afterAll(async () => await host.close());

	/** Ends every task that is there, but for those that are to last or to be lost. */
	const finishAll = () => {
		for (const { id, input } of host.tasks)
			if (input.prompt === 'lost') host.sandbox.tasks.delete(id);
			else if (!String(input.prompt).startsWith('endless')) host.sandbox.finish(id);
	};

	test.each(CASES)(
		'$name',
		async ({ name, check }) => {
			const find = executions.get(name);
			let execution: Execution | undefined;
			while (!execution) {
				finishAll();
				const id = await find?.();
				if (id === undefined) await sleep(500);
				else execution = await host.n8n.rest.finished(id, 1_000).catch(() => undefined);
			}
			await check(execution);
		},
		LIMIT_MS,
	);

	test('nothing was paid twice', () => {
		const wanted = host.tasks.map(({ input }) => String(input.prompt)).sort();
		expect(wanted).toEqual(CASES.flatMap(({ made }) => made).sort());
	});
});
