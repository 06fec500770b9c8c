/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { post } from '../support/calls';

/** What somebody knows who forges. */
export interface Known {
	/** Tasks of this account that are still under way. */
	running: string[];
	/** Tasks that have had their run. */
	done: string[];
}

/** Milliseconds that a slow body takes, and the parts that it comes in. */
const SLOW_MS = 4_000;
const PARTS = 8;

/** Sends a body in parts, as a connection does that is to be kept open. */
async function sendSlowly(url: string, body: string): Promise<number> {
	const outgoing = request(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
	});
	const answered = new Promise<number>((resolve, reject) => {
		outgoing.on('error', reject).on('response', (response) => {
			response.resume();
			resolve(response.statusCode ?? 0);
		});
	});
	const size = Math.ceil(body.length / PARTS);
	for (let at = 0; at < body.length; at += size) {
		outgoing.write(body.slice(at, at + size));
		await sleep(SLOW_MS / PARTS);
	}
	outgoing.end();
	return await answered;
}

const PROTOTYPES =
	'{"__proto__":{"id":"x"},"constructor":{"prototype":{"id":"x"}},"status":"completed"}';

const megabyte = (bytes: number) =>
	JSON.stringify({ id: randomUUID(), status: 'completed', more: 'x'.repeat(bytes) });

const oneOf = (ids: string[], index: number) => ids[index % ids.length];

const callback = (id: unknown) => ({ id, status: 'completed' });

type Attack = (url: string, known: Known, index: number) => Promise<number>;

/** Every kind, those that cost most less often. */
const ATTACKS: Array<[times: number, name: string, attack: Attack]> = [
	[6, 'made-up ids', async (url) => await post(url, callback(randomUUID()))],
	[
		4,
		'running tasks',
		async (url, { running }, at) => await post(url, callback(oneOf(running, at))),
	],
	[4, 'replays', async (url, { done }, at) => await post(url, callback(oneOf(done, at)))],
	[2, 'prototype keys', async (url) => await post(url, PROTOTYPES)],
	[1, 'an id of a wrong type', async (url) => await post(url, callback({ $ne: '' }))],
	[1, 'a list', async (url) => await post(url, [callback(randomUUID())])],
	[0.5, 'just below a megabyte', async (url) => await post(url, megabyte(1_000_000))],
	[0.5, 'above a megabyte', async (url) => await post(url, megabyte(1_200_000))],
	[1, 'slow bodies', async (url) => await sendSlowly(url, JSON.stringify(callback(randomUUID())))],
];

/** One round of kinds, twice, so that halves are whole. */
const ROUND = ATTACKS.flatMap(([times, name, attack]) =>
	Array.from({ length: times * 2 }, () => ({ name, attack })),
);

export interface Siege {
	/** Calls that were answered, and how often each status was. */
	statuses: Map<number, number>;
	/** Answers a second. */
	rate: number;
}

/** Calls as fast as a number of attackers are answered; slow bodies keep none of them from going on. */
export async function besiege(
	url: string,
	known: Known,
	calls: number,
	attackers: number,
): Promise<Siege> {
	const statuses = new Map<number, number>();
	const slow: Array<Promise<void>> = [];
	const from = Date.now();
	let next = 0;
	const call = async (index: number) => {
		// spread, so that each part of the siege has every kind
		const { attack } = ROUND[(index * 7) % ROUND.length];
		// 0 where the connection was cut, as n8n does with a body that it does not want
		const status = await attack(url, known, index).catch(() => 0);
		statuses.set(status, (statuses.get(status) ?? 0) + 1);
	};
	const work = async () => {
		while (next < calls) {
			const index = next++;
			const isSlow = ROUND[(index * 7) % ROUND.length].name === 'slow bodies';
			if (isSlow) slow.push(call(index));
			else await call(index);
		}
	};
	await Promise.all(Array.from({ length: attackers }, work));
	const seconds = (Date.now() - from) / 1_000;
	await Promise.all(slow);
	return { statuses, rate: calls / seconds };
}
