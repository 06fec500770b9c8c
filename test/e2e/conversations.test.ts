/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import { errorOf, itemsOf, useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import type { Execution } from '../support/restClient';
import type { BotCall, PublicAddress, Telegram } from '../support/telegram';
import { startPublicAddress, startTelegram } from '../support/telegram';

let address: PublicAddress;

const host = useN8n({ taskMs: 300 }, async () => {
	address = await startPublicAddress();
	return { env: { WEBHOOK_URL: address.url, NODE_TLS_REJECT_UNAUTHORIZED: '0' } };
});
beforeAll(() => address.leadTo(host.n8n.url));
afterAll(async () => await address.close());

const good = (execution: Execution) => {
	expect(errorOf(execution)).toBeUndefined();
	expect(execution.status).toBe('success');
	return execution;
};

// n8n 1.x has no buttons in the chat itself
(N8N_VERSION.startsWith('1.') ? describe.skip : describe)('telegram-bot.json', () => {
	const ANN = { id: 42, first_name: 'Ann' };
	const BOB = { id: 43, first_name: 'Bob' };
	let telegram: Telegram;
	let id: string;

	/** Publishes the bot for Ann, with changes to its settings. */
	async function publish(settings: Record<string, string | number> = {}): Promise<void> {
		const { rest } = host.n8n;
		const workflow = host.example('telegram-bot.json');
		const { accessToken, baseUrl } = { accessToken: telegram.token, baseUrl: telegram.url };
		const credential = await rest.saveCredential('Bot', 'telegramApi', { accessToken, baseUrl });
		for (const node of workflow.nodes) {
			const { name, type, parameters } = node;
			if (type.includes('.telegram')) node.credentials = { telegramApi: credential };
			// a minute's nap is too long
			if (name === 'Make Clip') parameters.waitMethod = 'polling';
			if (name === 'Settings') {
				const { assignments } = parameters.assignments as {
					assignments: Array<{ name: string; value: unknown }>;
				};
				for (const field of assignments)
					field.value = { allowedUsers: '7, 42', ...settings }[field.name] ?? field.value;
			}
		}
		({ id } = await rest.saveWorkflow(workflow));
		await rest.activate(id);
		// n8n reports the activation before
		while (telegram.webhook() === undefined) await sleep(50);
	}

	const sent = (method: string): BotCall[] =>
		telegram.calls.filter((call) => call.method === method);

	/** Waits for a message of the bot with these words. */
	async function hears(words: string): Promise<BotCall> {
		for (;;) {
			const found = sent('sendMessage').find(({ body }) => body.text?.includes(words));
			if (found) return found;
			const [run] = await host.n8n.rest.executionsOf(id);
			if (run?.status === 'error')
				throw new Error(errorOf(await host.n8n.rest.execution(run.id))?.message);
			await sleep(50);
		}
	}

	const lastRun = async () => {
		const [run] = await host.runsOf(id, 1);
		return good(await host.n8n.rest.finished(run.id));
	};

	beforeEach(async () => {
		telegram = await startTelegram();
	});
	afterEach(async () => {
		await host.n8n.rest.deactivate(id);
		await telegram.close();
	});

	test('asks for the price first, and sends the clip as a file', async () => {
		await publish();
		expect(telegram.webhook()).toMatch(`${address.url}/webhook/`);
		expect(await telegram.say('A paper_boat & a *cat', ANN)).toBe(200);
		const question = await hears(
			'5 seconds at 720p cost 137.5 credits (0.69 USD). Make the video?',
		);
		expect(question.body.chat_id).toBe(ANN.id);
		expect(host.sandbox.requests).toEqual([]);
		await telegram.tap('Make it', BOB);
		expect(sent('answerCallbackQuery').map(({ body }) => body.show_alert)).toEqual([true]);
		expect(host.tasks).toEqual([]);
		await telegram.tap('Make it', ANN);
		await lastRun();
		expect(host.tasks.map(({ input }) => input)).toEqual([
			expect.objectContaining({ prompt: 'A paper_boat & a *cat', duration: 5 }),
		]);
		expect(host.sandbox.ledger).toEqual([expect.objectContaining({ credits: 137.5 })]);
		const [{ body, ok }, ...others] = sent('sendVideo');
		expect([ok, others, body.caption]).toEqual([true, [], 'A paper_boat & a *cat']);
		const file = Buffer.from(await (body.video as Blob).arrayBuffer());
		expect(file.equals(host.sandbox.videoOf(host.tasks[0].id))).toBe(true);
		expect(telegram.calls.filter((call) => !call.ok)).toEqual([]);
	});

	test('a clip above the limit comes as a link', async () => {
		await publish({ fileLimitMB: 0.001 });
		await telegram.say('A paper boat', ANN);
		await hears('Make the video?');
		await telegram.tap('Make it', ANN);
		const { body, ok } = await hears('stays there for 24 hours');
		await lastRun();
		expect(ok).toBe(true);
		expect(body.text).toContain(`href="${host.tasks[0].videoUrls[0]}"`);
		expect(sent('sendVideo')).toEqual([]);
	});

	test('nothing is made where the answer is no', async () => {
		await publish();
		await telegram.say('A paper boat', ANN);
		await hears('Make the video?');
		await telegram.tap('No', ANN);
		await hears('nothing was charged');
		await lastRun();
		expect(host.sandbox.requests).toEqual([]);
	});

	test.each([
		[
			'a stranger is told the ID that the owner needs',
			'A paper boat',
			BOB,
			'Your Telegram ID is 43',
		],
		['a command is told what to write', '/start', ANN, 'Describe a video'],
		['a sticker is told what to write', undefined, ANN, 'Describe a video'],
	])('%s', async (_what, text, from, words) => {
		await publish();
		await telegram.say(text, from);
		const { body } = await hears(words);
		await lastRun();
		expect(body.chat_id).toBe(from.id);
		expect(host.sandbox.requests).toEqual([]);
	});

	test('says why there is no clip, whose credits come back', async () => {
		await publish();
		host.sandbox.outcome({ status: 'failed' });
		await telegram.say('A paper boat', ANN);
		await hears('Make the video?');
		await telegram.tap('Make it', ANN);
		const { ok } = await hears('HappyHorse could not make it of this description');
		const execution = await lastRun();
		expect([ok, itemsOf(execution, 'Make Clip')]).toEqual([true, []]);
		expect(host.sandbox.ledger.map(({ kind }) => kind)).toEqual(['charge', 'refund']);
	});
});
