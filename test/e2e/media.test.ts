/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import type { INode, NodeParameterValueType } from 'n8n-workflow';

import { N8N_VERSION, errorOf, itemsOf, useN8n } from '../support/e2e';
import { mediaFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { filesWorkflow, AFTER } from '../support/workflows';

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
		{ N8N_DEFAULT_BINARY_DATA_MODE: binaryMode },
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
			'Item 0: First Frame: 299 × 300 pixels; both sides must be at least 300',
		);
		expect(host.sandbox.requests).toEqual([]);
	});
});
