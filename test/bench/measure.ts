/** One line of the benchmark's table. */
export interface Measure {
	measure: string;
	target: string;
	measured: string;
	met: boolean;
}

/** The value below which a share of the numbers lies, by the nearest rank: 0.5 for the median. */
export function quantile(numbers: number[], share: number): number {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
}

export const median = (numbers: number[]) => quantile(numbers, 0.5);

/** A measured number that has to be at most another one. */
export const atMost = (
	measure: string,
	most: number,
	measured: number,
	unit: string,
	decimals = 0,
): Measure => ({
	measure,
	target: `≤ ${most} ${unit}`.trim(),
	measured: `${measured.toFixed(decimals)} ${unit}`.trim(),
	met: measured <= most,
});

/** A measured number that has to be at least another one. */
export const atLeast = (
	measure: string,
	least: number,
	measured: number,
	unit: string,
	decimals = 0,
): Measure => ({
	measure,
	target: `≥ ${least} ${unit}`.trim(),
	measured: `${measured.toFixed(decimals)} ${unit}`.trim(),
	met: measured >= least,
});

/** A number that explains another one; nothing is asked of it. */
export const forComparison = (measure: string, measured: string): Measure => ({
	measure,
	target: '–',
	measured,
	met: true,
});
