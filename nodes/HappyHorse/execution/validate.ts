import { HappyHorseError, withDetails } from '../errors/errors';
import { labelOf } from '../form/field';
import { decide } from '../ledger/decide';
import { fingerprinter } from '../ledger/fingerprint';
import type { Fingerprint, PaidTask } from '../ledger/ledger';
import { complaintsAboutLost, hintsAboutNothing } from '../validation/lostExpressions';
import type { Complaint } from '../validation/parse';
import { ItemError } from './items';
import type { Current, ItemRequest, Operation, Refusal } from './operation';
import { formOf, valuesReader } from './parameters';
import type { Run } from './run';

/** Plan for one item. */
export type Plan =
	| ({ action: 'perform' } & ItemRequest<unknown>)
	/** `current` for a task that the item adopts from an earlier execution or call. */
	| { action: 'follow'; task: PaidTask; fingerprint?: Fingerprint; current?: Current }
	| { action: 'refuse'; reason: unknown; fingerprint?: Fingerprint };

type Reading = Plan | { action: 'complain'; complaints: Complaint[] };

/** Complaints that a message spells out. */
const MOST_COMPLAINTS = 25;

/**
 * Decides about all items, and reads and checks those that the ledger does not settle. Sends nothing.
 *
 * @throws HappyHorseError with all complaints, or ItemError for the first item that can't be done, unless the run continues
 */
export async function validate(run: Run, operation: Operation): Promise<Plan[]> {
	const read = readerFor(run, operation);
	const items = run.context.getInputData();
	const readings = await Promise.all(items.map(async (_, item) => await read(item)));
	if (!run.continues) {
		const complaints = readings.flatMap(
			(reading, item): Array<[number, Complaint[]]> =>
				reading.action === 'complain' ? [[item, reading.complaints]] : [],
		);
		if (complaints.length > 0) throw refusalOf(run, operation, complaints);
		for (const [item, reading] of readings.entries())
			if (reading.action === 'refuse') throw new ItemError(reading.reason, item);
	}
	return readings.map((reading, item) =>
		reading.action === 'complain'
			? { action: 'refuse', reason: refusalOf(run, operation, [[item, reading.complaints]]) }
			: reading,
	);
}

/**
 * Keeps the requests within budget and balance, and reserves what they cost.
 *
 * @throws HappyHorseError for a run that could cost too much; where the run continues, those items are refused
 */
export async function reserve(run: Run, operation: Operation, plans: Plan[]): Promise<Plan[]> {
	const requests = plans.flatMap((plan) => (plan.action === 'perform' ? [plan] : []));
	if (requests.length === 0) return plans;
	const refusals = await reserveAll(run, operation, requests);
	const [first] = refusals;
	if (first && !run.continues) throw withDetails(first.reason, {});
	const reasons = new Map(
		refusals.flatMap(({ items, reason }) => items.map((item) => [item, reason])),
	);
	run.ledger.release([...reasons.keys()]);
	// items that already have a task are unaffected
	return plans.map((plan) =>
		plan.action === 'perform' && reasons.has(plan.item)
			? { action: 'refuse', reason: reasons.get(plan.item), fingerprint: plan.fingerprint }
			: plan,
	);
}

async function reserveAll(
	run: Run,
	operation: Operation,
	requests: Array<ItemRequest<unknown>>,
): Promise<Refusal[]> {
	try {
		return (await operation.reserve?.(run, requests)) ?? [];
	} catch (reason) {
		return [{ items: requests.map(({ item }) => item), reason }];
	}
}

/** Makes the function that decides about one item after another. */
function readerFor(run: Run, operation: Operation): (item: number) => Promise<Reading> {
	const { ledger, cause, maxTries } = run;
	const valuesOf = valuesReader(run.context, operation.fields);
	const fingerprintOf = fingerprinterFor(run, operation);
	const hintAboutNothing = nothingHinter(run, operation);
	return async (item) => {
		try {
			const known = decide(ledger.entryOf(item), cause, undefined, maxTries);
			if (known.action === 'follow') return known;
			if (known.action === 'refuse') return refused(known.reason);
			const values = valuesOf(item);
			const fingerprint = fingerprintOf(values);
			const decision = decide(ledger.entryOf(item, fingerprint), cause, fingerprint, maxTries);
			if (decision.action === 'refuse') return refused(decision.reason);
			if (decision.action === 'follow') {
				const current = operation.tasks?.settle(run, values, decision.task);
				if (current && 'complaints' in current) return { action: 'complain', ...current };
				return { ...decision, fingerprint, current: current?.value };
			}
			const lost = complaintsAboutLost(values);
			if (lost.length > 0) return { action: 'complain', complaints: lost };
			const request = await operation.read(run, values, item);
			if ('value' in request) hintAboutNothing(values, item);
			return 'value' in request
				? { action: 'perform', item, fingerprint, request: request.value }
				: { action: 'complain', ...request };
		} catch (reason) {
			return { action: 'refuse', reason };
		}
	};
}

/** Makes the function that hints at expressions of an item that seem to read nothing. */
function nothingHinter(run: Run, { fields }: Operation) {
	const form = formOf(run.context, fields);
	return (values: Record<string, unknown>, item: number) => {
		for (const { field, message } of hintsAboutNothing(form, values))
			run.ledger.hint(`${labelOf(fields, field)} ${message}.${run.itemSuffix(item)}`);
	};
}

const refused = (reason: HappyHorseError['details']): Plan => ({
	action: 'refuse',
	reason: new HappyHorseError(reason),
});

/** Fingerprints tell operations apart too: a task belongs to the one that it was made by. */
function fingerprinterFor({ context }: Run, { option, fields, tasks }: Operation) {
	const identify = (values: Record<string, unknown>) => ({
		...tasks?.identify(values),
		operation: option.value,
	});
	const fingerprintOf = fingerprinter(
		tasks ? identify(formOf(context, fields)) : { operation: option.value },
	);
	return (values: Record<string, unknown>) => fingerprintOf(identify(values));
}

/** Puts all complaints of a run into one message, each with its item, where there are several, and its field's label. */
function refusalOf(
	run: Run,
	{ fields }: Operation,
	byItem: Array<[number, Complaint[]]>,
): HappyHorseError {
	const complaints = byItem.flatMap(([, ofItem]) => ofItem);
	const all = byItem.flatMap(([item, ofItem]) =>
		ofItem.map(({ field, message, subject }) => {
			const label = labelOf(fields, field);
			// "Reference Image 2" is one of "Reference Image URLs", but of which field is "First Frame" a file?
			const isNamed = label.startsWith(subject?.replace(/(?<![ \d:])[ \d:]+$/, '') ?? label);
			return `${subject ?? label} ${message}${isNamed ? '' : ` (${label})`}${run.itemSuffix(item)}`;
		}),
	);
	const spelledOut = all.slice(0, MOST_COMPLAINTS);
	if (all.length > MOST_COMPLAINTS)
		spelledOut.push(`and ${all.length - MOST_COMPLAINTS} more of the kind`);
	const advice = byItem.flatMap(([, ofItem]) => ofItem.flatMap(({ advice = [] }) => advice));
	const otherwise = [...new Set(advice)].map((sentence) => ` ${sentence}`).join('');
	return new HappyHorseError({
		message: spelledOut.join('. '),
		description: `Change ${all.length === 1 ? 'this field, or the data that its expression reads,' : 'these fields, or the data that their expressions read,'} and run again. ${run.ledger.isBlank ? 'Nothing was sent and nothing was charged.' : 'No further video was started.'}${otherwise}`,
		code: complaints.find(({ code }) => code !== undefined)?.code ?? 'invalid_input',
	});
}
