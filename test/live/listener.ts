/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a program for a developer's machine */
import { once } from 'node:events';
import { createServer } from 'node:http';

import { jsonParse } from 'n8n-workflow';

/** A callback that came. */
export interface Call {
	/** Unix milliseconds. */
	at: number;
	method: string;
	headers: Record<string, unknown>;
	body: unknown;
}

export interface Listener {
	port: number;
	calls: Call[];
	/** Resolves once there are as many, or the time is up, in milliseconds. */
	waitFor(count: number, ms: number): Promise<void>;
	close(): Promise<void>;
}

/** Bytes that a callback has at most; what follows is not kept. */
const MOST_BYTES = 100_000;

/**
 * Takes callbacks on this machine, and refuses each, so that it is seen how often they come.
 *
 * @param port 0 for a free one
 */
export async function listen(port: number): Promise<Listener> {
	const calls: Call[] = [];
	let onCall = () => {};
	const server = createServer((request, response) => {
		const at = Date.now();
		let text = '';
		request.on('data', (chunk: Buffer) => {
			if (text.length < MOST_BYTES) text += chunk.toString();
		});
		request.on('end', () => {
			const { method = '', headers } = request;
			calls.push({ at, method, headers, body: jsonParse<unknown>(text, { fallbackValue: text }) });
			response.writeHead(500).end();
			onCall();
		});
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	return {
		port: typeof address === 'object' && address ? address.port : port,
		calls,
		async waitFor(count, ms) {
			const timeout = AbortSignal.timeout(ms);
			await new Promise<void>((resolve) => {
				onCall = () => {
					if (calls.length >= count) resolve();
				};
				timeout.addEventListener('abort', () => resolve());
				onCall();
			});
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}
