import { checkCreate, Refusal } from './contract';
import type { Spot } from './faults';
import type { Reply } from './reply';
import { json } from './reply';
import type { TaskStore } from './tasks';
import type { RequestEntry } from './types';

const CREATE = '/v1/videos/generations';
const CREDITS = '/v1/credits';
const TASK = /^\/v1\/tasks\/([^/?]+)$/;
const FILE = /^\/videos\/[\d/]+\/([^/?]+)\.mp4/;

/** What a request is about, for the faults that wait for it. */
export function spotOf({ server, path }: RequestEntry): { spot?: Spot; taskId?: string } {
	if (server === 'file') return { spot: 'file', taskId: FILE.exec(path)?.[1] };
	if (path === CREATE) return { spot: 'create' };
	if (path === CREDITS) return { spot: 'credits' };
	const task = TASK.exec(path);
	return task ? { spot: 'task', taskId: decodeURIComponent(task[1]) } : {};
}

/** The API's answer, by the contract. */
export function apiReply(
	entry: RequestEntry,
	{ store, apiKey }: { store: TaskStore; apiKey: string },
): Reply {
	try {
		if (entry.headers.authorization !== `Bearer ${apiKey}` || !apiKey.startsWith('sk-'))
			throw new Refusal('invalid_api_key');
		return route(entry, store);
	} catch (error) {
		if (error instanceof Refusal) return json(error.status, error.body);
		throw error;
	}
}

function route(entry: RequestEntry, store: TaskStore): Reply {
	const { spot, taskId } = spotOf(entry);
	const method = spot === 'create' ? 'POST' : 'GET';
	if (spot === undefined) return json(404, new Refusal('invalid_request', 'No such route.').body);
	if (entry.method !== method)
		return json(405, new Refusal('invalid_request', `Use ${method}.`).body);
	if (spot === 'create') {
		const task = store.create(checkCreate(entry.body));
		return json(200, { code: 200, msg: 'success', data: { taskId: task.id } });
	}
	if (spot === 'credits') return json(200, { code: 200, data: { credits: store.balance } });
	const task = store.tasks.get(taskId ?? '');
	if (!task) throw new Refusal('task_not_found');
	task.polls.push(entry.at);
	const answer = store.answerFor(task);
	return json(200, store.outcomeOf(task.id).wrap ? { code: 200, data: answer } : answer);
}
