import { BoundedMap } from '../common/boundedMap';
import type { Task } from '../contract/responses';
import { isOver } from '../contract/responses';
import type { Answer } from './client';
import type { Connection } from './connection';

/** Number of tasks; each takes about a kilobyte. */
const MAX_TASKS = 2_000;

/** Finished tasks as the service described them. They never change, so this saves requests; nothing depends on it. */
const finished = new BoundedMap<Answer<Task>>(MAX_TASKS);

/** Key by account and task: one account must not see another's tasks. */
export const cacheKeyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/** Returns a finished task without a request, or undefined if it is not cached. */
export const cachedTask = (connection: Connection, taskId: string): Answer<Task> | undefined =>
	finished.get(cacheKeyOf(connection, taskId));

/** Caches a task if it is finished. */
export function cacheTask(connection: Connection, answer: Answer<Task>): void {
	if (!isOver(answer.value)) return;
	finished.set(cacheKeyOf(connection, answer.value.id), answer);
}
