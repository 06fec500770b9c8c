import { checkCreate } from './contract';
import { Refusal } from './errors';
import type { Subject } from './faults';
import type { Reply } from './reply';
import { json, refusal } from './reply';
import type { TaskStore } from './tasks';
import type { RequestEntry } from './types';

const CREATE = '/v1/videos/generations';
const CREDITS = '/v1/credits';
const TASK = /^\/v1\/tasks\/([^/]+)$/;

const envelope = (data: object) => ({ code: 200, msg: 'success', data });

/** Matches a path with one of the service's three routes. */
export function apiSubject(path: string): Subject {
	const [route] = path.split('?');
	if (route === CREATE) return { spot: 'create' };
	if (route === CREDITS) return { spot: 'credits' };
	const id = TASK.exec(route)?.[1];
	return id === undefined ? {} : { spot: 'task', taskId: id };
}

interface Settings {
	apiKey: string;
	otherKeys: string[];
	future: boolean;
}

/** Answers an API request by the contract. */
export function apiReply(entry: RequestEntry, store: TaskStore, settings: Settings): Reply {
	try {
		return route(entry, store, settings);
	} catch (error) {
		// a test's own function threw: show its message
		return refusal(
			error instanceof Refusal ? error : new Refusal('internal_error', `Sandbox: ${error}`),
		);
	}
}

function route(
	entry: RequestEntry,
	store: TaskStore,
	{ apiKey, otherKeys, future }: Settings,
): Reply {
	const { spot, taskId = '' } = apiSubject(entry.path);
	const method = spot === 'create' ? 'POST' : 'GET';
	if (spot === undefined) throw new Refusal('invalid_request', 'No such route.', 404);
	if (entry.method !== method) throw new Refusal('invalid_request', `Use ${method}.`, 405);
	const key = [apiKey, ...otherKeys].find(
		(known) => known.startsWith('sk-') && entry.headers.authorization === `Bearer ${known}`,
	);
	if (key === undefined) throw new Refusal('invalid_api_key');
	if (spot === 'create') {
		const task = store.create(checkCreate(entry.body, future), key);
		return json(200, envelope({ taskId: task.id }));
	}
	if (spot === 'credits') return json(200, envelope(store.account));
	const task = store.find(taskId);
	if (!task || task.apiKey !== key) throw new Refusal('task_not_found');
	const answer = store.answerFor(task);
	return json(200, store.outcomeOf(task.id).wrap ? envelope(answer) : answer);
}
