/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CREDITS_PER_SECOND } from '../../nodes/HappyHorse/contract/cost';
import { ASPECT_RATIOS, AUDIO_SETTINGS, LIMITS } from '../../nodes/HappyHorse/contract/limits';
import { createTask } from '../support/calls';
import type { ChatModel, Move, Turn } from '../support/chatModel';
import { startChatModel } from '../support/chatModel';
import { errorOf, EXAMPLE_TRIGGER, itemsOf, useN8n } from '../support/e2e';
import type { MediaHost } from '../support/mediaHost';
import type { MailServer } from '../support/mail';
import { startMailServer } from '../support/mail';
import { mediaFile, startMediaHost } from '../support/mediaHost';
import { N8N_VERSION } from '../support/n8nHost';
import { ROOT } from '../support/pack';
import type { Execution, WorkflowJson } from '../support/restClient';
import { node } from '../support/workflows';

const host = useN8n({ taskMs: 300, timeScale: 0.01, leastAnswerMs: 3_000 });

test('each example has a test here or in one of the tests of apps', () => {
	const tests = ['examples', 'apps', 'conversations'].map((name) =>
		readFileSync(join(ROOT, 'test', 'e2e', `${name}.test.ts`), 'utf8'),
	);
	for (const file of readdirSync(join(ROOT, 'examples')))
		expect([file, tests.some((text) => text.includes(`'${file}`))]).toEqual([file, true]);
});

/** The workflow's runs once there are as many and all have ended, the newest first. */
async function runsOf(workflowId: string, count = 1): Promise<Execution[]> {
	const { rest } = host.n8n;
	for (;;) {
		const runs = await rest.executionsOf(workflowId);
		if (runs.length >= count)
			return await Promise.all(runs.map(async ({ id }) => await rest.finished(id)));
		await sleep(50);
	}
}

const good = (execution: Execution) => {
	expect(errorOf(execution)).toBeUndefined();
	expect(execution.status).toBe('success');
	return execution;
};

/** Runs an example by its button, with changes to the HappyHorse node. */
async function press(name: string, changes = {}): Promise<Execution> {
	const workflow = host.example(name);
	for (const node of workflow.nodes)
		if (node.name === 'Make Videos') Object.assign(node.parameters, changes);
	return good(await host.runWorkflow(workflow, EXAMPLE_TRIGGER));
}

type Answers = Array<string | Blob>;

/** Sends n8n's form as a browser does, and gives where the next page is. */
async function send(address: string, answers: Answers): Promise<string> {
	// n8n says that it listens before it does
	while ((await fetch(address)).status !== 200) await sleep(50);
	const body = new FormData();
	for (const [index, answer] of answers.entries())
		if (typeof answer === 'string') body.append(`field-${index}`, answer);
		else if (answer instanceof File) body.append(`field-${index}`, answer);
		else body.append(`field-${index}`, answer, 'file');
	const response = await fetch(address, { method: 'POST', body });
	expect(response.ok).toBe(true);
	// behind the last page there is nothing more to say
	const said = await response.text();
	if (!said.startsWith('{')) return address;
	const { formWaitingUrl = address }: { formWaitingUrl?: string } = JSON.parse(said);
	return formWaitingUrl;
}

/** Waits until n8n has a form to show, as its page does, checks that this says what it is to, and gives it. */
async function reads(address: string, words: string): Promise<string> {
	const status = new URL(address);
	status.pathname += '/n8n-execution-status';
	while ((await (await fetch(status)).text()) !== 'form-waiting') await sleep(100);
	const said = await (await fetch(address)).text();
	expect(said).toContain(words);
	return said;
}

/** Publishes an example, and sends its form. */
async function open(
	name: string,
	answers: Answers,
	change?: (workflow: WorkflowJson) => void,
): Promise<{ id: string; page: string }> {
	const { rest, url } = host.n8n;
	const workflow = host.example(name);
	change?.(workflow);
	const form = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.formTrigger');
	const { id } = await rest.saveWorkflow(workflow);
	await rest.activate(id);
	const { path = form?.webhookId } = (form?.parameters.options ?? {}) as { path?: string };
	return { id, page: await send(`${url}/form/${path}`, answers) };
}

async function submit(name: string, answers: Answers): Promise<Execution> {
	const { id } = await open(name, answers);
	return (await runsOf(id))[0];
}

/** Sends the form of an example whose last page plays the clip; the page before it has an address to come back to. */
async function watch(
	name: string,
	answers: Answers,
	change?: (workflow: WorkflowJson) => void,
): Promise<Execution> {
	const { id, page } = await open(name, answers, (workflow) => {
		change?.(workflow);
		// a minute's nap is too long
		for (const { name: node, parameters } of workflow.nodes)
			if (node === 'Wait for the Clip') parameters.waitMethod = 'polling';
	});
	for (let visit = 1; visit <= 2; visit++) await reads(page, 'Bookmark this page');
	await send(page, []);
	await host.sandbox.waitFor(() => host.tasks.some(({ status }) => status === 'completed'));
	const said = await reads(page, `<source src="${host.tasks[0].videoUrls[0]}" type="video/mp4"`);
	await goBack(said, page);
	await send(page, []);
	return good((await runsOf(id))[0]);
}

/** Takes the link that leads from a last page to the form again. */
async function goBack(said: string, page: string): Promise<void> {
	const [, href = ''] = /<a href="([^"]+)">Back to the form</.exec(said) ?? [];
	const response = await fetch(new URL(href, page));
	expect([href, response.status]).toEqual([href, 200]);
	expect(await response.text()).toContain('<form');
}

/** Words that only somebody who builds workflows understands. */
const DEVELOPERS_WORDS =
	/field|expression|WEBHOOK_URL|\$json|item|node\b|workflow|undefined|\[object/i;

/** Reads a last page that tells a customer why there is nothing to show. */
async function readsWhy(page: string, words: string): Promise<void> {
	const said = await reads(page, words);
	const [, told = ''] = /<div class='header'>([^]*?)<\/div>/.exec(said) ?? [];
	expect(told).toContain(words);
	expect(told).not.toMatch(DEVELOPERS_WORDS);
	await goBack(said, page);
	await send(page, []);
}

const file = (content: Buffer | string, type: string) =>
	new Blob([typeof content === 'string' ? content : new Uint8Array(content)], { type });

test('text-to-video.json', async () => {
	const [item] = itemsOf(await press('text-to-video.json'), 'Make Video');
	expect(item.json.status).toBe('completed');
	expect((await host.fileOf(item)).equals(host.sandbox.videoOf(item.json.taskId))).toBe(true);
});

test.each<[string, string, object?]>([
	['start-now-fetch-later.json', 'Fetch the File'],
	['parked-batch-with-follow-up.json', 'Videos', { waitMethod: 'callback' }],
	['character-consistency.json', 'Reference to Video'],
])('%s', async (name, last, changes = {}) => {
	const execution = await press(name, changes);
	const nodes = Object.keys(execution.data.resultData.runData);
	const items = itemsOf(execution, nodes[nodes.length - 1]);
	expect(nodes).toContain(last);
	expect(items).toHaveLength(host.tasks.length);
	for (const { json } of items) expect(json.status).toBe('completed');
});

test('parked-batch-with-follow-up.json: what is still being made is waited for, what failed is not', async () => {
	const workflow = host.example('parked-batch-with-follow-up.json');
	for (const { name, parameters } of workflow.nodes) {
		if (name === 'Make Videos') Object.assign(parameters, { options: { timeout: 0.02 } });
		if (['Make Videos', 'Wait Longer'].includes(name)) parameters.waitMethod = 'polling';
	}
	host.sandbox.outcome({
		match: ({ input }) => /kite/.test(String(input.prompt)),
		status: 'failed',
	});
	// longer than the first node waits
	host.sandbox.outcome({ taskMs: 4_000 });
	const execution = good(await host.runWorkflow(workflow, EXAMPLE_TRIGGER));
	expect(itemsOf(execution, 'Videos').map(({ json }) => json.status)).toEqual([
		'completed',
		'completed',
	]);
	expect(itemsOf(execution, 'Not Made')).toHaveLength(1);
	expect(host.tasks).toHaveLength(3);
});

test('character-consistency.json: each scene has the same images and the same seed', async () => {
	await press('character-consistency.json');
	const cast = ['https://example.com/person.jpg', 'https://example.com/fan.jpg'];
	expect(host.tasks).toHaveLength(3);
	for (const { input } of host.tasks) expect(input).toMatchObject({ image_urls: cast, seed: 7 });
});

test('product-photo-to-clip.json', async () => {
	const photo = file(mediaFile('300x300.jpg'), 'image/jpeg');
	const execution = await watch('product-photo-to-clip.json', [photo, 'It turns slowly']);
	const [item] = itemsOf(execution, 'Image to Video');
	expect(item.json).toMatchObject({ mode: 'imageToVideo', creditsEstimated: 242.5 });
});

test.each([
	['product-photo-to-clip.json', '299x300.jpg', 'image/jpeg', 'This photo can’t be used'],
	['edit-clip-keep-sound.json', '299x300.jpg', 'video/mp4', 'This clip can’t be used'],
])('%s: the last page says what is wrong with a file', async (name, wrong, type, reason) => {
	const { id, page } = await open(name, [file(mediaFile(wrong), type), 'It turns slowly']);
	await readsWhy(page, reason);
	good((await runsOf(id))[0]);
	expect(host.sandbox.requests).toEqual([]);
});

test('photo-by-url.json: the photo goes to an S3 storage, from where the service can fetch it', async () => {
	const stored = new Map<string, Buffer>();
	const storage = createServer((request, response) => {
		const chunks: Buffer[] = [];
		const { method, headers, url: path = '' } = request;
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const isPublic = method === 'GET' && !path.includes('?location');
			const isSigned = /^AWS4-HMAC-SHA256 Credential=key\//.test(headers.authorization ?? '');
			if (method === 'PUT' && isSigned) stored.set(path.split('?')[0], Buffer.concat(chunks));
			if (isPublic) response.writeHead(stored.has(path) ? 200 : 404).end(stored.get(path));
			else response.writeHead(isSigned ? 200 : 403).end('<LocationConstraint/>');
		});
	}).listen(0, '127.0.0.1');
	await once(storage, 'listening');
	const endpoint = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
	const credential = await host.n8n.rest.saveCredential('Storage', 's3', {
		...{ endpoint, region: 'auto', accessKeyId: 'key', secretAccessKey: 'secret' },
		forcePathStyle: true,
	});
	const photo = file(mediaFile('300x300.jpg'), 'image/jpeg');
	await watch('photo-by-url.json', [photo, 'It turns slowly'], (workflow) => {
		for (const step of workflow.nodes) {
			const { name, parameters } = step;
			if (name === 'Upload the Photo') step.credentials = { s3: credential };
			if (name === 'Image to Video')
				parameters.imageUrl = String(parameters.imageUrl).replace(
					'https://photos.example.com',
					`${endpoint}/my-photos`,
				);
		}
	});
	const [url] = host.tasks[0].input.image_urls as string[];
	const fetched = Buffer.from(await (await fetch(url)).arrayBuffer());
	expect(fetched.equals(mediaFile('300x300.jpg'))).toBe(true);
	storage.close();
});

test('edit-clip-keep-sound.json, whose clip the service can fetch without a login', async () => {
	const content = mediaFile('sound.mp4');
	const clip = file(content, 'video/mp4');
	const execution = await watch('edit-clip-keep-sound.json', [clip, 'Make it night']);
	const [item] = itemsOf(execution, 'Wait for the Clip');
	expect(item.json).toMatchObject({ mode: 'editVideo', status: 'completed' });
	const [{ input }] = host.tasks;
	expect(input).toMatchObject({ prompt: 'Make it night', audio_setting: 'origin' });
	const [url] = input.video_urls as string[];
	expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(content)).toBe(true);
	expect((await fetch(`${url}x`)).status).toBe(400);
	expect(JSON.stringify(execution)).not.toContain('token=');
});

describe('batch-with-budget.json', () => {
	// as Excel saves it
	const csv = (rows: string[]) => file(['\ufeffprompt,seconds', ...rows].join('\n'), 'text/csv');

	test('makes a video of each row, and sends those that can’t be made down the other branch', async () => {
		host.sandbox.outcome({ match: ({ input }) => input.prompt === 'bad', status: 'failed' });
		const list = csv(['"A boat, seen from above",3', 'bad,4', 'A cat,5', 'Too long,16']);
		const execution = good(await submit('batch-with-budget.json', [list]));
		expect(itemsOf(execution, 'Videos').map(({ json }) => json.duration)).toEqual([3, 5]);
		const failed = itemsOf(execution, 'Could Not Be Made').map(({ json }) => json.error);
		expect(failed).toEqual([
			expect.objectContaining({ status: 'failed', taskId: expect.any(String) }),
			expect.objectContaining({ message: expect.stringContaining('Duration (Seconds)') }),
		]);
	});

	test('sends nothing at all if it would cost too much', async () => {
		const rows = Array.from({ length: 5 }, (_, index) => `Video ${index},5`);
		const execution = await submit('batch-with-budget.json', [csv(rows)]);
		expect(JSON.stringify(execution.data.resultData)).toContain('687.5');
		expect(host.sandbox.requests).toEqual([]);
	});
});

describe('the callback pipeline', () => {
	test('starts nothing before it has been told where to call back', async () => {
		const execution = await host.runWorkflow(
			host.example('callback-pipeline-start.json'),
			EXAMPLE_TRIGGER,
		);
		expect(errorOf(execution)?.message).toContain('Callback URL');
		expect(host.sandbox.requests).toEqual([]);
	});

	test('then takes each video, and each failure, once', async () => {
		const { rest, url } = host.n8n;
		const finish = host.example('callback-pipeline-finish.json');
		// what takes the video in the user's place
		finish.nodes.push({
			id: 'content',
			name: 'Content',
			type: 'n8n-nodes-base.extractFromFile',
			typeVersion: 1,
			position: [700, -100],
			parameters: {
				operation: 'binaryToPropery',
				binaryPropertyName: 'data',
				destinationKey: 'content',
			},
		});
		finish.connections.Video = { main: [[{ node: 'Content', type: 'main', index: 0 }]] };
		const { id } = await rest.saveWorkflow(finish);
		await rest.activate(id);
		const trigger = finish.nodes.find(({ type }) => type.endsWith('happyHorseTrigger'));
		const callbackUrl = `${url}/webhook/${trigger?.webhookId}/webhook`;
		while ((await fetch(callbackUrl, { method: 'POST' })).status === 404) await sleep(50);

		const start = host.example('callback-pipeline-start.json');
		for (const { name, parameters } of start.nodes)
			if (name === 'Start Videos')
				parameters.callbackUrl = `${callbackUrl}?product=shoe&customer=42`;
		host.sandbox.outcome({ times: 1, status: 'failed' });
		good(await host.runWorkflow(start, EXAMPLE_TRIGGER));
		const runs = (await runsOf(id, 2)).map(good);
		const failed = runs.flatMap((run) => itemsOf(run, 'Could Not Be Made'));
		expect(runs.flatMap((run) => itemsOf(run, 'Video'))).toHaveLength(1);
		const [content] = runs.flatMap((run) => itemsOf(run, 'Content'));
		const made = host.tasks.find(({ status }) => status === 'completed');
		expect(failed.map(({ json }) => json)).toMatchObject([
			{ event: 'task.failed', callback: { query: { product: 'shoe', customer: '42' } } },
		]);
		expect(content.json.content).toBe(host.sandbox.videoOf(made?.id).toString('base64'));
		expect(runs).toHaveLength(2);
	});
});

test('nightly-report.json', async () => {
	const { rest } = host.n8n;
	const workflow = host.example('nightly-report.json');
	for (const { name, parameters } of workflow.nodes)
		if (name === 'Every Night')
			parameters.rule = { interval: [{ field: 'seconds', secondsInterval: 1 }] };
	const { id } = await rest.saveWorkflow(workflow);
	await rest.activate(id);
	await runsOf(id);
	await createTask(host.sandbox);
	const known = (await rest.executionsOf(id)).length;
	const runs = (await runsOf(id, known + 2)).map(good);
	await rest.deactivate(id);
	const reports = runs.map((run) => itemsOf(run, 'Send Report')[0].json);
	expect(reports.map(({ change }) => change)).toContain(-137.5);
	expect(reports.find(({ change }) => change === -137.5)?.report).toBe(
		'The HappyHorse balance is 99862.5 credits (499.31 USD). 137.5 credits (0.69 USD) were spent since the last report. That is enough for 726 videos of 5 seconds at 720p.',
	);
	expect(runs.flatMap((run) => itemsOf(run, 'Warn'))).toEqual([]);
});

describe('ai-agent-tool.json', () => {
	const CHAT = { sessionId: 'test', action: 'sendMessage' };
	let model: ChatModel;
	let media: MediaHost;
	let credential: { id: string; name: string };

	/** Picks the tool as a model does, by what its description says of when to use it. */
	const pick = ({ question, tools }: Turn) => {
		const wanted = question.includes('.mp4')
			? /gives a clip to change/
			: question.includes('Bring')
				? /one image that should move/
				: question.includes('.jpg')
					? /images of what should appear/
					: /no image and no clip/;
		const picked = tools.filter(({ description }) => wanted.test(description));
		expect(picked).toHaveLength(1);
		return picked[0];
	};

	/** Fills in what the tool asks for from the question, as its parameters' descriptions tell. */
	const fill = ({ question, results }: Turn, { parameters }: Turn['tools'][number]) => {
		const urls = question.match(/http\S+/g) ?? [];
		const said = /(\d+) seconds/.exec(question)?.[1];
		// told that a number is not right, a model takes the one that it was told
		const [, longest] = /from \d+ to (\d+)/.exec(results.join('')) ?? [];
		const known: Record<string, unknown> = {
			prompt: question,
			imageUrl: urls.find((url) => url.endsWith('.jpg')),
			imageUrls: urls.filter((url) => url.endsWith('.jpg')).join(', '),
			videoUrl: urls.find((url) => url.endsWith('.mp4')),
			duration: Number(longest ?? said ?? 5),
			aspectRatio: question.includes('portrait') ? '9:16' : '16:9',
			resolution: question.includes('1080p') ? '1080p' : '720p',
			audioSetting: 'origin',
		};
		return Object.fromEntries(
			Object.keys(parameters.properties).map((name): [string, unknown] => [name, known[name]]),
		);
	};

	const play = (turn: Turn): Move => {
		if (turn.question === 'What can you do?') return { answer: 'Videos' };
		const last = turn.results[turn.results.length - 1];
		const videoUrl = /"videoUrl\\?":\s*\\?"([^"\\]+)/.exec(last ?? '')?.[1];
		if (videoUrl !== undefined) return { answer: `Here it is for 24 hours: ${videoUrl}` };
		if (turn.results.length > 1) return { answer: `I could not make it: ${last}` };
		const tool = pick(turn);
		return { tool: tool.name, input: fill(turn, tool) };
	};

	beforeAll(async () => {
		media = await startMediaHost();
		model = await startChatModel(play);
		credential = await host.n8n.rest.saveCredential('Scripted', 'openAiApi', {
			apiKey: 'sk-test-scripted',
			url: model.url,
		});
	});
	beforeEach(() => (model.turns.length = 0));
	afterAll(async () => {
		await model.close();
		await media.close();
	});

	/** Asks in the chat, and gives what the agent answers. */
	async function ask(chatInput: string): Promise<string> {
		const workflow = host.example('ai-agent-tool.json');
		for (const node of workflow.nodes)
			if (node.type.endsWith('lmChatOpenAi')) node.credentials = { openAiApi: credential };
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const executionId = await host.n8n.rest.run(id, 'Chat', { ...CHAT, chatInput });
		const execution = good(await host.n8n.rest.finished(executionId));
		return String(itemsOf(execution, 'AI Agent')[0].json.output);
	}

	test.each([
		[
			'Make a portrait video of 7 seconds of a paper boat',
			'textToVideo',
			{ duration: 7, aspect_ratio: '9:16' },
		],
		[
			'Bring https://example.com/me.jpg to life in 1080p for 3 seconds',
			'imageToVideo',
			{ duration: 3, resolution: '1080p', image_urls: ['https://example.com/me.jpg'] },
		],
		[
			'Let https://example.com/a.jpg dance with https://example.com/b.jpg',
			'referenceToVideo',
			{ image_urls: ['https://example.com/a.jpg', 'https://example.com/b.jpg'] },
		],
	])('“%s” becomes %s', async (question, mode, input) => {
		const answer = await ask(question);
		const [task, ...others] = host.tasks;
		expect(others).toEqual([]);
		expect(task.mode).toBe(mode);
		expect(task.input).toMatchObject(input);
		expect(answer).toBe(`Here it is for 24 hours: ${task.videoUrls[0]}`);
	});

	test('a clip is edited', async () => {
		const answer = await ask(`Put sunglasses on the man in ${media.url}/3s.mp4`);
		expect(host.tasks.map(({ mode }) => mode)).toEqual(['editVideo']);
		expect(host.tasks[0].input.video_urls).toEqual([`${media.url}/3s.mp4`]);
		expect(answer).toContain(host.tasks[0].videoUrls[0]);
	});

	test('what the agent gets wrong costs nothing, and tells it what would be right', async () => {
		const answer = await ask('Make a video of 20 seconds of a paper boat');
		expect(model.turns[1].results[0]).toContain('Duration (Seconds)');
		expect(host.sandbox.ledger).toHaveLength(1);
		expect(host.tasks[0].input.duration).toBe(LIMITS.duration.max);
		expect(answer).toContain(host.tasks[0].videoUrls[0]);
	});

	test('the model is told units, limits, prices, and when to use which mode', async () => {
		await ask('What can you do?');
		const [{ tools }] = model.turns;
		expect(tools).toHaveLength(4);
		const { duration, prompt, image, video, editImages, referenceImages } = LIMITS;
		const seconds = `${duration.min} to ${duration.max}`;
		const facts: Record<string, string[]> = {
			prompt: [`At most ${prompt.max} characters`],
			duration: [`Seconds, a whole number from ${seconds}`],
			aspectRatio: [...ASPECT_RATIOS],
			resolution: Object.entries(CREDITS_PER_SECOND).map(
				([resolution, price]) => `${resolution} (${price} credits per second)`,
			),
			imageUrl: ['URL', `${image.megabytes} MB`, `${LIMITS.firstFrame.minSide} pixels`],
			videoUrl: ['URL', `${video.megabytes} MB`],
			audioSetting: [...AUDIO_SETTINGS],
		};
		for (const { name, description, parameters } of tools) {
			expect(description).toMatch(/Use it when the user gives /);
			expect(description).toContain(
				name === 'Edit_Video' ? '3 to 60 seconds' : `${seconds} seconds`,
			);
			for (const price of Object.values(CREDITS_PER_SECOND))
				expect(description).toContain(String(price));
			const images =
				name === 'Edit_Video'
					? [`up to ${editImages.max} images`]
					: [`${referenceImages.min} to ${referenceImages.max} images`, `${image.megabytes} MB`];
			for (const [parameter, told] of Object.entries(parameters.properties))
				for (const fact of parameter === 'imageUrls' ? images : facts[parameter])
					expect(told.description).toContain(fact);
		}
	});

	test('what a person writes into Tool Description is what the model is told', async () => {
		const workflow = host.example('ai-agent-tool.json');
		for (const node of workflow.nodes) {
			if (node.type.endsWith('lmChatOpenAi')) node.credentials = { openAiApi: credential };
			if (node.type.endsWith('happyHorseTool'))
				node.parameters.toolDescription = `Mine: ${node.name}`;
		}
		const { id } = await host.n8n.rest.saveWorkflow(workflow);
		const chatInput = 'What can you do?';
		good(await host.n8n.rest.finished(await host.n8n.rest.run(id, 'Chat', { ...CHAT, chatInput })));
		expect(model.turns[0].tools.map(({ description }) => description).sort()).toEqual([
			'Mine: Edit Video',
			'Mine: Image to Video',
			'Mine: Reference to Video',
			'Mine: Text to Video',
		]);
	});
});

describe('mcp-server.json', () => {
	const TOKEN = 'token-of-the-test';
	let address: string;
	let session: string | undefined;
	let id = 0;

	/** Asks n8n's MCP server as a client does. */
	async function ask(method: string, params: object = {}, token = TOKEN) {
		const response = await fetch(address, {
			method: 'POST',
			headers: {
				authorization: `Bearer ${token}`,
				'content-type': 'application/json',
				accept: 'application/json, text/event-stream',
				...(session !== undefined && { 'mcp-session-id': session }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
		});
		session ??= response.headers.get('mcp-session-id') ?? undefined;
		const text = await response.text();
		return { status: response.status, text: text.replace(/^(event: .*\n)?data: /, '') };
	}

	const call = async (name: string, args: object) => {
		const { text } = await ask('tools/call', { name, arguments: args });
		const { result } = JSON.parse(text) as { result: { content: Array<{ text: string }> } };
		return result.content[0].text;
	};

	test('starts a video at once, tells when it is ready, and lets in nobody without the token', async () => {
		const { rest, url } = host.n8n;
		const workflow = host.example('mcp-server.json');
		const credential = await rest.saveCredential('Token', 'httpBearerAuth', { token: TOKEN });
		const server = workflow.nodes.find(({ type }) => type.endsWith('mcpTrigger'));
		Object.assign(server ?? {}, { credentials: { httpBearerAuth: credential } });
		address = `${url}/mcp/${String(server?.parameters.path)}`;
		await rest.activate((await rest.saveWorkflow(workflow)).id);
		while ((await fetch(address, { method: 'POST' })).status === 404) await sleep(50);
		const hello = {
			protocolVersion: '2025-03-26',
			capabilities: {},
			clientInfo: { name: 'test', version: '1' },
		};
		expect((await ask('initialize', hello, 'guessed')).status).toBe(403);
		expect((await ask('initialize', hello)).status).toBe(200);
		const { text } = await ask('tools/list');
		for (const told of ['Start_Video', 'Get_Video', 'Get_Balance', 'after 5 to 15 minutes'])
			expect(text).toContain(told);

		host.sandbox.outcome({ taskMs: 3_600_000 });
		const started = await call('Start_Video', {
			prompt: 'A paper boat',
			aspectRatio: '9:16',
			duration: 3,
		});
		const [task, ...others] = host.tasks;
		expect([started, others]).toEqual([expect.stringContaining(task?.id ?? 'a task ID'), []]);
		expect(await call('Get_Video', { taskId: task.id })).toMatch(/pending|processing/);
		host.sandbox.finish(task.id);
		expect(await call('Get_Video', { taskId: task.id })).toContain(task.videoUrls[0]);
		expect(await call('Get_Balance', {})).toContain('99917.5');
	});
});

describe('script-to-film.json', () => {
	const SCRIPT = [
		'4 | opens a door | A storm is coming',
		'',
		'3|lights "the lamp"',
		'5 | waves | Over',
	];
	const photo = () => file(mediaFile('400x1200.webp'), 'image/webp');

	/** Fills in the form; the service's callback takes the place of a minute's nap. */
	const begin = async (lines: string[]) => {
		const answers = [photo(), 'in ink', lines.join('\n')];
		const opened = await open('script-to-film.json', answers, (workflow) => {
			for (const { name, parameters } of workflow.nodes)
				if (name === 'Make Clips') parameters.waitMethod = 'callback';
		});
		await reads(opened.page, 'Bookmark this page');
		await send(opened.page, []);
		return opened;
	};

	test('the clips become one film with captions in the order of the script, which the last page plays', async () => {
		// the first scene takes the longest
		host.sandbox.outcome({ match: ({ input }) => input.duration === 4, taskMs: 1_500 });
		const { id, page } = await begin(SCRIPT);
		const said = await reads(page, 'Your film is ready');
		expect(said).toContain('3 scenes, 12 seconds');
		const [, link = ''] = /<source src="([^"]+)"/.exec(said) ?? [];
		await send(page, []);
		const execution = good((await runsOf(id))[0]);
		const [{ json, binary }] = itemsOf(execution, 'Post the Film');
		expect(json).toMatchObject({
			...{ duration: 12, width: 1280, height: 720, hasSound: true },
			clips: [
				{ start: 0, end: 4 },
				{ start: 4, end: 7 },
				{ start: 7, end: 12 },
			],
		});
		const film = Buffer.from(await (await fetch(link.replaceAll('&amp;', '&'))).arrayBuffer());
		expect(film.equals(await host.fileOf({ json, binary }))).toBe(true);
		const captions = await host.n8n.rest.binary(binary?.captions.id ?? '', 'download');
		expect(await captions.text()).toBe(
			[
				'1\n00:00:00,000 --> 00:00:04,000\nA storm is coming\n',
				'2\n00:00:07,000 --> 00:00:12,000\nOver\n',
			].join('\n'),
		);
		for (const { input } of host.tasks) expect(input).toMatchObject({ seed: 7 });
		expect(host.tasks.map(({ input }) => input.prompt).sort()).toEqual([
			'The person in [Image 1] lights "the lamp". Style: in ink',
			'The person in [Image 1] opens a door. Style: in ink',
			'The person in [Image 1] waves. Style: in ink',
		]);
		await host.n8n.rest.deactivate(id);
	});

	test('a scene that can’t be made: no film, and the last page says why', async () => {
		host.sandbox.outcome({ match: ({ input }) => input.duration === 3, status: 'failed' });
		const { id, page } = await begin(SCRIPT);
		await readsWhy(page, 'HappyHorse could not make it of one of the scenes');
		const execution = good((await runsOf(id))[0]);
		expect(Object.keys(execution.data.resultData.runData)).not.toContain('Join');
		await host.n8n.rest.deactivate(id);
	});

	test.each(['4s | A boat', '0:04 | A boat', '4 |', 'It rains | A boat'])(
		'“%s” is refused before it costs',
		async (line) => {
			const { id, page } = await begin(['3 | A storm', line]);
			await readsWhy(page, `Write “${line}” as: seconds | what happens | caption`);
			expect(host.sandbox.requests).toEqual([]);
			await host.n8n.rest.deactivate(id);
		},
	);
});

describe('answer-now-send-later.json', () => {
	const KEY = { name: 'X-Key', value: 'key-of-the-test' };

	test.each([
		['the video', 'completed', { status: 'completed', videoUrl: expect.stringMatching(/^http/) }],
		[
			'the reason',
			'failed',
			{ status: 'failed', reason: expect.stringContaining('could not make') },
		],
	] as const)('answers at once, and sends %s when there is one', async (_what, status, sent) => {
		const { rest, url } = host.n8n;
		const received: unknown[] = [];
		const server = createServer((request, response) => {
			const chunks: Buffer[] = [];
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				received.push(JSON.parse(Buffer.concat(chunks).toString()));
				response.end('{}');
			});
		}).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const replyTo = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const workflow = host.example('answer-now-send-later.json');
		const credential = await rest.saveCredential('Key', 'httpHeaderAuth', KEY);
		for (const node of workflow.nodes)
			if (node.name === 'Request') node.credentials = { httpHeaderAuth: credential };
		const { id } = await rest.saveWorkflow(workflow);
		await rest.activate(id);
		const address = `${url}/webhook/happyhorse-video`;
		const ask = async (headers: Record<string, string>, to: object = { replyTo }) =>
			await fetch(address, {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				body: JSON.stringify({ prompt: 'A paper boat', ...to }),
			});
		while ((await ask({})).status === 404) await sleep(50);
		expect((await ask({})).status).toBe(403);
		for (const to of [{}, { replyTo: 'me' }])
			expect((await ask({ [KEY.name]: KEY.value }, to)).status).toBe(400);
		host.sandbox.outcome({ taskMs: 3_600_000, ...(status === 'failed' && { status }) });
		const answer = await ask({ [KEY.name]: KEY.value });
		expect([answer.status, await answer.json()]).toEqual([
			202,
			{ accepted: true, executionId: expect.any(String) },
		]);
		await host.sandbox.waitFor(() => host.tasks.length > 0);
		expect(received).toEqual([]);
		host.sandbox.finish(host.tasks[0].id);
		(await runsOf(id, 3)).map(good);
		expect(received).toEqual([expect.objectContaining({ taskId: host.tasks[0].id, ...sent })]);
		await rest.deactivate(id);
		server.close();
	});
});

test('answer-now-send-later.json: a video that may be paid for is not called failed', async () => {
	const workflow = host.example('answer-now-send-later.json');
	const reasonOf = async (error: object) => {
		const { parameters } = workflow.nodes.find(({ name }) => name === 'Send Reason') ?? {};
		const items = `return [{ json: { error: ${JSON.stringify(error)} } }]`;
		const execution = await host.runWorkflow(
			{
				name: 'reason',
				nodes: [
					node(EXAMPLE_TRIGGER, 'n8n-nodes-base.manualTrigger', {}),
					node('Error', 'n8n-nodes-base.code', { jsCode: items }),
					{
						...node('Reason', 'n8n-nodes-base.set', {
							mode: 'raw',
							jsonOutput: String(parameters?.jsonBody),
						}),
						typeVersion: 3.4,
					},
				],
				connections: {
					[EXAMPLE_TRIGGER]: { main: [[{ node: 'Error', type: 'main', index: 0 }]] },
					Error: { main: [[{ node: 'Reason', type: 'main', index: 0 }]] },
				},
			},
			EXAMPLE_TRIGGER,
		);
		return itemsOf(good(execution), 'Reason')[0].json;
	};
	const lost = { message: 'Cut', description: 'It may exist.', taskMayExist: true };
	expect(await reasonOf(lost)).toEqual({ status: 'unknown', reason: 'Cut. It may exist.' });
	const late = { message: 'Late', taskId: 'a', status: 'pending' };
	expect(await reasonOf(late)).toEqual({ status: 'pending', taskId: 'a', reason: 'Late' });
	expect(await reasonOf({ message: 'Empty' })).toEqual({ status: 'not_started', reason: 'Empty' });
});

describe('approve-before-posting.json', () => {
	async function begin(): Promise<{ id: string; page: string }> {
		const opened = await open('approve-before-posting.json', ['A paper boat'], (workflow) => {
			// what posts the clip, or at least reads it
			for (const posting of workflow.nodes)
				if (posting.name === 'Post the Clip')
					Object.assign(posting, {
						type: 'n8n-nodes-base.extractFromFile',
						parameters: { operation: 'binaryToPropery', destinationKey: 'content' },
					});
		});
		await reads(opened.page, '137.5 credits (0.69 USD)');
		await reads(opened.page, 'Bookmark this page');
		expect(host.tasks).toEqual([]);
		return opened;
	}

	test('a clip is made once its price is approved, and posted once it is liked', async () => {
		const { id, page } = await begin();
		await send(page, ['Yes']);
		await host.sandbox.waitFor(() => host.tasks.length === 1);
		await host.sandbox.waitFor(() => host.tasks[0].status === 'completed');
		await reads(page, `<source src="${host.tasks[0].videoUrls[0]}" type="video/mp4"`);
		await send(page, ['Yes']);
		await reads(page, 'nothing is posted');
		await send(page, []);
		const [execution] = await runsOf(id);
		const [{ json }] = itemsOf(good(execution), 'Post the Clip');
		expect(json.content).toBe(host.sandbox.videoOf(host.tasks[0].id).toString('base64'));
		await host.n8n.rest.deactivate(id);
	});

	test('a clip that can’t be made, or not be downloaded, is told and named', async () => {
		host.sandbox.outcome({ times: 1, status: 'failed' });
		const failed = await begin();
		await send(failed.page, ['Yes']);
		await readsWhy(failed.page, 'HappyHorse could not make it of this description');
		good((await runsOf(failed.id))[0]);
		await host.n8n.rest.deactivate(failed.id);
		host.sandbox.reset();
		host.sandbox.outcome({ file: 'gone', completedAgoMs: 120_000 });
		const gone = await begin();
		await send(gone.page, ['Yes']);
		await host.sandbox.waitFor(() => host.tasks[0]?.status === 'completed');
		await reads(gone.page, `href="${host.tasks[0].videoUrls[0]}"`);
		await readsWhy(gone.page, 'on our side');
		await host.n8n.rest.deactivate(gone.id);
	});

	test('nothing is made where the price is not approved', async () => {
		const { id, page } = await begin();
		await send(page, ['No']);
		await reads(page, 'Nothing was charged.');
		await send(page, []);
		const [execution] = await runsOf(id);
		expect(itemsOf(good(execution), 'Not Made')).toHaveLength(1);
		expect(host.sandbox.ledger).toEqual([]);
		await host.n8n.rest.deactivate(id);
	});
});

describe('three-takes.json', () => {
	async function begin(): Promise<{ id: string; page: string }> {
		const opened = await open('three-takes.json', ['A paper boat'], (workflow) => {
			for (const { name, parameters } of workflow.nodes)
				if (/^Make /.test(name)) parameters.waitMethod = 'callback';
		});
		const said = await reads(opened.page, '3 takes at 720p cost 412.5 credits');
		expect(said).toContain('costs 242.5 more at 1080p');
		expect(host.sandbox.requests).toEqual([]);
		await send(opened.page, []);
		return opened;
	}

	const seeds = () => host.tasks.map(({ input }) => input.seed);

	test('the take that a person picks is made at 1080p with its seed', async () => {
		const { id, page } = await begin();
		const said = await reads(page, 'Which one?');
		expect(seeds().sort()).toEqual([1234, 42, 7]);
		for (const { videoUrls } of host.tasks) expect(said).toContain(`<source src="${videoUrls[0]}"`);
		expect(said).toContain('similar, but not the same');
		await send(page, ['Take 42']);
		await host.sandbox.waitFor(() => host.tasks[3]?.status === 'completed');
		const last = await reads(page, 'Its seed is 42.');
		expect(last).toContain(`<source src="${host.tasks[3].videoUrls[0]}"`);
		await goBack(last, page);
		await send(page, []);
		const execution = good((await runsOf(id))[0]);
		expect(host.tasks[3].input).toMatchObject({ resolution: '1080p', seed: 42 });
		expect(host.sandbox.ledger.map(({ credits }) => credits)).toEqual([137.5, 137.5, 137.5, 242.5]);
		const [item] = itemsOf(execution, 'Make the Winner');
		expect(item.json).toMatchObject({ seed: 42, prompt: 'A paper boat' });
		expect((await host.fileOf(item)).equals(host.sandbox.videoOf(host.tasks[3].id))).toBe(true);
		await host.n8n.rest.deactivate(id);
	});

	test('a take that failed is left out, and choosing none costs nothing more', async () => {
		host.sandbox.outcome({ match: ({ input }) => input.seed === 42, status: 'failed' });
		const { id, page } = await begin();
		const said = await reads(page, 'Which one?');
		expect(said).toContain('Take 1234');
		expect(said).not.toContain('Take 42');
		await send(page, ['None of them']);
		await goBack(await reads(page, 'Nothing more was charged'), page);
		await send(page, []);
		good((await runsOf(id))[0]);
		expect(host.tasks).toHaveLength(3);
		expect(host.sandbox.ledger.filter(({ kind }) => kind === 'refund')).toHaveLength(1);
		await host.n8n.rest.deactivate(id);
	});

	test('the last page says why there is no take', async () => {
		host.sandbox.outcome({ status: 'failed' });
		const { id, page } = await begin();
		await readsWhy(page, 'HappyHorse could not make it of this description');
		good((await runsOf(id))[0]);
		await host.n8n.rest.deactivate(id);
	});
});

describe('podcast-teaser.json', () => {
	const cover = file(mediaFile('300x300.jpg'), 'image/jpeg');
	const sound = readFileSync(join(ROOT, 'test', 'fixtures', 'film', 'song.m4a'));

	const begin = async (name: string, content: Buffer, seconds = '5') =>
		await open(
			'podcast-teaser.json',
			[cover, new File([new Uint8Array(content)], name), seconds, 'Light wanders'],
			(workflow) => {
				for (const { name: node, parameters } of workflow.nodes)
					if (node === 'Move the Cover') parameters.waitMethod = 'callback';
			},
		);

	test('the last page plays the clip with the sound that was uploaded', async () => {
		const { id, page } = await begin('Episode 7.M4A', sound);
		await reads(page, '5 seconds at 720p cost 137.5 credits (0.69 USD)');
		expect(host.sandbox.requests).toEqual([]);
		await send(page, []);
		const said = await reads(page, 'Your teaser is ready');
		const [, link = ''] = /<source src="([^"]+)"/.exec(said) ?? [];
		await goBack(said, page);
		await send(page, []);
		const execution = good((await runsOf(id))[0]);
		expect(host.tasks.map(({ mode }) => mode)).toEqual(['imageToVideo']);
		const teaser = Buffer.from(await (await fetch(link.replaceAll('&amp;', '&'))).arrayBuffer());
		const [item] = itemsOf(execution, 'Post the Teaser');
		expect(item.binary?.data.fileName).toBe('teaser.mp4');
		expect(teaser.equals(await host.fileOf(item))).toBe(true);
		const [picture] = itemsOf(execution, 'Move the Cover');
		expect(item.json).toMatchObject({ hasSound: true });
		const original = await host.fileOf(picture);
		const played = sound.subarray(sound.indexOf('mdat') + 100).subarray(0, 100);
		expect([teaser.includes(played), original.includes(played)]).toEqual([true, false]);
		await host.n8n.rest.deactivate(id);
	});

	test.each([
		['Episode 7.mp3', '5', 'Please save it as M4A'],
		['Episode 7.m4a', '20', 'from 3 to 15 whole seconds'],
	])('%s of %s seconds is refused before it costs', async (name, seconds, words) => {
		const { id, page } = await begin(name, sound, seconds);
		await readsWhy(page, words);
		good((await runsOf(id))[0]);
		expect(host.sandbox.requests).toEqual([]);
		await host.n8n.rest.deactivate(id);
	});

	test('a clip whose sound turns out to be of another kind is not lost', async () => {
		const { id, page } = await begin('Episode 7.m4a', mediaFile('300x300.jpg'));
		await reads(page, 'credits');
		await send(page, []);
		const said = await reads(page, 'save your sound as M4A');
		expect(said).toContain(`href="${host.tasks[0].videoUrls[0]}"`);
		await send(page, []);
		good((await runsOf(id))[0]);
		await host.n8n.rest.deactivate(id);
	});
});

// n8n 1.x creates no Data Tables in a workflow
(N8N_VERSION.startsWith('1.') ? describe.skip : describe)('customer-budgets.json', () => {
	const EXAMPLE = 'customer-budgets.json';
	type Row = Record<string, string | number>;
	let tables: Map<string, string>;
	let project: string;
	let count = 0;
	let mail: MailServer;
	let smtp: { id: string; name: string };

	/** Gives the report its mail server, without which n8n publishes nothing. */
	const prepare = (workflow: WorkflowJson) => {
		for (const node of workflow.nodes) {
			if (node.name === 'Send Report') node.credentials = { smtp };
			if (node.name === 'Make Clip') node.parameters.waitMethod = 'callback';
		}
		workflow.settings = { ...workflow.settings, timezone: 'UTC' };
		return workflow;
	};

	const rowsOf = async (table: string): Promise<Row[]> => {
		const path = `/projects/${project}/data-tables/${tables.get(table)}/rows?take=250`;
		return (await host.n8n.rest.request<{ data: Row[] }>('GET', path)).data;
	};

	const insert = async (table: string, ...data: Row[]) =>
		await host.n8n.rest.request(
			'POST',
			`/projects/${project}/data-tables/${tables.get(table)}/insert`,
			{ data, returnType: 'count' },
		);

	const bookingsOf = async (customer: string) =>
		(await rowsOf('HappyHorse spending')).filter((row) => row.customer === customer);

	/** Gives a new customer a budget. */
	async function customerWith(budget: number): Promise<string> {
		const customer = `Customer ${++count}`;
		await insert('HappyHorse customers', { customer, budget });
		return customer;
	}

	/** Fills in the form, up to the page that shows the price. */
	async function begin(customer: string): Promise<{ id: string; page: string }> {
		const opened = await open(EXAMPLE, [customer, 'A paper boat'], prepare);
		await reads(opened.page, '5 seconds at 720p cost 137.5 credits (0.69 USD)');
		return opened;
	}

	/** Goes on from the page with the price, and gives the last page once that says this. */
	async function end({ page }: { page: string }, words: string): Promise<string> {
		await send(page, []);
		const said = await reads(page, words);
		await goBack(said, page);
		await send(page, []);
		return said;
	}

	beforeAll(async () => {
		const { rest } = host.n8n;
		mail = await startMailServer();
		smtp = await rest.saveCredential('Mail', 'smtp', mail.credential);
		const { id } = await rest.saveWorkflow(host.example(EXAMPLE));
		// twice does no harm
		for (let time = 1; time <= 2; time++) good(await rest.finished(await rest.run(id, 'Start')));
		({ id: project } = await rest.request<{ id: string }>('GET', '/projects/personal'));
		const found = await rest.request<{ data: Array<{ id: string; name: string }> }>(
			'GET',
			`/projects/${project}/data-tables`,
		);
		tables = new Map(found.data.map((table) => [table.name, table.id]));
		expect(await rowsOf('HappyHorse customers')).toEqual([
			expect.objectContaining({ customer: 'Example Ltd', budget: 500 }),
		]);
	});

	afterAll(async () => await mail.close());

	test('a clip is booked; one above the budget is refused before anything is sent', async () => {
		const customer = await customerWith(200);
		const said = await end(await begin(` ${customer} `), 'Your clip is ready');
		const [{ id, label }] = [{ ...host.tasks[0], label: customer }];
		expect(said).toContain(`<source src="${host.tasks[0].videoUrls[0]}"`);
		const booked = { credits: 137.5, state: 'made', taskId: id, prompt: 'A paper boat' };
		expect(await bookingsOf(customer)).toEqual([expect.objectContaining(booked)]);
		const requests = host.sandbox.requests.length;
		const refused = await begin(customer);
		await end(refused, 'costs 137.5 credits, and');
		const runs = await runsOf(refused.id);
		expect(itemsOf(good(runs[0]), 'Over Budget')).toHaveLength(1);
		expect(itemsOf(good(runs[1]), 'Make Clip')[0].json).toMatchObject({ label });
		expect(host.sandbox.requests).toHaveLength(requests);
		expect(await bookingsOf(customer)).toHaveLength(1);
		await host.n8n.rest.deactivate(refused.id);
	});

	test('two requests at the same moment never take the same credits', async () => {
		const customer = await customerWith(200);
		const both = [await begin(customer), await begin(customer)];
		await Promise.all(both.map(async ({ page }) => await send(page, [])));
		for (const { page } of both) {
			await reads(page, 'Back to the form');
			await send(page, []);
		}
		(await runsOf(both[0].id)).map(good);
		expect(host.tasks.length).toBeLessThanOrEqual(1);
		expect(await bookingsOf(customer)).toHaveLength(host.tasks.length);
		await host.n8n.rest.deactivate(both[0].id);
	});

	test('what was refunded is put back, and can be spent again', async () => {
		const customer = await customerWith(200);
		host.sandbox.outcome({ status: 'failed', times: 1 });
		await end(await begin(customer), 'HappyHorse could not make it of this description');
		expect(await bookingsOf(customer)).toEqual([
			expect.objectContaining({ credits: 0, state: 'refunded', taskId: host.tasks[0].id }),
		]);
		const second = await begin(customer);
		await end(second, 'Your clip is ready');
		expect((await bookingsOf(customer)).map(({ state }) => state)).toEqual(['refunded', 'made']);
		expect(host.sandbox.ledger.map(({ kind }) => kind)).toEqual(['charge', 'refund', 'charge']);
		await host.n8n.rest.deactivate(second.id);
	});

	test('what may be charged stays booked', async () => {
		const customer = await customerWith(200);
		host.sandbox.fault({ on: 'create', break: 'reset-after' });
		const opened = await begin(customer);
		await end(opened, 'Something on our side');
		expect(await bookingsOf(customer)).toEqual([
			expect.objectContaining({ credits: 137.5, state: 'open' }),
		]);
		expect(host.sandbox.ledger).toHaveLength(1);
		await host.n8n.rest.deactivate(opened.id);
	});

	test('a customer without a budget gets nothing', async () => {
		const { id, page } = await open(EXAMPLE, ['<b>Nobody</b>', 'A paper boat'], prepare);
		await readsWhy(page, 'There is no budget for');
		good((await runsOf(id))[0]);
		expect(host.sandbox.requests).toEqual([]);
		await host.n8n.rest.deactivate(id);
	});

	test('on the first of the month a report is mailed', async () => {
		const { rest } = host.n8n;
		const now = new Date();
		const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1))
			.toISOString()
			.slice(0, 7);
		const { id } = await rest.saveWorkflow(prepare(host.example(EXAMPLE)));
		const report = async () => {
			good(await rest.finished(await rest.run(id, 'On the First')));
			const { to, parts } = mail.mails.pop() ?? { to: '', parts: [] };
			return { to, text: parts.map(({ content }) => content.toString()).join('') };
		};
		expect((await report()).text).toContain('Nothing was spent.');
		const booking = { month, state: 'made', taskId: 'a', prompt: 'A paper boat' };
		await insert(
			'HappyHorse spending',
			{ ...booking, customer: 'Acme', credits: 137.5 },
			{ ...booking, customer: 'Acme', credits: 242.5 },
			{ ...booking, customer: 'Other', credits: 137.5 },
			{ ...booking, customer: 'Other', credits: 0, state: 'refunded' },
		);
		const sent = await report();
		expect(sent.to).toBe('you@example.com');
		expect(sent.text.split('\n').map((line) => line.trimEnd())).toEqual(
			expect.arrayContaining([
				'Acme: 380 credits (1.90 USD), 2 videos',
				'Other: 137.5 credits (0.69 USD), 1 video',
			]),
		);
	});
});
