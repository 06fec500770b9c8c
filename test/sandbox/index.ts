/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { apiReply, spotOf } from './api';
import { ERRORS, Refusal } from './contract';
import { FaultBook } from './faults';
import { fileReply } from './files';
import type { Reply } from './reply';
import { json, readBody, send } from './reply';
import { TaskStore } from './tasks';
import type { Fault, RequestEntry, Sandbox, SandboxOptions } from './types';

export type * from './types';

const HOST = '127.0.0.1';

/** Starts the HappyHorse service, played locally, with its file host on another port. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { apiKey = 'sk-test-sandbox', credits = 100_000, taskMs = 200 } = options;
	const { inputVideoSeconds = 10, timeScale = 1 } = options;
	const requests: RequestEntry[] = [];
	const faults = new FaultBook();
	const closed = new AbortController();
	const waiting = new Set<() => void>();
	const changed = () => waiting.forEach((look) => look());
	let [inFlight, maxInFlight] = [0, 0];
	const store: TaskStore = new TaskStore({
		credits,
		taskMs,
		inputVideoSeconds,
		timeScale,
		fileUrl: () => urlOf(fileServer.address()),
		changed,
	});

	/** The answer, or nothing where the fault leaves none. */
	function replyTo(entry: RequestEntry, fault: Partial<Fault>, taskId: string | undefined): Reply {
		const carryOut = () =>
			entry.server === 'api'
				? apiReply(entry, { store, apiKey })
				: fileReply(
						entry.path,
						entry.headers.range,
						taskId === undefined ? undefined : store.tasks.get(taskId),
						store.outcomeOf(taskId ?? ''),
					);
		if (!fault.respond && !fault.error) return carryOut();
		if (fault.effect) carryOut();
		return spoiled(fault);
	}

	async function answer(entry: RequestEntry, response: ServerResponse): Promise<void> {
		const { spot, taskId } = spotOf(entry);
		const fault: Partial<Fault> = (spot && faults.pick(spot, taskId)) ?? {};
		if (fault.delayMs !== undefined)
			await sleep(fault.delayMs, undefined, { signal: closed.signal }).catch(() => undefined);
		if (fault.break === 'hang') {
			entry.status = 'hang';
			return;
		}
		if (fault.break === 'reset-before') {
			entry.status = 'reset';
			response.destroy();
			return;
		}
		const reply = replyTo(entry, fault, taskId);
		entry.status = reply.status;
		if (fault.break === 'reset-after') {
			entry.status = 'reset';
			response.destroy();
		} else if (fault.break === 'hang-after') entry.status = 'hang';
		else await send(response, reply, fault, closed.signal);
	}

	const serve =
		(server: 'api' | 'file') => (request: IncomingMessage, response: ServerResponse) => {
			inFlight++;
			maxInFlight = Math.max(maxInFlight, inFlight);
			const entry: RequestEntry = {
				at: Date.now(),
				server,
				method: request.method ?? '',
				path: request.url ?? '',
				headers: Object.fromEntries(
					Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
				),
				body: undefined,
				status: 'hang',
			};
			requests.push(entry);
			response.on('close', () => {
				inFlight--;
				changed();
			});
			void (async () => {
				const text = await readBody(request);
				if (text === undefined) {
					entry.status = 413;
					await send(response, json(413, new Refusal('invalid_request').body), {}, closed.signal);
				} else {
					entry.body = parse(text);
					changed();
					await answer(entry, response);
				}
				options.onRequest?.(entry);
				changed();
			})().catch(() => response.destroy());
		};

	const apiServer = createServer(serve('api'));
	const fileServer = createServer(serve('file'));
	const listen = async (server: typeof apiServer, port = 0) =>
		await new Promise<void>((resolve, reject) =>
			server.once('error', reject).listen(port, HOST, resolve),
		);
	await listen(apiServer, options.port);
	await listen(fileServer, options.filePort);

	return {
		url: urlOf(apiServer.address()),
		fileUrl: urlOf(fileServer.address()),
		apiKey,
		requests,
		tasks: store.tasks,
		ledger: store.ledger,
		deliveries: store.deliveries,
		get balance() {
			return store.balance;
		},
		get inFlight() {
			return inFlight;
		},
		get maxInFlight() {
			return maxInFlight;
		},
		fault: (rule) => faults.add(rule),
		outcome: (rule) => store.outcome(rule),
		finish: (taskId) => store.finish(taskId),
		waitFor: async (condition) =>
			await new Promise<void>((resolve) => {
				const look = () => {
					if (!condition()) return;
					waiting.delete(look);
					resolve();
				};
				waiting.add(look);
				look();
			}),
		reset() {
			requests.length = 0;
			faults.clear();
			store.clear();
			waiting.clear();
			maxInFlight = inFlight;
		},
		async close() {
			closed.abort();
			store.clear();
			for (const server of [apiServer, fileServer]) {
				const ended = new Promise((resolve) => server.close(resolve));
				server.closeAllConnections();
				await ended;
			}
		},
	};
}

function urlOf(address: AddressInfo | string | null): string {
	if (typeof address !== 'object' || address === null)
		throw new Error('The sandbox does not listen');
	return `http://${HOST}:${address.port}`;
}

function parse(text: string): unknown {
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return text;
	}
}

function spoiled({ respond, error, retryAfter }: Partial<Fault>): Reply {
	const retry: Record<string, string> =
		retryAfter === undefined ? {} : { 'retry-after': retryAfter };
	if (error) {
		const reply = json(ERRORS[error][0], new Refusal(error).body);
		return { ...reply, headers: { ...reply.headers, ...retry } };
	}
	const { status = 200, headers = {}, body = '' } = respond ?? {};
	const type = typeof body === 'string' ? 'text/html' : 'application/json';
	return {
		status,
		headers: { 'content-type': type, ...retry, ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	};
}
