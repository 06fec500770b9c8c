import type { CostInput } from '../../schema/cost';
import {
	billedSeconds,
	CREDITS_PER_SECOND,
	creditsToUsd,
	worstCaseCredits,
} from '../../schema/cost';
import { parseCostInput } from '../../schema/requests';
import { FIELDS } from '../fields';
import { defineOperation } from '../operation';

export const estimateCost = defineOperation<CostInput>({
	option: {
		name: 'Estimate Cost',
		value: 'estimateCost',
		action: 'Estimate the cost of a video',
		description:
			'Work out how many credits a video would cost, without making it. Sends nothing and costs nothing.',
	},
	fields: [FIELDS.mode, FIELDS.resolution, FIELDS.estimateDuration, FIELDS.inputVideoDuration],
	read: (_run, parameters) => parseCostInput(parameters),
	async perform(_run, input) {
		const creditsEstimated = worstCaseCredits(input);
		return {
			json: {
				...input,
				billedSeconds: billedSeconds(input),
				creditsPerSecond: CREDITS_PER_SECOND[input.resolution],
				creditsEstimated,
				usdEstimated: creditsToUsd(creditsEstimated),
			},
		};
	},
});
