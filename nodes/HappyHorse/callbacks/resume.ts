import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import { hasEnded } from '../execution/copies';
import { storeOfParked } from '../n8n/internals';
import type { Ledger, PaidTask } from '../ledger/ledger';
import { readLedger } from '../ledger/saved';
import { isOver } from '../contract/responses';
import type { Connection } from '../service/connection';
import { connectForCallback, withDeadline } from '../service/connection';
import { cachedTask } from '../service/finishedTaskCache';
import { Limiter } from '../service/limiter';
import { answer, ASKING_MS, receiveCallback } from './incoming';
import { fetchTaskOnce } from './singleFlight';

/** Milliseconds after which a task is asked for again whose callback was faster than its state. */
const SECOND_CHECK_MS = 1_000;
/** Other tasks to ask for at the most, in rounds of 1, 2 and 4; the node itself asks for all. */
const MOST_OTHERS = 7;
/** Milliseconds for which copies of a callback that wakes a node are only answered. */
const COPIES_MS = 60_000;
const MOST_RESUMING = 10_000;

/** Naps that this process is ending, and since when (Unix milliseconds). */
const resuming = new BoundedMap<true>(MOST_RESUMING, COPIES_MS);

/**
 * Takes a callback for a parked node: has the task that it names confirmed by the service, and wakes the node if there
 * may be nothing left to wait for. Where that can't be told, the node is woken too: it looks by itself, with all the time
 * that it needs, and goes on waiting if need be. n8n answers the callback that wakes it, 2.x once it has saved that.
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
	if (resuming.has(suspension) || hasEnded(ledger.executionId, ledger.suspension.id))
		return answer(context, 200);
	if (await isStillRunning(context, ledger, named, tasks)) return answer(context, 200);
	if (resuming.has(suspension)) return answer(context, 200);
	resuming.set(suspension, true);
	const response = context.getResponseObject();
	// n8n may fail to go on, and the callback comes again
	response.once('close', () => {
		if (response.statusCode >= 300) resuming.delete(suspension);
	});
	return { workflowData: [] };
}

/** Whether the service says that something is still under way. */
async function isStillRunning(
	context: IWebhookFunctions,
	{ maxConcurrency = 1, continues }: Ledger,
	named: PaidTask,
	tasks: PaidTask[],
): Promise<boolean> {
	try {
		const connection = await connectForCallback(context, new Limiter(maxConcurrency));
		return await withDeadline(connection, ASKING_MS, async (bounded) => {
			const deadline = Date.now() + ASKING_MS;
			const isUnderWay = async ({ taskId }: PaidTask) => {
				const { value } = await fetchTaskOnce(bounded, taskId, deadline);
				return !isOver(value);
			};
			if (await isUnderWay(named)) {
				await bounded.stop.pause(SECOND_CHECK_MS);
				if (await isUnderWay(named)) return true;
			}
			const hasFailed = cachedTask(bounded, named.taskId)?.value.status === 'failed';
			if (hasFailed && !continues) return false;
			return await someUnderWay(othersOf(bounded, tasks, named), isUnderWay);
		});
	} catch {
		return false; // it is for the node to find out, and to say what is wrong
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
		.slice(0, MOST_OTHERS);

/** Asks for one task, then for more at a time. */
async function someUnderWay(
	tasks: PaidTask[],
	isUnderWay: (task: PaidTask) => Promise<boolean>,
): Promise<boolean> {
	const left = [...tasks];
	for (let count = 1; left.length > 0; count *= 2) {
		const results = await Promise.all(left.splice(0, count).map(isUnderWay));
		if (results.includes(true)) return true;
	}
	return false;
}
