/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Content } from './content';
import { contentOf } from './content';
import { Refusal } from './errors';
import type { Fault } from './types';

export interface Reply {
	status: number;
	headers: Record<string, string>;
	body: Content;
}

export const json = (status: number, body: unknown): Reply => ({
	status,
	headers: { 'content-type': 'application/json' },
	body: contentOf(JSON.stringify(body)),
});

export const refusal = ({ status, body }: Refusal): Reply => json(status, body);

/** Builds the answer that a fault gives instead of the real one, if any. */
export function faultReply({ respond, error, retryAfter }: Partial<Fault>): Reply | undefined {
	const retry: Record<string, string> =
		retryAfter === undefined ? {} : { 'retry-after': retryAfter };
	if (error) {
		const reply = refusal(new Refusal(error));
		return { ...reply, headers: { ...reply.headers, ...retry } };
	}
	if (!respond) return undefined;
	const { status = 200, headers = {}, body = '' } = respond;
	const given = typeof body === 'string' || Buffer.isBuffer(body);
	return {
		status,
		headers: {
			'content-type': given ? 'text/html' : 'application/json',
			...retry,
			...lowerCased(headers),
		},
		body: contentOf(given ? body : JSON.stringify(body)),
	};
}

const lowerCased = (headers: Record<string, string>) =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const MOST_BYTES = 1024 * 1024;

/** Reads a body as text; undefined if it is larger than 1 MB. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request) {
		size += chunk.length;
		if (size <= MOST_BYTES) chunks.push(chunk);
	}
	return size > MOST_BYTES ? undefined : Buffer.concat(chunks).toString();
}

/**
 * Sends a reply, broken off or slowed down if a fault says so.
 *
 * @param signal ends a drip
 */
export async function send(
	response: ServerResponse,
	{ status, headers, body }: Reply,
	{ break: how, dripMs = 50 }: Partial<Pick<Fault, 'break' | 'dripMs'>> = {},
	signal?: AbortSignal,
): Promise<void> {
	response.writeHead(status, { 'content-length': String(body.length), ...headers });
	let chunks = body.chunks();
	if (how === 'half') chunks = firstBytes(chunks, Math.floor(body.length / 2));
	if (how === 'drip') chunks = byteByByte(chunks);
	for (const chunk of chunks) {
		// the client may disconnect early
		if (response.destroyed) return;
		await write(response, chunk);
		if (how === 'drip')
			await sleep(dripMs, undefined, { signal, ref: false }).catch(() => response.destroy());
	}
	if (how === 'half') response.destroy();
	else response.end();
}

/** Resolves once the chunk has left, so that destroying the response afterwards doesn't discard it. */
const write = async (response: ServerResponse, chunk: Buffer) =>
	await new Promise<void>((resolve) => response.write(chunk, () => resolve()));

function* firstBytes(chunks: Iterable<Buffer>, count: number): Generator<Buffer> {
	let left = count;
	for (const chunk of chunks) {
		if (left <= 0) return;
		yield chunk.subarray(0, left);
		left -= chunk.length;
	}
}

function* byteByByte(chunks: Iterable<Buffer>): Generator<Buffer> {
	for (const chunk of chunks) for (const byte of chunk) yield Buffer.of(byte);
}
