import type { Run } from './run';
import type { Task } from '../schema/responses';
import { isTerminal } from '../schema/responses';
import { HappyHorseError } from '../errors/errors';
import type { Answer } from '../service/request';
import { getTask } from '../service/request';

/** A task, and what was last heard of it. */
interface Watched {
	taskId: string;
	status: string;
}

export interface Patience {
	/** Seconds between two looks. */
	pollingInterval: number;
	/** Minutes to wait at most. */
	timeout: number;
}

/** Milliseconds that the last look may take once the time is up. */
const LAST_LOOK_MS = 2_000;

/** Unix milliseconds at which patience that begins now ends. */
export const deadlineOf = ({ timeout }: Patience) => Date.now() + timeout * 60_000;

/**
 * Looks at a task until it is completed or failed. Looks never overlap, and setbacks that pass do not end the wait.
 *
 * @param task its status is kept up to date
 * @param atOnce whether the first look is now, since the task may be old, and not after one interval
 * @throws HappyHorseError with code `timeout` when time runs out first; the task goes on and stays paid for
 */
export async function pollUntilTerminal(
	run: Run,
	task: Watched,
	patience: Patience,
	{ atOnce }: { atOnce: boolean },
): Promise<Answer<Task>> {
	const connection = await run.connect();
	const deadline = deadlineOf(patience);
	const intervalMs = patience.pollingInterval * 1_000;
	for (let look = atOnce ? 0 : 1; ; look++) {
		if (look > 0) await run.stop.pause(Math.max(Math.min(intervalMs, deadline - Date.now()), 0));
		const lookUntil = Math.max(deadline, Date.now() + LAST_LOOK_MS);
		const answer = await getTask(connection, task.taskId, lookUntil);
		task.status = answer.value.status;
		if (isTerminal(answer.value)) return answer;
		if (Date.now() >= deadline) throw timedOut(task, patience);
	}
}

function timedOut({ taskId, status }: Watched, { timeout }: Patience): HappyHorseError {
	return new HappyHorseError({
		message: `The video was not ready after ${timeout} ${timeout === 1 ? 'minute' : 'minutes'}`,
		description: `Task ${taskId} is still ${status} at HappyHorse and stays paid for, so do not start it again. Get it later with the Task Get operation, or raise Timeout under Options.`,
		code: 'timeout',
		taskId,
		status,
	});
}
