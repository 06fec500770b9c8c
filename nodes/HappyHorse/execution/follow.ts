import { monotonicNow } from '../common/time';
import { HappyHorseError, isTransient, toDetails, withDetails } from '../errors/errors';
import { unreachableTaskError, lostTaskError, wayTo } from '../errors/messages';
import type { Task } from '../contract/responses';
import { isOver, lacksVideo, settlingMs } from '../contract/responses';
import { cachedTask, cacheTask } from '../service/finishedTaskCache';
import type { Connection } from '../service/connection';
import type { Answer } from '../service/client';
import { fetchTask, LAG_MS } from '../service/client';
import type { PaidTask } from '../ledger/ledger';
import type { Run } from './run';

/** Milliseconds that the last status check may take after the deadline. */
const LAST_CHECK_MS = 2_000;
/** Milliseconds for which a resumed node repeats a check that fails for a while. */
const RESUMED_CHECK_MS = 20_000;
/** Milliseconds between two checks of a completed task that has no video yet. */
const SETTLING_PAUSE_MS = 2_000;
/** Milliseconds by which n8n's clock may be early. */
const EARLY_MS = 500;

/**
 * Checks a task's status until it is completed or failed. Checks never overlap, and transient errors don't end the wait.
 *
 * @param task its status is kept up to date
 * @param atOnce set where the task may be old: the first check is not delayed by one interval
 * @throws HappyHorseError with code `timeout` at the deadline; the task keeps running and stays charged
 */
export async function pollUntilOver(
	run: Run,
	item: number,
	task: PaidTask,
	{ atOnce }: { atOnce: boolean },
): Promise<Answer<Task>> {
	const intervalMs = task.settings.pollingInterval * 1_000;
	// what n8n saves is wall time, which may jump while the node waits
	const endsAt = monotonicNow() + task.deadline - Date.now();
	const timeLeftMs = () => Math.max(endsAt - monotonicNow(), 0);
	for (let check = atOnce ? 0 : 1; ; check++) {
		if (check > 0) await run.stop.pause(Math.min(intervalMs, timeLeftMs()));
		const patienceMs = Math.max(timeLeftMs(), LAST_CHECK_MS);
		const answer = await ask(run, item, task, { patienceMs, looksAtEnd: true });
		if (isSettled(task, answer)) return answer;
		if (timeLeftMs() === 0) return lastAnswer(run, task, answer);
	}
}

/**
 * Checks a task's status once, for a node that can be parked.
 *
 * @param task its status is kept up to date
 * @returns undefined while the task is running
 * @throws HappyHorseError where waiting does not help; with code `timeout` at the deadline
 */
export async function checkOnce(
	run: Run,
	item: number,
	task: PaidTask,
): Promise<Answer<Task> | undefined> {
	const isLastCheck = Date.now() >= task.deadline - EARLY_MS;
	let answer: Answer<Task> | undefined;
	try {
		answer = await answerOf(run, item, task);
		if (isSettled(task, answer)) return answer;
	} catch (error) {
		run.stop.throwIfStopped();
		if (isLastCheck || !(isTransient(error) || mayLag(task))) throw withDetails(error, {});
	}
	return isLastCheck ? lastAnswer(run, task, answer) : undefined;
}

/** Tells whether a task has come to its end, with its video, which may follow its completion by some moments. */
function isSettled(task: PaidTask, { value }: Answer<Task>): boolean {
	if (!lacksVideo(value)) {
		delete task.withoutVideoSince;
		return isOver(value);
	}
	task.withoutVideoSince ??= Date.now();
	const isLate = value.completed_at !== undefined && settlingMs(value) === 0;
	return isLate || Date.now() >= task.withoutVideoSince + LAG_MS;
}

/** @throws HappyHorseError with code `timeout` unless the task is over, with or without a video */
function lastAnswer(run: Run, task: PaidTask, answer: Answer<Task> | undefined): Answer<Task> {
	if (answer && isOver(answer.value)) return answer;
	throw timedOut(run, task);
}

/**
 * Fetches a task for its video, again for a while if it is just completed and has none yet.
 *
 * @param patienceMs milliseconds for which transient errors are retried
 */
export async function fetchForVideo(
	connection: Connection,
	taskId: string,
	patienceMs: number,
): Promise<Answer<Task>> {
	for (;;) {
		const answer = await fetchTask(connection, taskId, patienceMs);
		if (!lacksVideo(answer.value) || settlingMs(answer.value) === 0) return answer;
		await connection.stop.pause(SETTLING_PAUSE_MS);
	}
}

/** Fetches a task, or takes a finished one from the cache, and updates its status. */
export async function answerOf(run: Run, item: number, task: PaidTask): Promise<Answer<Task>> {
	const connection = await connectionFor(run, item, task);
	const answer =
		cachedTask(connection, task.taskId) ??
		(await ask(run, item, task, { patienceMs: RESUMED_CHECK_MS }));
	cacheTask(connection, answer);
	note(task, answer);
	return answer;
}

/** Notes in the ledger how far a task is. */
function note(task: PaidTask, { value: { status, mayBeCharged } }: Answer<Task>): void {
	task.status = status;
	if (mayBeCharged) task.mayBeCharged = true;
}

/** Connects for a task that may be paid for, although its credential may have changed or gone since. */
async function connectionFor(
	run: Run,
	item: number,
	{ taskId, cost }: PaidTask,
): Promise<Connection> {
	return await run.connect(item).catch((error: unknown) => {
		throw cost === undefined
			? error
			: unreachableTaskError(taskId, toDetails(error), !run.continues);
	});
}

/** Fetches a task. Reads may lag: for a while the service may not know a task that this node has just created. */
async function ask(
	run: Run,
	item: number,
	task: PaidTask,
	{ patienceMs, ...options }: { patienceMs: number; looksAtEnd?: boolean },
): Promise<Answer<Task>> {
	// don't abort the other items yet: this task may still finish
	const connection = { ...(await connectionFor(run, item, task)), stopsAtFirstError: false };
	const isOwnTask = task.cost !== undefined;
	try {
		const about = { ...options, isWait: true, isOwnTask };
		const answer = await fetchTask(connection, task.taskId, patienceMs, about);
		delete task.unknownSince;
		note(task, answer);
		return answer;
	} catch (error) {
		if (!isOwnTask || toDetails(error).code !== 'task_not_found') throw withDetails(error, {});
		task.unknownSince ??= Date.now();
		throw lostTaskError(task.taskId, toDetails(error), !run.continues);
	}
}

/** Tells whether a task that the service does not know may still appear. */
const mayLag = ({ unknownSince }: PaidTask) =>
	unknownSince !== undefined && Date.now() < unknownSince + LAG_MS;

function timedOut(
	{ continues }: Run,
	{ taskId, status, settings: { timeout } }: PaidTask,
): HappyHorseError {
	return new HappyHorseError({
		message: `The video was not ready after ${timeout} ${timeout === 1 ? 'minute' : 'minutes'}`,
		description: `Task ${taskId} is still ${status} at HappyHorse and is already paid for, so don’t start it again. To fetch it later, ${wayTo(!continues)}. To wait longer next time, raise ‘Timeout’ under Options.`,
		code: 'timeout',
		taskId,
		status,
	});
}
