import { deepCopy } from 'n8n-workflow';

import type { Task } from '../contract/responses';
import type { Answer } from '../service/client';
import { fetchTask } from '../service/client';
import type { Connection } from '../service/connection';
import { cacheKeyOf, cachedTask, cacheTask } from '../service/finishedTaskCache';

/** Requests under way, by account and task. */
const inFlight = new Map<string, Promise<Answer<Task>>>();

/**
 * Fetches a task in a single flight: callbacks that arrive at the same moment share one request, and a finished task
 * comes from the cache.
 *
 * @param patienceMs milliseconds for which transient failures are retried
 * @returns a copy of the caller's own
 * @throws HappyHorseError if the service can't be asked
 */
export async function fetchTaskOnce(
	connection: Connection,
	taskId: string,
	patienceMs: number,
): Promise<Answer<Task>> {
	const cached = cachedTask(connection, taskId);
	if (cached) return cached;
	const key = cacheKeyOf(connection, taskId);
	for (let shared = inFlight.get(key); shared; shared = inFlight.get(key)) {
		// the other caller may give up at its own deadline, so this one asks again
		const answer = await shared.catch(() => undefined);
		if (answer) return deepCopy(answer);
		connection.stop.throwIfStopped();
	}
	const request = fetchTask(connection, taskId, patienceMs);
	inFlight.set(key, request);
	try {
		const answer = await request;
		cacheTask(connection, answer);
		return deepCopy(answer);
	} finally {
		inFlight.delete(key);
	}
}
