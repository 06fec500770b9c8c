import type { Resolution } from './limits';
import { LIMITS } from './limits';
import type { Mode } from './modes';

/** Contract: "Price". */
export const CREDITS_PER_SECOND: Record<Resolution, number> = { '720p': 27.5, '1080p': 48.5 };
export const USD_PER_CREDIT = 0.005;

/** What a price depends on. Durations are in seconds; that of the clip to edit may not be known. */
export type CostInput = { resolution: Resolution } & (
	| { mode: Exclude<Mode, 'editVideo'>; duration: number }
	| { mode: 'editVideo'; inputVideoDuration?: number }
);

const round = (value: number, decimals: number) => Number(value.toFixed(decimals));

/** Credits as they are charged and compared: sums of them have no remainders of arithmetic. */
export const roundCredits = (credits: number) => round(credits, 2);

const editSeconds = (input: number) => input + Math.min(input, LIMITS.editedVideoDuration.max);

/** Seconds that are charged: what is generated, or for an edit what goes in plus what comes out; undefined where the clip's length is not known. */
export function billedSeconds(input: CostInput): number | undefined {
	if (input.mode !== 'editVideo') return input.duration;
	return input.inputVideoDuration === undefined ? undefined : editSeconds(input.inputVideoDuration);
}

/** Credits that a request costs, or undefined for an edit of a clip whose length is not known. */
export function estimateCredits(input: CostInput): number | undefined {
	const seconds = billedSeconds(input);
	return seconds === undefined
		? undefined
		: roundCredits(seconds * CREDITS_PER_SECOND[input.resolution]);
}

/**
 * Credits that a request can cost at most. An edit of unknown length counts as the longest clip that the service takes,
 * and parts of a second as whole ones: the contract does not say how they are counted.
 */
export function worstCaseCredits(input: CostInput): number {
	const { max } = LIMITS.inputVideoDuration;
	const seconds =
		input.mode === 'editVideo'
			? editSeconds(Math.ceil(input.inputVideoDuration ?? max))
			: input.duration;
	return roundCredits(seconds * CREDITS_PER_SECOND[input.resolution]);
}

/** US dollars for an amount of credits. */
export function creditsToUsd(credits: number): number {
	return round(credits * USD_PER_CREDIT, 4);
}
