import type { INodeExecutionData } from 'n8n-workflow';

import { isOver } from '../contract/responses';
import type { Task } from '../contract/responses';
import { toDetails, withDetails } from '../errors/errors';
import type { PaidTask } from '../ledger/ledger';
import type { Answer } from '../service/client';
import { withFieldsBeside } from './beside';
import { deliver } from './deliver';
import { answerOf, checkOnce, pollUntilOver } from './follow';
import type { Outcome } from './items';
import { errorItem, labelled, overItems, withLabel } from './items';
import type { EachOperation, Performed } from './operation';
import type { Run } from './run';
import { addSummary } from './summary';
import type { Plan } from './validate';

/** State of an item whose request was carried out. */
export type Progress =
	| { output: INodeExecutionData }
	| { task: PaidTask; isRunning: boolean; answer?: Answer<Task> };

/** Carries out all plans: creates or follows each item's task, to its end where the node polls. */
export async function startAll(
	run: Run,
	operation: EachOperation,
	plans: Plan[],
): Promise<Array<Outcome<Progress>>> {
	return await overItems(run, plans, async (plan, item) => {
		if (plan.action !== 'follow')
			return await track(run, item, await perform(run, operation, plan, item));
		const { task, fingerprint, current } = plan;
		if (fingerprint && current) run.ledger.adopt(item, fingerprint, current);
		return await track(run, item, { task });
	});
}

/** Asks about the tasks that are known to be over only by an earlier check, once nothing else is running. */
export async function checkRunning(
	run: Run,
	progress: Array<Outcome<Progress>>,
): Promise<Array<Outcome<Progress>>> {
	return await overItems(run, progress, async (outcome, item) => {
		if ('error' in outcome) throw outcome.error;
		const { value } = outcome;
		if ('output' in value || value.answer) return value;
		const { task } = value;
		const answer = await naming(task, async () => await checkOnce(run, item, task));
		return { task, answer, isRunning: answer === undefined };
	});
}

/** Tasks that are not over yet. */
export function runningTasks(progress: Array<Outcome<Progress>>): PaidTask[] {
	return progress.flatMap((outcome) =>
		'value' in outcome && 'task' in outcome.value && outcome.value.isRunning
			? [outcome.value.task]
			: [],
	);
}

/** Delivers all items, in their order. */
export async function deliverAll(
	run: Run,
	progress: Array<Outcome<Progress>>,
): Promise<INodeExecutionData[]> {
	const results = await overItems(run, progress, async (outcome, item) => {
		if ('error' in outcome) throw outcome.error;
		const { value } = outcome;
		if ('output' in value) return value.output;
		const { task } = value;
		return await naming(task, async () => {
			const answer = value.answer ?? (await answerOf(run, item, task));
			return await delivered(run, item, task, answer);
		});
	});
	addSummary(run, []);
	run.ledger.answered();
	return results.map((result, item) =>
		'value' in result
			? { ...result.value, pairedItem: { item } }
			: errorItem(withLabel(run, result.error, item), item),
	);
}

/** Carries out a request. Records a refusal so that later resumes report the same reason. */
async function perform(
	run: Run,
	operation: EachOperation,
	plan: Exclude<Plan, { action: 'follow' }>,
	item: number,
): Promise<Performed> {
	try {
		if (plan.action === 'refuse') throw plan.reason;
		return await operation.perform(run, plan);
	} catch (error) {
		run.ledger.refused(item, toDetails(error), plan.fingerprint);
		throw withDetails(error, {});
	}
}

/** Waits for an item's task, or checks it once where the execution can be parked. */
async function track(run: Run, item: number, performed: Performed): Promise<Progress> {
	if ('output' in performed) return performed;
	const { task, isNew = false } = performed;
	const { settings, output: json } = task;
	if (json) return { output: withFieldsBeside(run, item, settings, { json }) };
	return await naming(task, async () => {
		if (run.waitMethodFor(settings) === 'polling') {
			const answer = await pollUntilOver(run, item, task, { atOnce: !isNew });
			return { output: await delivered(run, item, task, answer) };
		}
		// fetch finished tasks only when all are done, unless this failure ends the run
		const endsRun = task.status === 'failed' && !run.continues;
		if (isNew || (isOver(task) && !endsRun)) return { task, isRunning: !isOver(task) };
		const answer = await checkOnce(run, item, task);
		return answer && task.status === 'failed'
			? { output: await delivered(run, item, task, answer) }
			: { task, answer, isRunning: answer === undefined };
	});
}

async function delivered(run: Run, item: number, task: PaidTask, answer: Answer<Task>) {
	const output = await deliver(async () => await run.connect(item), answer, task);
	return withFieldsBeside(run, item, task.settings, output);
}

/** Does something about a task, and names it in the error. */
async function naming<T>(task: PaidTask, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const { taskId, status, settings } = task;
		throw withDetails(error, { taskId, status, ...labelled(settings) });
	}
}
