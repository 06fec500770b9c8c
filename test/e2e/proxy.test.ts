/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import { request } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Certificate } from '../support/certificate';
import { makeCertificate } from '../support/certificate';
import { CREDENTIAL, errorOf, itemsOf, useN8n } from '../support/e2e';
import type { HttpProxy } from '../support/httpProxy';
import { startHttpProxy } from '../support/httpProxy';
import { video } from '../support/parameters';
import { AFTER } from '../support/workflows';

/** Hosts that are there behind the proxy only. */
const API = 'api.happyhorse.example.com';
const FILES = 'files.happyhorse.example.com';
const GATEWAY = 'gateway.happyhorse.internal';

let certificate: Certificate;
let tls: Server;
let tlsPort: number;
let proxy: HttpProxy;
/** A run looks for its way for 20 seconds before it gives up. */
const LONG_MS = 60_000;

const portIn = (url: string) => Number(new URL(url).port);

/** Plays the service over TLS. */
async function startTls(): Promise<void> {
	certificate = await makeCertificate([API, FILES]);
	tls = createServer(certificate, (incoming, response) => {
		const { method, url: path, headers } = incoming;
		const { url, fileUrl } = host.sandbox;
		const port = portIn(headers.host?.startsWith('files.') ? fileUrl : url);
		const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		incoming.pipe(outgoing);
	}).listen(0, '127.0.0.1');
	await once(tls, 'listening');
	({ port: tlsPort } = tls.address() as AddressInfo);
}

const host = useN8n({ taskMs: 300 }, async () => {
	await startTls();
	proxy = await startHttpProxy((name) => (name === GATEWAY ? portIn(host.sandbox.url) : tlsPort));
	return {
		env: {
			HTTP_PROXY: proxy.url,
			HTTPS_PROXY: proxy.url,
			NO_PROXY: 'localhost,127.0.0.1',
			NODE_EXTRA_CA_CERTS: certificate.certFile,
		},
	};
});
afterAll(async () => {
	await proxy?.close();
	tls?.closeAllConnections();
	tls?.close();
	await certificate?.remove();
});
beforeEach(() => (proxy.seen.length = 0));

async function useCredential(data: object): Promise<string> {
	const all = { apiKey: host.sandbox.apiKey, ...data };
	const { status } = await host.n8n.rest.testCredential(CREDENTIAL, all);
	expect(status).toBe('OK');
	({ id: host.credentialId } = await host.n8n.rest.saveCredential('Tested', CREDENTIAL, all));
	return host.credentialId;
}

test('over HTTPS_PROXY: the credential’s test, a video and its file, all of it encrypted', async () => {
	await useCredential({ baseUrl: `https://${API}` });
	host.sandbox.outcome({
		task: (body) =>
			JSON.parse(JSON.stringify(body).replaceAll(host.sandbox.fileUrl, `https://${FILES}`)),
	});
	const execution = await host.run(video('textToVideo', { downloadVideo: true }));
	expect(errorOf(execution)).toBeUndefined();
	const [item] = itemsOf(execution, AFTER);
	expect((await host.fileOf(item)).equals(host.sandbox.videoOf(item.json.taskId))).toBe(true);
	expect(host.sandbox.ledger).toHaveLength(1);
	expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${API}:443`, `CONNECT ${FILES}:443`]));
});

test('over HTTP_PROXY: a gateway inside the network', async () => {
	await useCredential({ baseUrl: `http://${GATEWAY}`, reachesPrivateAddresses: true });
	const execution = await host.run(video('textToVideo'));
	expect(errorOf(execution)).toBeUndefined();
	expect(itemsOf(execution, AFTER)[0].json.status).toBe('completed');
	expect(proxy.seen).toContain(`POST http://${GATEWAY}/v1/videos/generations`);
	expect(proxy.seen.filter((line) => !line.includes(GATEWAY))).toEqual([]);
});

test(
	'a way that ends behind the proxy is told as a service that can’t be reached',
	async () => {
		await useCredential({ baseUrl: `https://${API}` });
		tls.closeAllConnections();
		await new Promise((closed) => tls.close(closed));
		const id = await host.start({ resource: 'credit', operation: 'getBalance' });
		const execution = await host.n8n.rest.finished(id, LONG_MS);
		expect(errorOf(execution)?.message).toContain('HappyHorse could not be reached');
		expect(JSON.stringify(execution)).not.toContain(host.sandbox.apiKey);
	},
	LONG_MS,
);
