import type { INodeExecutionData } from 'n8n-workflow';

import { toDetails, withDetails } from '../errors/errors';
import type { Task } from '../contract/responses';
import { isOver } from '../contract/responses';
import type { Answer } from '../service/client';
import { onceForEachNap } from './copies';
import { deliver } from './deliver';
import type { Outcome } from './items';
import { errorItem, namingPaidTasks, overItems } from './items';
import { nap } from './suspend';
import type { PaidTask } from '../ledger/ledger';
import type { Run } from './run';
import { addSummary } from './summary';
import { answerOf, checkOnce, pollUntilOver } from './wait';

/** What performing an item gives: its output, or the task that is to be waited for. */
export type Performed =
	| { output: INodeExecutionData }
	/** `isNew`: it was created just now, so that there is nothing to ask yet. */
	| { task: PaidTask; isNew?: boolean };

/** How far an item is. A task without an answer is under way, or was already over at an earlier check. */
type Progress = { output: INodeExecutionData } | { task: PaidTask; answer?: Answer<Task> };

/** What an operation does, as a run sees it. */
export interface Work<Request> {
	/**
	 * Reads and checks items that nothing is known of. Sends nothing.
	 *
	 * @returns by item, what to perform
	 * @throws HappyHorseError if one is not in order, unless the run continues; `perform` throws it then
	 */
	read(items: number[]): Promise<Map<number, Request>>;
	perform(request: Request, item: number): Promise<Performed>;
}

/**
 * The one path of all runs: what is not known of an item is read, checked and performed; what is not over is waited for;
 * what is finished is delivered. While something is under way that needs no worker, the execution is parked and n8n runs
 * the node again. A first run, another try, a wake-up and a user's Retry differ only in what `run.paidTasks` knows.
 *
 * @throws ItemError for the first item that can't be done, unless the run continues
 */
export async function runItems<Request>(
	run: Run,
	count: number,
	work: Work<Request>,
): Promise<INodeExecutionData[]> {
	return await onceForEachNap(run, async () => await goOn(run, count, work));
}

async function goOn<Request>(
	run: Run,
	count: number,
	work: Work<Request>,
): Promise<INodeExecutionData[]> {
	const { paidTasks } = run;
	const unknown = Array.from({ length: count }, (_, item) => item).filter(
		(item) => paidTasks.find(item) === undefined,
	);
	const requests = await work.read(unknown).catch((error: unknown) => {
		// an earlier try may have paid for something
		throw namingPaidTasks(error, run);
	});
	const progress = await overItems(run, count, async (item) => {
		const request = requests.get(item);
		if (request !== undefined) return await advance(run, await perform(run, work, request, item));
		return await advance(run, paidTasks.taskOf(item));
	});
	run.logIfCanceled();
	const underWay = progress.flatMap((outcome) => taskUnderWay(outcome) ?? []);
	if (underWay.length > 0) return await park(run, progress, underWay);
	const results = await overItems(run, count, async (item) => await outputOf(run, progress[item]));
	addSummary(run, []);
	paidTasks.answered();
	return results.map((result, item) =>
		'value' in result ? { ...result.value, pairedItem: { item } } : errorItem(result.error, item),
	);
}

/** Performs an item's request. Why that can't be done is what wake-ups to come say of it. */
async function perform<Request>(run: Run, work: Work<Request>, request: Request, item: number) {
	try {
		return await work.perform(request, item);
	} catch (error) {
		run.paidTasks.noteRefusal(item, toDetails(error));
		throw withDetails(error, {});
	}
}

/** Waits for an item's task, or sees how far it is where the execution can be parked. */
async function advance(run: Run, performed: Performed): Promise<Progress> {
	if ('output' in performed) return performed;
	const { task, isNew = false } = performed;
	if (task.output) return { output: { json: task.output } };
	return await naming(task, async () => {
		if (run.waitMethodFor(task.wanted) === 'polling') {
			const answer = await pollUntilOver(run, task, { atOnce: !isNew });
			return { output: await deliver(run, answer, task) };
		}
		// what is over is asked for once everything is, unless it ends the run
		const endsRun = task.status === 'failed' && !run.continues;
		if (isNew || (isOver(task) && !endsRun)) return { task };
		const answer = await checkOnce(run, task);
		return answer && task.status === 'failed'
			? { output: await deliver(run, answer, task) }
			: { task, answer };
	});
}

function taskUnderWay(outcome: Outcome<Progress>): PaidTask | undefined {
	if ('error' in outcome || 'output' in outcome.value) return undefined;
	const { task } = outcome.value;
	return isOver(task) ? undefined : task;
}

async function outputOf(run: Run, outcome: Outcome<Progress>): Promise<INodeExecutionData> {
	if ('error' in outcome) throw outcome.error;
	if ('output' in outcome.value) return outcome.value.output;
	const { task, answer } = outcome.value;
	return await naming(
		task,
		async () => await deliver(run, answer ?? (await answerOf(run, task)), task),
	);
}

/** Does something about a task, and names it in what goes wrong. */
async function naming<T>(task: PaidTask, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw withDetails(error, { taskId: task.taskId, status: task.status });
	}
}

/** Parks the execution. What is returned shows while it is parked; n8n throws it away when it goes on. */
async function park(run: Run, progress: Array<Outcome<Progress>>, underWay: PaidTask[]) {
	await nap(run, underWay);
	addSummary(run, underWay);
	return progress.flatMap((outcome, item): INodeExecutionData[] => {
		// an item that went wrong is not shown yet: n8n would try once more if it came first
		if ('error' in outcome) return [];
		if ('output' in outcome.value) return [{ ...outcome.value.output, pairedItem: { item } }];
		const { taskId, status } = outcome.value.task;
		const shown = isOver({ status }) ? status : 'pending';
		return [{ json: { taskId, status: shown }, pairedItem: { item } }];
	});
}
