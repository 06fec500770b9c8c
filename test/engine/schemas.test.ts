/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { RESOURCES } from '../../nodes/HappyHorse/actions';
import { MODES } from '../../nodes/HappyHorse/contract/modes';
import { createTask } from '../support/calls';
import { storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { QUICK, video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { TriggerBench } from '../support/webhook';
import { VERSION } from '../support/workflows';

/** Where n8n looks for them: its editor asks with a version of three numbers, and without resource or operation for a trigger. */
const FOLDER = join(__dirname, '..', '..', 'nodes', 'HappyHorse', '__schema__');
const VERSION_FOLDER = `v${VERSION}.0`;
const fileOf = (operation?: string) =>
	`${[VERSION_FOLDER, operation].filter((part) => part !== undefined).join('/')}.json`;

const bench = useSandbox();

/** What n8n's editor is told of a value. */
function schemaOf(value: unknown): object {
	if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0]) };
	if (typeof value !== 'object' || value === null) return { type: typeof value };
	const entries = Object.entries(value).map(([name, inner]) => [name, schemaOf(inner)]);
	return { type: 'object', properties: Object.fromEntries(entries) };
}

async function finishedTask(): Promise<string> {
	const { id } = await createTask(bench.sandbox);
	bench.sandbox.finish(id);
	return id;
}

const FOR_FILES = ['join', 'replaceSound', 'trim'];

async function itemOfFiles(resource: string, operation: string): Promise<IDataObject> {
	const file = await storeBinary(mediaFile('sound.mp4'), 'video/mp4');
	const items = [{ json: {}, binary: { data: file, sound: file } }];
	const { json, error } = await bench.run({ items, parameters: { resource, operation } });
	expect(error).toBeUndefined();
	return json[0];
}

async function itemOf(resource: string, operation: string): Promise<IDataObject> {
	if (FOR_FILES.includes(operation)) return await itemOfFiles(resource, operation);
	const parameters = MODES.some((mode) => mode === operation)
		? video(operation as (typeof MODES)[number])
		: {
				resource,
				operation,
				...(['task', 'video'].includes(resource) && { taskId: await finishedTask() }),
				...(resource === 'task' && { waitForCompletion: true, options: QUICK }),
			};
	const { json, error } = await bench.run({ parameters });
	expect(error).toBeUndefined();
	return json[0];
}

/** What the trigger puts out for a video that is finished. */
async function itemOfTrigger(): Promise<IDataObject> {
	const body = { id: await finishedTask(), status: 'completed' };
	const headers = { 'content-type': 'application/json' };
	const { result } = await new TriggerBench(bench.sandbox.url).receive({ headers, body });
	return result.workflowData?.[0]?.[0]?.json ?? {};
}

const operations = RESOURCES.flatMap(({ option: { value: resource }, operations: all }) =>
	all.map(({ option }): [string, string] => [resource, option.value]),
);

/** `npm run generate -- schemas` writes them; otherwise they have to be what comes out. */
function compare(file: string, item: IDataObject) {
	const path = join(FOLDER, file);
	const text = `${JSON.stringify(schemaOf(item), null, '\t')}\n`;
	if (process.env.SCHEMAS === 'print') {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text);
	}
	expect(readFileSync(path, 'utf8')).toBe(text);
}

describe('the fields that n8n’s editor offers before the first run are those that come out:', () => {
	test.each(operations)('%s, %s', async (resource, operation) =>
		compare(fileOf(`${resource}/${operation}`), await itemOf(resource, operation)),
	);

	test('the trigger', async () => compare(fileOf(), await itemOfTrigger()));

	test('of no operation that there is not', () => {
		const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
		const wanted = [fileOf(), ...operations.map((names) => fileOf(names.join('/')))];
		expect(files.filter((file) => file.endsWith('.json')).sort()).toEqual(wanted.sort());
	});
});
