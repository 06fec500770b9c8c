import type { INodeProperties } from 'n8n-workflow';

/** A field of the form; its name is the one that workflows save. */
export type Field<Name extends string = string> = INodeProperties & { name: Name };

/** Fields under Options, of which only those are there that the user added. */
export type Options<Inner extends string = string> = Field<'options'> & {
	options: Array<Field<Inner>>;
};

type NamesOf<One> =
	One extends Options<infer Inner> ? Inner : One extends Field<infer Name> ? Name : never;

/** What an item gives for fields, by name, those under Options among them. Undefined where one does not show or was not added. */
export type ValuesOf<Fields extends readonly Field[]> = {
	[Name in NamesOf<Fields[number]>]?: unknown;
};

/** Keeps a field's name as a type, so that what reads its value can't misspell it. */
export const named = <const Name extends string>(field: Field<Name>): Field<Name> => field;

/** A field's label by the name of its parameter, whether it stands in the form or under Options. */
export function labelOf(fields: readonly Field[], name: string): string {
	const nested = fields.flatMap(({ options = [] }) => options);
	const found = [...fields, ...nested].find((field) => field.name === name);
	return found && 'displayName' in found ? found.displayName : name;
}
