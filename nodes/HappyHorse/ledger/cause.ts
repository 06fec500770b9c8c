import type { Ledger } from './ledger';

/** Reason for which n8n runs the node. */
export type Cause = 'first' | 'retryOnFail' | 'resume' | 'retriedByUser' | 'toolCall';

/** Facts that n8n gives about the present run. */
export interface Situation {
	executionId: string;
	/** Tells the rounds of a loop apart, and the calls of an agent. */
	runIndex: number;
	/** Set where an AI agent calls the node. */
	isTool: boolean;
	/** Set where n8n's Retry started the execution. */
	isRetry: boolean;
	/** The suspension that n8n's stack entry for this run was parked by. */
	suspensionId?: string;
}

/**
 * Works out why n8n runs the node.
 *
 * @param saved the ledger that n8n has for the node, if any
 */
export function causeOf(
	saved: Pick<Ledger, 'executionId' | 'runIndex' | 'suspension'> | undefined,
	{ executionId, runIndex, isTool, isRetry, suspensionId }: Situation,
): Cause {
	if (isTool) return 'toolCall';
	const isOwn = saved?.executionId === executionId;
	// whatever the run index: a sub-workflow that ends while its parent is parked makes n8n count one more
	if (isOwn && saved.suspension) return 'resume';
	const isParked = suspensionId !== undefined && saved?.suspension?.id === suspensionId;
	if (saved?.runIndex !== runIndex && !isParked) return 'first';
	if (isOwn) return 'retryOnFail';
	return isRetry ? 'retriedByUser' : 'first';
}
