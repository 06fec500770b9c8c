import { after } from '../common/time';
import { LIMITS, MEGABYTE } from '../contract/limits';
import type { Readable } from './open';

/** Fewest bytes per `STALL_MS` milliseconds: a trickle would keep a download alive forever. */
const MIN_BYTES = 100_000;
const STALL_MS = 60_000;

/** State of a download's connection. */
export interface Traffic {
	/** Bytes that the reader has consumed. */
	readonly received: number;
	readonly isBroken: boolean;
	/** Why it was stopped, if it was. */
	readonly stoppedFor?: 'stalling' | 'size' | 'time';
	/** Counts a stream's bytes without consuming them. */
	follow(body: Readable): void;
	end(): void;
}

/**
 * Monitors a connection, including the wait for its answer.
 *
 * @param onStop called once: after a minute with fewer than `MIN_BYTES`, or at the limits of a download
 */
export function watchTraffic(onStop: () => void): Traffic {
	let received = 0;
	let isBroken = false;
	let stoppedFor: Traffic['stoppedFor'];
	let done = false;
	const { megabytes, minutes } = LIMITS.download;
	const stop = (reason: Traffic['stoppedFor']) => {
		if (done) return;
		done = true;
		stoppedFor = reason;
		onStop();
	};
	const watch = (before: number) =>
		after(STALL_MS, () => {
			if (received < before + MIN_BYTES) stop('stalling');
			else if (!done) watch(received);
		});
	watch(received);
	const cancel = after(minutes * 60_000, () => stop('time'));
	return {
		get received() {
			return received;
		},
		get isBroken() {
			return isBroken;
		},
		get stoppedFor() {
			return stoppedFor;
		},
		follow(body) {
			body.once('error', () => (isBroken = true));
			// unlike `on`, this doesn't start the stream: bytes that flow before n8n's storage listens would be lost, and a
			// stream paused explicitly would not start again, because storage in a database or in memory only adds a listener
			body.prependListener('data', (chunk: Uint8Array) => {
				received += chunk.length;
				// a host may send it compressed all the same, and then it has another size than it says
				if (received > megabytes * MEGABYTE) stop('size');
			});
		},
		end: () => {
			done = true;
			cancel();
		},
	};
}
