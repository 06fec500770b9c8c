import type { INodeExecutionData } from 'n8n-workflow';

import type { Run } from './run';

const ended = new Set<string>();

export const hasEnded = (execution: string, suspension: string) =>
	ended.has(`${execution} ${suspension}`);

export async function runOnceForEachSuspension(
	run: Run,
	work: (run: Run) => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	if (run.resumedFrom) ended.add(`${run.ledger.data.executionId} ${run.resumedFrom}`);
	return await work(run);
}
