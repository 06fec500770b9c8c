import type { IExecuteData, IExecuteFunctions, IRunExecutionData } from 'n8n-workflow';

import type { Setup } from '../support/engine';
import { startRetry } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ taskMs: 100 });

const MAY_EXIST = 'A task may have been created and charged anyway';
const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');

/** Starts a run and gives what n8n would save while the first creation has no answer. */
async function savedInBetween(
	setup: Pick<Setup, 'parameters' | 'items'>,
): Promise<IRunExecutionData> {
	let execution: IRunExecutionData | undefined;
	let entry: IExecuteData | undefined;
	const without: PropertyDescriptorMap = {
		getContext: {
			value(this: object, type: 'node') {
				const given = Object.getPrototypeOf(this) as IExecuteFunctions & {
					runExecutionData: IRunExecutionData;
				};
				execution = given.runExecutionData;
				entry = given.getExecuteData();
				return given.getContext(type);
			},
		},
	};
	bench.sandbox.fault({ on: 'create', times: 1, delayMs: 300 });
	const { outcome, cancel } = bench.start({ ...setup, without });
	await bench.sandbox.waitFor(() => bench.sandbox.inFlight > 0);
	const saved = JSON.stringify([execution, entry]);
	cancel();
	await outcome;
	const [data, running] = JSON.parse(saved) as [IRunExecutionData, IExecuteData];
	// n8n puts the node that ran back
	data.executionData?.nodeExecutionStack.unshift(running);
	data.resultData.lastNodeExecuted = 'HappyHorse';
	return data;
}

describe('an execution that n8n saved between a creation and its answer', () => {
	test.each([true, false])(
		'is retried (with the workflow as it is saved: %p): a task may exist, and nothing is sent again',
		async (isAsSaved) => {
			const setup = { parameters: video('textToVideo') };
			const data = await savedInBetween(setup);
			const before = posts().length;
			const saved = { run: { data } } as Parameters<typeof startRetry>[0];
			const retried = startRetry(saved, { baseUrl: bench.sandbox.url, ...setup }, isAsSaved);
			const { error } = await retried.outcome;
			expect(`${error?.message} ${error?.description}`).toContain(MAY_EXIST);
			expect(error?.context.taskMayExist).toBe(true);
			expect(posts()).toHaveLength(before);
		},
	);

	test('is retried with another prompt: that one is sent', async () => {
		const data = await savedInBetween({ parameters: video('textToVideo') });
		const before = posts().length;
		const saved = { run: { data } } as Parameters<typeof startRetry>[0];
		const parameters = video('textToVideo', { prompt: 'Another horse' });
		const { json } = await startRetry(saved, { baseUrl: bench.sandbox.url, parameters }).outcome;
		expect(json).toMatchObject([{ status: 'completed' }]);
		expect(posts()).toHaveLength(before + 1);
	});
});

test('Task: Get that timed out, then retried as Text to Video: the old task’s video is not passed off', async () => {
	bench.sandbox.outcome({ taskMs: 3_600_000 });
	const started = await bench.run({
		parameters: video('textToVideo', { waitForCompletion: false }),
	});
	const taskId = String(started.json[0].taskId);
	const get = {
		...{ resource: 'task', operation: 'get', taskId, waitForCompletion: true },
		options: { timeout: 0.01, pollingInterval: 0.1 },
	};
	const failed = await bench.run({ parameters: get });
	expect(failed.error?.context.code).toBe('timeout');
	bench.sandbox.finish(taskId);
	const parameters = video('textToVideo', { prompt: 'Another horse', waitForCompletion: false });
	const retried = await bench.retry(failed, { parameters });
	expect(retried.json[0].taskId).not.toBe(taskId);
	expect(posts()).toHaveLength(2);
});
