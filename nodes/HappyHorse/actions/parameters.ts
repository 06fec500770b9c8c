import type { IExecuteFunctions } from 'n8n-workflow';

import type { Field } from '../form/fields';

type Parameters = Record<string, unknown>;

/** Whether a parameter is the same for all items: n8n's expressions begin with an equals sign. */
const isFixed = (given: unknown) => !(JSON.stringify(given) ?? '').includes('"=');

/** The parameters of these fields by name, those under Options among them. A field that does not show is null. */
function readFields(context: IExecuteFunctions, fields: Field[], item: number): Parameters {
	const parameters = fields.map(({ name }): [string, unknown] => [
		name,
		context.getNodeParameter(name, item, null),
	]);
	const { options, ...rest } = Object.fromEntries(parameters);
	return { ...rest, ...(typeof options === 'object' ? options : undefined) };
}

/** Reads parameters for one item after another. n8n takes its time for each, so what all items share is read once. */
export function parameterReader(
	context: IExecuteFunctions,
	fields: Field[],
): (item: number) => Parameters {
	const given = context.getNode().parameters;
	const varying = fields.filter(({ name }) => !isFixed(given[name]));
	const fixed = fields.filter((field) => !varying.includes(field));
	let shared: Parameters | undefined;
	return (item) => {
		shared ??= readFields(context, fixed, item);
		return varying.length === 0 ? shared : { ...shared, ...readFields(context, varying, item) };
	};
}
