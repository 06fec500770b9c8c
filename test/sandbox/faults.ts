import type { Fault, FaultHandle, RequestEntry } from './types';

export type Spot = Exclude<Fault['on'], 'any'>;

/** Target of a request, as far as its path names one. */
export interface Subject {
	spot?: Spot;
	taskId?: string;
}

interface Entry {
	rule: Fault;
	seen: number;
	hits: number;
}

/** Faults to come, in the order in which they were added. */
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

	/** Returns the fault for a request, if any, and counts the request. */
	pick(entry: RequestEntry, { spot, taskId }: Subject): Fault | undefined {
		for (const candidate of this.entries) {
			const { on, taskId: only, match, skip = 0, times = Infinity } = candidate.rule;
			if (on !== spot && on !== 'any') continue;
			if (only !== undefined && only !== taskId) continue;
			if (match && !match(entry)) continue;
			candidate.seen++;
			if (candidate.seen <= skip || candidate.hits >= times) continue;
			candidate.hits++;
			return candidate.rule;
		}
		return undefined;
	}

	clear(): void {
		this.entries = [];
	}
}
