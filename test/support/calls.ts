import type { Sandbox, SandboxTask } from '../sandbox';

export const MODELS = {
	textToVideo: 'happyhorse-1.0-text-to-video',
	imageToVideo: 'happyhorse-1.0-image-to-video',
};

/** Creates a task directly, without the node. */
export async function createTask(
	{ url, apiKey, tasks }: Sandbox,
	callbackUrl?: string,
	mode: keyof typeof MODELS = 'textToVideo',
): Promise<SandboxTask> {
	const image = mode === 'imageToVideo' && { image_urls: ['https://example.com/a.png'] };
	const response = await fetch(`${url}/v1/videos/generations`, {
		method: 'POST',
		headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
		body: JSON.stringify({
			model: MODELS[mode],
			input: { prompt: 'A horse', ...image },
			callback_url: callbackUrl,
		}),
	});
	const { data } = JSON.parse(await response.text());
	const task = tasks.get(data?.taskId);
	if (!task) throw new Error('The sandbox has no task');
	return task;
}

/** Posts a body and returns the answer's status. */
export async function post(
	url: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<number> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
	await response.body?.cancel();
	return response.status;
}

/** Sends a task's callback as the service does. */
export const callFor = async (
	url: string,
	{ id, model }: Pick<SandboxTask, 'id' | 'model'>,
	status = 'completed',
) => await post(url, { id, status, model }, { 'x-task-id': id, 'x-event': `task.${status}` });
