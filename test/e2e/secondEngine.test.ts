import { MODES } from '../../nodes/HappyHorse/contract/modes';
import { WAIT_METHODS } from '../../nodes/HappyHorse/contract/limits';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { mediaFile } from '../support/mediaHost';
import { hasSecondEngine } from '../support/n8nHost';
import { video } from '../support/parameters';
import type { Execution } from '../support/restClient';
import type { SecondEngine } from '../support/secondEngine';
import { startSecondEngine } from '../support/secondEngine';
import {
	AFTER,
	callerWorkflow,
	filesWorkflow,
	loopWorkflow,
	NODE,
	READER,
	withReader,
	workflowFor,
} from '../support/workflows';

/**
 * n8n's second engine, as far as it goes: it parks nothing, tries nothing again, shows no hint and keeps of an error its
 * message alone. Where it refuses or ignores something a test says so, and fails once that changes.
 */

const FAILURE = { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' };
const HOUR_MS = 3_600_000;
/** A test that starts n8n again. */
const RESTART_MS = 120_000;
const PROMPT = '={{ $json.prompt }}';
const items = ['one', 'two'].map((prompt) => ({ prompt }));

/** What left the node after ours, of an execution that went well; what went wrong is in the test's message. */
function itemsAfter(execution: Execution, node = AFTER) {
	expect(errorOf(execution)?.message).toBeUndefined();
	expect(execution.status).toBe('success');
	return itemsOf(execution, node);
}

// n8n has it since 2.37
(hasSecondEngine() ? describe : describe.skip)('n8n’s second engine', () => {
	let engine: SecondEngine;
	const host = useN8n(
		{ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000, fetchMedia: false },
		async () => {
			engine = await startSecondEngine();
			return { env: engine.env };
		},
	);
	beforeAll(() => engine?.takeAll(host.n8n.rest));
	afterAll(async () => await engine?.close());

	const fails = (prompt: string) =>
		host.sandbox.outcome({
			match: ({ input }) => input.prompt === prompt,
			status: 'failed',
			error: FAILURE,
		});

	test('runs these workflows', async () => {
		const { id } = await host.run({ resource: 'credit', operation: 'getBalance' });
		expect(id).toMatch(/^[\da-f]{8}-/);
	});

	test('makes a video in each mode', async () => {
		for (const mode of MODES) {
			const [item] = itemsAfter(await host.run(video(mode)));
			expect(item.json).toMatchObject({ status: 'completed', mode });
		}
		expect(host.sandbox.ledger).toHaveLength(MODES.length);
	});

	test.each(WAIT_METHODS)(
		'delivers with Wait Method %s, paid once, by polling',
		async (waitMethod) => {
			const execution = await host.run(video('textToVideo', { prompt: PROMPT, waitMethod }), {
				items,
			});
			expect(itemsAfter(execution).map(({ json }) => [json.taskId, json.status])).toEqual(
				host.tasks.map(({ id }) => [id, 'completed']),
			);
			expect(host.sandbox.ledger).toHaveLength(2);
			for (const { callbackUrl } of host.tasks) expect(callbackUrl).toBeUndefined();
		},
	);

	test('starts a video without waiting, for Task: Get and Video: Download', async () => {
		const started = await host.run(video('textToVideo', { waitForCompletion: false }));
		const [{ json }] = itemsAfter(started);
		expect(json).toMatchObject({ taskId: host.tasks[0].id, status: 'pending' });
		const taskId = String(json.taskId);
		const task = { resource: 'task', operation: 'get', waitForCompletion: true };
		const options = { pollingInterval: 0.1 };
		const got = await host.run({ ...task, taskId, waitMethod: 'parked', options });
		expect(itemsAfter(got)[0].json).toMatchObject({ taskId, status: 'completed' });
		const download = { resource: 'video', operation: 'download', binaryPropertyName: 'clip' };
		const [{ binary }] = itemsAfter(await host.run({ ...download, taskId }));
		expect(binary?.clip.bytes).toBe(host.sandbox.videoOf(taskId)?.length);
		expect(host.sandbox.ledger).toHaveLength(1);
	});

	test('hands a video’s file to the next node', async () => {
		const parameters = video('textToVideo', { downloadVideo: true });
		const workflow = withReader(workflowFor(host.credentialId, parameters), 'data');
		const [{ json }] = itemsAfter(await host.runWorkflow(workflow), READER);
		const file = Buffer.from(String(json.content), 'base64');
		expect(file.equals(host.sandbox.videoOf(host.tasks[0].id))).toBe(true);
	});

	test('gives the service a file that came in', async () => {
		const parameters = video('imageToVideo', {
			imageSource: 'binary',
			imageBinaryProperty: 'photo',
		});
		const files = { photo: mediaFile('300x300.jpg') };
		const execution = await host.runWorkflow(filesWorkflow(host.credentialId, files, parameters));
		expect(itemsAfter(execution)[0].json.status).toBe('completed');
		const [url] = Object(host.tasks[0].input.image_urls);
		const response = await fetch(url);
		expect(Buffer.from(await response.arrayBuffer()).equals(files.photo)).toBe(true);
	});

	test('is started by the trigger', async () => {
		const { workflowId, url } = await host.listenForCallbacks();
		await host.run(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
		await host.sandbox.waitFor(() => host.sandbox.deliveries.length > 0);
		expect(host.sandbox.deliveries[0].status).toBe(200);
		const [item] = itemsAfter(await engine.firstOf(workflowId, host.n8n.rest));
		expect(item.json).toMatchObject({ event: 'task.completed', taskId: host.tasks[0].id });
	});

	test('refuses files from a trigger, which starts the run without and says so', async () => {
		const { workflowId, url } = await host.listenForCallbacks({ downloadVideo: true });
		await host.run(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
		const [{ json, binary }] = itemsAfter(await engine.firstOf(workflowId, host.n8n.rest));
		expect(json).toMatchObject({
			taskId: host.tasks[0].id,
			videoUrl: host.tasks[0].videoUrls[0],
			downloadError: { code: 'not_supported' },
		});
		expect(binary).toBeUndefined();
	});

	test('makes one video for each round of a loop', async () => {
		const parameters = video('textToVideo', { prompt: '={{ $json.prompt }} {{ $runIndex }}' });
		const workflow = loopWorkflow(host.credentialId, parameters, items);
		expect(itemsAfter(await host.runWorkflow(workflow)).map(({ json }) => json.taskId)).toEqual(
			host.tasks.map(({ id }) => id),
		);
		expect(host.tasks.map(({ input }) => input.prompt)).toEqual(['one 0', 'two 1']);
		expect(host.sandbox.ledger).toHaveLength(2);
	});

	test('gets what a sub-workflow makes, which polls since this engine can’t wait for it', async () => {
		const [child, parent] = callerWorkflow(
			host.credentialId,
			video('textToVideo', { waitMethod: 'parked' }),
		);
		const { id } = await host.n8n.rest.saveWorkflow(child);
		await host.n8n.rest.activate(id);
		const [item] = itemsAfter(await host.runWorkflow(parent(id)));
		expect(item.json).toMatchObject({ taskId: host.tasks[0].id, status: 'completed' });
		expect(host.sandbox.ledger).toHaveLength(1);
	});

	describe('when a video fails', () => {
		test('it stops, and its message says why and names each task', async () => {
			fails('two');
			const execution = await host.run(video('textToVideo', { prompt: PROMPT }), { items });
			expect(execution.status).toBe('error');
			expect(itemsOf(execution, AFTER)).toEqual([]);
			const message = errorOf(execution)?.message;
			expect(message).toContain(FAILURE.message);
			for (const { id } of host.tasks) expect(message).toContain(id);
		});

		test('with "Continue" its item says why, and the other is delivered', async () => {
			fails('two');
			const execution = await host.run(video('textToVideo', { prompt: PROMPT }), {
				items,
				settings: { onError: 'continueRegularOutput' },
			});
			const [good, bad] = itemsAfter(execution);
			expect(good.json).toMatchObject({ status: 'completed' });
			const task = host.tasks.find(({ status }) => status === 'failed');
			expect(bad.json).toEqual({
				error: expect.objectContaining({ taskId: task?.id, status: 'failed' }),
			});
		});

		test('with "Continue (using error output)" the engine refuses to run, and nothing is sent', async () => {
			const run = host.run(video('textToVideo'), { settings: { onError: 'continueErrorOutput' } });
			await expect(run).rejects.toThrow(/continueErrorOutput, which is not supported yet/);
			expect(host.sandbox.requests).toEqual([]);
		});

		test('with Retry On Fail nothing is tried again, and one task is paid', async () => {
			fails('one');
			const execution = await host.run(video('textToVideo', { prompt: 'one' }), {
				settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
			});
			expect(execution.status).toBe('error');
			expect(execution.data.resultData.runData[NODE]).toHaveLength(1);
			expect(host.tasks).toHaveLength(1);
		});
	});

	test('has no Stop: the run goes on, and delivers', async () => {
		host.sandbox.outcome({ taskMs: HOUR_MS });
		const id = await host.start(video('textToVideo'));
		await host.sandbox.waitFor(() => host.tasks.length > 0);
		await expect(host.n8n.rest.stop(id)).rejects.toThrow(/ 500 /);
		host.sandbox.finish(host.tasks[0].id);
		const [item] = itemsAfter(await host.n8n.rest.finished(id));
		expect(item.json).toMatchObject({ taskId: host.tasks[0].id, status: 'completed' });
	});

	test('gives an agent no tools, and no model: nothing is sent', async () => {
		const workflow = host.example('ai-agent-tool.json');
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const chat = { sessionId: 'test', action: 'sendMessage', chatInput: 'A paper boat' };
		const execution = await host.n8n.rest.finished(await host.n8n.rest.run(id, 'Chat', chat));
		expect(errorOf(execution)?.message).toMatch(/Chat Model/);
		expect(host.sandbox.requests).toEqual([]);
	});

	test(
		'pays nothing again after a crash, which ends a run for good',
		async () => {
			host.sandbox.outcome({ taskMs: HOUR_MS });
			const id = await host.start(video('textToVideo', { prompt: 'cut off' }));
			// once n8n asks about the task it has its id
			await host.sandbox.waitFor(() =>
				host.sandbox.requests.some(({ path }) => path === `/v1/tasks/${host.tasks[0]?.id}`),
			);
			const [{ id: taskId }] = host.tasks;
			await host.n8n.kill();
			expect(host.n8n.logs()).toContain(`HappyHorse task ${taskId} was created by execution ${id}`);
			await host.n8n.restart();
			host.sandbox.finish(taskId);
			// steps take turns, so one that n8n began again would be before this one
			const got = { resource: 'task', operation: 'get', taskId };
			expect(itemsAfter(await host.run(got))[0].json.status).toBe('completed');
			expect(host.sandbox.ledger).toHaveLength(1);
			expect((await host.n8n.rest.execution(id)).status).toBe('running');
		},
		RESTART_MS,
	);
});
