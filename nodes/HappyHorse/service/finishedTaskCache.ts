import { deepCopy } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import type { Task } from '../contract/responses';
import { isOver, lacksVideo } from '../contract/responses';
import type { Answer } from './client';
import type { Connection } from './connection';

/** Number of tasks; each takes about a kilobyte. */
const MAX_TASKS = 2_000;

/** Finished tasks as the service described them. They never change, so this saves requests; nothing depends on it. */
const finished = new BoundedMap<Answer<Task>>(MAX_TASKS);

/** Key by account and task: one account must not see another's tasks. */
export const cacheKeyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/** Returns a copy of a finished task without a request, or undefined if it is not cached. */
export function cachedTask(connection: Connection, taskId: string): Answer<Task> | undefined {
	const answer = finished.get(cacheKeyOf(connection, taskId));
	return answer && deepCopy(answer);
}

/** Caches a copy of a task if it is finished: the answer itself may become an item, which other nodes change. */
export function cacheTask(connection: Connection, answer: Answer<Task>): void {
	if (!isOver(answer.value) || lacksVideo(answer.value)) return;
	finished.set(cacheKeyOf(connection, answer.value.id), deepCopy(answer));
}
