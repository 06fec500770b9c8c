import { HappyHorseError, isTransient, toDetails, withDetails } from '../errors/errors';
import { unreachableTaskError, lostTaskError } from '../errors/messages';
import type { Task } from '../contract/responses';
import { isOver } from '../contract/responses';
import { cachedTask, cacheTask } from '../service/finishedTaskCache';
import type { Connection } from '../service/connection';
import type { Answer } from '../service/client';
import { fetchTask, LAG_MS } from '../service/client';
import type { PaidTask } from '../ledger/ledger';
import type { Run } from './run';

/** Milliseconds that the last status check may take once the time is up. */
const LAST_CHECK_MS = 2_000;
/** Milliseconds for which a woken node waits out setbacks that pass. */
const WOKEN_CHECK_MS = 20_000;
/** Milliseconds by which n8n's clock may be early. */
const EARLY_MS = 500;

/**
 * Checks a task's status until it is completed or failed. Checks never overlap, and setbacks that pass do not end the wait.
 *
 * @param task its status is kept up to date
 * @param atOnce whether the first check is now, since the task may be old, and not after one interval
 * @throws HappyHorseError with code `timeout` when time runs out first; the task goes on and stays paid for
 */
export async function pollUntilOver(
	run: Run,
	task: PaidTask,
	{ atOnce }: { atOnce: boolean },
): Promise<Answer<Task>> {
	const intervalMs = task.wanted.pollingInterval * 1_000;
	for (let check = atOnce ? 0 : 1; ; check++) {
		if (check > 0) await run.stop.pause(Math.max(Math.min(intervalMs, task.until - Date.now()), 0));
		const checkUntil = Math.max(task.until, Date.now() + LAST_CHECK_MS);
		const answer = await ask(run, task, checkUntil);
		if (isOver(answer.value)) return answer;
		if (Date.now() >= task.until) throw timedOut(task);
	}
}

/**
 * Checks a task's status once, for a node that can be parked.
 *
 * @param task its status is kept up to date
 * @returns undefined if there is something to wait for
 * @throws HappyHorseError if there is no use in waiting; with code `timeout` when time has run out
 */
export async function checkOnce(run: Run, task: PaidTask): Promise<Answer<Task> | undefined> {
	const isLastCheck = Date.now() >= task.until - EARLY_MS;
	try {
		const answer = await answerOf(run, task);
		if (isOver(answer.value)) return answer;
	} catch (error) {
		run.stop.throwIfStopped();
		if (isLastCheck || !(isTransient(error) || mayLag(task))) throw withDetails(error, {});
	}
	if (isLastCheck) throw timedOut(task);
	return undefined;
}

/** What the service says of a task, from memory if it is over. Its status is kept up to date. */
export async function answerOf(run: Run, task: PaidTask): Promise<Answer<Task>> {
	const connection = await connectionFor(run, task);
	const answer =
		cachedTask(connection, task.taskId) ?? (await ask(run, task, Date.now() + WOKEN_CHECK_MS));
	cacheTask(connection, answer);
	task.status = answer.value.status;
	return answer;
}

/** The way to the service for a task that may long be paid for, when the credential may be another one, or none. */
async function connectionFor(run: Run, { taskId, cost }: PaidTask): Promise<Connection> {
	return await run.connect().catch((error: unknown) => {
		throw cost === undefined ? error : unreachableTaskError(taskId, toDetails(error));
	});
}

/** Asks the service. What reads there may lag, so it may not know for a while a task that this node has created. */
async function ask(run: Run, task: PaidTask, until: number): Promise<Answer<Task>> {
	// one that does not answer is no reason to stop the others before it is clear what is to become of it
	const connection = { ...(await connectionFor(run, task)), stopsAtFirstError: false };
	const isOwnTask = task.cost !== undefined;
	try {
		const answer = await fetchTask(connection, task.taskId, until, { isWait: true, isOwnTask });
		delete task.unknownSince;
		task.status = answer.value.status;
		return answer;
	} catch (error) {
		if (!isOwnTask || toDetails(error).code !== 'task_not_found') throw withDetails(error, {});
		task.unknownSince ??= Date.now();
		throw lostTaskError(task.taskId, toDetails(error));
	}
}

/** Whether the service has not known a task for so short a time that it may yet. */
const mayLag = ({ unknownSince }: PaidTask) =>
	unknownSince !== undefined && Date.now() < unknownSince + LAG_MS;

function timedOut({ taskId, status, wanted: { timeout } }: PaidTask): HappyHorseError {
	return new HappyHorseError({
		message: `The video was not ready after ${timeout} ${timeout === 1 ? 'minute' : 'minutes'}`,
		description: `Task ${taskId} is still ${status} at HappyHorse and stays paid for, so do not start it again. Fetch it later with the Task Get operation. To wait longer next time, raise Timeout under Options.`,
		code: 'timeout',
		taskId,
		status,
	});
}
