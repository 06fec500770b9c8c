import type { INodeExecutionData } from 'n8n-workflow';

import type { Payment, Run } from './run';
import {
	halted,
	HappyHorseError,
	isHalted,
	toErrorJson,
	toNodeError,
	toTrouble,
} from './transport/errors';

/** Task ids that a message names; all of them are in the details beside it. */
const MOST_NAMED = 20;

/** What an item becomes under "On Error: Continue". n8n sends it down the error branch only if `error` stands alone. */
export function errorItem(error: unknown, item: number): INodeExecutionData {
	return { json: { error: toErrorJson(error) }, pairedItem: { item } };
}

/**
 * Works on all items at once; how many requests that makes at a time is the connection's to bound.
 * Results keep the order of the items. The first trouble stops the whole run, unless the node is set to continue.
 *
 * @throws NodeApiError naming every task that this run has paid for
 */
export async function overItems(
	run: Run,
	count: number,
	work: (item: number) => Promise<INodeExecutionData>,
): Promise<INodeExecutionData[]> {
	const continues = run.context.continueOnFail();
	let first: { error: unknown; item: number } | undefined;
	const results = await Promise.all(
		Array.from({ length: count }, async (_, item): Promise<INodeExecutionData> => {
			try {
				return { ...(await work(item)), pairedItem: { item } };
			} catch (error) {
				if (!continues && !isHalted(error)) {
					first ??= { error, item };
					run.stop.stop(halted());
				}
				return errorItem(error, item);
			}
		}),
	);
	logIfCanceled(run);
	if (first) throw toNodeError(run.context.getNode(), namingPaidTasks(first, run), first.item);
	return results;
}

/** n8n saves a canceled execution at once and with an error of its own, so what a node says after that is in its log only. */
function logIfCanceled({ context, paid }: Run): void {
	if (!context.getExecutionCancelSignal()?.aborted || paid.size === 0) return;
	const ids = [...paid].map(nameTask).join(', ');
	context.logger.warn(
		`HappyHorse tasks of execution ${context.getExecutionId()}, which was canceled: ${ids}`,
	);
}

function namingPaidTasks({ error, item }: { error: unknown; item: number }, run: Run): unknown {
	const others = [...run.paid].filter(([other]) => other !== item);
	if (others.length === 0) return error;
	const trouble = toTrouble(error);
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

const nameTask = ([item, { task }]: [number, Payment]) =>
	`${task.taskId} (item ${item}, ${task.status})`;
