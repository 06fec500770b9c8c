import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 100 });
const { run } = bench;

const items = Array.from({ length: 8 }, (_, item) => ({ json: { prompt: `Horse ${item}` } }));
const slow = (waitMethod: string) =>
	video('textToVideo', {
		prompt: '={{ $json.prompt }}',
		waitMethod,
		options: { maxConcurrency: 1, timeout: 0.035 },
	});

describe('waiting begins with the task, so what is paid for late is waited for:', () => {
	test('a service that takes its time for each request', async () => {
		bench.sandbox.fault({ on: 'create', delayMs: 400 });
		const { json, error } = await run({ items, parameters: slow('polling') });
		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(items.map(() => 'completed'));
	});

	test('the same for a parked run', async () => {
		bench.sandbox.fault({ on: 'create', delayMs: 400 });
		const outcome = await run({ items, parameters: slow('parked') });
		expect(bench.sandbox.tasks.size).toBe(items.length);
		await bench.sandbox.waitFor(() =>
			[...bench.sandbox.tasks.values()].every(({ status }) => status === 'completed'),
		);
		const { json, error } = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(items.map(() => 'completed'));
	});

	test('a rate limit near the end of the time', async () => {
		bench.sandbox.fault({ on: 'create', times: 1, error: 'rate_limit_exceeded', retryAfter: '2' });
		bench.sandbox.outcome({ taskMs: 1_000 });
		const { json, error } = await run({ items: items.slice(0, 2), parameters: slow('polling') });
		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(['completed', 'completed']);
	});

	test('a rate limit beyond it: nothing is sent any more, and nothing is charged', async () => {
		bench.sandbox.fault({ on: 'create', error: 'rate_limit_exceeded', retryAfter: '3' });
		const { error } = await run({ items: items.slice(0, 2), parameters: slow('polling') });
		expect(error?.context.code).toBe('rate_limit_exceeded');
		expect(bench.sandbox.ledger).toEqual([]);
	});
});
