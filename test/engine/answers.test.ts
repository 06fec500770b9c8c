import { createTask } from '../support/calls';
import { storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { TriggerBench } from '../support/webhook';

const bench = useSandbox();
const { run } = bench;

/** A video whose answers from the service are changed before they come. */
async function videoAnswered(change: (body: Record<string, unknown>) => object, more: object = {}) {
	bench.sandbox.outcome({ task: (body) => ({ ...body, ...change(body) }) });
	return await run({ parameters: video('textToVideo', { downloadVideo: false, ...more }) });
}

const whenDone = (status: string) => (body: Record<string, unknown>) =>
	body.status === 'completed' ? { status } : {};

describe('other words for an end end the wait:', () => {
	test.each(['COMPLETED', 'succeeded'])('%s', async (word) => {
		const { json, error } = await videoAnswered(whenDone(word));
		expect(error).toBeUndefined();
		expect(json[0]).toMatchObject({ status: 'completed', videoUrl: expect.any(String) });
	});

	test.each(['cancelled', 'expired'])('%s', async (word) => {
		const { error } = await videoAnswered((body) => ({ ...whenDone(word)(body), output: {} }));
		expect(error?.message).toBe(`HappyHorse could not make this video: The task is ${word}`);
		expect(error?.context).toMatchObject({ code: word, status: 'failed' });
	});

	test('a word that may mean anything is waited out, and told', async () => {
		const options = { timeout: 0.01 };
		const { error } = await videoAnswered(() => ({ status: 'archiving' }), { options });
		expect(error?.context).toMatchObject({ code: 'timeout', status: 'archiving' });
		expect(error?.description).toContain('is still archiving at HappyHorse');
	});

	test('the trigger takes a callback in such a word', async () => {
		const task = await createTask(bench.sandbox);
		bench.sandbox.finish(task.id);
		const trigger = new TriggerBench(bench.sandbox.url);
		const headers = { 'content-type': 'application/json', 'x-event': 'TASK.COMPLETED' };
		const { result } = await trigger.receive({
			headers,
			body: { id: task.id, status: 'SUCCEEDED' },
		});
		expect(result.workflowData?.[0]?.[0].json).toMatchObject({ event: 'task.completed' });
	});
});

test('milliseconds, and numbers and a URL as text, come out as they should', async () => {
	const { json } = await videoAnswered(({ created_at: created, ...body }) =>
		body.status === 'completed'
			? {
					created_at: `${String(created)}000`,
					completed_at: 1774790589000,
					output: { urls: 'https://a.example/1.mp4', metadata: { usage: { video_duration: '5' } } },
				}
			: {},
	);
	expect(json[0]).toMatchObject({
		videoUrl: 'https://a.example/1.mp4',
		duration: 5,
		completedAt: '2026-03-29T13:23:09.000Z',
		expiresAt: '2026-03-30T13:23:09.000Z',
	});
});

describe('a service that repeats what it was sent does not pass on n8n’s signed addresses:', () => {
	const echo = () =>
		bench.sandbox.outcome({
			task: (body) => {
				const [task] = bench.sandbox.tasks.values();
				return { ...body, input: task?.input, callback_url: task?.callbackUrl };
			},
		});
	const parameters = (more: object) =>
		video('imageToVideo', {
			imageSource: 'binary',
			simplify: false,
			downloadVideo: false,
			...more,
		});
	const items = async () => {
		const data = await storeBinary(mediaFile('300x300.jpg'), 'image/png');
		return [{ json: {}, binary: { data } }];
	};
	const wasSigned = () =>
		JSON.stringify([...bench.sandbox.tasks.values()]).includes('signed?token=');

	test('with Simplify off', async () => {
		echo();
		const { json, run: saved } = await run({ items: await items(), parameters: parameters({}) });
		expect(json[0]).toMatchObject({
			status: 'completed',
			input: { image_urls: [expect.any(String)] },
		});
		expect(wasSigned()).toBe(true);
		expect(JSON.stringify(saved)).not.toContain('token=');
	});

	test('in the answer to the creation', async () => {
		const body = {
			code: 200,
			data: { taskId: 'a', input: ['https://n8n.a.example/rest/binary-data/signed?token=x.y-z'] },
		};
		bench.sandbox.fault({ on: 'create', respond: { body } });
		const { json } = await run({
			items: await items(),
			parameters: parameters({ waitForCompletion: false }),
		});
		expect(json[0]).toMatchObject({ data: { taskId: 'a' } });
		expect(JSON.stringify(json)).not.toContain('token=');
	});

	test('with Task: Get', async () => {
		echo();
		await run({ items: await items(), parameters: parameters({}) });
		const [{ id: taskId }] = bench.sandbox.tasks.values();
		const get = { resource: 'task', operation: 'get', taskId, simplify: false };
		const { json } = await run({ parameters: get });
		expect(json[0]).toMatchObject({ id: taskId, input: {} });
		expect(JSON.stringify(json)).not.toContain('token=');
	});

	test('in a reason', async () => {
		const message = 'Cannot fetch https://n8n.a.example/rest/binary-data/signed?token=x.y-z here';
		bench.sandbox.outcome({ status: 'failed', error: { code: 'upstream_error', message } });
		const { error } = await run({ items: await items(), parameters: parameters({}) });
		expect(error?.message).toContain('Cannot fetch [an address of this n8n] here');
		expect(JSON.stringify(error)).not.toContain('token=');
	});

	test.each(['api', 'none'])('with the trigger (verification: %s)', async (verification) => {
		const task = await createTask(bench.sandbox);
		const signed = 'https://n8n.a.example/webhook-waiting/7/happyhorse?signature=abc';
		const body = { id: task.id, status: 'completed', callback_url: signed };
		bench.sandbox.fault({ on: 'task', respond: { body } });
		const trigger = new TriggerBench(bench.sandbox.url, {
			simplify: false,
			options: { verification },
		});
		const headers = { 'content-type': 'application/json' };
		const { result } = await trigger.receive({ headers, body });
		expect(result.workflowData?.[0]?.[0].json.id).toBe(task.id);
		expect(JSON.stringify(result)).not.toContain('signature=');
	});
});
