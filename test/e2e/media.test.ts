/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { INode, NodeParameterValueType } from 'n8n-workflow';

import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import {
	AFTER,
	diskWorkflow,
	filesWorkflow,
	TRIGGER,
	webhookWorkflow,
	workflowFor,
} from '../support/workflows';

const FILES = {
	frame: mediaFile('300x300.jpg'),
	reference: mediaFile('400x1200.webp'),
	clip: mediaFile('3s.mp4'),
	small: mediaFile('299x300.jpg'),
};

const nine = Array.from({ length: 9 }, (_, index) => `reference ${index}`);

// the last 1.x can't keep files in the database
const MODES = N8N_VERSION.startsWith('1.') ? ['filesystem'] : ['filesystem', 'database'];

describe.each(MODES)('with n8n’s files in its %s, the service fetches', (binaryMode) => {
	const host = useN8n(
		{ taskMs: 300, fetchMedia: true },
		{ env: { N8N_DEFAULT_BINARY_DATA_MODE: binaryMode } },
	);

	const run = async (
		files: Record<string, Buffer>,
		parameters: Record<string, NodeParameterValueType>,
		settings: Partial<INode> = {},
	) => await host.runWorkflow(filesWorkflow(host.credentialId, files, parameters, settings));

	const fetched = () => host.tasks[0].media.map(({ bytes }) => bytes).sort((a, b) => a - b);

	test('a first frame', async () => {
		const execution = await run(
			{ photo: FILES.frame },
			video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'photo' }),
		);
		expect(itemsOf(execution, AFTER)[0].json.status).toBe('completed');
		expect(fetched()).toEqual([FILES.frame.length]);
	});

	test.each(['photo', '={{ $binary.photo }}'])(
		'a file that a Code node makes, without the storage: %s',
		async (imageBinaryProperty) => {
			const made = { data: FILES.frame.toString('base64'), mimeType: 'image/jpeg' };
			const workflow = workflowFor(
				host.credentialId,
				video('imageToVideo', { imageSource: 'binary', imageBinaryProperty }),
			);
			for (const { name, parameters } of workflow.nodes)
				if (name === 'Items')
					parameters.jsCode = `return [{ json: {}, binary: { photo: ${JSON.stringify(made)} } }];`;
			const execution = await host.runWorkflow(workflow);
			expect(errorOf(execution)?.message).toBeUndefined();
			expect(fetched()).toEqual([FILES.frame.length]);
		},
	);

	test('a webhook’s raw body, without the storage too', async () => {
		const own = randomUUID();
		const workflow = webhookWorkflow(
			host.credentialId,
			own,
			video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'data' }),
		);
		for (const { name, parameters } of workflow.nodes)
			if (name === TRIGGER) parameters.options = { rawBody: true };
		const { url, workflowId } = await host.listen(workflow, own);
		// the call that saw that it listens has started one
		await host.runsOf(workflowId, 1);
		const headers = { 'content-type': 'image/jpeg' };
		await fetch(url, { method: 'POST', headers, body: FILES.frame });
		const runs = await host.runsOf(workflowId, 2);
		const execution = await host.n8n.rest.finished(runs[0].id);
		expect(errorOf(execution)?.message).toBeUndefined();
		expect(fetched()).toEqual([FILES.frame.length]);
	});

	test('nine references', async () => {
		const execution = await run(
			Object.fromEntries(nine.map((name) => [name, FILES.reference])),
			video('referenceToVideo', {
				prompt: '[Image 1] meets [Image 9]',
				imageSource: 'binary',
				imageBinaryProperty: nine.join(', '),
			}),
		);
		expect(itemsOf(execution, AFTER)[0].json.status).toBe('completed');
		expect(fetched()).toEqual(nine.map(() => FILES.reference.length));
	});

	test('a clip with references, whose price is known exactly', async () => {
		const execution = await run(
			{ clip: FILES.clip, one: FILES.frame, two: FILES.frame },
			video('editVideo', {
				videoSource: 'binary',
				videoBinaryProperty: 'clip',
				imageSource: 'binary',
				imageBinaryProperty: 'one, two',
			}),
		);
		const [{ json }] = itemsOf(execution, AFTER);
		expect(json).toMatchObject({ status: 'completed', creditsEstimated: 165 });
		expect(fetched()).toEqual(
			[FILES.frame.length, FILES.frame.length, FILES.clip.length].sort((a, b) => a - b),
		);
		expect(JSON.stringify(execution)).not.toContain('token=');
	});

	test('nothing that the node has seen to be unfit', async () => {
		const execution = await run(
			{ photo: FILES.small },
			video('imageToVideo', { imageSource: 'binary', imageBinaryProperty: 'photo' }),
		);
		expect(errorOf(execution)?.message).toBe(
			'First Frame: 299 × 300 pixels; both sides must be at least 300 (Image Field Name)',
		);
		expect(host.sandbox.requests).toEqual([]);
	});
});

const MEGABYTE = 1024 * 1024;

/** A picture of 20 MB, most of which nobody looks at. */
function largeImage(): Buffer {
	const image = mediaFile('alpha-640x400.webp');
	return Buffer.concat([image, Buffer.alloc(20 * MEGABYTE - image.length)]);
}

/** A clip of 100 MB whose index stands at its end. */
function largeClip(): Buffer {
	const clip = mediaFile('60s.mp4');
	const index = clip.indexOf('moov') - 4;
	const padding = Buffer.alloc(100 * MEGABYTE - clip.length);
	padding.writeUInt32BE(padding.length);
	padding.write('free', 4);
	return Buffer.concat([clip.subarray(0, index), padding, clip.subarray(index)]);
}

(process.platform === 'linux' ? describe : describe.skip)('large files', () => {
	const folder = mkdtempSync(join(tmpdir(), 'happyhorse-media-'));
	const host = useN8n(
		{ taskMs: 300, fetchMedia: true },
		{ env: { N8N_RESTRICT_FILE_ACCESS_TO: folder } },
	);
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	test('do not fill n8n’s memory: nine images of 20 MB, then five and a clip of 100 MB', async () => {
		const names = Array.from({ length: 9 }, (_, number) => `image${number}`);
		for (const name of names) writeFileSync(join(folder, `${name}.webp`), largeImage());
		writeFileSync(join(folder, 'clip.mp4'), largeClip());
		const images = (count: number) => ({
			imageSource: 'binary',
			imageBinaryProperty: names.slice(0, count).join(),
		});
		const edit = video('editVideo', {
			...images(5),
			videoSource: 'binary',
			videoBinaryProperty: 'clip',
		});
		const make = video('referenceToVideo', images(9));
		const runBoth = async (settings: Partial<INode> = {}) => {
			for (const parameters of [make, edit]) {
				const execution = await host.runWorkflow(
					diskWorkflow(host.credentialId, join(folder, '*'), parameters, settings),
				);
				expect(errorOf(execution)).toBeUndefined();
			}
		};
		// what n8n takes for reading such files from disk is its own
		await runBoth({ disabled: true });
		await host.n8n.forgetPeak();
		const { now } = await host.n8n.memory();
		await runBoth();
		const { peak } = await host.n8n.memory();
		const megabytes = host.tasks.map(({ media }) =>
			Math.round(media.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE),
		);
		expect(megabytes).toEqual([180, 200]);
		expect(peak - now).toBeLessThan(60);
	}, 120_000);
});
