import type {
	IDataObject,
	IExecuteData,
	INodeExecutionData,
	IRunExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import type { Task } from '../schema/responses';
import { isTerminal } from '../schema/responses';
import { answer, ASKING_MS, receiveCallback } from './incoming';
import type { Connection } from '../service/connection';
import { connectForCallback, inHaste } from '../service/connection';
import { Limiter } from '../service/limiter';
import type { Answer } from '../service/request';
import { isRemembered, checkTask } from './taskStates';
import type { ParkedRun, ParkedTask } from '../run/nap';
import { isParkedTask, keepParkedRun, parkedRunIn } from '../run/nap';

/** Milliseconds after which a task is asked for again whose callback was faster than its state. */
const SECOND_LOOK_MS = 1_000;
/** Milliseconds for which copies of a callback that resumed a run are only answered. */
const COPIES_MS = 60_000;

/** Runs that this process has taken up again, and when (Unix milliseconds). n8n 1.x would take up one for each copy. */
const resumed = new Map<string, number>();

/** An execution that waits for this node, as n8n has loaded it. */
interface Waiting {
	execution: IRunExecutionData;
	/** What n8n begins with when it goes on. */
	next: IExecuteData;
	/** n8n's context for the node. */
	store: IDataObject;
}

/**
 * Takes a callback for a parked run. The callback is a hint; what the service says on being asked is what counts. The
 * run goes on once all its tasks are finished; until then it stays parked. n8n answers the callback that makes it go
 * on, as n8n 2.x does it once it has saved that it does: if it dies before, the callback comes again.
 */
export async function resume(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const { taskId } = received.callback;
	const waiting = waitingOf(context);
	const parked = waiting && parkedRunIn(waiting.store);
	const tasks = parked?.items.filter(isParkedTask) ?? [];
	if (!parked || !tasks.some((task) => task.taskId === taskId)) return answer(context, 403);
	if (wasResumed(parked)) return answer(context, 200);
	const connection = await connectForCallback(context, new Limiter(parked.maxConcurrency));
	const finished = await inHaste(
		connection,
		ASKING_MS,
		async (hasty) => await askForAll(hasty, tasks, taskId),
	);
	if (!finished || wasResumed(parked)) return answer(context, 200);
	resumed.set(parked.run, Date.now());
	const response = context.getResponseObject();
	// n8n may fail to go on, and the callback comes again
	response.once('close', () => response.statusCode >= 300 && resumed.delete(parked.run));
	return { workflowData: [runOnceMore(waiting, parked, finished)] };
}

/** Undefined if this node is not what the execution waits for. n8n's typings do not show the execution to a webhook. */
function waitingOf(
	context: IWebhookFunctions & { runExecutionData?: IRunExecutionData },
): Waiting | undefined {
	const execution = context.runExecutionData;
	const next = execution?.executionData?.nodeExecutionStack[0];
	const node = context.getNode();
	if (!execution || next?.node.name !== node.name) return undefined;
	return { execution, next, store: NodeHelpers.getContext(execution, 'node', node) };
}

function wasResumed({ run }: ParkedRun): boolean {
	for (const [other, at] of resumed) if (at < Date.now() - COPIES_MS) resumed.delete(other);
	return resumed.has(run);
}

/**
 * Asks for the tasks one after another and then more at a time, the one that the callback names first. The first that
 * is not finished ends it: there will be another callback.
 *
 * @returns all tasks by their ids, or undefined if not all are finished
 */
async function askForAll(
	connection: Connection,
	tasks: ParkedTask[],
	named: string,
): Promise<Map<string, Answer<Task>> | undefined> {
	const until = Date.now() + ASKING_MS;
	const answers = new Map<string, Answer<Task>>();
	const isFinished = async (taskId: string) => {
		const found = await checkTask(connection, taskId, until);
		answers.set(taskId, found);
		return isTerminal(found.value);
	};
	if (!(await isFinished(named))) {
		await connection.stop.pause(SECOND_LOOK_MS);
		if (!(await isFinished(named))) return undefined;
	}
	const others = tasks.map(({ taskId }) => taskId).filter((taskId) => taskId !== named);
	const unknown = others.filter((taskId) => !isRemembered(connection, taskId));
	// those that were started last are the likeliest to be still under way
	unknown.reverse();
	for (let count = 1; unknown.length > 0; count *= 2) {
		const results = await Promise.all(unknown.splice(0, count).map(isFinished));
		if (results.includes(false)) return undefined;
	}
	// some may be asked for by another callback at this moment
	const results = await Promise.all(others.map(isFinished));
	return results.includes(false) ? undefined : answers;
}

/**
 * Makes n8n run the node, which it would pass over on going on, and leaves there what the node is to make its items of
 * (`takeUp`): videos are then downloaded where executions run, and a run fails as any other does.
 *
 * @returns the items that came into the node
 */
function runOnceMore(
	{ execution, next, store }: Waiting,
	parked: ParkedRun,
	finished: Map<string, Answer<Task>>,
): INodeExecutionData[] {
	const items = parked.items.map((item) =>
		isParkedTask(item) ? { ...item, answer: finished.get(item.taskId)?.raw } : item,
	);
	keepParkedRun(store, { ...parked, items, isFinished: true });
	delete next.node.disabled;
	const from = next.source?.main[0];
	const run = from && execution.resultData.runData[from.previousNode]?.[from.previousNodeRun ?? 0];
	return run?.data?.main[from?.previousNodeOutput ?? 0] ?? [{ json: {} }];
}
