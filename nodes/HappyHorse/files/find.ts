import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { BINARY_PROPERTY } from '../form/options';
import { preview } from '../validation/parse';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isText = (value: unknown) => typeof value === 'string';

/** Recognizes a file that can be read. Its type may be missing, as after a Code node. */
function isFile(value: unknown): value is IBinaryData {
	if (!isObject(value)) return false;
	const { id, data }: { id?: unknown; data?: unknown } = value;
	return isText(id) || (id === undefined && isText(data));
}

/** Recognizes a file that an expression returns. `$binary` omits `data`, the only content of a file that n8n holds in memory. */
const isGivenFile = (value: unknown): value is IBinaryData =>
	isFile(value) && isText(value.mimeType);

/** Splits a field that names files: a list, as lines or as JSON, an array of names and files, or one file. */
export function listNames(given: unknown): unknown[] {
	if (isObject(given) && !Array.isArray(given)) return [given];
	const list: unknown[] = Array.isArray(given) ? given : splitNames(String(given ?? ''));
	return list
		.map((name) => (isObject(name) ? name : String(name).trim()))
		.filter((name) => name !== '');
}

function splitNames(text: string): unknown[] {
	try {
		const list: unknown = JSON.parse(text);
		if (Array.isArray(list)) return list;
	} catch {
		// no JSON
	}
	return text.split(/[,;\r\n，；、]/);
}

/** Text that an expression within other text makes of a file. */
const LOST_FILE = '[object Object]';

/**
 * Finds a file of an item.
 *
 * @param name of its field, or a path into the item's JSON if the workflow's setting `binaryMode` keeps files there, or the
 * file itself, as an expression returns it
 * @returns the file and its label for messages, or a complaint's message
 */
export function findFile(
	context: IExecuteFunctions,
	item: number,
	name: unknown,
): { file: IBinaryData; label: string } | { complaint: string } {
	if (isGivenFile(name))
		return { file: name, label: `the file ${preview(name.fileName ?? 'unnamed')}` };
	const { binary = {}, json } = context.getInputData()[item];
	if (isObject(name)) {
		const file = withContent(Object.values(binary), name);
		if (file) return { file, label: `the file ${preview(file.fileName ?? 'unnamed')}` };
		if ('mimeType' in name)
			return {
				complaint:
					'is a file whose content n8n leaves out of expressions. Give the name of its field instead',
			};
	}
	if (typeof name !== 'string')
		return { complaint: `must name a file or be one, but it is ${preview(name)}` };
	if (name.includes(LOST_FILE))
		return {
			complaint:
				'turned a file into text. Use the expression that returns the file without any text before or after it; put several files in a list, such as {{ [$json._files.one, $json._files.two] }}',
		};
	const attached = new Map<string, unknown>(Object.entries(binary));
	const inJson = filesInJson(json);
	const file = attached.get(name) ?? byPath(context, item, name) ?? inJson.get(name);
	if (isFile(file)) return { file, label: preview(name) };
	const names = [...attached.keys(), ...inJson.keys()];
	const [only] = [...attached.values(), ...inJson.values()];
	// whoever leaves the field as it is means the file that is there
	if (name === BINARY_PROPERTY && names.length === 1 && isFile(only))
		return { file: only, label: preview(names[0]) };
	if (names.includes(name))
		return {
			complaint: `names ${preview(name)}, but what the item has there is not a file with content. In a Code node, make it with this.helpers.prepareBinaryData`,
		};
	const has = names.length === 0 ? 'the item has no files' : `the item has ${names.join(', ')}`;
	return { complaint: `names ${preview(name)}, but ${has}` };
}

/** Files that the workflow's setting `binaryMode` keeps in an item's JSON, by field. */
const filesInJson = ({ _files: files }: INodeExecutionData['json']) =>
	new Map<string, unknown>(isObject(files) ? Object.entries(files) : []);

/** Extends a complaint about an empty field: `$binary` has no files if they are in the JSON. */
export function jsonFilesHint(context: IExecuteFunctions, item: number): string {
	const [name] = filesInJson(context.getInputData()[item].json).keys();
	return name === undefined ? '' : `; the item has its files in its JSON, such as _files.${name}`;
}

/** Finds the item's file that `$binary` returned without its content; undefined if it is ambiguous. */
function withContent(files: IBinaryData[], given: object): IBinaryData | undefined {
	const without = (file: object) =>
		JSON.stringify(file, (key, value: unknown) => (key === 'data' ? undefined : value));
	const same = files.filter((file) => isFile(file) && without(file) === without(given));
	return same.every(({ data }) => data === same[0].data) ? same[0] : undefined;
}

/** Looks a file up by n8n's own rules. */
function byPath({ helpers }: IExecuteFunctions, item: number, path: string): unknown {
	try {
		return helpers.assertBinaryData(item, path);
	} catch {
		return undefined;
	}
}
