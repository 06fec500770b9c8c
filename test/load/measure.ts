/** One line of a report. */
export interface Measure {
	measure: string;
	/** Text such as `≤ 5 ms`; a dash where nothing is asked. */
	target: string;
	measured: string;
	met: boolean;
}

/** Smallest value that a share of the numbers does not exceed (nearest rank): 0.5 gives the median. */
export function quantile(numbers: number[], share: number): number {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
}

export const median = (numbers: number[]) => quantile(numbers, 0.5);

export const sum = (numbers: Iterable<number>) =>
	[...numbers].reduce((total, number) => total + number, 0);

/** Number with about three digits, and its unit. */
export function shown(value: number, unit = ''): string {
	const decimals =
		Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) < 10 ? 2 : 1;
	return `${value.toFixed(decimals)} ${unit}`.trim();
}

/** A line by its name, with what is asked and what was measured. */
export const line = (measure: string) => ({
	atMost: (most: number, value: number, unit = ''): Measure => ({
		measure,
		target: `≤ ${most} ${unit}`.trim(),
		measured: shown(value, unit),
		met: value <= most,
	}),
	atLeast: (least: number, value: number, unit = ''): Measure => ({
		measure,
		target: `≥ ${least} ${unit}`.trim(),
		measured: shown(value, unit),
		met: value >= least,
	}),
	/** For what must never happen. */
	none: (count: number): Measure => line(measure).atMost(0, count),
	/** For what explains other lines, without a target. */
	is: (value: number | string): Measure => {
		const measured = typeof value === 'number' ? shown(value) : value;
		return { measure, target: '–', measured, met: true };
	},
});
