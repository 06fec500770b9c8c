import type { INodeExecutionData, IRun } from 'n8n-workflow';

import { isAside, readLedger } from '../ledger/saved';
import { runOf, storeIn } from '../n8n/execution';
import { onParked, parkAs, wasResumed } from '../n8n/parking';
import type { Run } from './run';

/**
 * Resumed executions as n8n saved them when they parked last, the oldest first, with the time of that (Unix milliseconds).
 * n8n itself holds the same objects while an execution waits.
 */
const parked = new Map<string, { run: IRun; at: number }>();

/** Milliseconds that n8n may take from reading an execution to queueing it. */
const QUEUEING_MS = 60_000;

/**
 * Runs a node, unless n8n runs it with older data than the execution is parked with. While n8n has no room for a parked
 * execution, it resumes it again each minute. It turns down all of these but the first, except those whose turn comes when
 * the execution is parked anew: n8n overwrites that with the older data and runs them. Such a copy does no work, and is
 * parked as the execution was.
 */
export async function runUnlessCopy(
	run: Run,
	work: () => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	const { context } = run;
	const { executionId } = runOf(context);
	const newest = parked.get(executionId);
	if (newest && isBehind(run, newest.run)) {
		await parkAs(context, newest.run);
		return [];
	}
	parked.delete(executionId);
	forgetBefore(run, newest?.at);
	if (wasResumed(context)) keepOnceParked(run, executionId);
	return await work();
}

/**
 * Keeps the execution as n8n saves it, if this run of it ends parked: by this node, or by any where this node was resumed.
 * The rest is not kept, since nothing might ever release it: the node that polls may be the last of its execution.
 */
function keepOnceParked({ context, resumedFrom }: Run, executionId: string): void {
	onParked(context, (run) => {
		const isParkedHere = run.data.resultData.lastNodeExecuted === context.getNode().name;
		if (resumedFrom === undefined && !isParkedHere) return;
		parked.delete(executionId);
		parked.set(executionId, { run, at: Date.now() });
	});
}

/** Tells if the node is further in the parked execution than in the data that it runs with. */
function isBehind({ context, resumedFrom, isTool }: Run, newest: IRun): boolean {
	const store = storeIn(newest, context.getNode());
	const found = readLedger(store);
	const ledger = found && 'ledger' in found ? found.ledger : undefined;
	if (resumedFrom !== undefined)
		return ledger?.suspension?.id !== resumedFrom && !isAside(store, resumedFrom);
	return !isTool && ledger !== undefined && ledger.runIndex >= runOf(context).runIndex;
}

/**
 * Forgets what n8n will not run any more. Its queue keeps the order: once it runs what was queued after an execution
 * parked, it has run all copies from before.
 *
 * @param parkedAt when this execution was parked, if that is known (Unix milliseconds)
 */
function forgetBefore({ context, ledger, resumedFrom }: Run, parkedAt = 0): void {
	const starts = resumedFrom === undefined ? [] : ledger.tasks().map(([, task]) => task.startedAt);
	const queuedAt = Math.max(parkedAt, ...starts) - QUEUEING_MS;
	for (const [executionId, { run, at }] of parked) {
		if (at >= queuedAt) return;
		if (run.mode === context.getMode()) parked.delete(executionId);
	}
}
