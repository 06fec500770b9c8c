import type { Browser, BrowserContext } from 'playwright-core';

import { RESOURCES } from '../../nodes/HappyHorse/actions';
import { useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import { Editor, logIn, startBrowser } from '../support/editor';
import { video } from '../support/parameters';
import { AFTER, NODE, node, triggerWorkflow, workflowFor } from '../support/workflows';

const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 });

/** A browser takes its time on a small machine. */
jest.setTimeout(90_000);
// and where it is kept waiting for too long, it shows so and begins anew
jest.retryTimes(2, { logErrorsBeforeRetry: true });

const PROMPT = 'A horse runs over a beach';
const EVERY_MODE = ['downloadVideo', 'waitForCompletion', 'waitMethod', 'simplify'];

let browser: Browser;
let session: BrowserContext;
let editor: Editor;
beforeAll(async () => {
	browser = await startBrowser();
	session = await logIn(browser, host.n8n);
});
beforeEach(async () => (editor = new Editor(await session.newPage())));
afterEach(async () => await editor?.page.close());
afterAll(async () => await browser?.close());

const text = (words: string | RegExp) => editor.page.getByText(words).first();
const output = () => editor.at('output-panel');

/** A workflow with our node, open at it. */
async function openNode(parameters: ReturnType<typeof video>, items?: object[]) {
	const workflow = workflowFor(host.credentialId, parameters, { items });
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.openNode(NODE);
}

async function startSearching() {
	await editor.openWorkflow();
	await editor.at('canvas-add-button').or(editor.at('node-creator-plus-button')).first().click();
}

/** Goes for the node as a newcomer does: an empty workflow, a button, and its name. */
async function addHappyHorse() {
	await startSearching();
	await editor.pick('Trigger manually');
	await editor.at('canvas-handle-plus').click();
	await editor.search('happyhorse', 'HappyHorse');
	await editor.pick('HappyHorse');
}

/** Adds the node by one of its actions. */
async function addNode(action: string) {
	await addHappyHorse();
	await editor.pick(action);
	await editor.field('operation').waitFor();
}

/** Plays the video in the output panel, and gives what the browser makes of it. */
async function play() {
	await output().getByText('Binary', { exact: true }).first().click();
	await editor.at('ndv-view-binary-data').click();
	const video_ = output().locator('video').first();
	await video_.waitFor();
	return await video_.evaluate(async (element) => {
		const player = element as unknown as {
			muted: boolean;
			play(): Promise<void>;
			videoWidth: number;
			duration: number;
			currentTime: number;
		};
		player.muted = true;
		await player.play();
		return { width: player.videoWidth, seconds: player.duration };
	});
}

/** What people type who want a video; the names of other makers are not ours to use. */
const SEARCHED = [
	...['happyhorse', 'happy horse', 'ai video', 'text to video', 'image to video', 't2v'],
	...['make video', 'make a video', 'create video', 'generate video', 'edit video'],
	...['video editor', 'video generator', 'download video', 'clip', 'reel', 'shorts', 'animation'],
	...['文生视频', '图生视频', 'AI 视频', 'AI视频', '生成视频', '制作视频', '视频编辑', '下载视频'],
];

test('the node is found by what people type who look for an action, in English and in Chinese', async () => {
	await startSearching();
	await editor.pick('Trigger manually');
	await editor.at('canvas-handle-plus').click();
	for (const words of SEARCHED) await editor.search(words, 'HappyHorse');
	await editor.search('make video', 'HappyHorse');
	// the last 1.x lists names only
	if (!N8N_VERSION.startsWith('1.'))
		await text('AI video: make and edit videos with HappyHorse').waitFor();
	await editor.picture('search', editor.at('node-creator'), 240);
});

test('and the trigger is found the same way', async () => {
	await startSearching();
	for (const words of ['make video', 'video editor', '生成视频', 'video finished', 'video ready'])
		await editor.search(words, 'HappyHorse');
});

const ACTIONS = RESOURCES.flatMap(({ operations }) => operations.map(({ option }) => option));

test('its actions stand in the order in which people come for them, the estimate once', async () => {
	await addHappyHorse();
	const names = editor.page.locator('[data-test-id="node-creator-item-name"]');
	await names.getByText(ACTIONS[ACTIONS.length - 1].action).waitFor();
	// what was found before slides out
	await names.getByText('HappyHorse', { exact: true }).waitFor({ state: 'detached' });
	const listed = (await names.allTextContents()).map((name) => name.trim());
	expect(listed.slice(0, ACTIONS.length)).toEqual(ACTIONS.map(({ action }) => action));
	expect(listed.filter((name) => name.startsWith('Estimate'))).toHaveLength(1);
});

test.each([
	['Generate video from text', 'Text to Video'],
	['Get credit balance', 'Get Balance'],
	['Get task', 'Get Task'],
	['Download video', 'Download Video'],
])('the canvas says what “%s” does', async (action, subtitle) => {
	await addNode(action);
	await editor.page.keyboard.press('Escape');
	await editor.at('ndv').waitFor({ state: 'hidden' });
	const node = editor.page.locator(`[data-node-name="${action}"]`);
	await node.getByText(subtitle, { exact: true }).waitFor();
});

test('a newcomer adds it, creates a credential that is tested, and plays a video', async () => {
	await addNode('Generate video from text');
	await editor.field('prompt').locator('textarea').fill(PROMPT);

	await editor.at('node-credentials-select').click();
	await editor.at('node-credentials-select-item-new').click();
	const key = editor.field('apiKey').locator('input').first();
	await key.fill('sk-test-wrong');
	await editor.field('baseUrl').locator('input').first().fill(host.sandbox.url);
	await editor.at('credential-save-button').click();
	await text('Couldn’t connect with these settings').waitFor();
	await editor.picture('review/credential', editor.at('credential-edit-dialog'));
	await key.fill(host.sandbox.apiKey);
	await editor.at('credential-save-button').click();
	// the last 1.x says so and leaves closing to the user
	if (N8N_VERSION.startsWith('1.')) {
		await text('Connection tested successfully').waitFor();
		await editor.page.keyboard.press('Escape');
	}
	await editor.at('credential-edit-dialog').waitFor({ state: 'detached' });

	await editor.at('node-execute-button').click();
	await output().getByText('1 video, 137.5 credits').waitFor();
	expect(host.tasks.map(({ input }) => input.prompt)).toEqual([PROMPT]);
	expect(await play()).toEqual({ width: 1280, seconds: 5 });
	await editor.picture('video');
});

test('each mode shows its fields and no other, and the prompt stays from mode to mode', async () => {
	await openNode({ resource: 'video', operation: 'textToVideo', prompt: PROMPT });
	const modes: Array<[string, string[]]> = [
		['Image to Video', ['imageSource', 'imageUrl', 'resolution', 'duration']],
		['Reference to Video', ['imageSource', 'imageUrls', 'aspectRatio', 'resolution', 'duration']],
		[
			'Edit Video',
			['videoSource', 'videoUrl', 'audioSetting', 'resolution', 'imageSource', 'imageUrls'],
		],
		['Text to Video', ['aspectRatio', 'resolution', 'duration']],
	];
	for (const [label, fields] of modes) {
		await editor.choose('operation', label);
		await editor.field(fields[0]).waitFor();
		const shown = await editor.shownFields();
		expect(shown).toEqual(['resource', 'operation', 'prompt', ...fields, ...EVERY_MODE]);
		const prompt = editor.field('prompt').locator('textarea').first();
		expect(await prompt.inputValue()).toBe(PROMPT);
		if (label === 'Edit Video') await editor.picture('review/edit-video');
	}
});

test('the price is said before the click, and follows the form', async () => {
	await openNode(video('textToVideo'));
	await output().getByText('5 seconds at 720p: 137.5 credits (0.69 USD) for each video').waitFor();
	await editor.picture('review/price');
	const duration = editor.field('duration').locator('input').first();
	await duration.fill('7');
	await duration.blur();
	await output().getByText('7 seconds at 720p: 192.5 credits (0.96 USD)').waitFor();
	await editor.choose('resolution', '1080p');
	await output().getByText('7 seconds at 1080p: 339.5 credits (1.70 USD)').waitFor();
	await editor.choose('operation', 'Edit Video');
	await output().getByText('a clip of 10 seconds at 1080p costs 970 credits').waitFor();
	expect(await output().getByText('USD').count()).toBe(1);
	expect(host.sandbox.requests).toEqual([]);
});

test('where an expression gives the length, the price follows what it gives', async () => {
	await openNode(video('textToVideo', { duration: '={{ 4 + 4 }}' }));
	await output().getByText('8 seconds at 720p: 220 credits').waitFor();
});

test('its fields can be dragged before anything has run', async () => {
	const workflow = workflowFor(host.credentialId, video('textToVideo'));
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.openNode(AFTER);
	const input = editor.at('ndv-input-panel').or(editor.at('input-panel')).first();
	for (const field of ['taskId', 'videoUrl', 'creditsEstimated', 'expiresAt'])
		await input.getByText(field, { exact: true }).first().waitFor();
	expect(host.sandbox.requests).toEqual([]);
});

test.each(['happyHorse/1.1.0/video/textToVideo', 'happyHorseTrigger/1.1.0'])(
	'n8n serves what it offers: %s',
	async (path) => {
		const answer = await fetch(`${host.n8n.url}/schemas/n8n-nodes-happyhorse.${path}.json`);
		expect([answer.status, await answer.json()]).toEqual([
			200,
			expect.objectContaining({
				properties: expect.objectContaining({ videoUrl: { type: 'string' } }),
			}),
		]);
	},
);

test('while the node polls, it says how long that takes, what it costs, and where the task’s ID is', async () => {
	host.sandbox.outcome({ taskMs: 3_600_000 });
	await openNode(video('textToVideo'));
	await editor.at('node-execute-button').click();
	await output().getByText('Executing node').waitFor();
	await output().getByText('A video usually takes 5 to 15 minutes').waitFor();
	await output().getByText('find its task ID in your HappyHorse dashboard').waitFor();
	await output().getByText('5 seconds at 720p: 137.5 credits').waitFor();
	await host.sandbox.waitFor(() => host.tasks.length > 0);
	host.sandbox.finish(host.tasks[0].id);
	await output().getByText('1 video, 137.5 credits').waitFor();
	expect(await output().getByText('usually takes').count()).toBe(0);
});

test('as an AI agent’s tool it explains itself to the model, and asks for nothing that an agent can’t use', async () => {
	const tool = {
		...node('Make Video', 'n8n-nodes-happyhorse.happyHorseTool', video('textToVideo')),
		credentials: { happyHorseApi: { id: host.credentialId, name: 'HappyHorse' } },
	};
	const workflow = { name: 'tool', nodes: [tool], connections: {} };
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.openNode('Make Video');
	const description = editor.field('toolDescription').locator('textarea').first();
	expect(await description.inputValue()).toContain('Costs real money for each second');
	for (const name of ['downloadVideo', 'waitMethod', 'descriptionType'])
		expect([name, await editor.field(name).count()]).toEqual([name, 0]);
	await editor.picture('review/tool');
});

describe('a duration that can’t be', () => {
	// n8n's form would make another number of it, and say nothing
	test('stays as it was typed, and the node says what it has to be', async () => {
		await openNode(video('textToVideo'));
		const duration = editor.field('duration').locator('input').first();
		await duration.fill('20');
		await duration.blur();
		expect(await duration.inputValue()).toBe('20');
		await output().getByText('Duration must be a whole number of seconds from 3 to 15').waitFor();
		await editor.at('node-execute-button').click();
		await output().getByText('Duration (Seconds)').first().waitFor();
		await output().getByText('Nothing was sent and nothing was charged').first().waitFor();
		expect(host.sandbox.requests).toEqual([]);
	});

	test('is refused with message and advice where an expression gives it', async () => {
		await openNode(video('textToVideo', { duration: '={{ $json.seconds }}' }), [{ seconds: 99 }]);
		await editor.at('node-execute-button').click();
		await output().getByText('Duration (Seconds)').first().waitFor();
		await output().getByText('Nothing was sent and nothing was charged').first().waitFor();
		expect(host.sandbox.requests).toEqual([]);
		await editor.picture('review/refused');
	});
});

test('a run shows its items', async () => {
	await openNode(video('textToVideo', { prompt: '={{ $json.prompt }}' }), [
		{ prompt: 'A horse' },
		{ prompt: 'A boat' },
		{ prompt: 'A kite' },
	]);
	await editor.at('node-execute-button').click();
	await output().getByText('3 videos, 412.5 credits').waitFor();
	await output().getByText('3 items').first().waitFor();
	await output().locator('[data-test-id="radio-button-table"]').click();
	for (const { id } of host.tasks) await output().getByText(id).first().waitFor();
});

test('a video that can’t be made shows what happened, and what to do', async () => {
	const error = { code: 'upstream_error', message: 'the prompt was refused' };
	host.sandbox.outcome({ status: 'failed', error });
	const prompt = 'A brawl in a saloon, blood runs down the wall';
	await openNode(video('textToVideo', { prompt }));
	await editor.at('node-execute-button').click();
	await output().getByText('HappyHorse could not make this video').first().waitFor();
	await output().getByText('were refunded').first().waitFor();
	await output().getByText(host.tasks[0].id).first().waitFor();
	await editor.picture('trouble');
});

test('the trigger shows its URLs, and what they are for', async () => {
	const webhookId = '5c4d9b1e-0000-4000-8000-000000000001';
	const { id } = await host.n8n.rest.saveWorkflow(
		triggerWorkflow(host.credentialId, webhookId, {}),
	);
	await editor.openWorkflow(id);
	await editor.openNode('HappyHorse Trigger');
	await text('Webhook URLs').click();
	await text(`/webhook-test/${webhookId}/webhook`).waitFor();
	await text('Give this trigger’s URL to a HappyHorse node').waitFor();
	await editor.picture('trigger');
	await editor.page.getByText('Production URL', { exact: true }).click();
	await text(`/webhook/${webhookId}/webhook`).waitFor();
});

test('a run that a callback started shows the task', async () => {
	const { workflowId, url } = await host.listenForCallbacks();
	await host.run(video('textToVideo', { waitForCompletion: false, callbackUrl: url }));
	await host.finish(host.tasks[0]);
	const [run] = await host.runsOf(workflowId, 1);
	await host.n8n.rest.finished(run.id);
	await editor.page.goto(`/workflow/${workflowId}/executions/${run.id}`);
	await editor.openNode('HappyHorse Trigger');
	await text(host.tasks[0].id).waitFor();
	await editor.picture('review/trigger-run');
});

test('a parked run says what it waits for', async () => {
	host.sandbox.outcome({ taskMs: 3_600_000 });
	const workflow = host.example('parked-batch-with-follow-up.json');
	const { id } = await host.n8n.rest.saveWorkflow(workflow);
	await editor.openWorkflow(id);
	await editor.at('execute-workflow-button').click();
	await host.sandbox.waitFor(() => host.tasks.length === 3);
	await editor.picture('canvas', editor.page.locator('body'));
	await editor.openNode('Make Videos');
	await output()
		.getByText('HappyHorse is generating the video, which usually takes 5 to 15 minutes')
		.waitFor();
	await output().getByText('3 videos in progress, 247.5 credits').waitFor();
	await editor.picture('parked');
	for (const task of host.tasks) host.sandbox.finish(task.id);
	await output().getByText('3 items').first().waitFor();
});

test('the example of a film stands on the canvas, each node known', async () => {
	const { id } = await host.n8n.rest.saveWorkflow(host.example('script-to-film.json'));
	await editor.openWorkflow(id);
	await editor.page.locator('[data-test-id="canvas-node"][data-node-name="Your Film"]').waitFor();
	expect(await editor.page.getByText('Install this node').count()).toBe(0);
	await editor.picture('film', editor.page.locator('body'));
});

test('it looks right in the dark', async () => {
	await editor.page.close();
	const dark = await logIn(browser, host.n8n, 'dark');
	editor = new Editor(await dark.newPage());
	await openNode(video('textToVideo', { downloadVideo: true }));
	await editor.at('node-execute-button').click();
	await output().getByText('1 video, 137.5 credits').waitFor();
	const icon = editor.page.locator('img[src*="happyhorse"]').first();
	expect(await icon.getAttribute('src')).toContain('happyhorse.dark.svg');
	expect(
		await icon.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
	).toBeGreaterThan(0);
	await play();
	await editor.picture('video-dark');
});
