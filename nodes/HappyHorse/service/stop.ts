import { sleep } from 'n8n-workflow';

/**
 * Ends everything that waits in one run of the node, at once: when the execution is canceled, or when one item's
 * trouble stops the others. One switch for a run keeps n8n's own signal free of thousands of listeners.
 */
export class StopSwitch {
	private readonly waiting = new Set<AbortController>();

	private reason?: Error;

	/** Stops all work under way and all that is still to come. Only the first reason counts. */
	stop(reason: Error): void {
		if (this.reason) return;
		this.reason = reason;
		for (const controller of this.waiting) controller.abort(reason);
	}

	/**
	 * Stops when a signal fires.
	 *
	 * @param signal none where nothing can
	 * @returns what ends it: in a loop, one signal is there for every round
	 */
	follow(signal: AbortSignal | undefined, reason: () => Error): () => void {
		const stop = () => this.stop(reason());
		if (signal?.aborted) stop();
		else signal?.addEventListener('abort', stop, { once: true });
		return () => signal?.removeEventListener('abort', stop);
	}

	/** @throws the reason for which the run was stopped */
	throwIfStopped(): void {
		if (this.reason) throw this.reason;
	}

	/** Runs work that ends early when its signal fires. */
	async during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
		this.throwIfStopped();
		const controller = new AbortController();
		this.waiting.add(controller);
		try {
			return await work(controller.signal);
		} finally {
			this.waiting.delete(controller);
		}
	}

	/** Rejects with the reason once the run is stopped. It never resolves. */
	async stopped(): Promise<never> {
		return await this.during(rejectionBy);
	}

	/**
	 * Waits, unless the run is stopped: then it rejects at once with the reason.
	 *
	 * @param ms milliseconds
	 */
	async pause(ms: number): Promise<void> {
		// n8n 1.x's sleep does not look at the signal, hence the race
		await this.during(
			async (signal) => await Promise.race([sleep(ms, signal), rejectionBy(signal)]),
		);
	}
}

const rejectionBy = async (signal: AbortSignal) =>
	await new Promise<never>((_resolve, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason), { once: true });
	});
