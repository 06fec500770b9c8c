import type { ErrorDetails } from '../errors/errors';
import { lostAnswerError } from '../errors/messages';
import type { Cause } from './cause';
import { isSame } from './fingerprint';
import type { Entry, Fingerprint, PaidTask } from './ledger';

/** Decision about an item. */
export type Decision =
	/** Nothing usable is known: carry out its request. */
	| { action: 'create' }
	/** Read the item's fields and decide again with their fingerprint. */
	| { action: 'compare' }
	| { action: 'follow'; task: PaidTask }
	| { action: 'refuse'; reason: ErrorDetails };

const CREATE: Decision = { action: 'create' };

/**
 * Decides about an item by its entry in the ledger. A resume continues with whatever is there. Another try goes on with
 * tasks that did not fail, and with failed ones once they were made as often as Max. Tries allows. After a user's Retry,
 * and for a tool, only an entry counts that was made for the same request.
 *
 * @param fingerprint of the present request, where the item's fields were read
 */
export function decide(
	entry: Entry | undefined,
	cause: Cause,
	fingerprint: Fingerprint | undefined,
	maxTries: number,
): Decision {
	if (cause === 'toolCall' || entry?.isOfPriorExecution) {
		if (!fingerprint) return { action: 'compare' };
		if (entry && !isSame(entry.fingerprint ?? {}, fingerprint)) return CREATE;
	}
	if (!entry) return CREATE;
	const { task, attempt, refusal, created } = entry;
	// its answer may name a task that is paid for, so it is never sent again
	if (attempt && attempt.state !== 'reserved')
		return {
			action: 'refuse',
			reason:
				cause === 'resume' && attempt.reason
					? attempt.reason
					: lostAnswerError(attempt.reason).details,
		};
	if (!task) return cause === 'resume' && refusal ? { action: 'refuse', reason: refusal } : CREATE;
	const isMadeAnew = cause !== 'resume' && task.status === 'failed' && created < maxTries;
	return isMadeAnew ? CREATE : { action: 'follow', task };
}
