/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';

const HOST = '127.0.0.1';

export interface Listening {
	/** Has no trailing slash. */
	url: string;
	/** Closes the server and all connections. */
	close(): Promise<void>;
}

/**
 * Listens on this machine only.
 *
 * @param port 0 for a free one
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(port: number, listener: RequestListener): Promise<Listening> {
	const server = createServer(listener);
	// a connection closed at the moment of its reuse would look like a fault
	server.keepAliveTimeout = 0;
	await new Promise<void>((resolve, reject) =>
		server.once('error', reject).listen(port, HOST, resolve),
	);
	const address = server.address();
	if (typeof address !== 'object' || address === null) throw new Error('The server has no port');
	return {
		url: `http://${HOST}:${address.port}`,
		async close() {
			const ended = new Promise((resolve) => server.close(resolve));
			server.closeAllConnections();
			await ended;
		},
	};
}
