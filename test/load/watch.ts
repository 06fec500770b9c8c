/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import { sum } from './measure';

/** Values by the names of their gauges, such as `answers pending`. */
export type Sample = Record<string, number>;

/** Samples over time, for a report. */
export interface Series {
	name: string;
	/** Each with its `second`, and the highest value of each gauge since the row before. */
	rows: Sample[];
}

/** Rows of a series in a report, at most. */
const ROWS = 10;

/** Samples gauges at an even pace until it is closed, so that what grows is seen while it grows. */
export class Watch {
	private readonly samples: Sample[] = [];

	private readonly stop = new AbortController();

	private readonly ended: Promise<void>;

	constructor(
		readonly name: string,
		private readonly look: () => Promise<Sample>,
		private readonly everyMs = 1_000,
	) {
		this.ended = this.run();
		this.ended.catch(() => undefined); // told by `close`
	}

	private async run(): Promise<void> {
		const { signal } = this.stop;
		const startedAt = Date.now();
		while (!signal.aborted) {
			const second = Math.round((Date.now() - startedAt) / 1_000);
			this.samples.push({ second, ...(await this.look()) });
			await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
		}
	}

	/** @throws what a look has thrown */
	async close(): Promise<void> {
		this.stop.abort();
		await this.ended;
	}

	private of(gauge: string, samples = this.samples): number[] {
		return samples.map((sample) => sample[gauge]);
	}

	most(gauge: string): number {
		return Math.max(...this.of(gauge));
	}

	/** Difference between a gauge's means in the last and in the first third of so many seconds from the start. */
	growth(gauge: string, seconds: number): number {
		const values = this.of(
			gauge,
			this.samples.filter(({ second }) => second <= seconds),
		);
		const third = Math.ceil(values.length / 3);
		return (sum(values.slice(-third)) - sum(values.slice(0, third))) / third;
	}

	get series(): Series {
		const { name, samples } = this;
		const rows: Sample[] = [];
		const size = Math.ceil(samples.length / ROWS);
		for (let from = 0; from < samples.length; from += size) {
			const part = samples.slice(from, from + size);
			const most = (gauge: string) => [gauge, Math.round(Math.max(...this.of(gauge, part)))];
			rows.push(Object.fromEntries(Object.keys(part[0]).map(most)));
		}
		return { name, rows };
	}
}
