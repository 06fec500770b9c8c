import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions, INode } from 'n8n-workflow';

import type { AgentTry } from '../ledger/ledger';
import { executionOf, runOf, stackOf } from './execution';

/** What n8n keeps with an agent that waits for its tools. */
interface Request {
	actions?: Array<{ nodeName: string; runIndex: number }>;
	metadata?: { previousRequests?: unknown[] };
}

/** Ids of tries, by the list that n8n makes anew for each time that it runs a node. */
const tries = new WeakMap<object, string>();

/**
 * The run of the AI agent that calls the node as a tool, and n8n's try of it, by which Retry On Fail of the agent differs
 * from a second call in one try. Undefined where n8n does not tell.
 */
export const agentTryOf = (context: IExecuteFunctions): AgentTry | undefined =>
	tryInside(context) ?? tryWaiting(context);

/** Of an agent that runs its tools itself. */
function tryInside(context: object): AgentTry | undefined {
	const { parentNode, closeFunctions } = context as {
		parentNode?: INode;
		closeFunctions?: unknown[];
	};
	if (!parentNode || !Array.isArray(closeFunctions)) return undefined;
	const runs = executionOf(context)?.resultData.runData[parentNode.name] ?? [];
	const id = tries.get(closeFunctions) ?? randomUUID();
	tries.set(closeFunctions, id);
	// n8n notes the run of an agent beforehand that is a tool itself
	const noted = runs.findIndex(({ executionStatus }) => executionStatus === undefined);
	return { run: `${parentNode.name} ${noted < 0 ? runs.length : noted}`, try: id };
}

/** Of an agent that n8n's engine runs anew after its tools: one that n8n tries again has forgotten all earlier requests. */
function tryWaiting(context: IExecuteFunctions): AgentTry | undefined {
	const { name } = context.getNode();
	const { runIndex } = runOf(context);
	for (const { node, metadata, runIndex: run } of stackOf(context) ?? []) {
		const { actions = [], metadata: memory } =
			(metadata as { subNodeExecutionData?: Request } | undefined)?.subNodeExecutionData ?? {};
		const isCaller = actions.some((call) => call.nodeName === name && call.runIndex === runIndex);
		const { length: turn } = memory?.previousRequests ?? [];
		const [first] = actions;
		if (isCaller)
			return { run: `${node.name} ${run ?? 0}`, try: `${first.nodeName} ${first.runIndex}`, turn };
	}
	return undefined;
}

/** Tells whether a run of an agent failed, so that nobody got what it was answered. */
export function hasFailed(context: IExecuteFunctions, { run }: AgentTry): boolean {
	const at = run.lastIndexOf(' ');
	const runs = executionOf(context)?.resultData.runData[run.slice(0, at)];
	const { error, data = {} } = runs?.[Number(run.slice(at))] ?? {};
	const items = Object.values(data).flatMap((outputs) => outputs.flatMap((output) => output ?? []));
	return error !== undefined || (items.length > 0 && items.every(({ json }) => json.error));
}
