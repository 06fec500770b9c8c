import type { IExecuteFunctions } from 'n8n-workflow';

import { Ledger } from '../../nodes/HappyHorse/run/paidTasks';

/** The node's context as n8n keeps it from try to try, in an execution and a round of a loop. */
function contextOf(store: object, executionId = '1', runIndex = 0): IExecuteFunctions {
	const context: Partial<IExecuteFunctions> = {
		getContext: () => store as never,
		getExecutionId: () => executionId,
		getWorkflowDataProxy: () => ({ $runIndex: runIndex }) as never,
	};
	return context as IExecuteFunctions;
}

const body = (prompt: string) => ({ model: 'm', input: { prompt } });
const task = { taskId: 't1', status: 'pending', raw: {} };

test('another try finds what was paid for, by item and by what was asked', () => {
	const store = {};
	new Ledger(contextOf(store)).note(3, body('a'), task);
	const ledger = new Ledger(contextOf(store));
	expect(ledger.find(3, body('a'))).toEqual(task);
	expect(ledger.find(2, body('a'))).toBeUndefined();
	expect(ledger.find(3, body('b'))).toBeUndefined();
});

test.each([
	['another round of a loop', '1', 1],
	['another execution that begins with this one’s data', '2', 0],
])('%s finds nothing', (_name, executionId, runIndex) => {
	const store = {};
	new Ledger(contextOf(store)).note(0, body('a'), task);
	expect(new Ledger(contextOf(store, executionId, runIndex)).find(0, body('a'))).toBeUndefined();
});

test('it survives being saved and loaded, and keeps one run only', () => {
	const store: Record<string, unknown> = {};
	new Ledger(contextOf(store)).note(0, body('a'), 'lost');
	const loaded = JSON.parse(JSON.stringify(store));
	expect(new Ledger(contextOf(loaded)).find(0, body('a'))).toBe('lost');
	new Ledger(contextOf(loaded, '1', 1)).note(0, body('b'), task);
	expect(JSON.stringify(loaded)).not.toContain('lost');
});

test('a failed task leaves nothing, nor does a run that has delivered', () => {
	const store = {};
	const ledger = new Ledger(contextOf(store));
	ledger.note(0, body('a'), { ...task, status: 'failed' });
	expect(ledger.find(0, body('a'))).toBeUndefined();
	ledger.note(1, body('a'), task);
	ledger.clear();
	expect(ledger.find(1, body('a'))).toBeUndefined();
});

test('a file is the same file however it is signed, and no prompt is kept', () => {
	const store = {};
	const signed = (token: string) => ({
		model: 'm',
		input: { prompt: 'secret plan', image_urls: [`https://n8n.example.com/signed?token=${token}`] },
	});
	const ledger = new Ledger(contextOf(store));
	ledger.note(0, signed('abc.def'), task);
	expect(ledger.find(0, signed('ghi.jkl'))).toEqual(task);
	expect(JSON.stringify(store)).not.toContain('secret plan');
});
