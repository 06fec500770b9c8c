import type {
	EngineRequest,
	EngineResponse,
	IConnections,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

/** Node before the node under test. */
export const SOURCE = 'Items';

/** Loop or agent around it. */
export const AROUND = 'Around';

const described = (name: string, outputs: string[]): INodeTypeDescription => ({
	displayName: name,
	name,
	group: ['input'],
	version: 1,
	description: 'Stands around the node of a test',
	defaults: { name },
	inputs:
		name === SOURCE
			? []
			: [NodeConnectionTypes.Main, { type: NodeConnectionTypes.AiTool, displayName: 'Tools' }],
	outputs: outputs.map(() => NodeConnectionTypes.Main),
	properties: [],
});

export const itemsSource = (items: INodeExecutionData[]): INodeType => ({
	description: described(SOURCE, ['items']),
	execute: async () => [items],
});

/** Like n8n's Loop Over Items, but each round gets all items, with the round's number. */
export const loop = (rounds: number): INodeType => ({
	description: described(AROUND, ['done', 'loop']),
	async execute(this: IExecuteFunctions) {
		const kept = this.getContext('node');
		kept.items ??= this.getInputData().map(({ json }) => json);
		const round = Number(kept.round ?? 0);
		kept.round = round + 1;
		const items = (kept.items as Array<INodeExecutionData['json']>).map((json, item) => ({
			json: { ...json, round },
			pairedItem: { item },
		}));
		return round < rounds ? [[], items] : [items, []];
	},
});

/** Called when the agent has all answers; throws where its model breaks down then. */
type Last = () => void;

function softly(work: () => object): INodeExecutionData['json'] {
	try {
		return { ...work() };
	} catch (error) {
		return { error: String(error) };
	}
}

/** Calls a tool as an AI agent of n8n 2.x does, one call after another. */
export const agent = (tool: string, calls: object[], last?: Last): INodeType => ({
	description: described(AROUND, ['answer']),
	async execute(
		this: IExecuteFunctions,
		response?: EngineResponse,
	): Promise<INodeExecutionData[][] | EngineRequest> {
		const { previousRequests = [] } = (response?.metadata ?? {}) as { previousRequests?: object[] };
		const next = previousRequests.length + (response?.actionResponses.length ?? 0);
		if (next >= calls.length) {
			const end = () => {
				last?.();
				return {};
			};
			return [[{ json: this.continueOnFail() ? softly(end) : end() }]];
		}
		const action = {
			actionType: 'ExecutionNodeAction' as const,
			nodeName: tool,
			input: { ...calls[next] } as EngineRequest['actions'][number]['input'],
			type: NodeConnectionTypes.AiTool,
			id: String(next),
			metadata: {},
		};
		return { actions: [action], metadata: { previousRequests: calls.slice(0, next) } };
	},
});

/** Calls a tool as an AI agent of n8n 1.x or an old agent node in n8n 2.x does: all calls at once. */
export const agentOfBefore = (calls: object[]): INodeType => ({
	description: described(AROUND, ['answer']),
	async execute(this: IExecuteFunctions) {
		const tools = await this.getInputConnectionData(NodeConnectionTypes.AiTool, 0);
		const [tool] = [tools].flat() as Array<{ invoke(input: object): Promise<unknown> }>;
		await Promise.all(calls.map(async (call) => await tool.invoke(call)));
		return [[{ json: {} }]];
	},
});

/** Connects the node with its items, and with a loop or agent. */
export function connectionsOf(node: string, around?: 'loop' | 'agent'): IConnections {
	const to = (name: string) => [{ node: name, type: NodeConnectionTypes.Main, index: 0 }];
	if (!around) return { [SOURCE]: { main: [to(node)] } };
	if (around === 'loop')
		return {
			[SOURCE]: { main: [to(AROUND)] },
			[AROUND]: { main: [[], to(node)] },
			[node]: { main: [to(AROUND), to(AROUND)] },
		};
	return {
		[SOURCE]: { main: [to(AROUND)] },
		// an error output asks the agent again
		[AROUND]: { main: [[], to(AROUND)] },
		[node]: { ai_tool: [[{ node: AROUND, type: NodeConnectionTypes.AiTool, index: 0 }]] },
	};
}
