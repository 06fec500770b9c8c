import type { Task } from '../contract/responses';
import type { Connection } from '../service/connection';
import { cacheKeyOf, cachedTask, cacheTask } from '../service/finishedTaskCache';
import type { Answer } from '../service/client';
import { fetchTask } from '../service/client';

/** Questions under way: callbacks that come at the same moment share one request. */
const asking = new Map<string, Promise<Answer<Task>>>();

/**
 * A task's state, from memory if it is over.
 *
 * @param deadline Unix milliseconds until which setbacks that pass are waited out
 * @throws HappyHorseError if the service can't be asked
 */
export async function fetchTaskOnce(
	connection: Connection,
	taskId: string,
	deadline: number,
): Promise<Answer<Task>> {
	const found = cachedTask(connection, taskId);
	if (found) return found;
	const key = cacheKeyOf(connection, taskId);
	for (let shared = asking.get(key); shared; shared = asking.get(key)) {
		// another's question is given up when its time is over; this one has its own
		const answer = await shared.catch(() => undefined);
		if (answer) return answer;
		connection.stop.throwIfStopped();
	}
	const asked = fetchTask(connection, taskId, deadline);
	asking.set(key, asked);
	try {
		const answer = await asked;
		cacheTask(connection, answer);
		return answer;
	} finally {
		asking.delete(key);
	}
}
