import type { Task } from '../contract/responses';
import { isOver } from '../contract/responses';
import type { Connection } from './connection';
import type { Answer } from './client';

/** Tasks to remember; about a kilobyte each. */
const MOST = 2_000;

/**
 * Tasks that are over, as the service told this process. They don't change any more, so this saves requests; nothing
 * depends on it.
 */
const known = new Map<string, Answer<Task>>();

/** What one account may see is not another's. */
export const cacheKeyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/** What the service said of a task that is over. */
export const cachedTask = (connection: Connection, taskId: string): Answer<Task> | undefined =>
	known.get(cacheKeyOf(connection, taskId));

export function cacheTask(connection: Connection, answer: Answer<Task>): void {
	if (!isOver(answer.value)) return;
	known.set(cacheKeyOf(connection, answer.value.id), answer);
	const [oldest] = known.keys();
	if (known.size > MOST) known.delete(oldest);
}
