import { after } from '../common/time';
import type { Readable } from './open';

/** Fewest bytes per `STALL_MS` milliseconds: a trickle would keep a download alive forever. */
const MIN_BYTES = 100_000;
const STALL_MS = 60_000;

/** State of a download's connection. */
export interface Traffic {
	/** Bytes that the reader has consumed. */
	readonly received: number;
	readonly isBroken: boolean;
	/** Set after a minute with fewer than `MIN_BYTES`. */
	readonly isStalled: boolean;
	/** Counts a stream's bytes without consuming them. */
	follow(body: Readable): void;
	end(): void;
}

/**
 * Monitors a connection, including the wait for its answer.
 *
 * @param onStall called after a minute with fewer than `MIN_BYTES`
 */
export function watchTraffic(onStall: () => void): Traffic {
	let received = 0;
	let isBroken = false;
	let isStalled = false;
	let done = false;
	const watch = (before: number) =>
		after(STALL_MS, () => {
			if (done) return;
			isStalled = received < before + MIN_BYTES;
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
			// unlike `on`, this doesn't start the stream: bytes that flow before n8n's storage listens would be lost, and a
			// stream paused explicitly would not start again, because storage in a database or in memory only adds a listener
			body.prependListener('data', (chunk: Uint8Array) => (received += chunk.length));
		},
		end: () => (done = true),
	};
}
