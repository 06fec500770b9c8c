import type { INodeExecutionData } from 'n8n-workflow';

import type { Run } from './run';
import { nameTask } from './run';
import { halted, HappyHorseError, isHalted, toErrorJson, toDetails } from '../errors/errors';

/** Task ids that a message names; all of them are in the details beside it. */
const MOST_NAMED = 20;

/** What an item becomes under "On Error: Continue". n8n sends it down the error branch only if `error` stands alone. */
export function errorItem(error: unknown, item: number): INodeExecutionData {
	return { json: { error: toErrorJson(error) }, pairedItem: { item } };
}

/** The trouble that ended a run, and the item that had it. */
export interface ItemError {
	error: unknown;
	item: number;
}

/**
 * Works on all items at once; how many requests that makes at a time is the connection's to bound.
 * Results keep the order of the items. The first trouble stops the whole run, unless it is set to continue.
 *
 * @returns the items, or the trouble that stopped the run, which names every task that the run has paid for
 */
export async function overItems(
	run: Pick<Run, 'continues' | 'stop' | 'paid'>,
	count: number,
	work: (item: number) => Promise<INodeExecutionData>,
): Promise<{ results: INodeExecutionData[]; trouble?: ItemError }> {
	let first: ItemError | undefined;
	const results = await Promise.all(
		Array.from({ length: count }, async (_, item): Promise<INodeExecutionData> => {
			try {
				return { ...(await work(item)), pairedItem: { item } };
			} catch (error) {
				if (!run.continues && !isHalted(error)) {
					first ??= { error, item };
					run.stop.stop(halted());
				}
				return errorItem(error, item);
			}
		}),
	);
	return { results, trouble: first && { ...first, error: namingPaidTasks(first, run) } };
}

function namingPaidTasks({ error, item }: ItemError, { paid }: Pick<Run, 'paid'>): unknown {
	const others = [...paid].filter(([other]) => other !== item);
	if (others.length === 0) return error;
	const trouble = toDetails(error);
	const named = others.slice(0, MOST_NAMED).map(nameTask);
	if (others.length > MOST_NAMED) named.push(`and ${others.length - MOST_NAMED} more`);
	return new HappyHorseError({
		...trouble,
		description: `${trouble.description} Other tasks of this run, which the Task Get operation still finds: ${named.join(', ')}.`,
		otherTasks: others.map(([other, { task }]) => ({
			item: other,
			taskId: task.taskId,
			status: task.status,
		})),
	});
}
