/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { apiReply, apiSubject } from './api';
import { newEra } from './era';
import { Refusal } from './errors';
import type { Subject } from './faults';
import { FaultBook } from './faults';
import { fileReply, ownPath } from './files';
import { listen } from './listen';
import type { Reply } from './reply';
import { faultReply, readBody, refusal, send } from './reply';
import { sceneVideo } from './sceneVideo';
import { TaskStore } from './tasks';
import { Traffic } from './traffic';
import type { Fault, RequestEntry, Sandbox, SandboxOptions } from './types';
import { Watchers } from './watchers';

/**
 * Starts a local simulation of the HappyHorse service, with its file host on another port.
 *
 * @throws the system's error if a port can't be opened, such as EADDRINUSE
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const { apiKey = 'sk-test-sandbox', otherKeys = [] } = options;
	const { onRequest, onFinish, onDelivery, fetchMedia } = options;
	const { credits = 100_000, taskMs = 200, inputVideoSeconds = 10, wholeSeconds = false } = options;
	const { timeScale = 1, leastAnswerMs = 500, future = false, callsBack = true } = options;
	const open = async (port: number, listener: RequestListener) =>
		options.listen?.(listener) ?? (await listen(port, listener));
	const faults = new FaultBook();
	const watchers = new Watchers();
	const { changed } = watchers;
	const traffic = new Traffic(onRequest, changed);
	const clips = { inputVideoSeconds, wholeSeconds };
	const numbers = { credits, taskMs, ...clips, timeScale, leastAnswerMs, callsBack };
	const fileUrl = () => files.url;
	const store = new TaskStore({
		...numbers,
		...{ onFinish, onDelivery, fetchMedia },
		...{ fileUrl, changed },
	});
	/** Aborted by each reset, so that delayed requests from before it have no effect after it. */
	let era = newEra();

	function subjectOf({ server, path }: RequestEntry): Subject {
		if (server === 'api') return apiSubject(path);
		return { spot: 'file', taskId: store.ownerOfFile(ownPath(path))?.id };
	}

	function carryOut(entry: RequestEntry, taskId = ''): Reply {
		if (entry.server === 'api') return apiReply(entry, store, { apiKey, otherKeys, future });
		return fileReply(entry, store.tasks.get(taskId), store.outcomeOf(taskId));
	}

	function replyTo(entry: RequestEntry, fault: Partial<Fault>, taskId?: string): Reply {
		const spoiled = faultReply(fault);
		if (!spoiled) return carryOut(entry, taskId);
		if (fault.effect) carryOut(entry, taskId);
		return spoiled;
	}

	async function answer(
		entry: RequestEntry,
		response: ServerResponse,
		signal: AbortSignal,
	): Promise<void> {
		const { spot, taskId } = subjectOf(entry);
		if (spot === 'task' && entry.method === 'GET')
			store.tasks.get(taskId ?? '')?.polls.push(entry.at);
		const fault: Partial<Fault> = faults.pick(entry, { spot, taskId }) ?? {};
		if (fault.delayMs !== undefined) {
			traffic.hold(response);
			await sleep(fault.delayMs, undefined, { signal, ref: false }).catch(() => undefined);
			if (signal.aborted) return;
			traffic.release(response);
		}
		const untouched = fault.break === 'hang' || fault.break === 'reset-before';
		const reply = untouched ? undefined : replyTo(entry, fault, taskId);
		if (fault.break === 'hang' || fault.break === 'hang-after') {
			traffic.hold(response);
			traffic.record(entry, 'hang');
		} else if (!reply || fault.break === 'reset-after') {
			traffic.record(entry, 'reset');
			response.destroy();
		} else {
			traffic.record(entry, reply.status);
			await send(response, reply, fault, signal);
		}
	}

	async function handle(entry: RequestEntry, request: IncomingMessage, response: ServerResponse) {
		const { signal } = era;
		const text = await readBody(request);
		if (signal.aborted) response.destroy();
		else if (text === undefined) {
			traffic.record(entry, 413);
			await send(response, refusal(new Refusal('invalid_request', 'The body is too large.', 413)));
		} else {
			entry.body = parse(text);
			await answer(entry, response, signal);
		}
	}

	const serve =
		(server: RequestEntry['server']): RequestListener =>
		(request, response) => {
			traffic.begin(response);
			// only a connection that the client broke off is expected; anything else is a bug and must show
			handle(arrivalOf(server, request), request, response).catch((error) => {
				response.destroy();
				if (!request.destroyed || request.complete) throw error;
			});
		};

	const files = await open(options.filePort ?? 0, serve('file'));
	const api = await open(options.port ?? 0, serve('api')).catch(async (error) => {
		await files.close();
		throw error;
	});

	const forget = () => {
		era.abort();
		era = newEra();
		store.clear();
		faults.clear();
		watchers.clear();
		traffic.clear();
	};

	return {
		url: api.url,
		fileUrl: files.url,
		apiKey,
		requests: traffic.requests,
		tasks: store.tasks,
		ledger: store.ledger,
		deliveries: store.deliveries,
		get balance() {
			return store.balance;
		},
		get inFlight() {
			return traffic.inFlight;
		},
		get maxInFlight() {
			return traffic.maxInFlight;
		},
		fault: (rule) => faults.add(rule),
		outcome: (rule) => store.outcome(rule),
		finish: (taskId) => store.finish(taskId),
		videoOf(taskId) {
			const traits = store.tasks.get(String(taskId))?.video;
			if (!traits) throw new Error(`Task ${taskId} has no video`);
			return sceneVideo(traits);
		},
		waitFor: async (condition) => await watchers.waitFor(condition),
		reset: forget,
		async close() {
			forget();
			await Promise.all([api.close(), files.close()]);
		},
	};
}

function arrivalOf(server: RequestEntry['server'], request: IncomingMessage): RequestEntry {
	const { method = '', url: path = '', headers } = request;
	return {
		at: Date.now(),
		server,
		method,
		path,
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [name, String(value)]),
		),
		body: undefined,
		status: 'hang',
	};
}

function parse(text: string): unknown {
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return text;
	}
}
