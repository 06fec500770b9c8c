import type { Task } from '../schema/responses';
import { isTerminal } from '../schema/responses';
import type { Connection } from '../service/connection';
import type { Answer } from '../service/request';
import { getTask } from '../service/request';

/** Tasks to remember; about a kilobyte each. */
const MOST = 2_000;

/**
 * Finished tasks, as the service told this process. They don't change any more, so each is asked for once, however
 * many callbacks come; and those that ask at the same moment share one request. Not needed to be right: after a
 * restart the service is asked again.
 */
const known = new Map<string, Promise<Answer<Task>>>();

/** What one account may see is not another's. */
const keyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/**
 * A task's state, from memory if it is finished.
 *
 * @param until Unix milliseconds until which setbacks that pass are waited out
 * @throws HappyHorseError if the service can't be asked
 */
export async function checkTask(
	connection: Connection,
	taskId: string,
	until: number,
): Promise<Answer<Task>> {
	const key = keyOf(connection, taskId);
	for (let found = known.get(key); found; found = known.get(key)) {
		// another's look is given up when its time is over; this one has its own
		const answer = await found.catch(() => undefined);
		if (answer) return answer;
		connection.stop.throwIfStopped();
	}
	const asked = getTask(connection, taskId, until);
	const [oldest] = known.keys();
	if (known.size >= MOST) known.delete(oldest);
	known.set(key, asked);
	const drop = () => known.delete(key);
	asked.then(({ value }) => isTerminal(value) || drop(), drop);
	return await asked;
}

/** Whether a look would cost no request. */
export const isRemembered = (connection: Connection, taskId: string) =>
	known.has(keyOf(connection, taskId));
