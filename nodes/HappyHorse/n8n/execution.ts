import type {
	IDataObject,
	IExecuteData,
	IExecuteFunctions,
	INode,
	IRun,
	IRunExecutionData,
	IWebhookFunctions,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';

/** n8n's execution, which a context has at run time but not in its typings. */
export function executionOf(context: object): IRunExecutionData | undefined {
	const { runExecutionData } = context as { runExecutionData?: IRunExecutionData };
	return runExecutionData;
}

export const stackOf = (context: object): IExecuteData[] | undefined =>
	executionOf(context)?.executionData?.nodeExecutionStack;

/** Data for executions whose own can't be had from n8n, by execution and node. */
const substitutes = new BoundedMap<IDataObject>(1_000);

/** n8n's data for the node, which it saves with the execution; otherwise data that last as long as the process. */
export function storeOf(context: IExecuteFunctions): IDataObject {
	try {
		return context.getContext('node');
	} catch {
		const key = `${context.getExecutionId()} ${context.getNode().name}`;
		const store = substitutes.get(key) ?? {};
		substitutes.set(key, store);
		return store;
	}
}

/** n8n's data for a node in an execution that it has saved. */
export const storeIn = ({ data }: IRun, node: INode): IDataObject =>
	NodeHelpers.getContext(data, 'node', node);

/** n8n's data for the node that was called; undefined where the execution waits at another one. */
export function storeOfParked(context: IWebhookFunctions): IDataObject | undefined {
	const execution = executionOf(context);
	const node = context.getNode();
	if (!execution || stackOf(context)?.[0]?.node.name !== node.name) return undefined;
	return NodeHelpers.getContext(execution, 'node', node);
}

/** The execution, and the index of the node's run in it, which tells the rounds of a loop and an agent's calls apart. */
export function runOf(context: IExecuteFunctions): { executionId: string; runIndex: number } {
	const { $runIndex } = context.getWorkflowDataProxy(0);
	return { executionId: context.getExecutionId(), runIndex: Number($runIndex) };
}

/** Tells if the node runs as an AI agent's tool, which n8n can't resume where it was parked. */
export const isTool = (context: IExecuteFunctions) => context.getNode().type.endsWith('Tool');

/** Tells if n8n takes files from a trigger. Its second engine refuses the run, once the caller was answered. */
export const takesFiles = (context: IWebhookFunctions) =>
	context.getWorkflowSettings().engineType !== 'v2';
