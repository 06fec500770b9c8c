import type {
	IDataObject,
	IExecuteData,
	IExecuteFunctions,
	IRun,
	IRunExecutionData,
	IWebhookFunctions,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

/*
 * What this package uses of n8n that n8n does not promise to keep. It is used here only; `canPark` looks whether it is
 * there before anything is paid, and where it is not the node polls.
 */

/** n8n's execution, which a context has at run time but not in its typings. */
function executionOf(context: object): IRunExecutionData | undefined {
	const { runExecutionData } = context as { runExecutionData?: IRunExecutionData };
	return runExecutionData;
}

const stackOf = (context: object): IExecuteData[] | undefined =>
	executionOf(context)?.executionData?.nodeExecutionStack;

/** Executions whose data for the node can't be had from n8n, by execution and node. */
const substitutes = new Map<string, IDataObject>();
const MOST_SUBSTITUTES = 1_000;

/** n8n's data for the node, which it saves with the execution; else data that last as long as the process. */
export function storeOf(context: IExecuteFunctions): IDataObject {
	try {
		return context.getContext('node');
	} catch {
		const key = `${context.getExecutionId()} ${context.getNode().name}`;
		const store = substitutes.get(key) ?? {};
		substitutes.set(key, store);
		const [oldest] = substitutes.keys();
		if (substitutes.size > MOST_SUBSTITUTES) substitutes.delete(oldest);
		return store;
	}
}

/** The execution, and the index of the node's run in it, which tells the rounds of a loop and an agent's calls apart. */
export function runOf(context: IExecuteFunctions): { executionId: string; runIndex: number } {
	const { $runIndex } = context.getWorkflowDataProxy(0);
	return { executionId: context.getExecutionId(), runIndex: Number($runIndex) };
}

/** Tells whether the node runs as an AI agent's tool, which n8n can't resume where it was parked. */
export const isTool = (context: IExecuteFunctions) => context.getNode().type.endsWith('Tool');

/** Tells if n8n can park the execution and run this node again afterwards. */
export function canPark(context: IExecuteFunctions): boolean {
	const store = storeOf(context);
	const { executionData, ...execution } = executionOf(context) ?? {};
	return (
		// n8n's second engine makes an execution up for each run of a node, and saves nothing of it
		Boolean(saversOf(context)?.length) &&
		Object.values(executionData?.contextData ?? {}).includes(store) &&
		Array.isArray(executionData?.nodeExecutionStack) &&
		Array.isArray(context.getExecuteData?.()?.data?.main) &&
		typeof context.putExecutionToWait === 'function' &&
		!losesChild(execution)
	);
}

/** Ids by which n8n itself tells executions of its second engine. */
const SECOND_ENGINE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Tells if the parent of this sub-workflow would not get what comes out once it is parked: n8n 1.x, which knows no
 * tokens, goes on with the parent's own items, and the second engine ends a parent that is to wait.
 */
const losesChild = ({ parentExecution, ...more }: Partial<IRunExecutionData>) =>
	parentExecution !== undefined &&
	parentExecution.shouldResume !== false &&
	(!('resumeToken' in more) || SECOND_ENGINE_ID.test(parentExecution.executionId));

/**
 * Parks the execution, and lets n8n run this node once more with the same input when it goes on. n8n only goes on behind
 * a node that waits, so a copy of its entry is put there; the entry itself gets nothing to pass on.
 *
 * @param until when n8n goes on, unless something wakes it before
 */
export async function parkAndRunAgain(context: IExecuteFunctions, until: Date): Promise<void> {
	const entry = context.getExecuteData();
	const { node, data, source, metadata } = entry;
	const main = data.main.map((items) => items && [...items]);
	stackOf(context)?.unshift({
		node: { ...node },
		data: { main },
		source,
		metadata: metadata && { ...metadata },
	});
	entry.data.main = [];
	entry.node = { ...node, alwaysOutputData: false };
	await context.putExecutionToWait(until);
}

/** What n8n calls with an execution that is over or parked, before it saves it; undefined where this n8n has no such list. */
function saversOf(context: object): Array<(run: IRun) => void> | undefined {
	const { additionalData } = context as {
		additionalData?: { hooks?: { handlers?: Record<string, unknown> } };
	};
	const savers = additionalData?.hooks?.handlers?.workflowExecuteAfter;
	return Array.isArray(savers) ? savers : undefined;
}

/** What the execution has come to, once it is over or parked; undefined where this n8n does not tell. */
export function whenOver(context: IExecuteFunctions): Promise<IRun> | undefined {
	const savers = saversOf(context);
	return savers && new Promise((resolve) => savers.unshift(resolve));
}

/**
 * Lets n8n end this copy of an execution with the node, and save what the execution itself has come to.
 *
 * @param outcome none if it is not known, and nothing comes out of the copy
 */
export async function endCopy(context: IExecuteFunctions, outcome?: IRun): Promise<void> {
	const { executionData } = executionOf(context) ?? {};
	const entry = context.getExecuteData();
	entry.node = { ...entry.node, alwaysOutputData: false };
	if (executionData) Object.assign(executionData, { nodeExecutionStack: [], waitingExecution: {} });
	if (!outcome) return;
	const { data, status, finished, waitTill, stoppedAt } = outcome;
	const { resultData } = data;
	// n8n starts an error workflow by the error that it sees, and saves what is in the JSON
	const seen = { ...resultData, error: undefined, toJSON: () => resultData };
	const saved = { data: { ...data, resultData: seen }, status, finished, waitTill, stoppedAt };
	saversOf(context)?.unshift((run) => Object.assign(run, saved));
	// n8n keeps in memory what is to answer for an execution that waits
	if (waitTill) await context.putExecutionToWait(waitTill);
}

/** n8n's data for the node that was called; undefined where the execution waits for another one. */
export function storeOfParked(context: IWebhookFunctions): IDataObject | undefined {
	const execution = executionOf(context);
	const node = context.getNode();
	if (!execution || stackOf(context)?.[0]?.node.name !== node.name) return undefined;
	return NodeHelpers.getContext(execution, 'node', node);
}

/** Where n8n takes calls for the execution, its token included; undefined where n8n has no proper address. */
export function resumeUrlOf(context: IExecuteFunctions): string | undefined {
	try {
		// not as an expression, for which n8n may have to make an engine
		return String(context.getWorkflowDataProxy(0).$execution.resumeUrl);
	} catch {
		return undefined; // n8n 2.x can't sign an address without a scheme
	}
}
