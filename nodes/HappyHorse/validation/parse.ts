/** Objection to a field's value. */
export interface Complaint {
	/** Name of the parameter. */
	field: string;
	/** Rest of a sentence that starts with the field's label. */
	message: string;
	/** Start of the sentence instead of the label, such as "Reference Image 2:". */
	subject?: string;
	/** Sentence for the description: another way on than changing the value. */
	advice?: string;
	/** Code of the error; default: `invalid_input`. */
	code?: 'unusable_file' | 'not_reachable';
}

export type Parsed<T> = { value: T } | { complaints: Complaint[] };

export const complaintsOf = (parsed: Parsed<unknown>): Complaint[] =>
	'complaints' in parsed ? parsed.complaints : [];

/** Parser of an item's fields, by their names. */
export type Parser<T> = (fields: Record<string, unknown>) => Parsed<T>;

export type ValueOf<P> = P extends Parser<infer T> ? T : never;

/** Memoizes a parser by object: items that share their parameters share the result. */
export function memoize<T>(parse: Parser<T>): Parser<T> {
	const results = new WeakMap<object, Parsed<T>>();
	return (fields) => {
		const parsed = results.get(fields) ?? parse(fields);
		results.set(fields, parsed);
		return parsed;
	};
}

/** Maps a parser's value, memoized by object. */
export const mapParser = <T, Mapped>(parse: Parser<T>, map: (value: T) => Mapped): Parser<Mapped> =>
	memoize((fields) => {
		const parsed = parse(fields);
		return 'value' in parsed ? { value: map(parsed.value) } : parsed;
	});

/** Check of one value: returns the normalized value, or a complaint's message. */
export type Check<T> = (input: unknown) => { value: T } | string;

type Checks = Record<string, Check<unknown>>;

type Checked<Fields extends Checks> = {
	[Name in keyof Fields]: Fields[Name] extends Check<infer T> ? T : never;
};

/** Builds a parser from one check per field. It drops other fields and returns all complaints together. */
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

/** Makes a field optional: an empty value is undefined. */
export function mayBeEmpty<T>(check: Check<T>): Check<T | undefined> {
	return (input) => (isEmpty(input) ? { value: undefined } : check(input));
}

/** Makes an option optional: it may be missing, but an added one must not be empty. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
	return (input) => (input === undefined ? { value: undefined } : check(input));
}

/** Formats a value for a message: one line of at most 80 characters. */
export function preview(input: unknown): string {
	const text = (JSON.stringify(input) ?? 'empty').replace(/\s+/g, ' ');
	return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

// shared, since creating it takes far longer than using it
const english = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** Formats a number with commas and at most three decimals: 2,500. */
export const formatNumber = (value: number) => english.format(value);

interface NumberRules {
	min: number;
	max: number;
	integer?: boolean;
}

/** Accepts numbers, also as text, because expressions often return `"5"` for 5. */
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
		return fits ? { value } : `${rule}, but it is ${isEmpty(input) ? 'empty' : preview(input)}`;
	};
}

/** Accepts one of these values, also in capitals, as AI models write `1080P` or a label. */
export function oneOf<const Values extends readonly string[]>(
	values: Values,
): Check<Values[number]> {
	return (input) => {
		const found =
			values.find((value) => value === input) ??
			values.find((value) => value.toLowerCase() === String(input).trim().toLowerCase());
		return found === undefined
			? `must be one of ${values.join(', ')}, but it is ${isEmpty(input) ? 'empty' : preview(input)}`
			: { value: found };
	};
}

/** Accepts a list of some of these values, also as JSON or as text with commas. */
export function listOf<const Values extends readonly string[]>(
	values: Values,
): Check<Array<Values[number]>> {
	const check = oneOf(values);
	return (input) => {
		const entries = typeof input === 'string' ? entriesOf(input) : input;
		if (!Array.isArray(entries))
			return `must be a list of ${values.join(', ')}, but it is ${isEmpty(input) ? 'empty' : preview(input)}`;
		const checked = entries.map((entry) => check(entry));
		const [complaint] = checked.filter((result) => typeof result === 'string');
		if (complaint !== undefined) return complaint;
		return { value: checked.flatMap((result) => (typeof result === 'string' ? [] : result.value)) };
	};
}

/** Splits text into the entries of a list. */
function entriesOf(text: string): unknown {
	try {
		return [JSON.parse(text)].flat();
	} catch {
		return text.split(',').filter((entry) => entry.trim() !== '');
	}
}

/** Recognizes text of nothing but white space, zero-width characters and fillers. */
const isInvisible = (text: string) =>
	/^[\s\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]*$/u.test(text);

/** Accepts visible text of at most `max` Unicode code points. */
export function textWithin({ max }: { max: number }): Check<string> {
	return (input) => {
		if (isEmpty(input)) return 'must not be empty';
		if (typeof input !== 'string') return `must be text, but it is ${preview(input)}`;
		if (isInvisible(input)) return 'must not be empty';
		if (/\p{Cs}/u.test(input))
			return 'contains half a character, such as an emoji that was cut in two; remove it';
		// counting is slow, and a text never has more code points than UTF-16 units
		const length = input.length > max ? [...input].length : input.length;
		return length > max
			? `must be at most ${formatNumber(max)} characters long, but it has ${formatNumber(length)}`
			: { value: input };
	};
}

/** Accepts text that may be empty, and a number: a customer's, for example. */
export const shortText =
	(limit: { max: number }): Check<string | undefined> =>
	(input) =>
		mayBeEmpty(textWithin(limit))(typeof input === 'number' ? String(input) : input);

/** Accepts booleans, also as text: expressions often return `"true"`, and sheets `"TRUE"`. */
export const trueOrFalse: Check<boolean> = (input) => {
	if (typeof input === 'boolean') return { value: input };
	const text = typeof input === 'string' ? input.trim().toLowerCase() : undefined;
	if (text === 'true' || text === 'false') return { value: text === 'true' };
	return `must be true or false, but it is ${isEmpty(input) ? 'empty' : preview(input)}`;
};
