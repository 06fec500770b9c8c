import type { CostInput } from '../../schema/cost';
import { estimateCredits, worstCaseCredits } from '../../schema/cost';
import { formatNumber } from '../../schema/parse';
import { HappyHorseError } from '../../transport/errors';

/**
 * Keeps a run within Max Credits.
 *
 * @param budget credits, or undefined for no limit
 * @throws HappyHorseError if the run could cost more
 */
export function refuseOverBudget(costs: CostInput[], budget: number | undefined): void {
	if (budget === undefined) return;
	const total = costs.reduce((sum, cost) => sum + worstCaseCredits(cost), 0);
	if (total <= budget) return;
	const isKnown = costs.every((cost) => estimateCredits(cost) !== undefined);
	const guess =
		' The length of a clip to edit is not known beforehand, so the longest that is allowed is counted.';
	throw new HappyHorseError({
		message: `This run would cost ${isKnown ? '' : 'up to '}${formatNumber(total)} credits, more than the ${formatNumber(budget)} that Max Credits allows`,
		description: `Nothing was sent. Raise Max Credits under Options, or make fewer, shorter or 720p videos.${isKnown ? '' : guess}`,
		code: 'over_budget',
	});
}
