import type { Payment } from '../../run';
import { formatNumber } from '../../schema/parse';

const sumOf = (payments: Payment[]) =>
	formatNumber(payments.reduce((sum, { creditsEstimated = 0 }) => sum + creditsEstimated, 0));

/** What a run has cost, in a sentence for the output panel; undefined if it has paid for nothing. */
export function summarize(payments: Payment[]): string | undefined {
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
