import { createHash } from 'node:crypto';

/** Of each field that decides what is made: a mark of what stands in the form, and one of what the item gave. */
export type Asked = Record<string, { form: string; value: string }>;

const MARK = 8;

/** A short mark of a value; equal values have the same. */
export const markOf = (value: unknown) =>
	createHash('sha256')
		.update(JSON.stringify(value) ?? '')
		.digest('base64url')
		.slice(0, MARK);

/** Marks of what an item asks for: of each field what stands in the form, and what its expressions give for this item. */
export function askedOf(form: Record<string, unknown>, values: Record<string, unknown>): Asked {
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [
			name,
			{ form: markOf(form[name]), value: markOf(value) },
		]),
	);
}

/** A field asks for the same if nobody has changed it, whatever its expression gives now, or if it gives the same. */
export const isSame = (one: Asked, other: Asked) =>
	Object.keys({ ...one, ...other }).every(
		(name) => one[name]?.form === other[name]?.form || one[name]?.value === other[name]?.value,
	);
