import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { HappyHorseError, toNodeError, withDetails } from '../errors/errors';
import { labelOf } from '../form/field';
import { errorItem, ItemError } from '../execution/items';
import { continuesOf, Run } from '../execution/run';
import type { Work } from '../execution/runItems';
import { runItems } from '../execution/runItems';
import type { Complaint } from '../validation/parse';
import { findOperation } from './index';
import type { Operation } from './operation';
import { valuesReader } from './parameters';

/** What reading one item came to. */
type Reading = { request: unknown } | { complaints: Complaint[] } | { error: unknown };

/** Complaints that a message spells out. */
const MOST_COMPLAINTS = 25;

/**
 * Runs the chosen operation over all items. Without "On Error: Continue" nothing is sent unless every item is in order.
 *
 * @throws NodeApiError or NodeOperationError for the user, unless the node is set to continue
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	let run: Run | undefined;
	try {
		run = new Run(context);
		return await runItems(run, items.length, workOf(run, chosenOperation(context), items.length));
	} catch (error) {
		if (error instanceof ItemError) throw toNodeError(context.getNode(), error.reason, error.item);
		const wasCanceled = context.getExecutionCancelSignal()?.aborted ?? false;
		if (continuesOf(context) && !wasCanceled) return items.map((_, item) => errorItem(error, item));
		throw toNodeError(context.getNode(), error);
	} finally {
		run?.close();
	}
}

function chosenOperation(context: IExecuteFunctions): Operation {
	const operation = findOperation(
		context.getNodeParameter('resource', 0),
		context.getNodeParameter('operation', 0),
	);
	if (operation) return operation;
	throw new HappyHorseError({
		message: 'This version of the HappyHorse node does not have the chosen operation',
		description: 'Choose another under Operation, or update the package.',
		code: 'unknown_operation',
	});
}

/** An operation as a run sees it: it reads this node's parameters, and words what is not in order. */
function workOf(run: Run, operation: Operation, count: number): Work<Reading> {
	const valuesOf = valuesReader(run.context, operation.fields);
	const refusal = (complaints: Array<[number, Complaint[]]>) =>
		refusalOf(operation, complaints, { count, isFirst: run.paidTasks.isBlank });
	return {
		async read(items) {
			const readings = await Promise.all(
				items.map(
					async (item): Promise<[number, Reading]> => [
						item,
						await readItem(run, operation, valuesOf, item),
					],
				),
			);
			if (!run.continues) {
				const complaints = readings.flatMap(
					([item, reading]): Array<[number, Complaint[]]> =>
						'complaints' in reading ? [[item, reading.complaints]] : [],
				);
				if (complaints.length > 0) throw refusal(complaints);
				for (const [, reading] of readings) if ('error' in reading) throw reading.error;
			}
			const requests = readings.flatMap(([item, reading]) =>
				'request' in reading ? [{ item, request: reading.request }] : [],
			);
			try {
				await operation.review?.(run, requests);
			} catch (error) {
				if (!run.continues) throw withDetails(error, {});
				// what there is already of other items is not touched by it
				const isRefused = ([item, reading]: [number, Reading]) =>
					'request' in reading && run.paidTasks.find(item) === undefined;
				return new Map(readings.map((read) => [read[0], isRefused(read) ? { error } : read[1]]));
			}
			return new Map(readings);
		},
		async perform(reading, item) {
			if ('error' in reading) throw withDetails(reading.error, {});
			if ('complaints' in reading) throw refusal([[item, reading.complaints]]);
			return await operation.perform(run, reading.request, item);
		},
	};
}

async function readItem(
	run: Run,
	operation: Operation,
	valuesOf: (item: number) => Record<string, unknown>,
	item: number,
): Promise<Reading> {
	try {
		const parsed = await operation.read(run, valuesOf(item), item);
		return 'value' in parsed ? { request: parsed.value } : parsed;
	} catch (error) {
		return { error };
	}
}

/** All complaints of a run in one message, each with its item, where there are several, and the label of its field. */
function refusalOf(
	{ fields }: Operation,
	byItem: Array<[number, Complaint[]]>,
	{ count, isFirst }: { count: number; isFirst: boolean },
): HappyHorseError {
	const all = byItem.flatMap(([item, complaints]) =>
		complaints.map(
			({ field, message, subject = labelOf(fields, field) }) =>
				`${count > 1 ? `Item ${item}: ` : ''}${subject} ${message}`,
		),
	);
	const spelledOut = all.slice(0, MOST_COMPLAINTS);
	if (all.length > MOST_COMPLAINTS)
		spelledOut.push(`and ${all.length - MOST_COMPLAINTS} more of the kind`);
	return new HappyHorseError({
		message: spelledOut.join('. '),
		description: `Change ${all.length === 1 ? 'this field, or the data that its expression reads,' : 'these fields, or the data that their expressions read,'} and run again. ${isFirst ? 'Nothing was sent and nothing was charged.' : 'No further video was started.'}`,
		code: 'invalid_input',
	});
}
