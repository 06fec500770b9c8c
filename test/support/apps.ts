/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { makeCertificate } from './certificate';
import { startHttpProxy } from './httpProxy';

/** Request of an app's node. */
export interface AppRequest {
	method: string;
	url: URL;
	headers: IncomingHttpHeaders;
	body: Buffer;
	/** The body, which is JSON. */
	json<T>(): T;
}

/** Answer of an app; other content than a buffer is sent as JSON. */
export interface AppAnswer {
	status?: number;
	headers?: Record<string, string>;
	content?: unknown;
}

/** Plays an app's API. */
export type App = (request: AppRequest) => AppAnswer | Promise<AppAnswer>;

export interface Apps {
	/** Settings with which n8n reaches the apps by their real hosts, and trusts them. */
	env: Record<string, string>;
	/** Requests so far, such as `GET https://sheets.googleapis.com/v4/…`. */
	seen: string[];
	close(): Promise<void>;
}

/**
 * Plays apps on hosts that their nodes have built in. n8n gets there by a proxy, the only way to the internet that it has;
 * this machine's own servers are reached directly.
 */
export async function startApps(apps: Record<string, App>): Promise<Apps> {
	const certificate = await makeCertificate(Object.keys(apps));
	const seen: string[] = [];
	const answerOf = async (request: AppRequest): Promise<AppAnswer> =>
		await apps[request.url.hostname](request);
	const tls = createServer(certificate, async (incoming, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk);
		const { method = '', url: path = '', headers } = incoming;
		const body = Buffer.concat(chunks);
		const url = new URL(`https://${headers.host}${path}`);
		seen.push(`${method} ${url.href}`);
		const request = { method, url, headers, body, json: () => JSON.parse(body.toString()) };
		const answer = await answerOf(request).catch((error: Error) => ({
			status: 500,
			content: { error: { message: `The stand-in failed: ${error.stack}` } },
		}));
		const { status = 200, headers: extra = {}, content }: AppAnswer = answer;
		const isFile = Buffer.isBuffer(content);
		const type = isFile ? 'application/octet-stream' : 'application/json';
		response.writeHead(status, { 'content-type': type, ...extra });
		response.end(isFile ? content : content === undefined ? '' : JSON.stringify(content));
	}).listen(0, '127.0.0.1');
	await once(tls, 'listening');
	const { port } = tls.address() as AddressInfo;
	const proxy = await startHttpProxy(() => port);
	return {
		env: {
			HTTP_PROXY: proxy.url,
			HTTPS_PROXY: proxy.url,
			NO_PROXY: 'localhost,127.0.0.1',
			NODE_EXTRA_CA_CERTS: certificate.certFile,
		},
		seen,
		async close() {
			await proxy.close();
			tls.closeAllConnections();
			tls.close();
			await certificate.remove();
		},
	};
}
