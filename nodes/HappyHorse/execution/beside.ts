import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { TaskSettings } from '../ledger/ledger';
import type { Run } from './run';

/**
 * Fields of an item that never come along: results, which a video may not have yet, n8n's files, and `error`, by which n8n
 * takes the item for one that failed.
 */
const NEVER_INCLUDED = ['videoUrl', 'completedAt', 'expiresAt', 'error', '_files'];

/** Adds what the user wants beside the video: the label, and the item's own fields where the video has none of that name. */
export function withFieldsBeside(
	{ context, isTool }: Run,
	item: number,
	{ label, includeInputFields }: Pick<TaskSettings, 'label' | 'includeInputFields'>,
	output: INodeExecutionData,
): INodeExecutionData {
	const json: IDataObject = { ...output.json, ...(label !== undefined && { label }) };
	// an agent's call has only what the agent gave itself
	if (!includeInputFields || isTool) return { ...output, json };
	const own = Object.entries(context.getInputData()[item].json).filter(
		([name]) => !NEVER_INCLUDED.includes(name),
	);
	return { ...output, json: { ...json, ...Object.fromEntries(own), ...json } };
}
