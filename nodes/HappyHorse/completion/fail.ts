import type {
	IDataObject,
	IExecuteData,
	IExecuteFunctions,
	INodeExecutionData,
	IRunExecutionData,
	IWebhookFunctions,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { z } from 'zod';

import type { ItemTrouble } from '../items';
import { runKeyOf } from '../ledger';
import type { Trouble } from '../transport/errors';
import { HappyHorseError, toNodeError, toTrouble } from '../transport/errors';

const KEY = 'happyHorseFailure';

const failureSchema = z.object({
	run: z.string(),
	item: z.number(),
	trouble: z.custom<Trouble>(),
});

/** n8n's data of the execution, which its typings do not show to a webhook. */
const executionOf = (context: IWebhookFunctions) =>
	(context as IWebhookFunctions & { runExecutionData?: IRunExecutionData }).runExecutionData;

/**
 * A way to fail a parked run. n8n has none: what a webhook throws still runs the nodes that follow. So the trouble is
 * left where the node finds it, and the node, which n8n would pass over on resuming, is run once more to throw it.
 *
 * @param run the parked run's key
 * @returns undefined where n8n does not let us; else what to call with the trouble, which gives the items to resume with
 */
export function wayToFail(
	context: IWebhookFunctions,
	run: string,
): ((trouble: ItemTrouble) => INodeExecutionData[]) | undefined {
	const execution = executionOf(context);
	const entry = execution?.executionData?.nodeExecutionStack[0];
	if (!execution || !entry) return undefined;
	return ({ error, item }) => {
		const kept = NodeHelpers.getContext(execution, 'node', context.getNode());
		kept[KEY] = { run, item, trouble: { ...toTrouble(error) } } satisfies IDataObject;
		delete entry.node.disabled;
		return inputOf(execution, entry);
	};
}

/** The items that came into the node: what it works on if the user retries the failed execution. */
function inputOf({ resultData }: IRunExecutionData, { source }: IExecuteData) {
	const from = source?.main[0];
	const run = from && resultData.runData[from.previousNode]?.[from.previousNodeRun ?? 0];
	return run?.data?.main[from?.previousNodeOutput ?? 0] ?? [{ json: {} }];
}

/** @throws the error with which this run, having been parked, is to fail */
export function failIfParkedRunDid(context: IExecuteFunctions): void {
	const kept = failureSchema.safeParse(context.getContext('node')[KEY]);
	if (!kept.success || kept.data.run !== runKeyOf(context)) return;
	const { trouble, item } = kept.data;
	throw toNodeError(context.getNode(), new HappyHorseError(trouble), item);
}
