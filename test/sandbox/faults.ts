import type { Fault, FaultHandle } from './types';

export type Spot = Exclude<Fault['on'], 'any'>;

interface Entry {
	rule: Fault;
	seen: number;
	hits: number;
}

/** The faults that are to happen, in the order in which they were told. */
export class FaultBook {
	private entries: Entry[] = [];

	add(rule: Fault): FaultHandle {
		const entry: Entry = { rule, seen: 0, hits: 0 };
		this.entries.push(entry);
		return {
			get hits() {
				return entry.hits;
			},
			remove: () => {
				this.entries = this.entries.filter((other) => other !== entry);
			},
		};
	}

	/** The fault for a request, if there is one; asking counts as the request. */
	pick(spot: Spot, taskId?: string): Fault | undefined {
		for (const entry of this.entries) {
			const { on, taskId: only, skip = 0, times = Infinity } = entry.rule;
			if (on !== spot && on !== 'any') continue;
			if (only !== undefined && only !== taskId) continue;
			entry.seen++;
			if (entry.seen <= skip || entry.hits >= times) continue;
			entry.hits++;
			return entry.rule;
		}
		return undefined;
	}

	clear(): void {
		this.entries = [];
	}
}
