export type FinalStatus = 'completed' | 'failed';

/** The contract's words and synonyms that similar services use. */
const FINAL_STATUSES = new Map<unknown, FinalStatus>([
	...['completed', 'complete', 'succeeded', 'succeed', 'success', 'successful'].map(
		(word) => [word, 'completed'] as const,
	),
	...['failed', 'fail', 'failure', 'error', 'cancelled', 'canceled', 'expired', 'rejected'].map(
		(word) => [word, 'failed'] as const,
	),
]);

/** Maps a word to a final status; undefined for any other word, since it may mean anything. */
export const finalStatusOf = (word: unknown): FinalStatus | undefined =>
	typeof word === 'string' ? FINAL_STATUSES.get(word.trim().toLowerCase()) : undefined;
