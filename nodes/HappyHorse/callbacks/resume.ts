import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import { storeOfParked } from '../n8n/execution';
import type { Ledger, PaidTask } from '../ledger/ledger';
import { readLedger } from '../ledger/saved';
import { isOver } from '../contract/responses';
import type { Connection } from '../service/connection';
import { connectForCallback, withDeadline } from '../service/connection';
import { cachedTask } from '../service/finishedTaskCache';
import { Limiter } from '../service/limiter';
import { answer, ASKING_MS, receiveCallback } from './incoming';
import { fetchTaskOnce } from './singleFlight';

/** Milliseconds after which a task is fetched again whose callback came before its state changed. */
const SECOND_CHECK_MS = 1_000;
/** Other tasks to fetch at most, in batches of 1, 2 and 4; the node itself fetches all. */
const MAX_OTHERS = 7;
/** Milliseconds for which copies of a callback that resumes a node get an answer only. */
const COPIES_MS = 60_000;
const MAX_RESUMING = 10_000;

/** Suspensions that this process is ending. */
const resuming = new BoundedMap<true>(MAX_RESUMING, COPIES_MS);

/**
 * Handles a callback for a parked node: confirms the named task with the service, and resumes the node if all its tasks
 * may have ended. If that can't be confirmed in time, the node resumes too: it fetches the tasks itself and parks again
 * if needed. n8n answers the callback that resumes it, 2.x once it has saved the execution.
 */
export async function resume(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const found = readLedger(storeOfParked(context) ?? {});
	const ledger = found && 'ledger' in found ? found.ledger : undefined;
	const tasks = Object.values(ledger?.entries ?? {}).flatMap(({ task }) => task ?? []);
	const named = tasks.find(({ taskId }) => taskId === received.callback.taskId);
	if (!ledger?.suspension || !named) return answer(context, 403);
	const suspension = `${ledger.executionId} ${ledger.suspension.id}`;
	if (resuming.has(suspension)) return answer(context, 200);
	if (await isStillRunning(context, ledger, named, tasks)) return answer(context, 200);
	if (resuming.has(suspension)) return answer(context, 200);
	resuming.set(suspension, true);
	const response = context.getResponseObject();
	// n8n may fail to resume, and the callback comes again
	response.once('close', () => {
		if (response.statusCode >= 300) resuming.delete(suspension);
	});
	return { workflowData: [] };
}

/** Tells whether the service reports a task that is still running. */
async function isStillRunning(
	context: IWebhookFunctions,
	{ maxConcurrency = 1, continues }: Ledger,
	named: PaidTask,
	tasks: PaidTask[],
): Promise<boolean> {
	try {
		const connection = await connectForCallback(context, new Limiter(maxConcurrency));
		return await withDeadline(connection, ASKING_MS, async (bounded) => {
			const isRunning = async ({ taskId }: PaidTask) => {
				const { value } = await fetchTaskOnce(bounded, taskId, ASKING_MS);
				return !isOver(value);
			};
			if (await isRunning(named)) {
				await bounded.stop.pause(SECOND_CHECK_MS);
				if (await isRunning(named)) return true;
			}
			const hasFailed = cachedTask(bounded, named.taskId)?.value.status === 'failed';
			if (hasFailed && !continues) return false;
			return await anyRunning(othersOf(bounded, tasks, named), isRunning);
		});
	} catch {
		return false; // the node finds the cause and reports it
	}
}

/** Tasks that may be running and are still waited for; those that were started last are the likeliest. */
const othersOf = (connection: Connection, tasks: PaidTask[], named: PaidTask) =>
	tasks
		.filter(
			(task) =>
				task !== named &&
				task.deadline > Date.now() &&
				!isOver(task) &&
				!cachedTask(connection, task.taskId),
		)
		.reverse()
		.slice(0, MAX_OTHERS);

/** Fetches tasks in growing batches until one is still running. */
async function anyRunning(
	tasks: PaidTask[],
	isRunning: (task: PaidTask) => Promise<boolean>,
): Promise<boolean> {
	const left = [...tasks];
	for (let count = 1; left.length > 0; count *= 2) {
		const results = await Promise.all(left.splice(0, count).map(isRunning));
		if (results.includes(true)) return true;
	}
	return false;
}
