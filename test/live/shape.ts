/** The fields of what may be an object. */
export const fieldsOf = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value)
		? Object.fromEntries(Object.entries(value))
		: {};

/** What something is, as a sentence has it. */
export function typeOf(value: unknown): string {
	if (value === undefined) return 'missing';
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'a list';
	return (
		{ string: 'a text', number: 'a number', object: 'an object' }[String(typeof value)] ??
		typeof value
	);
}

const UNIX_SECONDS = { from: 1_500_000_000, to: 5_000_000_000 };

/** A point in time that the service tells, in the words of the contract if it keeps to it. */
export function timeOf(value: unknown): string {
	const isSeconds =
		typeof value === 'number' && value > UNIX_SECONDS.from && value < UNIX_SECONDS.to;
	return isSeconds ? 'Unix seconds' : `${typeOf(value)} (${JSON.stringify(value)})`;
}
