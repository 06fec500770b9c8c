import type { RunLedger } from '../ledger/runLedger';
import type { CostInput } from '../contract/cost';
import { isExact, roundCredits, worstCaseCredits } from '../contract/cost';
import { formatNumber } from '../validation/parse';
import { HappyHorseError } from '../errors/errors';
import { DASHBOARD } from '../contract/dashboard';

const LENGTH_UNKNOWN =
	' The length of a clip to edit is not sure beforehand, so it counts as the longest that is allowed. For a file that comes in with the item, it is read from the file.';
const LENGTHS_DIFFER =
	' Picture, sound and index of a clip differ in length, so the longest counts.';
const PARTS_OF_SECONDS =
	' HappyHorse does not say how it counts parts of a second, so they count as whole ones.';

interface Limit {
	/** Credits that the run may cost. */
	credits: number;
	/** Credits that earlier tries have paid. */
	paid?: number;
	code: string;
	/** Set while nothing was sent, by an earlier try either. */
	isFirst: boolean;
	/** As it stands behind "more than". */
	name: string;
	advice: string;
	/** Items that it is about, where those are not all of the run. */
	ofItems?: number[];
}

/**
 * Keeps a run within a limit, before anything is sent.
 *
 * @throws HappyHorseError if the run could cost more
 */
function refuseAbove(
	costs: CostInput[],
	{ credits, paid = 0, isFirst, code, name, advice, ofItems }: Limit,
): void {
	const outcome = isFirst ? 'Nothing was sent.' : 'No further video was started.';
	const worst = costs.map((cost) => worstCaseCredits(cost));
	if (worst.includes(undefined))
		throw new HappyHorseError({
			message: 'The cost of this run is unknown: the node has no price for the model under ‘Model’',
			description: `${outcome} Set ‘Credits per Second’ under Options to what the model costs, or leave out ‘Max Credits’ and ‘Check Balance’.`,
			code,
		});
	const total = roundCredits(worst.reduce((sum: number, cost = 0) => sum + cost, paid));
	if (total <= credits) return;
	const isKnown = costs.every(isExact);
	const edits = costs.flatMap((cost) => (cost.mode === 'editVideo' ? [cost] : []));
	const guess = guessOf(edits);
	const subject = ofItems
		? `${ofItems.length === 1 ? 'Item' : 'Items'} ${listOf(ofItems)}`
		: 'This run';
	throw new HappyHorseError({
		message: `${subject} would cost ${isKnown ? '' : 'up to '}${formatNumber(total)} credits, more than the ${formatNumber(credits)} ${name}`,
		description: `${outcome} ${advice}, or make fewer, shorter or 720p videos.${isKnown ? '' : guess}`,
		code,
	});
}

/** Items that a message names. */
const MOST_NAMED = 20;

function listOf(items: number[]): string {
	const more = items.length - MOST_NAMED;
	const named = items.slice(0, MOST_NAMED).join(', ');
	return more > 0 ? `${named} and ${more} more` : named;
}

/** Says why a price is not known exactly. */
function guessOf(edits: Array<Extract<CostInput, { mode: 'editVideo' }>>): string {
	if (edits.some(({ longestInput }) => longestInput === undefined)) return LENGTH_UNKNOWN;
	return edits.some(({ isAbout }) => isAbout) ? LENGTHS_DIFFER : PARTS_OF_SECONDS;
}

/** Refuses a run that could cost more credits than Max Credits. */
export const refuseOverBudget = (costs: CostInput[], ledger: RunLedger, credits: number) =>
	refuseAbove(costs, {
		credits,
		paid: ledger.spent(),
		isFirst: ledger.isBlank,
		code: 'over_budget',
		name: 'that ‘Max Credits’ allows',
		advice: 'Raise ‘Max Credits’ under Options',
	});

/** Refuses requests that their account's balance might not cover. */
export const refuseOverBalance = (
	costs: CostInput[],
	ledger: RunLedger,
	{ credits, ofItems }: Pick<Limit, 'credits' | 'ofItems'>,
) =>
	refuseAbove(costs, {
		...{ credits, ofItems },
		isFirst: ledger.isBlank,
		code: 'insufficient_credits',
		name: 'that the account has',
		advice: `Top up under Billing (${DASHBOARD.billing})`,
	});
