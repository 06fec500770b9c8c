import type { INodeProperties } from 'n8n-workflow';

/** Field of the form, under the name that workflows save. */
export type Field<Name extends string = string> = INodeProperties & { name: Name };

/** Collection of optional fields; an item has only those that the user added. */
export type Options<Inner extends string = string> = Field<'options'> & {
	options: Array<Field<Inner>>;
};

type NamesOf<One> =
	One extends Options<infer Inner> ? Inner : One extends Field<infer Name> ? Name : never;

/** Values of an item's fields, options included, by name; undefined for a hidden field or an option that was not added. */
export type ValuesOf<Fields extends readonly Field[]> = {
	[Name in NamesOf<Fields[number]>]?: unknown;
};

/** Keeps a field's name as a literal type, so that misspelling it elsewhere doesn't compile. */
export const named = <const Name extends string>(field: Field<Name>): Field<Name> => field;

/** Finds the label of a field or option by its name. */
export function labelOf(fields: readonly Field[], name: string): string {
	const nested = fields.flatMap(({ options = [] }) => options);
	const found = [...fields, ...nested].find((field) => field.name === name);
	return found && 'displayName' in found ? found.displayName : name;
}
