import { monotonicNow } from '../common/time';
import { HappyHorseError } from '../errors/errors';
import type { StopSwitch } from './stop';

interface LimiterOptions {
	/** Another limiter that must have room too; several limiters share its places, first come, first served. */
	within?: Limiter;
	/** Serves the newest caller first: the oldest is about to time out. */
	newestFirst?: boolean;
	/** Callers that may wait; beyond them the one that would be served last is turned away. */
	maxQueued?: number;
}

interface Waiting {
	start: () => void;
	turnAway: () => void;
}

/** Runs a bounded number of requests at once, and can hold those of one account back for a while. */
export class Limiter {
	private running = 0;

	private readonly queue: Waiting[] = [];

	/** Monotonic times before which nothing is sent, by account. */
	private readonly heldUntil = new Map<string, number>();

	constructor(
		readonly limit: number,
		private readonly options: LimiterOptions = {},
	) {}

	/**
	 * Runs the work when there is room for it, and returns its result.
	 *
	 * @param stop takes a waiting caller out of the queue; work under way looks at it itself
	 * @throws HappyHorseError if the queue is full, and the reason for the stop
	 */
	async run<T>(work: () => Promise<T>, stop?: StopSwitch): Promise<T> {
		if (this.running < this.limit) this.running++;
		else if (stop) await stop.during(async (signal) => await this.turn(signal));
		else await this.turn();
		const { within } = this.options;
		try {
			return await (within ? within.run(work, stop) : work());
		} finally {
			this.release();
		}
	}

	/** Holds an account's requests back for some milliseconds. */
	hold(account: string, ms: number): void {
		this.heldUntil.set(account, monotonicNow() + Math.max(ms, this.heldForMs(account)));
	}

	/** Milliseconds until an account's requests may be sent. */
	heldForMs(account: string): number {
		return Math.max((this.heldUntil.get(account) ?? 0) - monotonicNow(), 0);
	}

	/** Number of callers that wait for a place. */
	get queued(): number {
		return this.queue.length;
	}

	get isIdle(): boolean {
		const isHolding = [...this.heldUntil.keys()].some((account) => this.heldForMs(account) > 0);
		return this.running === 0 && !isHolding;
	}

	/** Waits for a place, which the caller before hands over. */
	private async turn(signal?: AbortSignal): Promise<void> {
		const { newestFirst, maxQueued = Infinity } = this.options;
		await new Promise<void>((resolve, reject) => {
			const waiting = { start: resolve, turnAway: () => reject(tooBusy()) };
			this.queue.push(waiting);
			signal?.addEventListener('abort', () => {
				const position = this.queue.indexOf(waiting);
				// it has a place already, which `run` gives back
				if (position < 0) return;
				this.queue.splice(position, 1);
				reject(signal.reason);
			});
			const isFull = this.queue.length > maxQueued;
			if (isFull) (newestFirst ? this.queue.shift() : this.queue.pop())?.turnAway();
		});
	}

	/** Hands the place to the next caller instead of giving it back, so that nobody slips in between. */
	private release(): void {
		const next = this.options.newestFirst ? this.queue.pop() : this.queue.shift();
		if (next) next.start();
		else this.running--;
	}
}

const tooBusy = () =>
	new HappyHorseError({
		message: 'Too many requests are waiting for HappyHorse',
		description: 'This one was not sent. Try it again in a moment.',
		code: 'no_answer',
	});

/** Limiters by key, within one for all of them; idle ones are dropped. */
export class LimiterGroup {
	private readonly limiters = new Map<string, Limiter>();

	private readonly all: Limiter;

	/** @param limits places and queue of each limiter, and places for all together */
	constructor(private readonly limits: { each: number; all: number; queued?: number }) {
		this.all = new Limiter(limits.all);
	}

	of(key: string): Limiter {
		const found = this.limiters.get(key);
		if (found) return found;
		for (const [other, { isIdle }] of this.limiters) if (isIdle) this.limiters.delete(other);
		const { each, queued: maxQueued } = this.limits;
		const options = { within: this.all, newestFirst: true, maxQueued };
		const made = new Limiter(each, options);
		this.limiters.set(key, made);
		return made;
	}
}
