/** How a task can end. */
export type End = 'completed' | 'failed';

/** The contract's words for it, and those of other services for the same. */
const ENDS = new Map<unknown, End>([
	...['completed', 'complete', 'succeeded', 'succeed', 'success', 'successful'].map(
		(word) => [word, 'completed'] as const,
	),
	...['failed', 'fail', 'failure', 'error', 'cancelled', 'canceled', 'expired', 'rejected'].map(
		(word) => [word, 'failed'] as const,
	),
]);

/** The end that a word for a task's state plainly names; undefined for all other words, which may name anything. */
export const endOf = (word: unknown): End | undefined =>
	typeof word === 'string' ? ENDS.get(word.trim().toLowerCase()) : undefined;
