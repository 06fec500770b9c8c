/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a clock for tests, which has to reach the true one */

/** Steps after which something that waits is said to wait for ever. */
const MOST_STEPS = 20_000;

/** When histories begin. */
const START = Date.parse('2026-01-05T09:00:00Z');

/** Lets everything happen that needs no time. */
async function turn(): Promise<void> {
	for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
}

const { timeout } = AbortSignal;
const { setTimeout: timer } = globalThis;
const CLOCKS = [Date, performance].map(
	(clock: { now(): number }) => [clock, clock.now.bind(clock)] as const,
);

/**
 * Makes whatever waits by the package's timers wait this many times shorter. Its clocks go on as they are.
 *
 * @returns function that ends it
 */
export function shortenWaits(times: number): () => void {
	AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / times);
	const shorter = (callback: () => void, ms = 0, ...args: []) =>
		timer(callback, ms / times, ...args);
	globalThis.setTimeout = Object.assign(shorter, timer) as typeof setTimeout;
	return () => {
		AbortSignal.timeout = timeout;
		globalThis.setTimeout = timer;
	};
}

/** Sets both clocks forward by this many milliseconds; `jest.restoreAllMocks()` ends it. */
export function moveClocks(ms: number): void {
	for (const [clock, now] of CLOCKS) {
		const ahead = clock.now() - now() + ms;
		jest.spyOn(clock, 'now').mockImplementation(() => now() + ahead);
	}
}

/** Does something a hundred times faster, by timers and clocks, when some milliseconds have passed. */
export async function faster<T>(work: () => Promise<T>, passedMs = 0): Promise<T> {
	const { now } = Date;
	const [wall, monotonic] = [now(), performance.now()];
	const passed = () => passedMs + (now() - wall) * 100;
	// waits end before the deadlines that they are held against
	const end = shortenWaits(200);
	const clocks = [
		jest.spyOn(Date, 'now').mockImplementation(() => wall + passed()),
		jest.spyOn(performance, 'now').mockImplementation(() => monotonic + passed()),
	];
	try {
		return await work();
	} finally {
		for (const clock of clocks) clock.mockRestore();
		end();
	}
}

/** A clock that a test turns: nothing takes time, but what waits waits as long as it would. */
export class Clock {
	private readonly random = Math.random;

	/** @param seed of what is random in here */
	start(seed: number): void {
		jest.useFakeTimers({
			now: START,
			doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
		});
		AbortSignal.timeout = (ms) => {
			const controller = new AbortController();
			setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), ms);
			return controller.signal;
		};
		let state = seed | 0;
		Math.random = () => {
			state = (state + 0x6d2b79f5) | 0;
			let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
			mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
			return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
		};
	}

	stop(): void {
		jest.clearAllTimers();
		jest.useRealTimers();
		AbortSignal.timeout = timeout;
		Math.random = this.random;
	}

	/**
	 * Turns the clock until something is done.
	 *
	 * @throws Error if it waits for nothing, or for ever
	 */
	async until<T>(work: Promise<T>): Promise<T> {
		let isDone = false;
		const done = work.finally(() => (isDone = true));
		done.catch(() => {});
		for (let step = 0; step < MOST_STEPS; step++) {
			await turn();
			if (isDone) return await done;
			if (jest.getTimerCount() === 0) throw new Error('It never ends: nothing is under way');
			jest.advanceTimersToNextTimer();
		}
		throw new Error('It never ends');
	}

	/** Turns the clock to a time (Unix milliseconds), unless it is later already. */
	async to(time: number): Promise<void> {
		const ms = time - Date.now();
		if (ms > 0) await this.until(new Promise<void>((resolve) => setTimeout(resolve, ms)));
	}
}
