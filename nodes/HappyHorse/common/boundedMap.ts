import { monotonicNow } from './time';

interface Entry<V> {
	value: V;
	setAt: number;
}

/** Map that keeps its newest entries only, each for a limited time; setting a key makes it the newest. */
export class BoundedMap<V> {
	private readonly entries = new Map<string, Entry<V>>();

	/**
	 * @param maxSize entries, beyond which the oldest is dropped
	 * @param lifetimeMs milliseconds after which an entry is gone
	 */
	constructor(
		private readonly maxSize: number,
		private readonly lifetimeMs = Infinity,
	) {}

	get(key: string): V | undefined {
		const entry = this.entries.get(key);
		return entry && this.isAlive(entry) ? entry.value : undefined;
	}

	has(key: string): boolean {
		const entry = this.entries.get(key);
		return entry !== undefined && this.isAlive(entry);
	}

	set(key: string, value: V): void {
		this.entries.delete(key);
		this.entries.set(key, { value, setAt: monotonicNow() });
		for (const [oldest, entry] of this.entries) {
			if (this.entries.size <= this.maxSize && this.isAlive(entry)) return;
			this.entries.delete(oldest);
		}
	}

	delete(key: string): void {
		this.entries.delete(key);
	}

	/** Values by age, the oldest first. */
	values(): V[] {
		return [...this.entries.values()]
			.filter((entry) => this.isAlive(entry))
			.map(({ value }) => value);
	}

	private isAlive({ setAt }: Entry<V>): boolean {
		return monotonicNow() - setAt < this.lifetimeMs;
	}
}
