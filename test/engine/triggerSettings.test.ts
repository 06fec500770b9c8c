import { createTask } from '../support/calls';
import { useSandbox } from '../support/sandboxed';
import { TriggerBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 3_600_000 });

const finished = async () => {
	const task = await createTask(bench.sandbox);
	bench.sandbox.finish(task.id);
	return task;
};

const callback = (id: string) => ({
	headers: { 'content-type': 'application/json' },
	body: { id, status: 'completed', model: 'happyhorse-1.0-text-to-video' },
});

describe('settings of another type are read as the action node reads its own:', () => {
	test.each([
		['downloadVideo', { downloadVideo: 'false' }],
		['simplify', { simplify: 'true' }],
		['simplify as in a sheet', { simplify: 'TRUE' }],
		['a file name that is a number', { downloadVideo: 'True', options: { fileName: 7 } }],
		['events as one text', { events: 'task.completed' }],
		['events with commas', { events: 'task.completed, task.failed' }],
		['events as JSON', { events: '["task.completed"]' }],
		['modes as one text', { options: { modes: 'textToVideo' } }],
		['modes with commas', { options: { modes: 'editVideo,textToVideo' } }],
		['no modes', { options: { modes: '' } }],
		['deduplicate', { options: { deduplicate: 'true' } }],
		['a variable', { downloadVideo: '={{ String(false) }}' }],
	])('%s', async (_name, parameters) => {
		const { id } = await finished();
		const trigger = new TriggerBench(bench.sandbox.url, parameters);
		const { result } = await trigger.receive(callback(id));
		expect(result.workflowData?.[0]?.[0].json).toMatchObject({ taskId: id, status: 'completed' });
	});

	test('downloadVideo as text gives the file', async () => {
		const { id } = await finished();
		const trigger = new TriggerBench(bench.sandbox.url, { downloadVideo: 'true' });
		const { result } = await trigger.receive(callback(id));
		expect(result.workflowData?.[0]?.[0].binary?.data.mimeType).toBe('video/mp4');
	});

	test('deduplicate as text keeps to one run', async () => {
		const { id } = await finished();
		const options = { deduplicate: 'true' };
		const trigger = new TriggerBench(bench.sandbox.url, { options });
		await trigger.receive(callback(id));
		expect((await trigger.receive(callback(id))).status).toBe(200);
		const always = new TriggerBench(bench.sandbox.url, { options: { deduplicate: 'false' } });
		await always.receive(callback(id));
		expect((await always.receive(callback(id))).result.workflowData).toHaveLength(1);
	});

	test('modes as text turn others away', async () => {
		const { id } = await finished();
		const trigger = new TriggerBench(bench.sandbox.url, { options: { modes: 'editVideo' } });
		expect((await trigger.receive(callback(id))).status).toBe(200);
	});
});

describe('settings that can’t be read are a run that fails with their name:', () => {
	test.each([
		['Download Video must be true or false', { downloadVideo: 'yes' }],
		['Simplify must be true or false', { simplify: '={{ null }}' }],
		['Events must be one of task.completed, task.failed', { events: 'task.done' }],
		['Events must not be empty', { events: [] }],
		['Events must be a list', { events: 5 }],
		['Modes must be one of', { options: { modes: ['video'] } }],
		['Deduplicate must be true or false', { options: { deduplicate: 'maybe' } }],
		['Verification must be one of api, none', { options: { verification: 'off' } }],
		['Download Video contains "{{ $vars.download }}"', { downloadVideo: '{{ $vars.download }}' }],
		['Download Video must be true or false, but it is empty', { downloadVideo: '={{ $json.no }}' }],
		[
			'Put Output File in Field must not be empty',
			{ downloadVideo: true, options: { binaryPropertyName: '' } },
		],
	])('%s', async (words, parameters) => {
		const { id } = await finished();
		const trigger = new TriggerBench(bench.sandbox.url, parameters);
		await expect(trigger.receive(callback(id))).rejects.toMatchObject({
			name: 'NodeApiError',
			message: expect.stringContaining(words),
			description: expect.stringContaining(id),
			context: { taskId: id },
		});
	});

	test('a stranger’s callback starts none', async () => {
		const trigger = new TriggerBench(bench.sandbox.url, { downloadVideo: 'yes' });
		expect((await trigger.receive(callback('made-up'))).status).toBe(403);
	});
});

describe('a credential that can’t be used is a run that fails, one a minute:', () => {
	test.each([
		['an invalid key', 'pk-test', 'is not a HappyHorse key'],
		['a refused key', 'sk-test-other', 'HappyHorse did not accept the API key'],
		['an expression that needs an item', '={{ $json.key }}', ''],
	])('%s', async (_name, apiKey, words) => {
		const { id } = await finished();
		const trigger = new TriggerBench(bench.sandbox.url, {}, apiKey);
		await expect(trigger.receive(callback(id))).rejects.toMatchObject({
			message: expect.stringContaining(words),
			description: expect.stringContaining('no callback can be confirmed'),
		});
		expect((await trigger.receive(callback(id))).status).toBe(503);
	});
});
