import packageJson from '../../../package.json';
import { MODES } from '../../../nodes/HappyHorse/contract/modes';
import type { Move, Turn } from '../../support/chatModel';
import { startChatModel } from '../../support/chatModel';
import { CREDENTIAL, errorOf, itemsOf, useN8n } from '../../support/e2e';
import { canPark, hasSecondEngine, N8N_VERSION } from '../../support/n8nHost';
import { mediaFile } from '../../support/mediaHost';
import { PACKAGE } from '../../support/pack';
import { video } from '../../support/parameters';
import type { Registry } from '../../support/registry';
import { startRegistry } from '../../support/registry';
import type { Execution } from '../../support/restClient';
import type { SecondEngine } from '../../support/secondEngine';
import { startSecondEngine } from '../../support/secondEngine';
import { AFTER, filesWorkflow, NODE } from '../../support/workflows';

/** The core of what users do, one test for each column of `docs/evidence/compatibility.md`. */

const INSTALL_MS = 5 * 60_000;
/** A run that is parked and wakes by itself: n8n looks once a minute. */
const NAP_MS = 4 * 60_000;

/** An n8n of early 2025: it reads a package's version out of its name, and its chat and agent can't be driven from here. */
const isOld = /^1\.(\d\d|10\d)\./.test(N8N_VERSION);

/** The items of a run that went well; what went wrong is in the test's message. */
function itemsAfter(execution: Execution) {
	expect(errorOf(execution)?.message).toBeUndefined();
	expect(execution.status).toBe('success');
	return itemsOf(execution, AFTER);
}

describe('out of a registry', () => {
	let registry: Registry;
	const host = useN8n({}, async () => {
		registry = await startRegistry();
		return { env: registry.env, withPackage: false };
	});
	afterAll(async () => await registry?.close());

	test(
		'Install',
		async () => {
			await registry.publish();
			const { version } = packageJson;
			const wanted = isOld ? { name: `${PACKAGE}@${version}` } : { name: PACKAGE, version };
			await host.n8n.rest.request('POST', '/community-packages', wanted);
			const names = (await host.n8n.rest.nodeTypes()).map(({ name }) => name);
			expect(names).toEqual(
				expect.arrayContaining([
					`${PACKAGE}.happyHorse`,
					`${PACKAGE}.happyHorseTool`,
					`${PACKAGE}.happyHorseTrigger`,
				]),
			);
		},
		INSTALL_MS,
	);
});

describe('installed', () => {
	const host = useN8n({ taskMs: 300, fetchMedia: false });

	test('Credential test', async () => {
		const { apiKey, url: baseUrl } = host.sandbox;
		const right = await host.n8n.rest.testCredential(CREDENTIAL, { apiKey, baseUrl });
		expect(right.status).toBe('OK');
		const wrong = await host.n8n.rest.testCredential(CREDENTIAL, {
			apiKey: 'sk-test-wrong',
			baseUrl,
		});
		expect(wrong.status).toBe('Error');
	});

	test('Four modes', async () => {
		for (const mode of MODES) {
			const [item] = itemsAfter(await host.run(video(mode, { downloadVideo: false })));
			expect(item.json).toMatchObject({ status: 'completed', mode });
		}
		expect(host.sandbox.ledger).toHaveLength(MODES.length);
	});

	test('File out', async () => {
		const [item] = itemsAfter(await host.run(video('textToVideo', { downloadVideo: true })));
		expect((await host.fileOf(item)).equals(host.sandbox.videoOf(item.json.taskId))).toBe(true);
	});

	test('File in', async () => {
		const parameters = video('imageToVideo', {
			imageSource: 'binary',
			imageBinaryProperty: 'photo',
		});
		const files = { photo: mediaFile('300x300.jpg') };
		const execution = await host.runWorkflow(filesWorkflow(host.credentialId, files, parameters));
		expect(itemsAfter(execution)[0].json.status).toBe('completed');
		const [url] = Object(host.tasks[0].input.image_urls);
		const response = await fetch(url);
		expect(Buffer.from(await response.arrayBuffer()).equals(files.photo)).toBe(true);
	});

	(canPark() ? test : test.skip)('Parked, woken by its callback', async () => {
		host.sandbox.outcome({ taskMs: 3_600_000 });
		const id = await host.start(video('textToVideo', { waitMethod: 'callback' }));
		await host.n8n.rest.parked(id);
		expect(await host.finish(host.tasks[0])).toEqual([200]);
		const [item] = itemsAfter(await host.n8n.rest.finished(id));
		expect(item.json).toMatchObject({ taskId: host.tasks[0].id, status: 'completed' });
	});

	(canPark() ? test : test.skip)(
		'Parked, woken by itself',
		async () => {
			host.sandbox.outcome({ taskMs: 3_600_000 });
			const options = { timeout: 5 };
			const id = await host.start(video('textToVideo', { waitMethod: 'parked', options }));
			await host.n8n.rest.parked(id);
			host.sandbox.finish(host.tasks[0].id);
			const [item] = itemsAfter(await host.n8n.rest.finished(id, NAP_MS));
			expect(item.json).toMatchObject({ taskId: host.tasks[0].id, status: 'completed' });
			expect(host.sandbox.ledger).toHaveLength(1);
		},
		NAP_MS,
	);

	(canPark() ? test.skip : test)('Polls where it can’t park', async () => {
		for (const waitMethod of ['parked', 'callback']) {
			const execution = await host.run(video('textToVideo', { waitMethod }));
			expect(itemsAfter(execution)[0].json.status).toBe('completed');
			const [{ hints = [] }] = execution.data.resultData.runData[NODE];
			expect(hints.map(({ message }) => message).join(' ')).toContain('polled instead');
		}
		expect(host.sandbox.ledger).toHaveLength(2);
	});

	test('Trigger', async () => {
		const { workflowId, url } = await host.listenForCallbacks();
		await host.start(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
		await host.sandbox.waitFor(() => host.sandbox.deliveries.length > 0);
		expect(host.sandbox.deliveries[0].status).toBe(200);
		const [{ id }] = await host.runsOf(workflowId, 1);
		const [item] = itemsAfter(await host.n8n.rest.finished(id));
		expect(item.json).toMatchObject({ event: 'task.completed', taskId: host.tasks[0].id });
	});

	(isOld ? test.skip : test)('AI tool', async () => {
		const play = ({ tools, results }: Turn): Move => {
			if (results.length > 0) return { answer: results[0] };
			const tool = tools.find(({ description }) => /no image and no clip/.test(description));
			const input = {
				prompt: 'A paper boat',
				duration: 5,
				aspectRatio: '16:9',
				resolution: '720p',
			};
			return { tool: tool?.name ?? '', input };
		};
		const model = await startChatModel(play);
		try {
			const secret = { apiKey: 'sk-test-scripted', url: model.url };
			const credential = await host.n8n.rest.saveCredential('Scripted', 'openAiApi', secret);
			const workflow = host.example('ai-agent-tool.json');
			for (const node of workflow.nodes) {
				if (node.type.endsWith('lmChatOpenAi')) node.credentials = { openAiApi: credential };
			}
			const { id } = await host.n8n.rest.saveWorkflow(workflow);
			const chat = { sessionId: 'test', action: 'sendMessage', chatInput: 'A paper boat' };
			const execution = await host.n8n.rest.finished(await host.n8n.rest.run(id, 'Chat', chat));
			expect(errorOf(execution)?.message).toBeUndefined();
			expect(host.tasks.map(({ mode, status }) => [mode, status])).toEqual([
				['textToVideo', 'completed'],
			]);
			expect(itemsOf(execution, 'AI Agent')[0].json.output).toContain(host.tasks[0].videoUrls[0]);
		} finally {
			await model.close();
		}
	});
});

// in n8n since 2.37
(hasSecondEngine() ? describe : describe.skip)('with the second engine', () => {
	let engine: SecondEngine;
	const host = useN8n({ taskMs: 300, fetchMedia: false }, async () => {
		engine = await startSecondEngine();
		return { env: engine.env };
	});
	beforeAll(() => engine?.takeAll(host.n8n.rest));
	afterAll(async () => await engine?.close());

	test('Second engine', async () => {
		for (const mode of MODES) {
			const [item] = itemsAfter(await host.run(video(mode, { waitMethod: 'parked' })));
			expect(item.json).toMatchObject({ status: 'completed', mode });
		}
		expect(host.sandbox.ledger).toHaveLength(MODES.length);
		const { workflowId, url } = await host.listenForCallbacks();
		await host.run(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
		const [item] = itemsAfter(await engine.firstOf(workflowId, host.n8n.rest));
		expect(item.json).toMatchObject({ event: 'task.completed', taskId: host.tasks.at(-1)?.id });
	});
});
