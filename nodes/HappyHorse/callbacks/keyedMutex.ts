import { after } from '../common/time';

/** Milliseconds after which a turn ends by itself, and after which nobody waits any longer. */
const MAX_TURN_MS = 2_000;
const MAX_WAIT_MS = 5_000;

const elapsed = async (ms: number): Promise<void> =>
	await new Promise((resolve) => after(ms, resolve));

/** Mutex for each key, first come, first served. */
export class KeyedMutex {
	/** Ends of the last turns, taken or queued, by key. */
	private readonly ends = new Map<string, Promise<void>>();

	/**
	 * Waits for a turn.
	 *
	 * @returns a function that ends it
	 */
	async acquire(key: string): Promise<() => void> {
		const before = Promise.race([this.ends.get(key), elapsed(MAX_WAIT_MS)]);
		let end: () => void = () => {};
		const ended = new Promise<void>((resolve) => (end = resolve));
		const turn = before.then(async () => await Promise.race([ended, elapsed(MAX_TURN_MS)]));
		this.ends.set(key, turn);
		void turn.then(() => this.ends.get(key) === turn && this.ends.delete(key));
		await before;
		return end;
	}
}
