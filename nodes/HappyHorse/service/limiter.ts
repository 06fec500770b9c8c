import { monotonicNow } from '../common/time';

/** What may differ between limiters. */
interface LimiterOptions {
	/** Whose places are taken as well: several limiters share them, first come, first served. */
	within?: Limiter;
	/** Whether who came last is next, where those who wait longest will give up anyway. */
	newestFirst?: boolean;
}

/** Lets a bounded number of requests run at once, and can hold all of them back for a while. */
export class Limiter {
	private running = 0;

	private readonly queue: Array<() => void> = [];

	/** Monotonic time before which nothing is sent. */
	private heldUntil = 0;

	constructor(
		readonly limit: number,
		private readonly options: LimiterOptions = {},
	) {}

	/** Runs the work when there is room for it, and gives its result. */
	async run<T>(work: () => Promise<T>): Promise<T> {
		if (this.running >= this.limit) await new Promise<void>((resume) => this.queue.push(resume));
		else this.running++;
		const { within, newestFirst } = this.options;
		try {
			return await (within ? within.run(work) : work());
		} finally {
			const next = newestFirst ? this.queue.pop() : this.queue.shift();
			// the place is handed on, not given back, so nobody slips in between
			if (next) next();
			else this.running--;
		}
	}

	/** Asks everybody to send nothing for some milliseconds. */
	hold(ms: number): void {
		this.heldUntil = Math.max(this.heldUntil, monotonicNow() + ms);
	}

	/** Milliseconds until requests may be sent. */
	get heldForMs(): number {
		return Math.max(this.heldUntil - monotonicNow(), 0);
	}

	/** Whether it has nothing to remember. */
	get isIdle(): boolean {
		return this.running === 0 && this.heldForMs === 0;
	}
}

/** A limiter for each of those who come by a key, within one for them all. Those that have nothing to remember are let go. */
export class LimiterGroup {
	private readonly limiters = new Map<string, Limiter>();

	private readonly all: Limiter;

	constructor(private readonly limits: { each: number; all: number }) {
		this.all = new Limiter(limits.all);
	}

	of(key: string): Limiter {
		const found = this.limiters.get(key);
		if (found) return found;
		for (const [other, { isIdle }] of this.limiters) if (isIdle) this.limiters.delete(other);
		const made = new Limiter(this.limits.each, { within: this.all, newestFirst: true });
		this.limiters.set(key, made);
		return made;
	}
}
