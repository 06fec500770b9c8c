import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { takeUp } from '../run/takeUp';
import { errorItem, overItems } from '../run/items';
import { continuesOf, Run } from '../run/run';
import type { Complaint } from '../schema/parse';
import { HappyHorseError, toNodeError } from '../errors/errors';
import { labelOf } from '../form/fields';
import { findOperation } from './index';
import type { Operation } from './operation';
import { parameterReader } from './parameters';

/** What reading one item came to. */
type Reading = { request: unknown } | { complaints: Complaint[] } | { error: unknown };

/** Complaints that a message spells out. */
const MOST_COMPLAINTS = 25;

/**
 * Takes up a run that was parked, or runs the chosen operation over all items: reads them all, reviews the run as a whole, then works on them at once.
 * Without "On Error: Continue" nothing is sent unless every item is in order.
 *
 * @throws NodeApiError or NodeOperationError for the user, unless the node is set to continue
 */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	try {
		const run = new Run(context);
		try {
			return (await takeUp(run)) ?? (await executeAll(run, items.length));
		} finally {
			run.close();
		}
	} catch (error) {
		const wasCanceled = context.getExecutionCancelSignal()?.aborted ?? false;
		if (continuesOf(context) && !wasCanceled) return items.map((_, item) => errorItem(error, item));
		throw toNodeError(context.getNode(), error);
	}
}

async function executeAll(run: Run, count: number) {
	const { context } = run;
	const operation = findOperation(
		context.getNodeParameter('resource', 0),
		context.getNodeParameter('operation', 0),
	);
	if (!operation)
		throw new HappyHorseError({
			message: 'This version of the HappyHorse node does not have the chosen operation',
			description: 'Choose another under Operation, or update the package.',
			code: 'unknown_operation',
		});
	const parametersOf = parameterReader(context, operation.fields);
	const readings = await Promise.all(
		Array.from(
			{ length: count },
			async (_, item) => await read(run, operation, parametersOf, item),
		),
	);
	if (!run.continues) refuseComplaints(operation, readings);
	const requests = readings.flatMap((reading, item) =>
		'request' in reading ? [{ item, request: reading.request }] : [],
	);
	await operation.review?.(run, requests);
	const { results, trouble } = await overItems(run, count, async (item) => {
		const reading = readings[item];
		if ('error' in reading) throw toNodeError(context.getNode(), reading.error, item);
		if ('complaints' in reading) throw refusal(operation, [[item, reading.complaints]]);
		return await operation.perform(run, reading.request, item);
	});
	run.logIfCanceled();
	if (trouble) throw toNodeError(context.getNode(), trouble.error, trouble.item);
	await operation.conclude?.(run, results);
	// n8n throws away what a parked run puts out, but if an error came first it would try once more
	return run.parked.size > 0 ? results.filter(({ json }) => json.error === undefined) : results;
}

async function read(
	run: Run,
	operation: Operation,
	parametersOf: (item: number) => Record<string, unknown>,
	item: number,
): Promise<Reading> {
	try {
		const parsed = await operation.read(run, parametersOf(item), item);
		return 'value' in parsed ? { request: parsed.value } : parsed;
	} catch (error) {
		return { error };
	}
}

function refuseComplaints(operation: Operation, readings: Reading[]): void {
	const complaints = readings.flatMap(
		(reading, item): Array<[number, Complaint[]]> =>
			'complaints' in reading ? [[item, reading.complaints]] : [],
	);
	if (complaints.length > 0) throw refusal(operation, complaints);
	const broken = readings.find((reading) => 'error' in reading);
	if (broken && 'error' in broken) throw broken.error;
}

/** All complaints of a run in one message, each with its item and the label of its field. */
function refusal(operation: Operation, byItem: Array<[number, Complaint[]]>): HappyHorseError {
	const all = byItem.flatMap(([item, complaints]) =>
		complaints.map(
			({ field, message, subject = labelOf(operation.fields, field) }) =>
				`Item ${item}: ${subject} ${message}`,
		),
	);
	const spelledOut = all.slice(0, MOST_COMPLAINTS);
	if (all.length > MOST_COMPLAINTS)
		spelledOut.push(`and ${all.length - MOST_COMPLAINTS} more of the kind`);
	return new HappyHorseError({
		message: spelledOut.join('. '),
		description:
			'Change these fields, or the data that their expressions read, and run again. Nothing was sent and nothing was charged.',
		code: 'invalid_input',
	});
}
