import type { INodeExecutionData } from 'n8n-workflow';

import { errorItem } from './items';
import type { CombiningOperation } from './operation';
import type { Run } from './run';
import { addSummary } from './summary';
import type { Plan } from './validate';

/**
 * Makes one item of all. Where the run continues and items can't be taken, only these come out, as errors: what lacks one
 * of them must not look whole.
 *
 * @throws ItemError for the item that can't be combined with the others
 */
export async function combineAll(
	run: Run,
	operation: CombiningOperation,
	plans: Plan[],
): Promise<INodeExecutionData[]> {
	const refused = plans.flatMap((plan, item) =>
		plan.action === 'refuse' ? [errorItem(plan.reason, item)] : [],
	);
	if (refused.length > 0) return refused;
	const requests = plans.flatMap((plan) => (plan.action === 'perform' ? [plan] : []));
	const output = await operation.combine(run, requests);
	addSummary(run, []);
	return [{ ...output, pairedItem: requests.map(({ item }) => ({ item })) }];
}
