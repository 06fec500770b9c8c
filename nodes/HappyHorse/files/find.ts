import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { preview } from '../validation/parse';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isText = (value: unknown) => typeof value === 'string';

/** Whether it is a file as n8n passes it on. `$binary` leaves out `data`, which is there where n8n holds it in memory. */
function isFile(value: unknown): value is IBinaryData {
	if (!isObject(value)) return false;
	const { id, data, mimeType }: { id?: unknown; data?: unknown; mimeType?: unknown } = value;
	return isText(mimeType) && (isText(id) || (id === undefined && isText(data)));
}

/** What names files: a comma list, an array of names and files, or one file. */
export function listNames(given: unknown): unknown[] {
	if (isObject(given) && !Array.isArray(given)) return [given];
	const list: unknown[] = Array.isArray(given) ? given : String(given ?? '').split(',');
	return list
		.map((name) => (isObject(name) ? name : String(name).trim()))
		.filter((name) => name !== '');
}

/** What an expression within a text makes of a file. */
const LOST = '[object Object]';

/**
 * A file of an item.
 *
 * @param name of its field, or a path into the item's JSON where the workflow's setting `binaryMode` keeps files there,
 * or the file itself, as an expression gives it
 * @returns the file and how messages call it, or the end of a sentence that says what is wrong
 */
export function findFile(
	context: IExecuteFunctions,
	item: number,
	name: unknown,
): { file: IBinaryData; called: string } | { complaint: string } {
	if (isFile(name))
		return { file: name, called: `the file ${preview(name.fileName ?? 'unnamed')}` };
	const { binary = {}, json } = context.getInputData()[item];
	if (isObject(name) && 'mimeType' in name) {
		const file = withContent(Object.values(binary), name);
		if (file) return { file, called: `the file ${preview(file.fileName ?? 'unnamed')}` };
		return {
			complaint:
				'is a file whose content n8n leaves out of expressions. Give the name of its field instead',
		};
	}
	if (typeof name !== 'string')
		return { complaint: `must name a file or be one, but it is ${preview(name)}` };
	if (name.includes(LOST))
		return {
			complaint:
				'is text in which a file was lost. Let the expression that gives the file stand alone in the field, with nothing before or after it; several files go into one list, such as {{ [$json._files.one, $json._files.two] }}',
		};
	const beside = new Map<string, unknown>(Object.entries(binary));
	const within = filesInJson(json);
	const file = beside.get(name) ?? byPath(context, item, name) ?? within.get(name);
	if (isFile(file)) return { file, called: preview(name) };
	const there = [...beside.keys(), ...within.keys()];
	const has = there.length === 0 ? 'the item has no files' : `the item has ${there.join(', ')}`;
	return { complaint: `names ${preview(name)}, but ${has}` };
}

/** The files that the workflow's setting `binaryMode` keeps in an item's JSON, by their fields. */
const filesInJson = ({ _files: files }: INodeExecutionData['json']) =>
	new Map<string, unknown>(isObject(files) ? Object.entries(files) : []);

/** Goes on with a sentence that says that no file is named, where `$binary` has none because they are in the JSON. */
export function hintAtJson(context: IExecuteFunctions, item: number): string {
	const [name] = filesInJson(context.getInputData()[item].json).keys();
	return name === undefined ? '' : `; the item has its files in its JSON, such as _files.${name}`;
}

/** The one of an item's files that `$binary` gave without its content; undefined where several could be meant. */
function withContent(files: IBinaryData[], given: object): IBinaryData | undefined {
	const without = (file: object) =>
		JSON.stringify(file, (key, value: unknown) => (key === 'data' ? undefined : value));
	const same = files.filter((file) => isFile(file) && without(file) === without(given));
	return same.every(({ data }) => data === same[0].data) ? same[0] : undefined;
}

/** n8n's own way from a name to a file, which throws where there is none. */
function byPath({ helpers }: IExecuteFunctions, item: number, path: string): unknown {
	try {
		return helpers.assertBinaryData(item, path);
	} catch {
		return undefined;
	}
}
