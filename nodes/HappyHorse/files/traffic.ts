import { after } from '../common/time';
import type { Readable } from './open';

/** Bytes that have to come in so many milliseconds, or what is under way is given up: a drip would go on for ever. */
const LEAST_BYTES = 100_000;
const STALL_MS = 60_000;

/** What has come over one connection so far. */
export interface Traffic {
	/** Bytes that whoever reads has taken. */
	readonly received: number;
	/** Whether the connection broke before its end. */
	readonly isBroken: boolean;
	/** Whether next to nothing came for a minute. */
	readonly isStalled: boolean;
	/** Counts what comes through a stream, whichever way it is read, and takes nothing from it. */
	follow(body: Readable): void;
	end(): void;
}

/**
 * Watches over a connection, beginning with the wait for its answer.
 *
 * @param onStall called once next to nothing has come for a minute
 */
export function watchTraffic(onStall: () => void): Traffic {
	let received = 0;
	let isBroken = false;
	let isStalled = false;
	let done = false;
	const watch = (before: number) =>
		after(STALL_MS, () => {
			if (done) return;
			isStalled = received < before + LEAST_BYTES;
			if (isStalled) onStall();
			else watch(received);
		});
	watch(received);
	return {
		get received() {
			return received;
		},
		get isBroken() {
			return isBroken;
		},
		get isStalled() {
			return isStalled;
		},
		follow(body) {
			body.once('error', () => (isBroken = true));
			// unlike `on`, this leaves the flow to whoever reads: a stream that was paused is not set going by a `data`
			// listener such as n8n's storage in a database or in memory, and one that flows before it is read loses bytes
			body.prependListener('data', (chunk: Uint8Array) => (received += chunk.length));
		},
		end: () => (done = true),
	};
}
