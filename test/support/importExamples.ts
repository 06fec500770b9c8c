/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PACKAGE, ROOT } from './pack';
import type { RestClient, WorkflowJson } from './restClient';

export const FIRST_EXAMPLE = 'text-to-video.json';

/** Example as n8n has saved it when it was imported. */
interface Imported {
	id: string;
	versionId: string;
	name: string;
	/** Hash of the example's file. */
	content: string;
}

type Saved = Omit<Imported, 'content'> & { isArchived?: boolean };

/** The name, with a number where there is a workflow of that name. */
function freeName(name: string, taken: string[]): string {
	let free = name;
	for (let number = 2; taken.includes(free); number++) free = `${name} ${number}`;
	return free;
}

/**
 * Imports all examples. What somebody has edited stays as it is; if the example itself has changed since, it comes beside
 * that.
 *
 * @param recordPath file that says what was imported last time
 * @returns ids of the workflows, by the examples' files
 */
export async function importExamples(
	rest: RestClient,
	credential: { id: string; name: string },
	recordPath: string,
): Promise<Map<string, string>> {
	const record: Record<string, Imported | undefined> = JSON.parse(
		await readFile(recordPath, 'utf8').catch(() => '{}'),
	);
	const files = (await readdir(join(ROOT, 'examples'))).filter((file) => file !== FIRST_EXAMPLE);
	const ids = new Map<string, string>();
	const read = async (id: string) => await rest.request<Saved>('GET', `/workflows/${id}`);
	// n8n lists the last saved one first
	for (const file of [...files.sort().reverse(), FIRST_EXAMPLE]) {
		const text = await readFile(join(ROOT, 'examples', file), 'utf8');
		const content = createHash('sha256').update(text).digest('hex');
		const workflow: WorkflowJson = JSON.parse(text);
		const { [file]: known } = record;
		const there = known && (await read(known.id).catch(() => undefined));
		const isThere = there !== undefined && there.isArchived !== true;
		const isEdited = there?.versionId !== known?.versionId || there?.name !== known?.name;
		if (isThere && known?.content === content) {
			ids.set(file, known.id);
			continue;
		}
		for (const node of workflow.nodes)
			if (node.type.startsWith(`${PACKAGE}.`)) node.credentials = { happyHorseApi: credential };
		const taken = (await rest.workflows()).map(({ name }) => name);
		// n8n's client writes over a workflow of the same name
		workflow.name = isThere && !isEdited ? there.name : freeName(workflow.name, taken);
		const { id } = await rest.saveWorkflow(workflow);
		const { versionId, name } = await read(id);
		record[file] = { id, versionId, name, content };
		ids.set(file, id);
	}
	await writeFile(recordPath, JSON.stringify(record));
	return ids;
}
