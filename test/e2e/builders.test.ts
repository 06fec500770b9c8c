/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { NodeParameterValueType } from 'n8n-workflow';

import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { HappyHorseTrigger } from '../../nodes/HappyHorse/HappyHorseTrigger.node';
import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { mediaFile } from '../support/mediaHost';
import { ensureHost, hasSecondEngine, N8N_VERSION } from '../support/n8nHost';
import { PACKAGE } from '../support/pack';
import type { Execution } from '../support/restClient';
import { AFTER, filesWorkflow, OWN_TRIGGER, VERSION, workflowFor } from '../support/workflows';

type Parameters = Record<string, NodeParameterValueType>;

/** What somebody asks a builder for, the node as models write it from what n8n tells them, and what comes of it. */
interface Row {
	asked: string;
	parameters: Parameters;
	items?: object[];
	files?: Record<string, Buffer>;
	/** What comes out of each item at least, or the beginning of what is said. */
	outcome: object[] | RegExp;
	/** What the service is asked for at least. */
	sent?: object;
	/** Tells if n8n's own check of a node takes it. */
	isValid?: false;
}

const PHOTO = 'https://example.com/photo.jpg';
const CLIP = mediaFile('3s.mp4');
const COMPLETED = { status: 'completed' };
const video = (operation: string, more: Parameters): Parameters => ({
	...{ resource: 'video', operation },
	...(!['join', 'trim', 'replaceSound'].includes(operation) && { prompt: 'A fox in the snow' }),
	...more,
});

const ROWS: Row[] = [
	{
		asked: 'Every Monday make a clip from the top row of my table and mail it',
		parameters: video('textToVideo', { prompt: '={{ $json.idea }}', downloadVideo: true }),
		items: [{ idea: 'A red fox trots through fresh snow' }],
		outcome: [{ ...COMPLETED, prompt: 'A red fox trots through fresh snow' }],
	},
	{
		asked: 'Make a six second reel of the photo from my form',
		parameters: video('imageToVideo', {
			...{
				imageSource: 'binary',
				imageBinaryProperty: 'Photo',
				aspectRatio: '9:16',
				duration: '6',
			},
		}),
		files: { Photo: mediaFile('300x300.jpg') },
		outcome: [COMPLETED],
		sent: { duration: 6 },
		isValid: false,
	},
	{
		asked: 'An ad in full HD with both product photos from the sheet',
		parameters: video('referenceToVideo', {
			prompt: 'The bottle from [Image 1] stands beside the glass from [Image 2]',
			...{
				imageUrls: '={{ $json.photos }}',
				duration: '={{ $json.seconds }}',
				resolution: '1080P',
			},
		}),
		items: [{ photos: [PHOTO, 'https://example.com/glass.png'], seconds: '8' }],
		outcome: [{ ...COMPLETED, creditsEstimated: 388 }],
		sent: { resolution: '1080p', duration: 8 },
		isValid: false,
	},
	{
		asked: 'Turn the clip at this link into a watercolor and keep its sound',
		parameters: video('editVideo', {
			prompt: 'Make it a watercolor. Keep the people and the camera.',
			...{ videoUrl: 'https://example.com/clip.mp4', audioSetting: 'original' },
			options: { maxCredits: 3_000 },
		}),
		outcome: /^Audio must be one of auto, origin/,
		isValid: false,
	},
	{
		asked: 'Make the first three seconds of my upload look like night',
		parameters: video('editVideo', {
			prompt: 'Make it night. Keep everything else.',
			...{ videoSource: 'binary', videoBinaryProperty: 'data', options: { trimTo: '3' } },
		}),
		files: { data: CLIP },
		outcome: [{ ...COMPLETED, creditsEstimated: 165 }],
		isValid: false,
	},
	{
		asked: 'Start a video for each row, I fetch them tomorrow',
		parameters: video('textToVideo', { waitForCompletion: 'false', callbackUrl: '' }),
		items: [{}, {}],
		outcome: [{ taskId: expect.any(String) }, { taskId: expect.any(String) }],
		isValid: false,
	},
	{
		asked: 'Save the video of this task',
		parameters: { resource: 'task', operation: 'get', taskId: '={{ $json.task_id }}' },
		items: [{ id: 1 }],
		outcome: /^Task ID must /,
	},
	{
		asked: 'Tell me each night what is left',
		parameters: { resource: 'credit', operation: 'getBalance', options: {} },
		outcome: [{ credits: expect.any(Number) }],
	},
	{
		asked: 'What would ten seconds of full HD cost?',
		parameters: {
			...{ resource: 'credit', operation: 'estimateCost', videoMode: 'textToVideo' },
			...{ resolution: '1080p', duration: '10' },
		},
		outcome: [{ creditsEstimated: 485 }],
		isValid: false,
	},
	{
		asked: 'Join my clips',
		parameters: video('join', { binaryPropertyName: 'data', options: { fileName: 'film' } }),
		files: { data: CLIP },
		outcome: [{ clips: [{ start: 0, end: 3 }] }],
	},
	{
		asked: 'Only the second from one to two',
		parameters: video('trim', { binaryPropertyName: 'data', startSeconds: '1', endSeconds: 2 }),
		files: { data: CLIP },
		outcome: [{ start: 0, duration: 2 }],
		isValid: false,
	},
	{
		asked: 'Take the sound out of my clip',
		parameters: video('replaceSound', { soundSource: 'Remove' }),
		files: { data: CLIP },
		outcome: [{ hasSound: false }],
		isValid: false,
	},
	{
		asked: 'Three videos for at most 300 credits',
		parameters: video('textToVideo', { options: { maxCredits: '300' } }),
		items: [{}, {}, {}],
		outcome: /412\.5 credits/,
		isValid: false,
	},
	{
		asked: 'A production workflow that keeps no worker busy',
		parameters: video('textToVideo', { waitMethod: 'Callback', options: { timeout: '20' } }),
		outcome: [COMPLETED],
		isValid: false,
	},
	{
		asked: 'Our mascot in three scenes',
		parameters: video('referenceToVideo', {
			prompt: 'The horse of [Image1] jumps over a fence',
			imageUrls: `["${PHOTO}"]`,
		}),
		outcome: /^Prompt contains \[Image1\].*write \[Image 1\]/,
	},
	{
		asked: 'Make it square, with the seed of last time, for customer Ann',
		parameters: video('textToVideo', {
			aspectRatio: '1:1',
			options: {
				seed: '42',
				label: 'Ann',
				includeInputFields: 'true',
				model: 'happyhorse-1.0-text-to-video',
			},
		}),
		items: [{ title: 'Winter' }],
		outcome: [{ ...COMPLETED, seed: 42, label: 'Ann', title: 'Winter' }],
		isValid: false,
	},
	{
		asked: 'A vertical clip, twenty seconds long',
		parameters: video('textToVideo', { aspectRatio: 'vertical', duration: 20 }),
		outcome: /^Problems: 2|Aspect Ratio must/,
		isValid: false,
	},
];

const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 });

const said = (execution: Execution) => {
	const error = errorOf(execution);
	return error ? `${error.message} ${error.description ?? ''}` : '';
};

test('nodes as models write them are read as they are meant, or refused by name before anything is paid', async () => {
	const seen = await Promise.all(
		ROWS.map(async ({ parameters, items, files }) => {
			const workflow = files
				? filesWorkflow(host.credentialId, files, parameters)
				: workflowFor(host.credentialId, parameters, { items });
			const execution = await host.runWorkflow(workflow);
			return said(execution) || itemsOf(execution, AFTER).map(({ json }) => json);
		}),
	);
	const told = ROWS.map(({ asked, outcome }) => ({
		asked,
		outcome: Array.isArray(outcome)
			? outcome.map((item) => expect.objectContaining(item))
			: expect.stringMatching(outcome),
	}));
	expect(seen.map((outcome, row) => ({ asked: ROWS[row].asked, outcome }))).toEqual(told);
	for (const { sent } of ROWS)
		if (sent)
			expect(host.tasks.map(({ input }) => input)).toContainEqual(expect.objectContaining(sent));
	expect(host.tasks).toHaveLength(
		ROWS.filter(
			({ outcome, parameters }) => Array.isArray(outcome) && 'prompt' in parameters,
		).flatMap(({ items = [{}] }) => items).length,
	);
});

test.each<[string, Parameters, number]>([
	['When a video is finished, save it', { events: 'task.completed', downloadVideo: 'true' }, 1],
	['When one fails', { events: 'task.failed', options: { deduplicate: 'true' } }, 0],
	['When an edit is finished', { options: { modes: 'editVideo', verification: 'api' } }, 0],
])('%s: the trigger takes its settings as they are meant', async (_asked, parameters, runs) => {
	const { workflowId, url } = await host.listenForCallbacks(parameters);
	const done = await host.run(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
	expect(said(done)).toBe('');
	expect(await host.finish(host.tasks[0])).toEqual([200]);
	const started = await host.runsOf(workflowId, runs);
	expect(started).toHaveLength(runs);
	for (const { id } of started) {
		const [item] = itemsOf(await host.n8n.rest.finished(id), OWN_TRIGGER);
		expect(item.binary?.data.mimeType).toBe('video/mp4');
	}
});

(hasSecondEngine() ? test : test.skip)(
	'n8n’s own check of a node takes what is written as the types say',
	async () => {
		const modules = join(dirname((await ensureHost(N8N_VERSION)).bin), '..', '..');
		const sdk = join(modules, '@n8n', 'workflow-sdk', 'dist');
		const { orchestrateGeneration } = jest.requireActual(join(sdk, 'generate-types', 'index.js'));
		const { setSchemaBaseDirs, validateNodeConfig } = jest.requireActual(
			join(sdk, 'validation.js'),
		);
		const outputDir = await mkdtemp(join(tmpdir(), 'happyhorse-schemas-'));
		try {
			const nodes = [new HappyHorse(), new HappyHorseTrigger()].map(({ description }) => ({
				...description,
				name: `${PACKAGE}.${description.name}`,
			}));
			await orchestrateGeneration({ nodes, outputDir });
			setSchemaBaseDirs([outputDir]);
			const seen = ROWS.map(({ asked, parameters }) => ({
				asked,
				...validateNodeConfig(`${PACKAGE}.happyHorse`, VERSION, { parameters }),
			}));
			expect(seen).toEqual(
				ROWS.map(({ asked, isValid = true }) => expect.objectContaining({ asked, valid: isValid })),
			);
		} finally {
			await rm(outputDir, { recursive: true, force: true });
		}
	},
);
