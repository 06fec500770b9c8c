import type { Resolution } from './limits';
import { LIMITS } from './limits';
import type { Mode } from './modes';

/** Contract: "Price". */
export const CREDITS_PER_SECOND: Record<Resolution, number> = { '720p': 27.5, '1080p': 48.5 };
export const USD_PER_CREDIT = 0.005;

/** The usual model is priced by its resolution; `rate` (credits per second) is the price of another one, whose resolutions may be others. */
type Rated =
	| { resolution: Resolution; rate?: undefined }
	| { resolution: string; rate: number | 'unknown' };

/**
 * Inputs of a price. Durations are in seconds; a clip to edit may be of unknown length. `longestInput` is the most that
 * it can be, the longest allowed if that is unknown; `isAbout` is set where its parts differ in length.
 */
export type CostInput = Rated &
	(
		| { mode: Exclude<Mode, 'editVideo'>; duration: number }
		| {
				mode: 'editVideo';
				inputVideoDuration?: number;
				longestInput?: number;
				isAbout?: boolean;
		  }
	);

/** A `CostInput` of the usual model. */
export type PricedInput = CostInput & { resolution: Resolution; rate?: undefined };

const round = (value: number, decimals: number) => Number(value.toFixed(decimals));

/** Rounds credits to two decimals, so that sums compare without floating-point residue. */
export const roundCredits = (credits: number) => round(credits, 2);

const editSeconds = (input: number) => input + Math.min(input, LIMITS.editedVideoDuration.max);

/** Credits per second; undefined if unknown. */
export function rateOf(input: CostInput): number | undefined {
	if (input.rate === undefined) return CREDITS_PER_SECOND[input.resolution];
	return input.rate === 'unknown' ? undefined : input.rate;
}

/** Seconds charged: the generated ones, or an edit's input plus its output; undefined if the clip's length is unknown. */
export function billedSeconds(input: CostInput): number | undefined {
	if (input.mode !== 'editVideo') return input.duration;
	return input.inputVideoDuration === undefined ? undefined : editSeconds(input.inputVideoDuration);
}

/** Credits that a request costs; undefined if its rate or the length of its clip is unknown. */
export function estimateCredits(input: CostInput): number | undefined {
	const [seconds, rate] = [billedSeconds(input), rateOf(input)];
	return seconds === undefined || rate === undefined ? undefined : roundCredits(seconds * rate);
}

/**
 * Most credits that a request can cost; undefined if its rate is unknown. A clip whose length nothing proves counts as the
 * longest allowed, and fractions of a second are rounded up, since the contract doesn't say how they are charged.
 */
export function worstCaseCredits(input: PricedInput): number;
export function worstCaseCredits(input: CostInput): number | undefined;
export function worstCaseCredits(input: CostInput): number | undefined {
	const { max } = LIMITS.inputVideoDuration;
	const seconds =
		input.mode === 'editVideo' ? editSeconds(Math.ceil(input.longestInput ?? max)) : input.duration;
	const rate = rateOf(input);
	return rate === undefined ? undefined : roundCredits(seconds * rate);
}

/** Tells whether a request surely costs what is estimated. */
export const isExact = (input: CostInput): boolean =>
	estimateCredits(input) === worstCaseCredits(input) &&
	!(input.mode === 'editVideo' && input.isAbout);

export function creditsToUsd(credits: number): number {
	return round(credits * USD_PER_CREDIT, 4);
}
