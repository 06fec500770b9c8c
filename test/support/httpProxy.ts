/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a proxy for a developer's machine, made of Node's own parts */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';

const HOST = '127.0.0.1';

export interface HttpProxy {
	url: string;
	/** Requests seen: `GET http://…` unencrypted, `CONNECT host:port` for TLS. */
	seen: string[];
	close(): Promise<void>;
}

/**
 * Starts a proxy like a company's, as the only way to the internet.
 *
 * @param portOf local port that stands for an internet host
 */
export async function startHttpProxy(portOf: (host: string) => number): Promise<HttpProxy> {
	const seen: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((incoming, response) => {
		const { method = '', url = '', headers } = incoming;
		seen.push(`${method} ${url}`);
		const { hostname, pathname, search } = new URL(url);
		const outgoing = request(
			{ host: HOST, port: portOf(hostname), method, path: pathname + search, headers },
			(answer) => {
				response.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(response);
			},
		);
		outgoing.on('error', () => response.destroy());
		incoming.pipe(outgoing);
	});
	server.on('connect', ({ url = '' }, client: Socket) => {
		seen.push(`CONNECT ${url}`);
		const [host] = url.split(':');
		const through = connect(portOf(host), HOST, () => {
			client.write('HTTP/1.1 200 Connection established\r\n\r\n');
			through.pipe(client).pipe(through);
		});
		through.on('error', () => client.destroy());
		client.on('error', () => through.destroy());
	});
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(0, HOST);
	await once(server, 'listening');
	return {
		url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
		seen,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}
