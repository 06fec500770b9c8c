import { randomUUID } from 'node:crypto';

import { ExecuteContext } from 'n8n-core';
import type { INodeExecutionData } from 'n8n-workflow';
import { createRunExecutionData } from 'n8n-workflow';

import { SOURCE } from './around';
import type { Setup } from './engine';
import { additionalDataFor, buildWorkflow, NODE_NAME } from './engine';

/** What n8n's second engine gets of a node. */
export interface StepOutcome {
	outputs: INodeExecutionData[][];
	/** The first output's JSON. */
	json: Array<INodeExecutionData['json']>;
	/** Said by the node, though the second engine shows none of them. */
	hints: string[];
}

/**
 * Runs the node as a step of n8n's second engine: over an execution made up for it, which nothing saves and which is not
 * among n8n's active ones (`toV1ExecuteContext` in `@n8n/node-engine-compatibility`).
 *
 * @throws what the node throws
 */
export async function runStep(setup: Setup): Promise<StepOutcome> {
	const { items = [{ json: {} }], executionId = randomUUID() } = setup;
	const workflow = buildWorkflow(setup);
	const { id, name, type, typeVersion, position, parameters, credentials, onError } =
		workflow.nodes[NODE_NAME];
	const continueOnFail = onError === 'continueRegularOutput';
	const node = { id, name, type, typeVersion, position, parameters, credentials, continueOnFail };
	workflow.nodes[NODE_NAME] = node;
	const main = [items];
	const before = { startTime: 0, executionTime: 0, executionIndex: 0, source: [], data: { main } };
	const context = new ExecuteContext(
		workflow,
		node,
		{
			...additionalDataFor({ ...setup, executionId }, workflow),
			hooks: undefined,
			setExecutionStatus: () => {
				throw new Error('No active execution found');
			},
		},
		'manual',
		createRunExecutionData({
			resultData: { runData: { [SOURCE]: [before] } },
			executionData: { waitingExecutionSource: null },
		}),
		0,
		items,
		{ main },
		{ node, data: { main }, source: { main: [{ previousNode: SOURCE, previousNodeOutput: 0 }] } },
		[],
	);
	const outputs = await workflow.nodeTypes
		.getByNameAndVersion(type, typeVersion)
		.execute?.call(context);
	if (!Array.isArray(outputs)) throw new Error('The node put nothing out');
	return {
		outputs,
		json: outputs[0].map(({ json }) => json),
		hints: context.hints.map(({ message }) => message),
	};
}
