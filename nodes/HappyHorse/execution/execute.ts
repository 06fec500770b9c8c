import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { toNodeError } from '../errors/errors';
import { combineAll } from './combine';
import { runUnlessCopy } from './copies';
import { errorItem, ItemError, withLabel, withPaidTasks, withTasksInMessage } from './items';
import { chosenOperation, continuesOf, openRun } from './open';
import type { FindOperation, Operation } from './operation';
import { park } from './park';
import type { Run } from './run';
import { checkRunning, deliverAll, runningTasks, startAll } from './settle';
import { reserve, validate } from './validate';

/**
 * Runs an operation over all items, in five phases. A first run, another try, a resume, a user's Retry and an agent's call
 * differ only in the cause and in what the ledger knows.
 *
 * @param find looks up the operation that the workflow names
 * @throws NodeApiError or NodeOperationError for the user, unless the node is set to continue
 */
export async function execute(
	context: IExecuteFunctions,
	find: FindOperation,
): Promise<INodeExecutionData[]> {
	let run: Run | undefined;
	try {
		const operation = chosenOperation(context, find);
		const opened = (run = openRun(context));
		return await runUnlessCopy(opened, async () => await runPhases(opened, operation));
	} catch (error) {
		return endWith(error, context, run);
	} finally {
		run?.close();
	}
}

/** The phases after opening. Nothing is sent before all items are in order and within the budget. */
async function runPhases(run: Run, operation: Operation): Promise<INodeExecutionData[]> {
	const plans = await validate(run, operation);
	const reserved = await reserve(run, operation, plans);
	if ('combine' in operation) return await combineAll(run, operation, reserved);
	const started = await startAll(run, operation, reserved);
	run.logIfCanceled();
	const progress = runningTasks(started).length > 0 ? started : await checkRunning(run, started);
	const running = runningTasks(progress);
	return running.length > 0 ? await park(run, progress, running) : await deliverAll(run, progress);
}

/** Ends the run with an error; where the node continues, with items of it: for the one at fault, or for all. */
function endWith(
	error: unknown,
	context: IExecuteFunctions,
	run: Run | undefined,
): INodeExecutionData[] {
	const { reason, item } = error instanceof ItemError ? error : { reason: error, item: undefined };
	const all = run ? withPaidTasks(reason, run, item) : reason;
	const labelledFor = (index: number) => (run ? withLabel(run, all, index) : all);
	const isCanceled = context.getExecutionCancelSignal()?.aborted ?? false;
	if (continuesOf(context) && !isCanceled) {
		const items = item === undefined ? context.getInputData().map((_, index) => index) : [item];
		return items.map((index) => errorItem(labelledFor(index), index));
	}
	const named = item === undefined ? all : labelledFor(item);
	throw toNodeError(context.getNode(), run?.canPark ? named : withTasksInMessage(named), item);
}
