import type { INode, NodeParameterValueType } from 'n8n-workflow';

import type { SandboxTask } from '../sandbox';
import type { Outcome } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 100 });
const { run, retry } = bench;

const items = ['a', 'b', 'c'].map((prompt) => ({ json: { prompt } }));
const base = { prompt: '={{ $json.prompt }}', options: { maxConcurrency: 1 } };

const tasks = () => [...bench.sandbox.tasks.values()];
const promptsOf = (some: SandboxTask[]) => some.map(({ input }) => input.prompt).sort();
const taskOf = (id: unknown) => bench.sandbox.tasks.get(String(id));
const madeOf = ({ json }: Outcome) => json.map(({ taskId }) => taskOf(taskId)?.input.prompt);

/** Lets an execution that is parked go on, with all its tasks finished. */
async function toItsEnd(outcome: Outcome): Promise<Outcome> {
	if (outcome.run.status !== 'waiting') return outcome;
	for (const { id } of tasks()) bench.sandbox.finish(id);
	return await toItsEnd(await new ParkedBench(bench.sandbox.url, outcome).wakeUp());
}

/** A run of a, b and c, in which b fails once. */
async function failOnce(
	parameters: Record<string, NodeParameterValueType>,
	settings?: Partial<INode>,
) {
	bench.sandbox.outcome({
		times: 1,
		match: ({ input }) => String(input.prompt).startsWith('b'),
		status: 'failed',
	});
	const setup = { items, settings, parameters: video('textToVideo', { ...base, ...parameters }) };
	const failed = await toItsEnd(await run(setup));
	expect(failed.run.status).toBe('error');
	expect(promptsOf(tasks()).map((prompt) => String(prompt)[0])).toEqual(['a', 'b', 'c']);
	return { failed, setup };
}

describe.each(['polling', 'parked', 'callback'])('n8n’s Retry button, %s', (waitMethod) => {
	test('makes only what failed', async () => {
		const { failed, setup } = await failOnce({ waitMethod });
		const outcome = await toItsEnd(await retry(failed, setup));
		expect(madeOf(outcome)).toEqual(['a', 'b', 'c']);
		expect(promptsOf(tasks())).toEqual(['a', 'b', 'b', 'c']);
	});

	test('makes only what failed, also with expressions that give something else each time', async () => {
		const prompt = '={{ $json.prompt }} {{ Math.random() }}';
		const { failed, setup } = await failOnce({ waitMethod, prompt });
		await toItsEnd(await retry(failed, setup));
		expect(tasks()).toHaveLength(4);
	});

	test('gives what is paid for, where a budget that was edited has no room for what failed', async () => {
		const { failed, setup } = await failOnce({ waitMethod });
		const parameters = {
			...setup.parameters,
			options: { maxConcurrency: 1, maxCredits: 300 },
		};
		const settings = { onError: 'continueRegularOutput' } as const;
		const { json } = await toItsEnd(await retry(failed, { ...setup, settings, parameters }));
		expect(json).toEqual([
			expect.objectContaining({ status: 'completed' }),
			{ error: expect.objectContaining({ message: expect.stringContaining('Max Credits') }) },
			expect.objectContaining({ status: 'completed' }),
		]);
		expect(tasks()).toHaveLength(3);
	});

	test('pays for what failed, where budget and balance are just enough for it', async () => {
		const { failed, setup } = await failOnce({ waitMethod });
		const respond = { body: { code: 200, data: { balance: 137.5 } } };
		bench.sandbox.fault({ on: 'credits', respond });
		const options = { maxConcurrency: 1, maxCredits: 412.5, checkBalance: true };
		const parameters = { ...setup.parameters, options };
		const { json } = await toItsEnd(await retry(failed, { ...setup, parameters }));
		expect(json.map(({ status }) => status)).toEqual(Array(3).fill('completed'));
		expect(tasks()).toHaveLength(4);
	});

	test('takes up what is there where only the usual model’s name was taken out', async () => {
		const { options } = base;
		const model = 'happyhorse-1.0-text-to-video';
		const { failed, setup } = await failOnce({ waitMethod, options: { ...options, model } });
		await toItsEnd(await retry(failed, { ...setup, parameters: { ...setup.parameters, options } }));
		expect(tasks()).toHaveLength(4);
	});

	test('makes what was edited, and takes up what was not', async () => {
		const { failed, setup } = await failOnce({ waitMethod });
		const prompt = '={{ $json.prompt === "b" ? "better" : $json.prompt }}';
		const parameters = { ...setup.parameters, prompt, simplify: false };
		const outcome = await toItsEnd(await retry(failed, { ...setup, parameters }));
		expect(promptsOf(tasks())).toEqual(['a', 'b', 'better', 'c']);
		// what the user gets is as edited, too
		for (const { id, output } of outcome.json) {
			expect(taskOf(id)).toBeDefined();
			expect(output).toBeDefined();
		}
	});

	test('makes all anew with another seed', async () => {
		const options = { ...base.options, seed: 1 };
		const { failed, setup } = await failOnce({ waitMethod, options });
		const parameters = { ...setup.parameters, options: { ...options, seed: 2 } };
		await toItsEnd(await retry(failed, { ...setup, parameters }));
		expect(tasks().map(({ input }) => input.seed)).toEqual([1, 1, 1, 2, 2, 2]);
	});

	test('makes an edited item once, however often it is retried', async () => {
		const { failed, setup } = await failOnce({ waitMethod });
		const parameters = { ...setup.parameters, resolution: '1080p' };
		bench.sandbox.outcome({
			times: 1,
			match: ({ input }) => input.prompt === 'c',
			status: 'failed',
		});
		const again = await toItsEnd(await retry(failed, { ...setup, parameters }));
		expect(again.run.status).toBe('error');
		await toItsEnd(await retry(again, { ...setup, parameters }));
		expect(promptsOf(tasks())).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'c']);
	});

	test('gives a task that took too long new time, and pays nothing', async () => {
		bench.sandbox.outcome({ times: 1, taskMs: 3_600_000 });
		const options = { maxConcurrency: 1, timeout: 0.01, pollingInterval: 0.1 };
		const parameters = video('textToVideo', { prompt: 'late', waitMethod, options });
		let late = await run({ parameters });
		if (late.run.status === 'waiting') {
			const execution = new ParkedBench(bench.sandbox.url, late);
			late = await execution.wakeOnTime();
		}
		expect(late.error?.context.code).toBe('timeout');
		for (const { id } of tasks()) bench.sandbox.finish(id);
		const outcome = await toItsEnd(await retry(late, { parameters }));
		expect(outcome.json).toMatchObject([{ status: 'completed' }]);
		expect(tasks()).toHaveLength(1);
	});
});

test('what was edited and is then refused is not passed off as what was made before', async () => {
	const { failed, setup } = await failOnce({ waitMethod: 'parked' });
	const parameters = { ...setup.parameters, prompt: '={{ $json.prompt }} new' };
	bench.sandbox.fault({ on: 'create', times: 2, error: 'spend_limit_exceeded' });
	const settings = { onError: 'continueRegularOutput' } as const;
	const outcome = await toItsEnd(await retry(failed, { ...setup, settings, parameters }));
	expect(outcome.json).toMatchObject([
		{ error: { code: 'spend_limit_exceeded' } },
		{ error: { code: 'spend_limit_exceeded' } },
		{ status: 'completed' },
	]);
	expect(taskOf(outcome.json[2].taskId)?.input.prompt).toBe('c new');
});

test('what was edited is made anew also where the first try of the Retry is refused', async () => {
	const { failed, setup } = await failOnce({ waitMethod: 'polling' });
	const parameters = { ...setup.parameters, prompt: '={{ $json.prompt }} new' };
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	bench.sandbox.fault({ on: 'create', times: 1, error: 'spend_limit_exceeded' });
	const outcome = await retry(failed, { ...setup, settings, parameters });
	expect(madeOf(outcome)).toEqual(['a new', 'b new', 'c new']);
});

test('a request whose answer was lost is not sent by the Retry button either, unless it was edited', async () => {
	bench.sandbox.fault({ on: 'create', times: 1, break: 'reset-after' });
	const parameters = video('textToVideo', { prompt: '=a {{ Math.random() }}' });
	const failed = await run({ parameters });
	expect(failed.error?.context.taskMayExist).toBe(true);
	const again = await retry(failed, { parameters });
	expect(again.error?.context.code).toBe('answer_lost');
	expect(tasks()).toHaveLength(1);
	const edited = await retry(again, { parameters: { ...parameters, prompt: 'b' } });
	expect(edited.json).toMatchObject([{ status: 'completed' }]);
});

test('a retried run that was not to wait gives its tasks again', async () => {
	bench.sandbox.fault({ on: 'create', skip: 1, times: 1, error: 'spend_limit_exceeded' });
	const parameters = video('textToVideo', { ...base, waitForCompletion: false });
	const failed = await run({ items, parameters });
	const { json } = await retry(failed, { items, parameters });
	expect(json).toEqual(
		['a', 'b', 'c'].map((prompt) => ({
			taskId: tasks().find(({ input }) => input.prompt === prompt)?.id,
			status: 'pending',
			prompt,
			mode: 'textToVideo',
			creditsEstimated: 137.5,
		})),
	);
	expect(tasks()).toHaveLength(3);
});
