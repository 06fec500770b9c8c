import { randomUUID } from 'node:crypto';

import type { INode, IRunExecutionData } from 'n8n-workflow';

import type { AgentTry } from '../ledger/ledger';

/** Ids of tries, by the list that n8n makes anew for each time that it runs a node. */
const tries = new WeakMap<object, string>();

/**
 * The run of the AI agent that calls the node as a tool, and n8n's try of it, by which Retry On Fail of the agent differs
 * from a second call in one try. Undefined where n8n does not tell.
 */
export function agentTryOf(context: object): AgentTry | undefined {
	const { parentNode, closeFunctions, runExecutionData } = context as {
		parentNode?: INode;
		closeFunctions?: unknown[];
		runExecutionData?: IRunExecutionData;
	};
	if (!parentNode || !Array.isArray(closeFunctions)) return undefined;
	const runs = runExecutionData?.resultData.runData[parentNode.name] ?? [];
	const id = tries.get(closeFunctions) ?? randomUUID();
	tries.set(closeFunctions, id);
	return { run: `${parentNode.name} ${runs.length}`, try: id };
}
