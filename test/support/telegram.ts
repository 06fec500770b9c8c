/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as forward } from 'node:http';
import type { Server } from 'node:https';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { listen } from '../sandbox/listen';
import { UNTRUSTED } from './certificate';

/** Host that is this machine, but that n8n doesn't take for one that Telegram can't reach. */
const PUBLIC_HOST = '0.0.0.0';
const LARGEST_FILE = 50_000_000;
const AGAIN_MS = 50;

interface Button {
	text: string;
	url?: string;
	callback_data?: string;
}

interface Webhook {
	url?: string;
	secret_token?: string;
	allowed_updates?: string[];
}

/** Call of the Bot API; a file is a `Blob`. */
export interface BotCall {
	method: string;
	body: Record<string, unknown> &
		Webhook & { text?: string; reply_markup?: { inline_keyboard?: Button[][] } };
	/** False if it was refused. */
	ok: boolean;
}

export interface Person {
	id: number;
	first_name: string;
}

export interface Telegram {
	/** For the credential's Base URL. */
	url: string;
	token: string;
	calls: BotCall[];
	/** Webhook that the bot has registered. */
	webhook(): string | undefined;
	/** Writes to the bot. Returns the webhook's status. */
	say(text: string | undefined, from: Person): Promise<number>;
	/** Presses a button of the latest message that has it. Returns the webhook's status. */
	tap(label: string, from: Person): Promise<number>;
	close(): Promise<void>;
}

async function read(message: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** Posts JSON to n8n's public address. */
async function post(url: string, body: object, secret: string): Promise<number> {
	const headers = {
		'content-type': 'application/json',
		'x-telegram-bot-api-secret-token': secret,
	};
	const sent = request(url, { method: 'POST', headers, rejectUnauthorized: false });
	sent.end(JSON.stringify(body));
	const [answer] = (await once(sent, 'response')) as [IncomingMessage];
	await read(answer);
	return answer.statusCode ?? 0;
}

/** Parses a body of JSON or of form data. */
async function parse(message: IncomingMessage): Promise<BotCall['body']> {
	const [content, type = ''] = [await read(message), message.headers['content-type']];
	if (!type.startsWith('multipart/')) return JSON.parse(content.toString() || '{}');
	const form = await new Response(new Uint8Array(content), {
		headers: { 'content-type': type },
	}).formData();
	return Object.fromEntries(form.entries());
}

/** Reason why Telegram refuses a call, as it says it. */
function refusalOf({ text = '', parse_mode: mode, ...rest }: BotCall['body']): string | undefined {
	const isUneven = (mark: string) => text.split(mark).length % 2 === 0;
	if (mode === 'Markdown' && ['_', '*', '`'].some(isUneven)) return "can't parse entities";
	if (mode === 'HTML' && /&(?!amp;|lt;|gt;|quot;)|<(?!\/?[abi][ >])/.test(text))
		return "can't parse entities";
	const files = Object.values(rest).filter((value) => value instanceof Blob);
	return files.some(({ size }) => size > LARGEST_FILE) ? 'Request Entity Too Large' : undefined;
}

/** Starts a stand-in for Telegram and its Bot API, with one bot. */
export async function startTelegram(): Promise<Telegram> {
	const token = '1000:token-of-the-test';
	const calls: BotCall[] = [];
	let hook: Webhook = {};
	let count = 0;
	const server = await listen(0, async (incoming, response) => {
		const [, bot, method = ''] = (incoming.url ?? '').split('/');
		const body = await parse(incoming);
		const refusal = bot === `bot${token}` ? refusalOf(body) : 'Unauthorized';
		const results: Record<string, () => unknown> = {
			getMe: () => ({ id: 1000, is_bot: true }),
			getWebhookInfo: () => ({ url: '', ...hook }),
			setWebhook: () => {
				hook = body;
				return true;
			},
			deleteWebhook: () => {
				hook = {};
				return true;
			},
		};
		const message = () => ({ message_id: ++count, chat: { id: body.chat_id } });
		calls.push({ method, body, ok: refusal === undefined });
		const answer =
			refusal === undefined
				? { ok: true, result: (results[method] ?? message)() }
				: { ok: false, error_code: 400, description: `Bad Request: ${refusal}` };
		response.writeHead(answer.ok ? 200 : 400, { 'content-type': 'application/json' });
		response.end(JSON.stringify(answer));
	});
	const update = async (kind: string, content: object) => {
		const { url, secret_token: secret = '', allowed_updates: allowed = [] } = hook;
		if (url === undefined) throw new Error('The bot has no webhook');
		if (allowed.length > 0 && !allowed.includes(kind)) return 0;
		for (const body = { update_id: ++count, [kind]: content }; ; await sleep(AGAIN_MS)) {
			const status = await post(url, body, secret);
			// n8n registers a webhook before it answers there
			if (status !== 404) return status;
		}
	};
	const chatWith = (from: Person) => ({ from, chat: { ...from, type: 'private' } });
	return {
		...{ url: server.url, token, calls, close: server.close },
		webhook: () => hook.url,
		say: async (text, from) =>
			await update('message', {
				...{ message_id: ++count, date: Math.floor(Date.now() / 1_000), ...chatWith(from) },
				...(text === undefined ? { sticker: { emoji: '⛵' } } : { text }),
			}),
		async tap(label, from) {
			const buttons = calls.flatMap(({ body }) => body.reply_markup?.inline_keyboard?.flat() ?? []);
			const data = buttons.findLast(({ text }) => text === label)?.callback_data;
			if (data === undefined) throw new Error(`There is no button “${label}” in the chat`);
			const message = { message_id: count, text: 'Question', ...chatWith(from) };
			return await update('callback_query', { id: String(++count), from, message, data });
		},
	};
}

/** Public HTTPS address of an n8n that is on this machine only. */
export interface PublicAddress {
	url: string;
	/** Leads to this n8n from now on. */
	leadTo(url: string): void;
	close(): Promise<void>;
}

/** Gives an n8n an HTTPS address, as a reverse proxy does. Its certificate is not trusted. */
export async function startPublicAddress(): Promise<PublicAddress> {
	let target = '';
	const server: Server = createServer(UNTRUSTED, (incoming, response) => {
		const { method, headers, url = '' } = incoming;
		const sent = forward(`${target}${url}`, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		sent.on('error', () => response.destroy());
		incoming.pipe(sent);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `https://${PUBLIC_HOST}:${port}`,
		leadTo: (url) => (target = url),
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}
