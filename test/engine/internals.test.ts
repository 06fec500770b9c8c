import * as n8nCore from 'n8n-core';
import * as n8nWorkflow from 'n8n-workflow';
import { createRunExecutionData } from 'n8n-workflow';

import { SOURCE } from '../support/around';
import { createTask } from '../support/calls';
import type { Package } from '../support/engine';
import { buildWorkflow, goOn } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { runStep } from '../support/step';
import type * as webhooks from '../support/webhook';

const bench = useSandbox({ taskMs: 100 });
const { run } = bench;

const items = ['a', 'b'].map((prompt) => ({ json: { prompt } }));
const parameters = (waitMethod: string) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod });

const gone = () => {
	throw new Error('This n8n has no such thing');
};

/** What the node uses of n8n that n8n does not promise to keep, each taken away. */
const INTERNALS: Array<[string, PropertyDescriptorMap]> = [
	['the execution’s stack', { runExecutionData: { value: { resultData: { runData: {} } } } }],
	['data for the node', { getContext: { value: gone } }],
	['data for the node that is saved', { getContext: { value: () => ({}) } }],
	['the node’s entry', { getExecuteData: { value: undefined } }],
	['the node’s input in its entry', { getExecuteData: { value: () => ({ data: {} }) } }],
	['parking', { putExecutionToWait: { value: undefined } }],
];

describe.each(INTERNALS)('an n8n without %s', (_name, without) => {
	test.each(['parked', 'callback'])(
		'polls where it was to be %s, and says so',
		async (waitMethod) => {
			const outcome = await run({ items, without, parameters: parameters(waitMethod) });
			expect(outcome.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
			expect(outcome.taskData.hints?.map(({ message }) => message)).toContain(
				'n8n could not park this execution, so the node polled instead.',
			);
			for (const { callbackUrl } of bench.sandbox.tasks.values())
				expect(callbackUrl).toBeUndefined();
		},
	);
});

test('an n8n without data for the node pays nothing twice in another try', async () => {
	bench.sandbox.fault({ on: 'task', times: 1, error: 'invalid_api_key' });
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	const without = { getContext: { value: gone } };
	const { json } = await run({ items, settings, without, parameters: parameters('polling') });
	expect(json.map(({ status }) => status)).toEqual(['completed', 'completed']);
	expect(bench.sandbox.tasks.size).toBe(2);
});

test('an n8n whose address can’t be had sends nothing where it is to be called', async () => {
	const proxy = {
		$runIndex: 0,
		get $execution() {
			return gone();
		},
	};
	const without = { getWorkflowDataProxy: { value: () => proxy } };
	const { error } = await run({ items, without, parameters: parameters('callback') });
	expect(error?.context.code).toBe('not_reachable');
	expect(bench.sandbox.requests).toEqual([]);
});

/** Loads modules anew, with some that are given. */
function loadWith<T>(given: Record<string, unknown>, load: () => T): T {
	let loaded: T | undefined;
	jest.isolateModules(() => {
		for (const [name, module] of Object.entries(given)) jest.doMock(name, () => module);
		loaded = load();
		for (const name of Object.keys(given)) jest.dontMock(name);
	});
	if (!loaded) throw new Error('Nothing was loaded');
	return loaded;
}

const loadNode = (): Package =>
	jest.requireActual('../../nodes/HappyHorse/HappyHorse.node').HappyHorse;

// the package uses the zod of the n8n that it runs in, which has 3.25 so far
describe.each(['zod', 'zod4'])('with %s', (copy) => {
	const given = {
		zod: jest.requireActual(copy),
		...{ 'n8n-workflow': n8nWorkflow, 'n8n-core': n8nCore },
	};

	test('the node waits, parks, is resumed and delivers', async () => {
		const loaded = loadWith(given, loadNode);
		const polled = await run({
			items,
			package: loaded,
			parameters: { ...parameters('polling'), downloadVideo: true },
		});
		expect(polled.error).toBeUndefined();
		expect(polled.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
		const parked = await run({ items, package: loaded, parameters: parameters('parked') });
		expect(parked.run.status).toBe('waiting');
		for (const { id } of bench.sandbox.tasks.values()) bench.sandbox.finish(id);
		const setup = { baseUrl: bench.sandbox.url, executionId: parked.executionId };
		const resumed = await goOn(setup, parked.workflow, parked.run.data);
		expect(resumed.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
		expect(bench.sandbox.ledger).toHaveLength(4);
	});

	test('the trigger starts one run for a task', async () => {
		const { TriggerBench }: typeof webhooks = loadWith(given, () =>
			jest.requireActual('../support/webhook'),
		);
		const trigger = new TriggerBench(bench.sandbox.url);
		const { id } = await createTask(bench.sandbox);
		bench.sandbox.finish(id);
		const call = {
			headers: { 'content-type': 'application/json' },
			body: { id, status: 'completed' },
		};
		const results = [await trigger.receive(call), await trigger.receive(call)];
		expect(results.map(({ result }) => result.workflowData?.[0][0].json.taskId)).toEqual([
			id,
			undefined,
		]);
	});
});

test.each([
	['a broken expression', { prompt: '={{ $("Nowhere").item.json.x }}' }, {}, /Nowhere|node/],
	['no credential', {}, { credentials: {} }, /credential/i],
])(
	'%s is told in n8n’s words, also where n8n has another copy of n8n-workflow',
	async (_name, fields, settings, words) => {
		const setup = { parameters: video('textToVideo', fields), settings };
		const { error: same } = await run(setup);
		const { error: other } = await run({ ...setup, package: loadWith({}, loadNode) });
		expect(same?.message).toMatch(words);
		expect(other?.message).toBe(same?.message);
		expect(other?.message).not.toContain('unexpectedly');
	},
);

describe('an evaluation of n8n’s, which takes a parked execution for one that has ended,', () => {
	test.each([
		['parked', { mode: 'evaluation' }],
		['callback', { mode: 'evaluation' }],
		['parked', { mode: 'integrated', rootExecutionMode: 'evaluation' }],
	] as const)('gets its videos where the node was to be %s: %j', async (waitMethod, modes) => {
		const outcome = await run({ items, ...modes, parameters: parameters(waitMethod) });
		expect(outcome.run.status).toBe('success');
		expect(outcome.json.map(({ status }) => status)).toEqual(['completed', 'completed']);
		expect(outcome.taskData.hints?.map(({ message }) => message)).toContain(
			'n8n could not park this execution, so the node polled instead.',
		);
		for (const { callbackUrl } of bench.sandbox.tasks.values()) expect(callbackUrl).toBeUndefined();
	});
});

describe('n8n’s second engine, which parks nothing', () => {
	test.each(['parked', 'callback'])(
		'polls where it was to be %s, and says so',
		async (waitMethod) => {
			const { json, hints } = await runStep({
				baseUrl: bench.sandbox.url,
				items,
				parameters: parameters(waitMethod),
			});
			expect(json.map(({ status }) => status)).toEqual(['completed', 'completed']);
			expect(hints).toContain('n8n could not park this execution, so the node polled instead.');
			for (const { callbackUrl } of bench.sandbox.tasks.values())
				expect(callbackUrl).toBeUndefined();
			expect(bench.sandbox.ledger).toHaveLength(2);
		},
	);

	test('starts videos without waiting for them', async () => {
		const { json } = await runStep({
			baseUrl: bench.sandbox.url,
			items,
			parameters: video('textToVideo', { waitForCompletion: false }),
		});
		expect(json.map(({ taskId }) => taskId)).toEqual([...bench.sandbox.tasks.keys()]);
	});

	test('names all tasks in the message, as it saves nothing else of an error', async () => {
		bench.sandbox.outcome({
			times: 1,
			match: ({ input }) => input.prompt === 'b',
			status: 'failed',
		});
		const failing = runStep({
			baseUrl: bench.sandbox.url,
			items,
			parameters: parameters('polling'),
		});
		const error: unknown = await failing.catch((reason: unknown) => reason);
		const { message } = error instanceof Error ? error : new Error('Nothing was thrown');
		for (const id of bench.sandbox.tasks.keys()) expect(message).toContain(id);
	});
});

describe('a sub-workflow that its parent waits for', () => {
	const called = async (executionId: string, shouldResume = true) => {
		const setup = {
			baseUrl: bench.sandbox.url,
			items,
			parameters: parameters('parked'),
		};
		const workflow = buildWorkflow(setup);
		const first = { node: workflow.nodes[SOURCE], data: { main: [items] }, source: null };
		const data = createRunExecutionData({
			executionData: { nodeExecutionStack: [first] },
			parentExecution: { executionId, workflowId: 'parent', shouldResume },
		});
		const { run } = await goOn(setup, workflow, data, 'integrated');
		return run.status;
	};

	test('parks, and its parent with it', async () => {
		expect(await called('7')).toBe('waiting');
	});

	test('polls where the parent runs in the second engine, which would end it', async () => {
		expect(await called('01a22f1a-325d-76fa-b075-f476149309bf')).toBe('success');
		expect(bench.sandbox.ledger).toHaveLength(2);
	});

	test('parks where such a parent does not wait for it', async () => {
		expect(await called('01a22f1a-325d-76fa-b075-f476149309bf', false)).toBe('waiting');
	});
});
