/* eslint-disable @n8n/community-nodes/no-restricted-imports -- reads as n8n's storage does, with Node's own streams */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';

import { watchTraffic } from '../../nodes/HappyHorse/files/traffic';

const CONTENT = Buffer.alloc(300_000, 'happyhorse');

const server = createServer();
beforeAll(async () => await once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
	server.close();
	// what a test that fails has not read would keep the process alive
	server.closeAllConnections();
});

/** Comes to the server, since tests that play other hosts change what comes to clients in the same process. */
async function message(): Promise<IncomingMessage> {
	const { port } = server.address() as AddressInfo;
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {}); // it is cut off if a test does not read it
	socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${CONTENT.length}\r\n\r\n`);
	socket.end(CONTENT);
	const [request] = await once(server, 'request');
	return request;
}

/** The ways in which n8n's storages read a stream. */
const READERS: Record<string, (body: Readable) => Promise<Buffer>> = {
	'data events, as a database and memory do': async (body) => {
		const chunks: Buffer[] = [];
		body.on('data', (chunk: Buffer) => chunks.push(chunk));
		await once(body, 'end');
		return Buffer.concat(chunks);
	},
	'async iteration, as files do in 2.x': async (body) => {
		const chunks: Buffer[] = [];
		for await (const chunk of body) chunks.push(chunk);
		return Buffer.concat(chunks);
	},
	'a pipeline, as files do in 1.x': async (body) => {
		const through = new PassThrough();
		const [content] = await Promise.all([
			READERS['async iteration, as files do in 2.x'](through),
			pipeline(body, through),
		]);
		return content;
	},
};

const SOURCES: Record<string, () => Promise<Readable>> = {
	'an HTTP message': message,
	'what comes through a transform': async () => (await message()).pipe(new PassThrough()),
	'a stream of chunks': async () => Readable.from([CONTENT.subarray(0, 10), CONTENT.subarray(10)]),
};

describe.each(Object.keys(SOURCES))('%s that is watched', (source) => {
	test.each(Object.keys(READERS))('is read whole by %s, however late', async (reader) => {
		const body = await SOURCES[source]();
		const traffic = watchTraffic(() => {});
		traffic.follow(body);
		// n8n makes folders before it reads
		for (let turns = 0; turns < 20; turns++) await turn();
		const content = await READERS[reader](body);
		traffic.end();
		expect(content.equals(CONTENT)).toBe(true);
		expect(traffic.received).toBe(CONTENT.length);
	});
});
