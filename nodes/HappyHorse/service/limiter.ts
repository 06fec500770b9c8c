/** Lets a bounded number of requests run at once, first come, first served, and can hold all of them back for a while. */
export class Limiter {
	private running = 0;

	private readonly queue: Array<() => void> = [];

	/** Unix milliseconds before which nothing should be sent. */
	private heldUntil = 0;

	constructor(private readonly limit: number) {}

	/** Runs the work when there is room for it, and gives its result. */
	async run<T>(work: () => Promise<T>): Promise<T> {
		if (this.running >= this.limit) await new Promise<void>((resume) => this.queue.push(resume));
		else this.running++;
		try {
			return await work();
		} finally {
			const next = this.queue.shift();
			// the place is handed on, not given back, so nobody slips in between
			if (next) next();
			else this.running--;
		}
	}

	/** Asks everybody to send nothing for some milliseconds. */
	hold(ms: number): void {
		this.heldUntil = Math.max(this.heldUntil, Date.now() + ms);
	}

	/** Milliseconds until requests may be sent. */
	get heldForMs(): number {
		return Math.max(this.heldUntil - Date.now(), 0);
	}
}
