import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { overItems } from '../items';
import type { Payment } from '../run';
import type { Task } from '../schema/responses';
import { isTerminal } from '../schema/responses';
import { answer, ASKING_MS, receiveCallback } from '../transport/callback';
import type { Connection } from '../transport/connection';
import { connectForCallback, inHaste } from '../transport/connection';
import { withDetails } from '../transport/errors';
import { Limiter } from '../transport/limiter';
import type { Answer } from '../transport/request';
import { wayToFail } from './fail';
import { isRemembered, lookAt } from './finished';
import { deliver } from './item';
import type { ParkedRun, ParkedTask } from './park';
import { PARKED_KEY, parkedRunSchema } from './park';

/** Milliseconds after which a task is asked for again whose callback was faster than its state. */
const SECOND_LOOK_MS = 1_000;
/** Milliseconds for which copies of a callback that resumed a run are only answered. */
const COPIES_MS = 60_000;

/** Runs that this process has taken up again, and when (Unix milliseconds). n8n 1.x would take up one for each copy. */
const resumed = new Map<string, number>();

const isParkedTask = (item: ParkedRun['items'][number]): item is ParkedTask => 'taskId' in item;

/**
 * Takes a callback for a parked run. The callback is a hint; what the service says on being asked is what counts. The
 * run goes on once all its tasks are finished, with all items in their order; until then it stays parked.
 */
export async function resume(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const { taskId } = received.callback;
	const parked = parkedRunOf(context);
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
	const answered = answer(context, 200);
	const items = await settle(context, connection, parked, finished);
	return { ...answered, workflowData: [items] };
}

function wasResumed({ run }: ParkedRun): boolean {
	for (const [other, at] of resumed) if (at < Date.now() - COPIES_MS) resumed.delete(other);
	return resumed.has(run);
}

/** What was kept when the run was parked; undefined if this node is not what the execution waits for. */
function parkedRunOf(context: IWebhookFunctions): ParkedRun | undefined {
	// a name may hold what would end the expression
	const name = JSON.stringify(context.getNode().name).replace(
		/[{}]/g,
		(brace) => `\\u00${brace.charCodeAt(0).toString(16)}`,
	);
	const kept = parkedRunSchema.safeParse(
		context.evaluateExpression(`{{ $node[${name}].context["${PARKED_KEY}"] }}`),
	);
	return kept.success ? kept.data : undefined;
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
		const found = await lookAt(connection, taskId, until);
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
	await Promise.all(others.map(isFinished));
	return answers;
}

/** All items of the run, with their videos as files where that is wanted, or what makes the run fail as a polled one does. */
async function settle(
	context: IWebhookFunctions,
	connection: Connection,
	{ run, continues, items }: ParkedRun,
	finished: Map<string, Answer<Task>>,
): Promise<INodeExecutionData[]> {
	const answerFor = ({ taskId }: ParkedTask) => {
		const found = finished.get(taskId);
		if (!found) throw new Error(`Task ${taskId} was not asked for`);
		return found;
	};
	const paid = new Map<number, Payment>();
	for (const [item, kept] of items.entries())
		if (isParkedTask(kept))
			paid.set(item, { task: { taskId: kept.taskId, status: answerFor(kept).value.status } });
	const fail = continues ? undefined : wayToFail(context, run);
	const course = { continues: fail === undefined, stop: connection.stop, paid };
	const { results, trouble } = await overItems(course, items.length, async (item) => {
		const kept = items[item];
		if (!isParkedTask(kept)) return kept.done;
		const found = answerFor(kept);
		try {
			return await deliver(connection, found, kept);
		} catch (error) {
			throw withDetails(error, { taskId: kept.taskId, status: found.value.status });
		}
	});
	return fail && trouble ? fail(trouble) : results;
}
