import type { INodeExecutionData } from 'n8n-workflow';

import { overItems } from './items';
import { runKeyOf } from './paidTasks';
import type { Run } from './run';
import { taskSchema } from '../schema/responses';
import { toNodeError, withDetails } from '../errors/errors';
import { conclude } from './conclude';
import { deliver } from './deliver';
import type { ParkedRun } from './nap';
import { isParkedTask, parkedRunIn } from './nap';

/**
 * Whether what was kept is for this run: for the one that was parked, and for n8n's retry of it by hand, a new execution
 * with its data, unless there is something to be made anew.
 */
function isForThis({ context }: Run, { run, items }: ParkedRun): boolean {
	const key = runKeyOf(context);
	if (run === key) return true;
	const roundOf = (text: string) => text.split(':').pop();
	const isMade = (item: ParkedRun['items'][number]) =>
		isParkedTask(item)
			? taskSchema.parse(item.answer).status === 'completed'
			: item.done.json.error === undefined;
	return context.getMode() === 'retry' && roundOf(run) === roundOf(key) && items.every(isMade);
}

/**
 * The items of a run that was parked and whose tasks are all finished, made just as if it had polled. The service is
 * not asked again, and another try of n8n's Retry On Fail comes to the same: n8n counts its tries anew each time that
 * an execution goes on, so a video made again and again would never end.
 *
 * @returns undefined if this run is none of that kind
 * @throws NodeApiError for the first item whose video could not be made, unless the run continues
 */
export async function takeUp(run: Run): Promise<INodeExecutionData[] | undefined> {
	const { context, paid } = run;
	const store = context.getContext('node');
	const parked = parkedRunIn(store);
	if (!parked?.isFinished || !isForThis(run, parked)) return undefined;
	run.hints.push(...parked.hints);
	for (const [item, payment] of parked.paid) paid.set(item, payment);
	const items = parked.items.map((kept) =>
		isParkedTask(kept) ? { kept, task: taskSchema.parse(kept.answer) } : kept,
	);
	for (const [item, entry] of items.entries())
		if ('task' in entry) {
			const { taskId, creditsEstimated } = entry.kept;
			paid.set(item, { task: { taskId, status: entry.task.status }, creditsEstimated });
		}
	const { results, trouble } = await overItems(run, items.length, async (item) => {
		const entry = items[item];
		if ('done' in entry) return entry.done;
		const { kept, task } = entry;
		try {
			const answer = { value: task, raw: kept.answer ?? {} };
			return await deliver(async () => await run.connect(), answer, kept);
		} catch (error) {
			throw withDetails(error, { taskId: kept.taskId, status: task.status });
		}
	});
	run.logIfCanceled();
	if (trouble) throw toNodeError(context.getNode(), trouble.error, trouble.item);
	await conclude(run, results);
	return results;
}
