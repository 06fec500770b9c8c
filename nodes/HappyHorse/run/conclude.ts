import type { INodeExecutionData } from 'n8n-workflow';

import type { Payment, Run } from './run';
import { formatNumber } from '../schema/parse';
import { forgetParkedRun, park } from './nap';

/** Hints that are spelled out. */
const MOST_HINTS = 10;

const sumOf = (payments: Payment[]) =>
	formatNumber(payments.reduce((sum, { creditsEstimated = 0 }) => sum + creditsEstimated, 0));

/**
 * Ends a run of videos, or parks it where callbacks are waited for.
 *
 * @param results all items, in their order
 */
export async function conclude(run: Run, results: INodeExecutionData[]): Promise<void> {
	if (run.parked.size > 0) await park(run, results);
	// with an item that went wrong there may be another try, which takes up what is there
	else if (results.every(({ json }) => json.error === undefined)) {
		run.ledger.clear();
		forgetParkedRun(run.context.getContext('node'));
	}
	addSummary(run);
}

/** Tells the user beside the output what the run has cost, and what else there is to say. */
function addSummary({ context, paid, hints }: Run): void {
	const more = hints.length - MOST_HINTS;
	const said = [
		summarize([...paid.values()]),
		...hints.slice(0, MOST_HINTS),
		more > 0 ? `And ${more} more.` : undefined,
	];
	for (const message of said)
		if (message !== undefined)
			context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
}

/** What a run has cost, in a sentence; undefined if it has paid for nothing. */
function summarize(payments: Payment[]): string | undefined {
	if (payments.length === 0) return undefined;
	const failed = payments.filter(({ task }) => task.status === 'failed');
	const kept = payments.filter(({ task }) => task.status !== 'failed');
	// a run has one mode, so either all prices are known or, for edits, none
	const isPriced = payments.every(({ creditsEstimated }) => creditsEstimated !== undefined);
	const videos = `${kept.length} ${kept.length === 1 ? 'video' : 'videos'}`;
	if (!isPriced)
		return `${videos}, priced by the length of the clip${failed.length > 0 ? `; ${failed.length} failed and refunded` : ''}`;
	const refund = failed.length > 0 ? `; ${failed.length} failed, ${sumOf(failed)} refunded` : '';
	return `${videos}, ${sumOf(kept)} credits${refund}`;
}
