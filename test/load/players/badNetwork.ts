/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a proxy for a developer's machine, made of Node's own parts */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { HOST } from '../../support/n8n';

/** What can happen to a connection. */
const FATES = [
	...(['delayed', 'refused', 'request halved', 'answer cut'] as const),
	...(['answer halved', 'dripped', 'duplicated', 'reordered'] as const),
];

type Fate = (typeof FATES)[number] | 'untouched';

/** The share of connections that something happens to. */
const SHARE = 0.3;
/** Milliseconds. */
const LONGEST_DELAY = 700;
const LONGEST_TURN = 1_000;
const DRIP_EVERY = 3;
/** Bytes of an answer that is dripped; the rest comes at once. */
const DRIPPED = 120;

/** Numbers from 0 to 1 that are the same each time for the same seed (mulberry32). */
export function randomBy(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export interface BadNetwork {
	/** Where to connect in place of the target, without a slash at the end. */
	url: string;
	/** What happened to connections, and to how many. */
	fates: Map<Fate, number>;
	close(): Promise<void>;
}

/**
 * A TCP proxy that does to connections what networks do, by a seed.
 *
 * @param target the URL of what it stands before
 * @param mayRepeat whether a request may come twice that changes something, as a callback may, but no charge
 */
export async function startBadNetwork(
	target: string,
	random: () => number,
	mayRepeat: boolean,
): Promise<BadNetwork> {
	const { hostname, port } = new URL(target);
	const fates = new Map<Fate, number>();
	const sockets = new Set<Socket>();
	/** Lets the one that waits go on: it has been overtaken. */
	let overtake: () => void = () => {};

	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		socket.on('close', () => sockets.delete(socket));
		return socket;
	};
	const upstream = () => keep(connect(Number(port), hostname));

	const serve = async (client: Socket) => {
		const fate = random() < SHARE ? FATES[Math.floor(random() * FATES.length)] : 'untouched';
		const chance = random();
		fates.set(fate, (fates.get(fate) ?? 0) + 1);
		if (fate === 'refused') return void client.destroy();
		const [first] = (await once(client, 'data')) as [Buffer];
		client.pause();
		if (fate === 'delayed') await sleep(chance * LONGEST_DELAY);
		if (fate === 'reordered')
			await Promise.race([new Promise<void>((go) => (overtake = go)), sleep(LONGEST_TURN)]);
		else overtake();
		const server = upstream();
		server.on('close', () => client.destroy());
		client.on('close', () => server.destroy());
		if (fate === 'request halved') {
			server.end(half(first));
			return void client.destroy();
		}
		if (fate === 'duplicated' && (mayRepeat || first.subarray(0, 4).toString() === 'GET '))
			upstream()
				.on('data', () => {})
				.write(first);
		server.write(first);
		client.pipe(server);
		answer(fate, client, server);
	};

	const server = createServer((client) => {
		keep(client);
		// a client that leaves before it has said anything
		serve(client).catch(() => client.destroy());
	}).listen(0, HOST);
	await once(server, 'listening');
	return {
		url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
		fates,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}

const half = (bytes: Buffer) => bytes.subarray(0, Math.ceil(bytes.length / 2));

/** Passes the answer on, or what the fate leaves of it. */
function answer(fate: Fate, client: Socket, server: Socket): void {
	if (fate === 'answer cut') server.once('data', () => client.destroy());
	else if (fate === 'answer halved')
		server.once('data', (chunk: Buffer) => client.end(half(chunk), () => client.destroy()));
	else if (fate === 'dripped')
		server.once('data', (chunk: Buffer) => {
			server.pause();
			void drip(client, chunk).then(() => server.pipe(client));
		});
	else server.pipe(client);
}

async function drip(client: Socket, chunk: Buffer): Promise<void> {
	for (const byte of chunk.subarray(0, DRIPPED)) {
		if (client.destroyed) return;
		client.write(Buffer.of(byte));
		await sleep(DRIP_EVERY);
	}
	if (!client.destroyed) client.write(chunk.subarray(DRIPPED));
}
