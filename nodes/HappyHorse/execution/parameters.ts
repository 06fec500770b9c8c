import type { IExecuteFunctions } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { Field } from '../form/field';
import { preview } from '../validation/parse';

type Values = Record<string, unknown>;

/** Whether a parameter is the same for all items: n8n's expressions begin with an equals sign. */
const isFixed = (given: unknown) => !(JSON.stringify(given) ?? '').includes('"=');

/**
 * What these fields give for an item, by name, those under Options among them. One that does not show is left out.
 *
 * @throws HappyHorseError if Options are none
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

/** What an expression gives that reads nothing is there and empty, which is not the same as not being there. */
const emptyAsNull = (values: Array<[string, unknown]>): Values =>
	Object.fromEntries(values.map(([name, value]) => [name, value ?? null]));

/** Reads what one item after another gives. n8n takes its time for each, so what all items share is read once. */
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
	if (typeof options !== 'string') return { ...parameters, ...(options as Values | undefined) };
	const names = fields.flatMap(({ name, options: inner = [] }) =>
		name === 'options' ? inner.map((option) => option.name) : [],
	);
	return { ...parameters, ...Object.fromEntries(names.map((name) => [name, options])) };
}
