/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import type { Listening } from '../support/e2e';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { mediaFile } from '../support/mediaHost';
import { N8N_VERSION } from '../support/n8nHost';
import { video } from '../support/parameters';
import type { Execution, WorkflowJson } from '../support/restClient';
import type { Cell, Storage } from '../support/storageCells';
import { CELLS, nameOf, sampleOf, STORAGES } from '../support/storageCells';
import {
	AFTER,
	filesWorkflow,
	NODE,
	OWN_TRIGGER,
	READER,
	TRIGGER,
	triggerWorkflow,
	withReader,
	withSecondNode,
	workflowFor,
} from '../support/workflows';

/** `npm run test:e2e -- --storage` plays all cells; else a few, picked by a seed that a failure can be played again with. */
const SEED = Number(process.env.HAPPYHORSE_SEED ?? Date.now() % 1_000_000);
const isAll = process.env.HAPPYHORSE_STORAGE === 'all';
const CHOSEN = isAll ? CELLS : sampleOf(SEED, 4);
process.stdout.write(
	`Storage cells: ${CHOSEN.length} of ${CELLS.length}, HAPPYHORSE_SEED=${SEED}\n`,
);

const isOneX = N8N_VERSION.startsWith('1.');
const LONG_MS = 60_000;
const MEGABYTE = 1024 * 1024;
const VIDEO_MEGABYTES = 30;
/** In files a stream goes through; for a database n8n collects it, and in memory it is kept in Base64 and saved with the execution. */
const MOST_MEGABYTES: Record<Storage, number> = { filesystem: 25, database: 200, default: 600 };
const FRAME = mediaFile('300x300.jpg');

/** Whether n8n can serve files to others: "URL signing is not available in memory mode", it says (`createSignedToken`). */
const canSign = ({ storage }: Cell) => storage !== 'default';

/**
 * Whether files are in the items' JSON. n8n 1.x knows no `binaryMode` and keeps them beside it, and 2.x does where it
 * holds files in memory (`convertBinaryData`).
 */
const isInJson = ({ binaryMode, storage }: Cell) =>
	binaryMode === 'combined' && !isOneX && storage !== 'default';

/**
 * Whether n8n 2.x shows a file to nobody: in the database, what a webhook took in belongs to an execution `temp` for ever
 * (`resolveAccessSource`), be it n8n's own Webhook node or our trigger. The nodes that follow can read it.
 */
const isHidden = ({ storage, way }: Cell) => storage === 'database' && way === 'trigger' && !isOneX;

/**
 * Whether n8n's own helpers find a file. Where 2.x holds files in memory it leaves them beside the JSON, and yet looks for
 * them in it if `binaryMode` says so: "The path 'data' does not resolve to a binary data object" (`assertBinaryData`).
 */
const canBeRead = ({ storage, binaryMode }: Cell) =>
	isOneX || storage !== 'default' || binaryMode !== 'combined';

const fileIn = (item: INodeExecutionData, name = 'data'): IBinaryData | undefined => {
	const files: unknown = item.json._files;
	const inJson = typeof files === 'object' && files !== null ? Object.entries(files) : [];
	const all = Object.entries(item.binary ?? {}).concat(inJson);
	return all.find(([property]) => property === name)?.[1];
};

/** The ways to name a file, each as it is written in the field. */
const spellings = (cell: Cell) =>
	isInJson(cell)
		? ['photo', '_files.photo', '={{ $json._files.photo }}']
		: ['photo', '={{ $binary.photo }}'];

describe.each(STORAGES.filter((storage) => CHOSEN.some((cell) => cell.storage === storage)))(
	'files in %s:',
	(storage: Storage) => {
		const host = useN8n(
			{ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000, fetchMedia: true },
			{
				env: {
					N8N_DEFAULT_BINARY_DATA_MODE: storage,
					// 1.x has a database as a storage only where it is told so
					...(isOneX && { N8N_AVAILABLE_BINARY_DATA_MODES: 'filesystem,database' }),
				},
			},
		);

		const inMode = ({ binaryMode }: Cell, workflow: WorkflowJson): WorkflowJson => ({
			...workflow,
			settings: { binaryMode },
		});

		/** Lets so many tasks end as soon as they are there, and whoever waits for a callback is parked. */
		async function endTasks(count: number, parked?: () => Promise<unknown>): Promise<void> {
			for (let number = 1; number <= count; number++) {
				await host.sandbox.waitFor(() => host.tasks.length >= number);
				await parked?.();
				host.sandbox.finish(host.tasks[number - 1].id);
			}
		}

		/** An execution's end, which comes early where something is refused. */
		const endOf = async (finished: Promise<Execution>, tasksEnded: Promise<void>) =>
			await Promise.race([finished, tasksEnded.then(async () => await finished)]);

		/** Runs a workflow whose nodes make so many videos, one after the other. */
		async function play(cell: Cell, workflow: WorkflowJson, videos: number): Promise<Execution> {
			const { rest } = host.n8n;
			const { id } = await rest.saveWorkflow(inMode(cell, workflow));
			const executionId = await rest.run(id, TRIGGER);
			const parked = async () => await rest.parked(executionId);
			const tasksEnded = endTasks(videos, cell.way === 'parked' ? parked : undefined);
			return await endOf(rest.finished(executionId), tasksEnded);
		}

		async function listen(cell: Cell, workflow: WorkflowJson, id: string): Promise<Listening> {
			return await host.listen(inMode(cell, workflow), `${id}/webhook`);
		}

		/** The first run that a trigger has started, once it has ended. */
		async function startedBy({ workflowId }: Listening): Promise<Execution> {
			for (const until = Date.now() + LONG_MS; ; ) {
				const [run] = await host.n8n.rest.executionsOf(workflowId);
				if (run) return await host.n8n.rest.finished(run.id);
				if (Date.now() > until) throw new Error(`No run has started. n8n: ${host.n8n.logs()}`);
			}
		}

		/** The video came out at a node, the next one could read it, and n8n shows it. */
		async function expectVideo(cell: Cell, execution: Execution, node = NODE): Promise<void> {
			expect(errorOf(execution)?.message).toBeUndefined();
			const [item] = itemsOf(execution, node);
			expect(Object.keys(item.binary ?? {})).toEqual(isInJson(cell) ? [] : ['data']);
			const file = fileIn(item);
			const made = host.sandbox.videoOf(host.tasks[0].id);
			expect(file).toMatchObject({ mimeType: 'video/mp4', fileExtension: 'mp4' });
			if (file?.id) {
				const response = await host.n8n.rest.binary(file.id);
				const content = Buffer.from(await response.arrayBuffer());
				if (isHidden(cell)) expect([response.status, content.length]).toEqual([404, 0]);
				else expect(content.equals(made)).toBe(true);
			} else expect(Buffer.from(file?.data ?? '', 'base64').equals(made)).toBe(true);
			if (!canBeRead(cell)) return;
			const [{ json }] = itemsOf(execution, READER);
			expect(Buffer.from(String(json.content), 'base64').equals(made)).toBe(true);
		}

		const thenRead = (cell: Cell, workflow: WorkflowJson) =>
			canBeRead(cell) ? withReader(workflow, isInJson(cell) ? '_files.data' : 'data') : workflow;

		function expectMemoryComplaint(execution: Execution): void {
			expect(errorOf(execution)?.message).toMatch(
				/which n8n holds in memory only|whose content n8n leaves out of expressions/,
			);
		}

		const waiting = ({ way }: Cell) => (way === 'parked' ? { waitMethod: 'callback' } : {});
		const again = (cell: Cell) =>
			video('editVideo', {
				prompt: 'Make it night',
				videoSource: 'binary',
				imageUrls: '',
				...waiting(cell),
			});

		const played: Record<Cell['direction'], (cell: Cell) => Promise<void>> = {
			async in(cell) {
				const trigger = randomUUID();
				const listening =
					cell.way === 'trigger' &&
					(await listen(cell, triggerWorkflow(host.credentialId, trigger, {}), trigger));
				for (const imageBinaryProperty of spellings(cell)) {
					host.sandbox.reset();
					const source = { imageSource: 'binary', imageBinaryProperty, ...waiting(cell) };
					const untilCallback = listening && {
						waitForCompletion: false,
						callbackUrl: listening.url,
					};
					const parameters = video('imageToVideo', { ...source, ...untilCallback });
					const workflow = filesWorkflow(host.credentialId, { photo: FRAME }, parameters);
					const execution = await play(cell, workflow, canSign(cell) ? 1 : 0);
					if (!canSign(cell)) {
						expectMemoryComplaint(execution);
						expect(host.sandbox.requests).toEqual([]);
						continue;
					}
					expect([imageBinaryProperty, errorOf(execution)?.message]).toEqual([
						imageBinaryProperty,
						undefined,
					]);
					expect(host.tasks[0].media.map(({ bytes }) => bytes)).toEqual([FRAME.length]);
					const end = listening ? await startedBy(listening) : execution;
					expect(itemsOf(end, AFTER)[0].json).toMatchObject({ status: 'completed' });
				}
			},
			async out(cell) {
				if (cell.way !== 'trigger') {
					const parameters = video('textToVideo', { downloadVideo: true, ...waiting(cell) });
					const workflow = thenRead(cell, workflowFor(host.credentialId, parameters));
					await expectVideo(cell, await play(cell, workflow, 1));
					return;
				}
				const id = randomUUID();
				const workflow = triggerWorkflow(host.credentialId, id, { downloadVideo: true });
				const listening = await listen(cell, thenRead(cell, workflow), id);
				await host.run(
					video('textToVideo', { waitForCompletion: false, callbackUrl: listening.url }),
				);
				expect(await host.finish(host.tasks[0])).toEqual([200]);
				await expectVideo(cell, await startedBy(listening), OWN_TRIGGER);
			},
			async again(cell) {
				let execution: Execution;
				if (cell.way === 'trigger') {
					const id = randomUUID();
					const workflow = triggerWorkflow(host.credentialId, id, { downloadVideo: true });
					const listening = await listen(
						cell,
						withSecondNode(workflow, host.credentialId, again(cell)),
						id,
					);
					await host.run(
						video('textToVideo', { waitForCompletion: false, callbackUrl: listening.url }),
					);
					expect(await host.finish(host.tasks[0])).toEqual([200]);
					execution = await endOf(startedBy(listening), endTasks(2));
				} else {
					const parameters = video('textToVideo', { downloadVideo: true, ...waiting(cell) });
					const workflow = workflowFor(host.credentialId, parameters);
					const twice = withSecondNode(workflow, host.credentialId, again(cell));
					execution = await play(cell, twice, canSign(cell) ? 2 : 1);
				}
				if (!canSign(cell)) {
					expectMemoryComplaint(execution);
					expect(host.tasks).toHaveLength(1);
					return;
				}
				expect(errorOf(execution)?.message).toBeUndefined();
				const { length } = host.sandbox.videoOf(host.tasks[0].id);
				expect(host.tasks[1].media.map(({ bytes }) => bytes)).toEqual([length]);
				const [item] = itemsOf(execution, AFTER);
				expect(item.json).toMatchObject({ status: 'completed', creditsEstimated: 275 });
			},
		};

		test.each(
			CHOSEN.filter((cell) => cell.storage === storage).map((cell): [string, Cell] => [
				nameOf(cell),
				cell,
			]),
		)('%s', async (_name, cell) => await played[cell.direction](cell), LONG_MS);

		test.each(['separate', 'combined'] as const)(
			'two videos become one, with files %s',
			async (binaryMode) => {
				const cell: Cell = { storage, binaryMode, way: 'polled', direction: 'again' };
				const twice = workflowFor(
					host.credentialId,
					video('textToVideo', { downloadVideo: true }),
					{
						items: [{}, {}],
					},
				);
				const join = { resource: 'video', operation: 'join' };
				const workflow = withSecondNode(twice, host.credentialId, join);
				const execution = await play(cell, workflow, 2);
				expect(errorOf(execution)?.message).toBeUndefined();
				const [item, ...others] = itemsOf(execution, AFTER);
				expect(others).toEqual([]);
				expect(item.json).toMatchObject({ duration: 10, hasSound: true });
				expect(item.json.clips).toEqual([
					{ start: 0, end: 5 },
					{ start: 5, end: 10 },
				]);
				const file = fileIn(item);
				expect(file).toMatchObject({ fileName: 'film.mp4', mimeType: 'video/mp4' });
				const film = file?.id
					? Buffer.from(await (await host.n8n.rest.binary(file.id)).arrayBuffer())
					: Buffer.from(file?.data ?? '', 'base64');
				async function* chunk() {
					yield film;
				}
				const facts = await readClip(new StreamBytes(chunk(), film.length));
				expect(facts).toMatchObject({ width: 1280, height: 720, duration: 10 });
			},
			LONG_MS,
		);

		test('a download that is cut on the way is tried again', async () => {
			host.sandbox.outcome({ fileBytes: 5 * MEGABYTE });
			host.sandbox.fault({ on: 'file', times: 1, break: 'half' });
			const { id } = await host.n8n.rest.saveWorkflow(
				workflowFor(host.credentialId, video('textToVideo', { downloadVideo: true })),
			);
			const executionId = await host.n8n.rest.run(id, TRIGGER);
			await endTasks(1);
			const execution = await host.n8n.rest.finished(executionId);
			expect(errorOf(execution)?.message).toBeUndefined();
			expect(fileIn(itemsOf(execution, AFTER)[0])?.fileSize).toBe('5.24 MB');
			expect(host.sandbox.requests.filter(({ path }) => path.startsWith('/videos'))).toHaveLength(
				2,
			);
		});

		test('a page in the place of a video is refused by its first bytes', async () => {
			const headers = { 'content-type': 'application/octet-stream' };
			for (const more of [0, 5 * MEGABYTE]) {
				host.sandbox.reset();
				const body = `<!doctype html><title>Sign in</title>${' '.repeat(more)}`;
				host.sandbox.fault({ on: 'file', respond: { headers, body } });
				const { id } = await host.n8n.rest.saveWorkflow(
					workflowFor(host.credentialId, video('textToVideo', { downloadVideo: true })),
				);
				const executionId = await host.n8n.rest.run(id, TRIGGER);
				await endTasks(1);
				const execution = await host.n8n.rest.finished(executionId);
				expect(errorOf(execution)?.message).toBe(
					'The video is finished but could not be downloaded: its URL returned a web page instead of a video',
				);
			}
		});

		(isAll && process.platform === 'linux' ? test : test.skip)(
			'a video of 30 MB takes n8n as much memory as it needs to keep it there',
			async () => {
				const parameters = video('textToVideo', { downloadVideo: true });
				const download = async () => {
					const workflow = workflowFor(host.credentialId, parameters);
					const { id } = await host.n8n.rest.saveWorkflow(workflow);
					await host.n8n.rest.run(id, TRIGGER);
					await endTasks(1);
					// looked at in a list, since n8n would load what it kept in memory to show the execution itself
					while ((await host.n8n.rest.executionsOf(id))[0]?.status !== 'success') await sleep(100);
				};
				// what n8n takes for its first download is its own
				await download();
				host.sandbox.reset();
				host.sandbox.outcome({ fileBytes: VIDEO_MEGABYTES * MEGABYTE });
				await host.n8n.forgetPeak();
				const { now } = await host.n8n.memory();
				await download();
				const { peak } = await host.n8n.memory();
				process.stdout.write(`${storage}: ${Math.round(peak - now)} MB for ${VIDEO_MEGABYTES}\n`);
				expect(peak - now).toBeLessThan(MOST_MEGABYTES[storage]);
			},
			LONG_MS,
		);
	},
);
