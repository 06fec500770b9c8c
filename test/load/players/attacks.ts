/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Task ids that an attacker may know. */
export interface Known {
	/** Tasks of this account that are still under way. */
	running: string[];
	/** Tasks that have had their run. */
	done: string[];
}

/** Milliseconds that a slow body takes, and the parts that it comes in. */
const SLOW_MS = 4_000;
const PARTS = 8;
/** Milliseconds after which an attacker hangs up. */
const PATIENCE_MS = 60_000;

const callback = (id: unknown) => ({ id, status: 'completed' });

const oneOf = (ids: string[], index: number) => ids[index % ids.length];

const ofBytes = (bytes: number) => ({ ...callback(randomUUID()), more: 'x'.repeat(bytes) });

const PROTOTYPES =
	'{"__proto__":{"id":"x"},"constructor":{"prototype":{"id":"x"}},"status":"completed"}';

type Attack = (known: Known, index: number) => unknown;

const SLOW_BODY: Attack = () => callback(randomUUID());

/** Bodies of every kind, those that cost most less often. */
const ATTACKS: Array<[times: number, body: Attack]> = [
	[12, () => callback(randomUUID())],
	[8, ({ running }, index) => callback(oneOf(running, index))],
	[8, ({ done }, index) => callback(oneOf(done, index))],
	[4, () => PROTOTYPES],
	[2, () => callback({ $ne: '' })],
	[2, () => [callback(randomUUID())]],
	[1, () => ofBytes(1_000_000)],
	[1, () => ofBytes(1_200_000)],
	[2, SLOW_BODY],
];

const ROUND = ATTACKS.flatMap(([times, body]) => Array.from({ length: times }, () => body));

/** Strangers who forge callbacks at one URL. */
export class Siege {
	private readonly answers = new Map<string, number>();

	/** Calls that are sent and wait for their answer. */
	pending = 0;

	/** When the last call was answered that was sent at once, in Unix milliseconds. */
	answeredAt = 0;

	constructor(
		private readonly url: string,
		private readonly known: Known,
	) {}

	async call(index: number): Promise<void> {
		// spread, so that each part of the siege has every kind
		const attack = ROUND[(index * 7) % ROUND.length];
		const body = attack(this.known, index);
		const text = typeof body === 'string' ? body : JSON.stringify(body);
		const isSlow = attack === SLOW_BODY;
		const answer = await this.send(text, isSlow ? PARTS : 1);
		if (!isSlow) this.answeredAt = Date.now();
		this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
	}

	/** How often each status was answered; `cut` where the connection was, `none` where nothing came in a minute. */
	get tally(): string {
		const sorted = [...this.answers].sort(([a], [b]) => a.localeCompare(b));
		return sorted.map(([answer, count]) => `${answer}: ${count}`).join(', ');
	}

	private async send(body: string, parts: number): Promise<string> {
		const patience = AbortSignal.timeout(PATIENCE_MS);
		const outgoing = request(this.url, {
			method: 'POST',
			agent: false, // strangers don't share connections
			signal: patience,
			headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
		});
		const answered = new Promise<string>((resolve) => {
			outgoing.on('error', () => resolve(patience.aborted ? 'none' : 'cut'));
			outgoing.on('response', (response) => {
				response.resume();
				resolve(String(response.statusCode));
			});
		});
		const size = Math.ceil(body.length / parts);
		for (let at = 0; at < body.length; at += size) {
			if (at > 0) await sleep(SLOW_MS / parts);
			outgoing.write(body.slice(at, at + size));
		}
		outgoing.end();
		this.pending++;
		return await answered.finally(() => this.pending--);
	}
}
