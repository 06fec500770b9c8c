import type { Task } from '../contract/responses';
import type { Connection } from '../service/connection';
import { keyOf, recall, remember } from '../service/finishedTasks';
import type { Answer } from '../service/request';
import { getTask } from '../service/request';

/** Questions under way: callbacks that come at the same moment share one request. */
const asking = new Map<string, Promise<Answer<Task>>>();

/**
 * A task's state, from memory if it is over.
 *
 * @param until Unix milliseconds until which setbacks that pass are waited out
 * @throws HappyHorseError if the service can't be asked
 */
export async function checkTask(
	connection: Connection,
	taskId: string,
	until: number,
): Promise<Answer<Task>> {
	const found = recall(connection, taskId);
	if (found) return found;
	const key = keyOf(connection, taskId);
	for (let shared = asking.get(key); shared; shared = asking.get(key)) {
		// another's question is given up when its time is over; this one has its own
		const answer = await shared.catch(() => undefined);
		if (answer) return answer;
		connection.stop.throwIfStopped();
	}
	const asked = getTask(connection, taskId, until);
	asking.set(key, asked);
	try {
		const answer = await asked;
		remember(connection, answer);
		return answer;
	} finally {
		asking.delete(key);
	}
}
