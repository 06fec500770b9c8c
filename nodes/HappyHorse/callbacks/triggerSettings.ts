import type { IWebhookFunctions } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import { MODES } from '../contract/modes';
import { toDetails } from '../errors/errors';
import { labelOf } from '../form/field';
import { BINARY_PROPERTY } from '../form/options';
import { properties } from '../form/trigger';
import { complaintsAboutLost } from '../validation/lostExpressions';
import type { Check, Complaint, Parsed, ValueOf } from '../validation/parse';
import {
	checkedFields,
	listOf,
	oneOf,
	preview,
	shortText,
	textWithin,
	trueOrFalse,
} from '../validation/parse';

const EVENTS = ['task.completed', 'task.failed'] as const;

/** Makes a field optional: one that is not set has its default. */
const or =
	<T>(fallback: T, check: Check<T>): Check<T> =>
	(input) =>
		input === undefined ? { value: fallback } : check(input);

/** Rejects an empty list, which would let no event through. */
const someOf =
	<T>(check: Check<T[]>): Check<T[]> =>
	(input) => {
		const result = check(input);
		return typeof result !== 'string' && result.value.length === 0 ? 'must not be empty' : result;
	};

const verification = or('api', oneOf(['api', 'none']));

const parse = checkedFields({
	events: or([...EVENTS], someOf(listOf(EVENTS))),
	simplify: or(true, trueOrFalse),
	downloadVideo: or(false, trueOrFalse),
	modes: or([], listOf(MODES)),
	verification,
	deduplicate: or(true, trueOrFalse),
	binaryPropertyName: or(BINARY_PROPERTY, textWithin(LIMITS.binaryPropertyName)),
	fileName: shortText(LIMITS.fileName),
});

export type TriggerSettings = ValueOf<typeof parse>;

type Values = Record<string, unknown>;

/** Reads one parameter; n8n may not be able to evaluate its expression. */
function readOne(context: IWebhookFunctions, name: string): { value: unknown } | Complaint {
	try {
		// an expression that reads nothing gives undefined, which is not the same as not being set
		return { value: context.getNodeParameter(name) ?? null };
	} catch (error) {
		return { field: name, message: `can’t be read: ${toDetails(error).message}` };
	}
}

function readAll(context: IWebhookFunctions): { values: Values; complaints: Complaint[] } {
	const values: Values = {};
	const complaints: Complaint[] = [];
	for (const name of ['events', 'simplify', 'downloadVideo', 'options']) {
		const read = readOne(context, name);
		if ('value' in read) values[name] = read.value;
		else complaints.push(read);
	}
	const { options = {}, ...rest } = values;
	if (typeof options !== 'object' || options === null || Array.isArray(options))
		complaints.push({
			field: 'options',
			message: `must be an object, but it is ${preview(options)}`,
		});
	const given = Object.entries(options ?? {}).map(([name, value]) => [name, value ?? null]);
	return { values: { ...rest, ...Object.fromEntries(given) }, complaints };
}

/**
 * Reads a trigger's settings as leniently as the action node reads its own: models and variables give text for booleans
 * and lists.
 */
export function readTriggerSettings(context: IWebhookFunctions): Parsed<TriggerSettings> {
	const { values, complaints } = readAll(context);
	const lost = complaintsAboutLost(values);
	const unread = [...complaints, ...lost];
	if (unread.length > 0) return { complaints: unread };
	return parse(values);
}

/** Tells whether callbacks are believed without asking the service, whatever else can't be read. */
export function isVerificationOff(context: IWebhookFunctions): boolean {
	const read = verification(readAll(context).values.verification);
	return typeof read !== 'string' && read.value === 'none';
}

/** Puts complaints about a trigger's settings into one sentence. */
export const sentenceOf = (complaints: Complaint[]) =>
	complaints.map(({ field, message }) => `${labelOf(properties, field)} ${message}`).join('. ');
