import { sleep } from 'n8n-workflow';

/**
 * Stops all waiting work of a run at once: when the execution is canceled, or when one item's error stops the others.
 * One switch for a run keeps thousands of listeners off n8n's own signal.
 */
export class StopSwitch {
	private readonly waiting = new Set<AbortController>();

	private reason?: Error;

	/** Stops running and future work. Only the first reason counts. */
	stop(reason: Error): void {
		if (this.reason) return;
		this.reason = reason;
		for (const controller of this.waiting) controller.abort(reason);
	}

	/**
	 * Stops when a signal fires.
	 *
	 * @param signal undefined if nothing can cancel
	 * @returns a function that stops following: in a loop, all runs share one signal
	 */
	follow(signal: AbortSignal | undefined, reason: () => Error): () => void {
		const stop = () => this.stop(reason());
		if (signal?.aborted) stop();
		else signal?.addEventListener('abort', stop, { once: true });
		return () => signal?.removeEventListener('abort', stop);
	}

	/** @throws the reason for the stop */
	throwIfStopped(): void {
		if (this.reason) throw this.reason;
	}

	/** Runs work with a signal that aborts on a stop. */
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

	/** Rejects with the reason on a stop, and never resolves. */
	async stopped(): Promise<never> {
		return await this.during(rejectionBy);
	}

	/**
	 * Waits; rejects at once with the reason on a stop.
	 *
	 * @param ms milliseconds
	 */
	async pause(ms: number): Promise<void> {
		await this.during(async (signal) => await sleep(ms, signal));
		this.throwIfStopped();
	}
}

const rejectionBy = async (signal: AbortSignal) =>
	await new Promise<never>((_resolve, reject) => {
		signal.addEventListener('abort', () => reject(signal.reason), { once: true });
	});
