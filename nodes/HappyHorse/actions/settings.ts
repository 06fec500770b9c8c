import { BINARY_PROPERTY } from '../form/options';
import { SELECTED_FIELDS } from '../form/output';
import { LIMITS, MEDIA_LIMITS, WAIT_METHODS } from '../contract/limits';
import { listNames } from '../files/find';
import type { Check, ValueOf } from '../validation/parse';
import {
	checkedFields,
	memoize,
	numberWithin,
	oneOf,
	optional,
	preview,
	shortText,
	textWithin,
	trueOrFalse,
} from '../validation/parse';
import { isTaskId } from '../contract/responses';

/** Adds a default for a field that is hidden or not added. A field that is there and empty stays an invalid one. */
const or =
	<T>(fallback: T, check: Check<T>): Check<T> =>
	(input) =>
		input === undefined ? { value: fallback } : check(input);

/** Reads Simplify and, for a tool, Output: all but Raw is simplified. */
const simplify: Check<boolean> = (input) =>
	input === SELECTED_FIELDS ? { value: true } : trueOrFalse(input);

/** Names that a tool selects, in a list or in a text; not set with another Output. */
const fields: Check<string[] | undefined> = (input) => ({
	value: input === undefined ? undefined : listNames(input).map(String),
});

export const outputChoice = { simplify: or(true, simplify), fields };

/** Milliseconds for which a single look-up is retried. */
export const SHORT_PATIENCE_MS = 20_000;

export const flag = (fallback: boolean) => or(fallback, trueOrFalse);

/** Task: Get has no Callback: the callback of another node's task goes elsewhere. */
export const waitMethod = or(WAIT_METHODS[0], oneOf(WAIT_METHODS));
export const taskWaitMethod = or(WAIT_METHODS[0], oneOf(['polling', 'parked']));

export const patience = {
	timeout: or(LIMITS.timeout.default, numberWithin(LIMITS.timeout)),
	pollingInterval: or(LIMITS.pollingInterval.default, numberWithin(LIMITS.pollingInterval)),
};

export const binaryPropertyName = or(BINARY_PROPERTY, textWithin(LIMITS.binaryPropertyName));

export const fileName = shortText(LIMITS.fileName);

/** Seconds of a clip to use. */
export const trimTo = optional(numberWithin(LIMITS.inputVideoDuration));

export const soundChoice = or('keep', oneOf(['keep', 'remove']));

export const taskId: Check<string> = (input) => {
	const text = textWithin(LIMITS.taskId)(input);
	if (typeof text === 'string') return text;
	return isTaskId(text.value)
		? { value: text.value.trim() }
		: `must be a task ID, but it is ${preview(text.value)}`;
};

const generateSettings = checkedFields({
	...patience,
	waitMethod,
	waitForCompletion: flag(true),
	downloadVideo: flag(true),
	...outputChoice,
	binaryPropertyName,
	maxConcurrency: optional(numberWithin({ ...LIMITS.maxConcurrency, integer: true })),
	checkBalance: flag(false),
	checkMedia: flag(false),
	mediaLimits: optional(oneOf(MEDIA_LIMITS)),
	maxCredits: optional(numberWithin(LIMITS.maxCredits)),
	trimTo,
	fileName,
	includeInputFields: flag(false),
	label: shortText(LIMITS.label),
});

export type GenerateSettings = ValueOf<typeof generateSettings>;

/** Parser for the settings that the four generating operations share, besides the request itself. */
export const parseGenerateSettings = memoize(generateSettings);
