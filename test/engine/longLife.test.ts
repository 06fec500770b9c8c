/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { getEventListeners } from 'node:events';

import { ExecuteContext } from 'n8n-core';

import { QUICK, video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
afterEach(() => jest.restoreAllMocks());

test.each([
	['a video', video('textToVideo')],
	['one that can’t be made', video('textToVideo', { prompt: '={{ "" }}' })],
	['an estimate', { resource: 'credit', operation: 'estimateCost', mode: 'textToVideo' }],
])(
	'nothing listens for the end of the execution when the node is done: %s',
	async (_name, parameters) => {
		const signals = new Set<AbortSignal>();
		const original = ExecuteContext.prototype.getExecutionCancelSignal;
		jest.spyOn(ExecuteContext.prototype, 'getExecutionCancelSignal').mockImplementation(function (
			this: ExecuteContext,
		) {
			const signal = original.call(this);
			if (signal) signals.add(signal);
			return signal;
		});
		await bench.run({ parameters });
		expect(signals.size).toBe(1);
		for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
	},
);

test('a file that does not come keeps nobody from the service', async () => {
	bench.sandbox.fault({ on: 'file', break: 'hang' });
	bench.sandbox.outcome({ times: 1, taskMs: 100 });
	bench.sandbox.outcome({ taskMs: 3_600_000 });
	const started = bench.start({
		items: [{ json: {} }, { json: {} }],
		parameters: video('textToVideo', {
			downloadVideo: true,
			options: { ...QUICK, maxConcurrency: 1 },
		}),
	});
	const isStalled = () => bench.sandbox.requests.some(({ server }) => server === 'file');
	await bench.sandbox.waitFor(isStalled);
	const [, other] = [...bench.sandbox.tasks.values()];
	const { length } = other.polls;
	await bench.sandbox.waitFor(() => other.polls.length > length + 2);
	started.cancel();
	await started.outcome;
});
