/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Fault } from './types';

export interface Reply {
	status: number;
	headers: Record<string, string>;
	/** A stream comes with its own content-length. */
	body: string | Buffer | Readable;
}

export const json = (status: number, body: unknown): Reply => ({
	status,
	headers: { 'content-type': 'application/json' },
	body: JSON.stringify(body),
});

const MOST_BYTES = 1024 * 1024;

/** The body's text, or undefined if it is larger than 1 MB. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		size += chunk.length;
		if (size <= MOST_BYTES) chunks.push(chunk);
	}
	return size > MOST_BYTES ? undefined : Buffer.concat(chunks).toString();
}

/** Sends a reply whole, or broken as a fault says. */
export async function send(
	response: ServerResponse,
	{ status, headers, body }: Reply,
	{ break: how, dripMs = 50 }: Partial<Pick<Fault, 'break' | 'dripMs'>>,
	signal: AbortSignal,
): Promise<void> {
	if (body instanceof Readable) {
		response.writeHead(status, headers);
		// whoever fetches may leave early
		await pipeline(body, response).catch(() => undefined);
		return;
	}
	const bytes = Buffer.from(body);
	response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
	if (how === 'half') {
		response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
		return;
	}
	if (how === 'drip') {
		for (const byte of bytes) {
			if (response.destroyed || signal.aborted) return;
			response.write(Buffer.of(byte));
			await sleep(dripMs, undefined, { signal }).catch(() => undefined);
		}
	}
	response.end(how === 'drip' ? undefined : bytes);
}
