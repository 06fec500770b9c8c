import type { INodeExecutionData } from 'n8n-workflow';

import {
	halted,
	HappyHorseError,
	isHalted,
	sentBefore,
	toDetails,
	toErrorJson,
	withDetails,
} from '../errors/errors';
import { lostAnswersOf, RETRY_KEEPS_TASKS } from '../errors/messages';
import { LIMITS } from '../contract/limits';
import type { TaskSettings } from '../ledger/ledger';
import { tasksAside } from '../ledger/saved';
import { storeOf } from '../n8n/execution';
import type { Run } from './run';
import { MOST_NAMED, nameTasks } from './run';

/** Makes the item of an error under "On Error: Continue". n8n sends it down the error branch only if `error` stands alone. */
export function errorItem(error: unknown, item: number): INodeExecutionData {
	return { json: { error: toErrorJson(error) }, pairedItem: { item } };
}

/** The label of a task, if it has one. */
export const labelled = ({ label }: Pick<TaskSettings, 'label'>) =>
	label === undefined ? {} : { label };

/** Adds an item's label, as the form gives it now, to an error that has none: the item may have no task. */
export function withLabel(
	{ context }: Pick<Run, 'context'>,
	error: unknown,
	item: number,
): unknown {
	if (!(error instanceof HappyHorseError) || error.details.label !== undefined) return error;
	try {
		const label = context.getNodeParameter('options.label', item, '');
		const isText = typeof label === 'string' || typeof label === 'number';
		const text = isText ? [...String(label)].slice(0, LIMITS.label.max).join('') : '';
		return text === '' ? error : withDetails(error, { label: text });
	} catch {
		return error; // what can't be read is a complaint of its own
	}
}

export type Outcome<T> = { value: T } | { error: unknown };

/** The error that ends a run, with its item. */
export class ItemError extends Error {
	constructor(
		readonly reason: unknown,
		readonly item: number,
	) {
		super();
	}
}

/**
 * Works on all items at once; the connection bounds their requests. Results keep the order of the items.
 *
 * @throws ItemError for the first item whose work throws, unless the run continues
 */
export async function overItems<Input, Output>(
	run: Pick<Run, 'continues' | 'stop'>,
	inputs: Input[],
	work: (input: Input, item: number) => Promise<Output>,
): Promise<Array<Outcome<Output>>> {
	let first: ItemError | undefined;
	const outcomes = await Promise.all(
		inputs.map(async (input, item): Promise<Outcome<Output>> => {
			try {
				return { value: await work(input, item) };
			} catch (error) {
				if (!run.continues && !isHalted(error)) {
					first ??= new ItemError(error, item);
					run.stop.stop(halted());
				}
				return { error };
			}
		}),
	);
	if (first) throw first;
	return outcomes;
}

/**
 * Adds everything that the run or an earlier try has paid for to the error that ends it: its other tasks, and the items
 * whose requests may have created one.
 *
 * @param item the error's own, whose task it names itself
 */
export function withPaidTasks(reason: unknown, run: Run, item?: number): unknown {
	const { context, ledger, continues } = run;
	const parked = tasksAside(storeOf(context));
	const others = ledger.tasks().filter(([other]) => other !== item);
	const lost = ledger.lostItems().filter((other) => other !== item);
	const isPaid =
		parked.length > 0 ||
		ledger.tasks().some(([, { cost, status }]) => cost !== undefined && status !== 'failed');
	if (others.length === 0 && lost.length === 0 && !isPaid) return reason;
	const details = toDetails(reason);
	const offersRetry = !continues && details.code !== 'canceled';
	const description = [
		sentBefore(details.description),
		others.length > 0 &&
			`Other tasks of this run${offersRetry ? '' : ', which the Task Get operation still finds'}: ${nameTasks(others)}.`,
		parked.length > 0 &&
			`Tasks of a run of this node that is still parked: ${parked.slice(0, MOST_NAMED).join(', ')}.`,
		lost.length > 0 && lostAnswersOf(lost),
		isPaid && offersRetry && RETRY_KEEPS_TASKS,
	];
	return new HappyHorseError({
		...details,
		description: description.filter(Boolean).join(' '),
		...(others.length > 0 && {
			otherTasks: others.map(([other, { taskId, status, settings }]) => ({
				...{ item: other, taskId, status },
				...labelled(settings),
			})),
		}),
		...(lost.length > 0 && { taskMayExist: true }),
	});
}

/**
 * Adds the tasks that an error names to its message, for an n8n that saves nothing else of an error: its second engine.
 */
export function withTasksInMessage(error: unknown): unknown {
	const { taskId, otherTasks = [], ...details } = toDetails(error);
	const ids = [...(taskId === undefined ? [] : [taskId]), ...otherTasks.map((task) => task.taskId)];
	if (ids.length === 0) return error;
	const named = ids.slice(0, MOST_NAMED).join(', ');
	const message = `${details.message} (${ids.length === 1 ? 'task' : 'tasks'} ${named})`;
	return new HappyHorseError({ ...details, taskId, otherTasks, message });
}
