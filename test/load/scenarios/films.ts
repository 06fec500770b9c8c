/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { INode } from 'n8n-workflow';

import type { Installed } from '../../support/e2e';
import type { WorkflowJson } from '../../support/restClient';
import { NODE, node, workflowFor } from '../../support/workflows';
import { ffmpeg, makeLarge } from '../../tools/film/make';
import type { Measure } from '../measure';
import { line, median, shown } from '../measure';
import { timedRun } from '../n8n/runs';
import type { Scenario, Trial } from '../scenario';

/** Megabytes of each clip of the first film, whose code n8n has to load. */
const FIRST_MB = 10;
const KINDS: Array<[name: string, flags: string[]]> = [
	['index in front', ['-movflags', '+faststart']],
	['index behind', []],
];

type Own = { clips: number; megabytes: number; rounds: number };

/** A workflow that reads all files of a folder into n8n's storage, and joins them unless that is disabled. */
function joinWorkflow(
	{ credentialId }: Installed,
	fileSelector: string,
	settings: Partial<INode> = {},
): WorkflowJson {
	const parameters = { resource: 'video', operation: 'join' };
	const workflow = workflowFor(credentialId, parameters, { settings });
	const read = node('Items', 'n8n-nodes-base.readWriteFile', { fileSelector });
	return {
		...workflow,
		nodes: workflow.nodes.map((other) => (other.name === read.name ? read : other)),
	};
}

/** Seconds that a program takes. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
	const startedAt = performance.now();
	await work();
	return (performance.now() - startedAt) / 1_000;
}

/** Joins clips of one kind in n8n by turns with ffmpeg. */
async function measureKind(
	installed: Installed,
	folder: string,
	[name, flags]: (typeof KINDS)[number],
	{ clips, megabytes, rounds }: Own,
): Promise<Measure[]> {
	const { n8n } = installed;
	const selector = join(folder, '*.mp4');
	const workflow = joinWorkflow(installed, selector);
	const fill = async (size: number) => {
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder);
		const files = Array.from({ length: clips }, (_, index) => join(folder, `${10 + index}.mp4`));
		await makeLarge(files[0], size, flags);
		for (const file of files.slice(1)) copyFileSync(files[0], file);
		return files;
	};
	await fill(FIRST_MB);
	await timedRun(installed, workflow);
	const files = await fill(megabytes);
	// what n8n itself grows by when it reads them is not Join's
	await timedRun(installed, joinWorkflow(installed, selector, { disabled: true }));
	const [list, film] = [join(folder, 'list.txt'), join(folder, 'film')];
	writeFileSync(list, files.map((file) => `file '${file}'\n`).join(''));
	const concat = ['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', '-f', 'mp4'];
	const took: Record<'own' | 'plain' | 'front', number[]> = { own: [], plain: [], front: [] };
	let growth = 0;
	for (let round = 0; round < rounds; round++) {
		took.plain.push(await secondsOf(async () => await ffmpeg(...concat, film)));
		const front = ['-movflags', '+faststart', film];
		took.front.push(await secondsOf(async () => await ffmpeg(...concat, ...front)));
		rmSync(film);
		await n8n.forgetPeak();
		const { now } = await n8n.memory();
		const { execution } = await timedRun(installed, workflow);
		growth = Math.max(growth, (await n8n.memory()).peak - now);
		took.own.push(execution.data.resultData.runData[NODE][0].executionTime / 1_000);
	}
	const [own, plain, front] = [took.own, took.plain, took.front].map(median);
	const what = `${clips} clips of ${megabytes} MB, ${name}`;
	return [
		line(`${what}: growth of n8n’s memory`).atMost(60, growth, 'MB'),
		line(`${what}: time of Join`).is(shown(own, 's')),
		line('the same by `ffmpeg -f concat -c copy`; with `+faststart`').is(
			`${shown(plain, 's')}; ${shown(front, 's')}`,
		),
		line('Join’s time by that of ffmpeg, which puts the index in front as well').atMost(
			1,
			own / front,
		),
	];
}

async function measure(trial: Trial<Own>): Promise<Measure[]> {
	const folder = mkdtempSync(join(tmpdir(), 'films-'));
	await trial.open(
		Promise.resolve({ close: async () => rmSync(folder, { recursive: true, force: true }) }),
	);
	const env = { N8N_RESTRICT_FILE_ACCESS_TO: folder };
	const installed = await trial.startN8n({}, { env });
	const measures: Measure[] = [];
	for (const kind of KINDS)
		measures.push(...(await measureKind(installed, join(folder, 'clips'), kind, trial.settings)));
	return measures;
}

export const films: Scenario<Own> = {
	name: 'films',
	title: 'Films',
	about:
		'Joining clips out of n8n’s storage (on disk) into it, by turns with ffmpeg on the same files. Memory is measured once n8n has read the clips into its storage by itself (Linux only; needs ffmpeg and some 40 GB).',
	settings: { clips: 10, megabytes: 310, rounds: 2 },
	measure,
};
