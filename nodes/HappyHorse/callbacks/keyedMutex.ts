import { after } from '../common/time';

/** Milliseconds that a turn lasts at most, and that anybody waits for one. */
const LONGEST_TURN_MS = 2_000;
const LONGEST_WAIT_MS = 5_000;

const passed = async (ms: number): Promise<void> =>
	await new Promise((resolve) => after(ms, resolve));

/** Lets what has the same key take turns, first come, first served. */
export class KeyedMutex {
	/** By key, when the last turn that is taken or waited for has ended. */
	private readonly ends = new Map<string, Promise<void>>();

	/** Waits for a turn, and gives what to call at its end. */
	async acquire(key: string): Promise<() => void> {
		const before = Promise.race([this.ends.get(key), passed(LONGEST_WAIT_MS)]);
		let end: () => void = () => {};
		const ended = new Promise<void>((resolve) => (end = resolve));
		const turn = before.then(async () => await Promise.race([ended, passed(LONGEST_TURN_MS)]));
		this.ends.set(key, turn);
		void turn.then(() => this.ends.get(key) === turn && this.ends.delete(key));
		await before;
		return end;
	}
}
