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

/**
 * What marks what an item asks for: of each field what stands in the form, and what its expressions give for this item.
 *
 * @param names fields that decide what is made; of an item only those that it has are marked
 */
export function markerOf(
	names: string[],
	form: Record<string, unknown>,
): (values: Record<string, unknown>) => Asked {
	// once, as the form is the same for all items
	const marks = new Map(names.map((name) => [name, markOf(form[name])]));
	return (values) => {
		const asked: Asked = {};
		for (const [name, mark] of marks)
			if (name in values)
				asked[name] = {
					form: mark,
					value: values[name] === form[name] ? mark : markOf(values[name]),
				};
		return asked;
	};
}

/** A field asks for the same if nobody has changed it, whatever its expression gives now, or if it gives the same. */
export const isSame = (one: Asked, other: Asked) =>
	Object.keys({ ...one, ...other }).every(
		(name) => one[name]?.form === other[name]?.form || one[name]?.value === other[name]?.value,
	);
