import type { Payment } from '../../run';
import { formatNumber } from '../../schema/parse';

const sumOf = (payments: Payment[]) =>
	formatNumber(payments.reduce((sum, { creditsEstimated = 0 }) => sum + creditsEstimated, 0));

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

/** What a run has cost, in a sentence for the output panel; undefined if it has paid for nothing. */
export function summarize(payments: Payment[]): string | undefined {
	if (payments.length === 0) return undefined;
	const failed = payments.filter(({ task }) => task.status === 'failed');
	const kept = payments.filter(({ task }) => task.status !== 'failed');
	const unknown = kept.filter(({ creditsEstimated }) => creditsEstimated === undefined);
	const parts = [`${count(kept.length, 'video')}, ${sumOf(kept)} credits`];
	if (unknown.length > 0)
		parts.push(
			`and the price of ${count(unknown.length, 'edit')}, which goes by the clip's length`,
		);
	const refund = failed.length > 0 ? `; ${failed.length} failed, ${sumOf(failed)} refunded` : '';
	return parts.join(' ') + refund;
}
