import type { INodeExecutionData } from 'n8n-workflow';

import { halted, HappyHorseError, isHalted, toDetails, toErrorJson } from '../errors/errors';
import { lostAnswersOf } from '../errors/messages';
import type { Run } from './run';
import { nameTasks } from './run';

/** What an item becomes under "On Error: Continue". n8n sends it down the error branch only if `error` stands alone. */
export function errorItem(error: unknown, item: number): INodeExecutionData {
	return { json: { error: toErrorJson(error) }, pairedItem: { item } };
}

/** What an item came to. */
export type Outcome<T> = { value: T } | { error: unknown };

/** What ended a run, and the item that it happened to. */
export class ItemError extends Error {
	constructor(
		readonly reason: unknown,
		readonly item: number,
	) {
		super();
	}
}

/**
 * Works on all items at once; how many requests that makes at a time is the connection's to bound. Results keep the
 * order of the items.
 *
 * @throws ItemError for the first item whose work throws, unless the run continues; it names every task of the run
 */
export async function overItems<T>(
	run: Pick<Run, 'continues' | 'stop' | 'paidTasks'>,
	count: number,
	work: (item: number) => Promise<T>,
): Promise<Array<Outcome<T>>> {
	let first: ItemError | undefined;
	const outcomes = await Promise.all(
		Array.from({ length: count }, async (_, item): Promise<Outcome<T>> => {
			try {
				return { value: await work(item) };
			} catch (error) {
				if (!run.continues && !isHalted(error)) {
					first ??= new ItemError(error, item);
					run.stop.stop(halted());
				}
				return { error };
			}
		}),
	);
	if (first) throw new ItemError(namingPaidTasks(first.reason, run, first.item), first.item);
	return outcomes;
}

/**
 * What went wrong, with what the run has paid for beside it, be it in an earlier try: its other tasks, and the items whose
 * requests may have created one.
 */
export function namingPaidTasks(
	reason: unknown,
	{ paidTasks }: Pick<Run, 'paidTasks'>,
	item?: number,
): unknown {
	const others = paidTasks.all().filter(([other]) => other !== item);
	const lost = paidTasks.lost().filter((other) => other !== item);
	if (others.length === 0 && lost.length === 0) return reason;
	const details = toDetails(reason);
	const description = [
		details.description,
		others.length > 0 &&
			`Other tasks of this run, which the Task Get operation still finds: ${nameTasks(others)}.`,
		lost.length > 0 && lostAnswersOf(lost),
	];
	return new HappyHorseError({
		...details,
		description: description.filter(Boolean).join(' '),
		...(others.length > 0 && {
			otherTasks: others.map(([other, { taskId, status }]) => ({ item: other, taskId, status })),
		}),
		...(lost.length > 0 && { taskMayExist: true }),
	});
}
