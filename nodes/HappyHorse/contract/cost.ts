import type { Resolution } from './limits';
import { LIMITS } from './limits';
import type { Mode } from './modes';

/** Contract: "Price". */
export const CREDITS_PER_SECOND: Record<Resolution, number> = { '720p': 27.5, '1080p': 48.5 };
export const USD_PER_CREDIT = 0.005;

/**
 * What a price depends on. Durations are in seconds; that of the clip to edit may not be known. The rate, in credits a
 * second, is that of the resolution unless another model is asked for, whose rate may not be known.
 */
export type CostInput = { resolution: Resolution; rate?: number | 'unknown' } & (
	| { mode: Exclude<Mode, 'editVideo'>; duration: number }
	| { mode: 'editVideo'; inputVideoDuration?: number }
);

/** The same where the rate is known. */
export type PricedInput = CostInput & { rate?: number };

const round = (value: number, decimals: number) => Number(value.toFixed(decimals));

/** Credits as they are charged and compared: sums of them have no remainders of arithmetic. */
export const roundCredits = (credits: number) => round(credits, 2);

const editSeconds = (input: number) => input + Math.min(input, LIMITS.editedVideoDuration.max);

/** Credits a second; undefined where nobody knows. */
export function rateOf({ resolution, rate }: CostInput): number | undefined {
	if (rate === 'unknown') return undefined;
	return rate ?? CREDITS_PER_SECOND[resolution];
}

/** Seconds that are charged: what is generated, or for an edit what goes in plus what comes out; undefined where the clip's length is not known. */
export function billedSeconds(input: CostInput): number | undefined {
	if (input.mode !== 'editVideo') return input.duration;
	return input.inputVideoDuration === undefined ? undefined : editSeconds(input.inputVideoDuration);
}

/** Credits that a request costs, or undefined where its rate or the length of a clip to edit is not known. */
export function estimateCredits(input: CostInput): number | undefined {
	const [seconds, rate] = [billedSeconds(input), rateOf(input)];
	return seconds === undefined || rate === undefined ? undefined : roundCredits(seconds * rate);
}

/**
 * Credits that a request can cost at most, undefined where its rate is not known. An edit of unknown length counts as the
 * longest clip that the service takes, and parts of a second as whole ones: the contract does not say how they are counted.
 */
export function worstCaseCredits(input: PricedInput): number;
export function worstCaseCredits(input: CostInput): number | undefined;
export function worstCaseCredits(input: CostInput): number | undefined {
	const { max } = LIMITS.inputVideoDuration;
	const seconds =
		input.mode === 'editVideo'
			? editSeconds(Math.ceil(input.inputVideoDuration ?? max))
			: input.duration;
	const rate = rateOf(input);
	return rate === undefined ? undefined : roundCredits(seconds * rate);
}

/** US dollars for an amount of credits. */
export function creditsToUsd(credits: number): number {
	return round(credits * USD_PER_CREDIT, 4);
}
