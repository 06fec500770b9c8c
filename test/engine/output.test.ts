import type { IExecuteFunctions, INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import { createTask } from '../support/calls';
import type { Outcome } from '../support/engine';
import { NODE_NAME } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench, TriggerBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 100 });

type Parameters = Record<string, NodeParameterValueType>;

const tasks = () => [...bench.sandbox.tasks.values()];

const items = ['a cat', 'a dog'].map(
	(prompt, row): INodeExecutionData => ({
		json: { prompt, row, email: `${row}@example.com`, status: 'new', error: null },
	}),
);

const OPTIONS = {
	includeInputFields: true,
	label: '={{ "row " + $json.row }}',
	fileName: '={{ $json.email }}',
	seed: '={{ $json.row }}',
};

const parameters = (more: Parameters = {}, options: Parameters = OPTIONS) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', ...more, options });

/** Lets a parked execution go on, in a process that knows only what n8n has saved. */
async function toItsEnd(outcome: Outcome): Promise<Outcome> {
	if (outcome.run.status !== 'waiting') return outcome;
	tasks().forEach(({ id }) => bench.sandbox.finish(id));
	return await toItsEnd(await new ParkedBench(bench.sandbox.url, outcome).wakeUp());
}

describe('the prompt, the seed, the label and the item’s own fields come out', () => {
	const expected = (status = 'completed') =>
		items.map(({ json: { prompt, row, email } }) =>
			expect.objectContaining({
				status,
				prompt,
				seed: row,
				label: `row ${String(row)}`,
				row,
				email,
			}),
		);

	test.each<[string, Parameters, string]>([
		['where the node polls', {}, 'completed'],
		['where it is parked', { waitMethod: 'parked' }, 'completed'],
		['where it is called back', { waitMethod: 'callback' }, 'completed'],
		['where it does not wait', { waitForCompletion: false }, 'pending'],
	])('%s', async (_where, more, status) => {
		const { json, error } = await toItsEnd(
			await bench.run({ items, parameters: parameters(more) }),
		);
		expect(error).toBeUndefined();
		expect(json).toEqual(expected(status));
		// n8n would take the item for one that failed
		for (const one of json) expect(one).not.toHaveProperty('error');
	});

	test('after another try, and after Retry', async () => {
		bench.sandbox.outcome({ times: 1, status: 'failed' });
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 10 };
		const tried = await bench.run({ items, parameters: parameters(), settings });
		expect(tried.json).toEqual(expected());
		bench.sandbox.outcome({ times: 1, status: 'failed' });
		const failed = await bench.run({ items, parameters: parameters() });
		expect(failed.error?.context.label).toMatch(/^row [01]$/);
		const retried = await bench.retry(failed, { items, parameters: parameters() });
		expect(retried.json).toEqual(expected());
	});

	test('as they were when the task was made, and in an agent’s call without the item’s fields', async () => {
		const prompt = '={{ $json.prompt }} {{ Math.random() }}';
		const outcome = await toItsEnd(
			await bench.run({ items, parameters: parameters({ prompt, waitMethod: 'parked' }) }),
		);
		const made = tasks().map(({ id, input }) => [id, input.prompt]);
		expect(outcome.json.map((json) => [json.taskId, json.prompt]).sort()).toEqual(made.sort());
		const { json } = await bench.run({
			...{ items, parameters: parameters(), settings: { type: 'happyHorseTool' } },
		});
		for (const one of json) {
			expect(one).toHaveProperty('label');
			expect(one).not.toHaveProperty('email');
		}
	});

	test('beside the service’s own answer', async () => {
		const { json } = await bench.run({ items, parameters: parameters({ simplify: false }) });
		expect(json).toMatchObject(
			tasks().map(({ id }, row) => ({ id, output: {}, row, label: `row ${row}` })),
		);
	});

	test('the video’s own win, and nothing of the item passes for the video', async () => {
		const json = { videoUrl: 'https://example.com/clip.mp4', taskId: '7', label: 'x', _files: 1 };
		const { json: out } = await bench.run({
			items: [{ json }],
			parameters: video('textToVideo', {
				...{ waitForCompletion: false },
				options: { includeInputFields: true },
			}),
		});
		expect(out).toEqual([
			{
				...{ taskId: tasks()[0].id, status: 'pending', prompt: 'A horse runs over a beach' },
				...{ mode: 'textToVideo', creditsEstimated: 137.5, label: 'x' },
			},
		]);
	});

	test.each([
		['task', 'get', { waitForCompletion: false }],
		['task', 'get', { waitForCompletion: true }],
		['video', 'download', {}],
	])('of %s, %s with %j', async (resource, operation, more) => {
		const { id } = await createTask(bench.sandbox);
		bench.sandbox.finish(id);
		const { json } = await bench.run({
			items: [{ json: { id, prompt: 'a horse', email: 'me@example.com' } }],
			parameters: {
				...{ resource, operation, taskId: '={{ $json.id }}', ...more },
				options: { includeInputFields: true },
			},
		});
		expect(json).toMatchObject([{ taskId: id, prompt: 'a horse', email: 'me@example.com' }]);
	});
});

describe('the label', () => {
	test('is in each error, in the custom data and in the log', async () => {
		const said: string[] = [];
		const log = (text: string) => said.push(text);
		const logger = { info: log, warn: log } as unknown as IExecuteFunctions['logger'];
		bench.sandbox.outcome({ match: ({ input }) => input.prompt === 'a dog', status: 'failed' });
		const { json, run } = await bench.run({
			items: [...items, { json: { prompt: '', row: 2 } }],
			parameters: parameters(),
			settings: { onError: 'continueRegularOutput' },
			without: { logger: { value: logger } },
		});
		expect(json).toMatchObject([
			{ status: 'completed' },
			{ error: { label: 'row 1' } },
			{ error: { code: 'invalid_input', label: 'row 2' } },
		]);
		expect(run.data.resultData.metadata).toMatchObject({ happyHorseLabels: 'row 0, row 1' });
		for (const { id, input } of tasks())
			expect(said.join('\n')).toMatch(
				new RegExp(`${id} \\("row ${input.prompt === 'a dog' ? 1 : 0}"\\) was created`),
			);
	});

	test('may be a number, also where there is no task', async () => {
		const fields = { prompt: '={{ $json.prompt }}', options: { label: '={{ $json.row }}' } };
		const { json } = await bench.run({
			items: [{ json: { prompt: 'a horse', row: 42 } }, { json: { prompt: '', row: 43 } }],
			parameters: video('textToVideo', fields),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(json).toMatchObject([{ label: '42' }, { error: { label: '43' } }]);
	});

	test('that items share stands in the custom data once', async () => {
		const { run } = await bench.run({
			items,
			parameters: video('textToVideo', { options: { label: 'Autumn' } }),
		});
		expect(run.data.resultData.metadata).toMatchObject({ happyHorseLabels: 'Autumn' });
	});

	test('of the other tasks is named where one stops the run', async () => {
		bench.sandbox.outcome({ match: ({ input }) => input.prompt === 'a dog', status: 'failed' });
		const { error } = await bench.run({ items, parameters: parameters() });
		expect(error?.context).toMatchObject({ label: 'row 1', otherTasks: [{ label: 'row 0' }] });
	});

	test.each([
		['x'.repeat(101), 'Label must be at most 100 characters long'],
		[{ a: 1 }, 'Label must be text'],
	])('%p is a complaint', async (label, complaint) => {
		const { error } = await bench.run({ parameters: video('textToVideo', { options: { label } }) });
		expect(error?.message).toContain(complaint);
		expect(bench.sandbox.requests).toEqual([]);
	});
});

describe('the file’s name', () => {
	const id = '8b6a5162-5c91-4a42-8e80-4c8ef5486f24';

	async function nameOf(prompt: string, fileName?: NodeParameterValueType, more: Parameters = {}) {
		const options = fileName === undefined ? {} : { fileName };
		const { outputs, error } = await toItsEnd(
			await bench.run({
				parameters: video('textToVideo', { prompt, downloadVideo: true, ...more, options }),
			}),
		);
		const [task] = tasks().slice(-1);
		const { fileName: name = error?.message ?? '' } = outputs[0]?.[0]?.binary?.data ?? {};
		return name.replace(task?.id.slice(0, 8) ?? 'none', id.slice(0, 8));
	}

	test.each([
		['She’s running: 100% fast!', 'Shes-running-100-fast-8b6a5162.mp4'],
		[
			'[Image 1] opens the fan in [Image 2] while the sun sets',
			'Image-1-opens-the-fan-in-Image-2-while-8b6a5162.mp4',
		],
		['一匹马在海滩上奔跑', '一匹马在海滩上奔跑-8b6a5162.mp4'],
		['馬'.repeat(90), `${'馬'.repeat(40)}-8b6a5162.mp4`],
		['🐎 🐎', 'video-8b6a5162.mp4'],
		['../../etc/passwd\r\nCON', 'etc-passwd-CON-8b6a5162.mp4'],
	])('made of the prompt %p', async (prompt, name) => {
		expect(await nameOf(prompt)).toBe(name);
	});

	test.each<[NodeParameterValueType, string]>([
		['my film', 'my film.mp4'],
		['my film.MP4', 'my film.mp4'],
		['a/b\\c:d', 'a_b_c_d.mp4'],
		['CON', '_CON.mp4'],
		[42, '42.mp4'],
		['', 'a-horse-8b6a5162.mp4'],
		['=', 'a-horse-8b6a5162.mp4'],
		['={{ 1 + 1 }} for {{ "you" }}', '2 for you.mp4'],
		['馬'.repeat(150), `${'馬'.repeat(65)}.mp4`],
	])('as given: %p', async (fileName, name) => {
		expect(await nameOf('a horse', fileName)).toBe(name);
	});

	test('after a parked execution, of Download and of the trigger', async () => {
		expect(await nameOf('a horse', undefined, { waitMethod: 'parked' })).toBe(
			'a-horse-8b6a5162.mp4',
		);
		const task = await createTask(bench.sandbox);
		bench.sandbox.finish(task.id);
		for (const [options, name] of [
			[{}, `video-${task.id.slice(0, 8)}.mp4`],
			[{ fileName: 'film' }, 'film.mp4'],
		] as const) {
			const { outputs } = await bench.run({
				parameters: { resource: 'video', operation: 'download', taskId: task.id, options },
			});
			expect(outputs[0][0].binary?.data.fileName).toBe(name);
			const trigger = new TriggerBench(bench.sandbox.url, { downloadVideo: true, options });
			const { result } = await trigger.receive({
				headers: { 'content-type': 'application/json' },
				body: { id: task.id, status: 'completed' },
			});
			expect(result.workflowData?.[0][0].binary?.data.fileName).toBe(name);
		}
	});
});

test('a run that was parked by a package without prompts, labels and names goes on', async () => {
	const outcome = await bench.run({
		...{ items, parameters: parameters({ waitMethod: 'parked', downloadVideo: true }) },
	});
	const execution = new ParkedBench(bench.sandbox.url, outcome);
	tasks().forEach(({ id }) => bench.sandbox.finish(id));
	const saved = JSON.parse(JSON.stringify(outcome.run.data));
	const { entries } = saved.executionData.contextData[`node:${NODE_NAME}`].happyHorseTasks;
	for (const { task } of Object.values<{ task: Record<string, object> }>(entries)) {
		delete task.prompt;
		delete task.seed;
		for (const name of ['label', 'fileName', 'includeInputFields'])
			Reflect.deleteProperty(task.settings, name);
	}
	const { json, outputs } = await execution.wakeUp(saved);
	expect(json).toMatchObject(tasks().map(({ id }) => ({ taskId: id, status: 'completed' })));
	for (const { json: one, binary } of outputs[0]) {
		for (const name of ['prompt', 'seed', 'label', 'email']) expect(one).not.toHaveProperty(name);
		expect(binary?.data.fileName).toBe(`video-${String(one.taskId).slice(0, 8)}.mp4`);
	}
});
