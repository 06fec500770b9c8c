/** What a field got that it cannot take: `field` is the parameter's name, `message` follows the field's label in a sentence. */
export interface Complaint {
	field: string;
	message: string;
	/** What it is about where the field's label does not say it, such as one of several images. */
	subject?: string;
}

export type Parsed<T> = { value: T } | { complaints: Complaint[] };

/** What is wrong with something that was parsed: nothing, if it has a value. */
export const complaintsOf = (parsed: Parsed<unknown>): Complaint[] =>
	'complaints' in parsed ? parsed.complaints : [];

/** Reads an item's fields by name: what is made of them, or what is wrong with them. */
export type Parser<T> = (fields: Record<string, unknown>) => Parsed<T>;

/** What a parser makes. */
export type ValueOf<P> = P extends Parser<infer T> ? T : never;

/** The same parser, and each object is parsed once: items that share their parameters share what is made of them. */
export function once<T>(parse: Parser<T>): Parser<T> {
	const seen = new WeakMap<object, Parsed<T>>();
	return (fields) => {
		const parsed = seen.get(fields) ?? parse(fields);
		seen.set(fields, parsed);
		return parsed;
	};
}

/** A parser that makes something of what another one has found to be in order, once for each object. */
export const making = <T, Made>(parse: Parser<T>, make: (value: T) => Made): Parser<Made> =>
	once((fields) => {
		const parsed = parse(fields);
		return 'value' in parsed ? { value: make(parsed.value) } : parsed;
	});

/** A check of one value: the value as it is used from there on, or the end of a sentence that says what is wrong. */
export type Check<T> = (input: unknown) => { value: T } | string;

type Checks = Record<string, Check<unknown>>;

type Checked<Fields extends Checks> = {
	[Name in keyof Fields]: Fields[Name] extends Check<infer T> ? T : never;
};

/** Reads fields with a check for each; other fields are left out. All complaints come back at once. */
export function checkedFields<Fields extends Checks>(checks: Fields): Parser<Checked<Fields>> {
	const entries = Object.entries(checks);
	return (fields) => {
		const values: Record<string, unknown> = {};
		const complaints: Complaint[] = [];
		for (const [field, check] of entries) {
			const result = check(fields[field]);
			if (typeof result === 'string') complaints.push({ field, message: result });
			else values[field] = result.value;
		}
		return complaints.length > 0 ? { complaints } : { value: values as Checked<Fields> };
	};
}

const isEmpty = (input: unknown) => input === undefined || input === null || input === '';

/** The same check for a field that may be left empty. */
export function mayBeEmpty<T>(check: Check<T>): Check<T | undefined> {
	return (input) => (isEmpty(input) ? { value: undefined } : check(input));
}

/** The same check for an option that need not be added; one that is there and empty is not in order. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
	return (input) => (input === undefined ? { value: undefined } : check(input));
}

/** A value as it is shown in a message: short, on one line. */
export function shown(input: unknown): string {
	const text = (JSON.stringify(input) ?? 'empty').replace(/\s+/g, ' ');
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

// one for all: making it takes far longer than using it
const english = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** A number as people write it, such as 2,500. */
export const formatNumber = (value: number) => english.format(value);

interface NumberRules {
	min: number;
	max: number;
	integer?: boolean;
}

/** A number within limits. Expressions often give numbers as text, so `"5"` is 5. */
export function numberWithin({ min, max, integer }: NumberRules): Check<number> {
	const kind = integer ? 'a whole number' : 'a number';
	const range =
		max === Number.MAX_SAFE_INTEGER
			? `of ${formatNumber(min)} or more`
			: `from ${formatNumber(min)} to ${formatNumber(max)}`;
	const rule = `must be ${kind} ${range}`;
	return (input) => {
		const value = typeof input === 'string' && input.trim() !== '' ? Number(input) : input;
		const fits =
			typeof value === 'number' &&
			value >= min &&
			value <= max &&
			(!integer || Number.isInteger(value));
		return fits ? { value } : `${rule}, but it is ${isEmpty(input) ? 'empty' : shown(input)}`;
	};
}

/** One of a list of values, such as a resolution. */
export function oneOf<const Values extends readonly string[]>(
	values: Values,
): Check<Values[number]> {
	return (input) => {
		const found = values.find((value) => value === input);
		return found === undefined
			? `must be one of ${values.join(', ')}, but it is ${isEmpty(input) ? 'empty' : shown(input)}`
			: { value: found };
	};
}

/** Whether nothing can be seen of a text: white space, characters without width, fillers. */
const isInvisible = (text: string) =>
	/^[\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]*$/u.test(text);

/** Text of some length, counted in Unicode code points; what can't be seen is as good as nothing. */
export function textWithin({ max }: { max: number }): Check<string> {
	return (input) => {
		if (isEmpty(input)) return 'must not be empty';
		if (typeof input !== 'string') return `must be text, but it is ${shown(input)}`;
		if (isInvisible(input)) return 'must not be empty';
		if (/\p{Cs}/u.test(input))
			return 'has half of a character in it, as when an emoji is cut in two; take it out';
		// there are never more code points than units
		const length = input.length > max ? [...input].length : input.length;
		return length > max
			? `must be at most ${formatNumber(max)} characters long, but it has ${formatNumber(length)}`
			: { value: input };
	};
}

/** True or false; expressions often give them as text. */
export const yesOrNo: Check<boolean> = (input) => {
	if (typeof input === 'boolean') return { value: input };
	if (input === 'true' || input === 'false') return { value: input === 'true' };
	return `must be true or false, but it is ${isEmpty(input) ? 'empty' : shown(input)}`;
};
