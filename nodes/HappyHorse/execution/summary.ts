import { formatNumber } from '../validation/parse';
import { isOver } from '../contract/responses';
import type { PaidTask } from '../ledger/ledger';
import type { Run } from './run';

/** Hints shown; the rest is counted. */
const MOST_HINTS = 10;

const sumOf = (tasks: PaidTask[]) =>
	formatNumber(tasks.reduce((sum, { cost }) => sum + (cost?.estimated ?? 0), 0));

const count = (tasks: PaidTask[]) => `${tasks.length} ${tasks.length === 1 ? 'video' : 'videos'}`;

/**
 * Shows the run's cost and its hints beside the output.
 *
 * @param inProgress tasks that are still running
 */
export function addSummary({ context, ledger, canPark, isTool }: Run, inProgress: PaidTask[]) {
	const tasks = ledger.tasks().map(([, task]) => task);
	const hints = [...ledger.data.hints];
	if (!canPark && !isTool && tasks.some(({ settings }) => settings.waitMethod !== 'polling'))
		hints.push('n8n could not park this execution, so the node polled instead.');
	const more = hints.length - MOST_HINTS;
	const said = [
		summarize(tasks, inProgress),
		...hints.slice(0, MOST_HINTS),
		more > 0 ? `And ${more} more.` : undefined,
	];
	for (const message of said)
		if (message !== undefined)
			context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
}

/** Sums up a run's videos and cost in a sentence; undefined if it has paid for nothing and waits for nothing. */
function summarize(tasks: PaidTask[], inProgress: PaidTask[]): string | undefined {
	const paid = tasks.filter(({ cost }) => cost !== undefined);
	if (paid.length === 0)
		return inProgress.length === 0 ? undefined : `${count(inProgress)} in progress`;
	const failed = paid.filter(({ status, mayBeCharged }) => status === 'failed' && !mayBeCharged);
	const uncertain = paid.filter(({ mayBeCharged }) => mayBeCharged);
	const kept = paid.filter(({ status }) => status !== 'failed');
	// a run has one mode, so either all prices are known or, for edits, none
	const isPriced = paid.every(({ cost }) => cost?.estimated !== undefined);
	const isAwaited = kept.some(({ settings }) => settings.waitForCompletion);
	// timed out, for example, and still charged
	const open = kept.filter((task) => isAwaited && !isOver(task) && !inProgress.includes(task));
	const made = kept.filter((task) => !open.includes(task) && !inProgress.includes(task));
	const videos = [
		inProgress.length > 0 && `${count(inProgress)} in progress`,
		inProgress.length > 0
			? made.length > 0 && `${made.length} finished`
			: (made.length > 0 || open.length === 0) && `${count(made)}${isAwaited ? '' : ' started'}`,
		open.length > 0 &&
			`${made.length > 0 || inProgress.length > 0 ? open.length : count(open)} not finished`,
	]
		.filter(Boolean)
		.join(', ');
	const isKnown = paid.every(({ cost }) => cost?.atMost !== undefined);
	const doubt =
		uncertain.length > 0
			? `; ${uncertain.length} ended without a video, and HappyHorse promises no refund`
			: '';
	const later =
		isAwaited || made.length === 0
			? ''
			: `; fetch ${made.length === 1 ? 'it' : 'them'} later with Task: Get and the task ID`;
	if (!isPriced)
		return `${videos}, ${isKnown ? 'priced by the length of the clip' : 'at a price that is not known'}${failed.length > 0 ? `; ${failed.length} failed and refunded` : ''}${doubt}${later}`;
	const refund = failed.length > 0 ? `; ${failed.length} failed, ${sumOf(failed)} refunded` : '';
	const isExact = kept.every(({ cost }) => cost?.estimated === cost?.atMost && !cost?.isAbout);
	return `${videos}, ${isExact ? '' : 'about '}${sumOf(kept)} credits${refund}${doubt}${later}`;
}
