import { createRunExecutionData } from 'n8n-workflow';

import { SOURCE } from '../support/around';
import { buildWorkflow, goOn } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { runStep } from '../support/step';

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
