import type { IExecuteFunctions } from 'n8n-workflow';
import { isResourceLocatorValue } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { Field } from '../form/field';
import { preview } from '../validation/parse';

type Values = Record<string, unknown>;

/** Tells if a parameter is the same for all items: n8n's expressions begin with an equals sign. */
export const isFixed = (given: unknown) => !(JSON.stringify(given) ?? '').includes('"=');

/**
 * Reads an item's fields by name, those under Options among them. Hidden fields are left out.
 *
 * @throws HappyHorseError if Options are not an object
 */
function readFields(context: IExecuteFunctions, fields: Field[], item: number): Values {
	const { options = {}, ...rest } = emptyAsNull(
		fields.map(({ name }) => [name, context.getNodeParameter(name, item, null)]),
	);
	if (typeof options !== 'object' || options === null || Array.isArray(options))
		throw new HappyHorseError({
			message: `Options must be an object, but it is ${preview(options)}`,
			description:
				'Set the options one by one, or let the expression give an object with their names. Nothing was sent and nothing was charged.',
			code: 'invalid_input',
		});
	return { ...rest, ...emptyAsNull(Object.entries(options)) };
}

/** Takes what a resource locator holds; older workflows have it as text. */
const heldBy = (value: unknown) => (isResourceLocatorValue(value) ? value.value : value);

/** Turns undefined, which an expression for a missing value gives, into null: the field is there and empty. */
const emptyAsNull = (values: Array<[string, unknown]>): Values =>
	Object.fromEntries(values.map(([name, value]) => [name, heldBy(value) ?? null]));

/** Makes a reader of items. n8n is slow at evaluating, so values that all items share are read once. */
export function valuesReader(
	context: IExecuteFunctions,
	fields: readonly Field[],
): (item: number) => Values {
	const given = context.getNode().parameters;
	const there = fields.filter(({ name }) => name in given);
	const varying = there.filter(({ name }) => !isFixed(given[name]));
	const fixed = there.filter((field) => !varying.includes(field));
	let shared: Values | undefined;
	return (item) => {
		shared ??= readFields(context, fixed, item);
		return varying.length === 0 ? shared : { ...shared, ...readFields(context, varying, item) };
	};
}

/** The form's own text for each field by name, those under Options among them; one expression may give all options. */
export function formOf(context: IExecuteFunctions, fields: readonly Field[]): Values {
	const { options, ...parameters } = context.getNode().parameters;
	if (typeof options !== 'string') {
		const held = Object.entries(options ?? {}).map(([name, value]) => [name, heldBy(value)]);
		return { ...parameters, ...Object.fromEntries(held) };
	}
	const names = fields.flatMap(({ name, options: inner = [] }) =>
		name === 'options' ? inner.map((option) => option.name) : [],
	);
	return { ...parameters, ...Object.fromEntries(names.map((name) => [name, options])) };
}
