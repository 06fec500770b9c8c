import type { IConnections, INode, NodeParameterValueType } from 'n8n-workflow';

import { PACKAGE } from './pack';
import type { WorkflowJson } from './restClient';

export const TRIGGER = 'Start';
export const NODE = 'HappyHorse';
export const AFTER = 'After';
/** Node instead of `AFTER` that reads a file. */
export const READER = 'Reader';
export const OWN_TRIGGER = 'HappyHorse Trigger';
export const AFTER_ERROR = 'After Error';

/** Version of our nodes when they are added to a workflow. */
export const VERSION = 1.1;

/** Versions of nodes, 1 unless listed. */
const versionOf = (type: string) =>
	type.startsWith(PACKAGE) ? VERSION : type === 'n8n-nodes-base.code' ? 2 : 1;

export const node = (
	name: string,
	type: string,
	parameters: INode['parameters'] = {},
	position: INode['position'] = [0, 0],
): INode => ({
	id: name,
	name,
	type,
	typeVersion: versionOf(type),
	position,
	parameters,
});

/**
 * Builds a typical workflow: a trigger, items, our node, and a node after each of its outputs.
 *
 * @param items the JSON of each input item
 */
export function workflowFor(
	credentialId: string,
	parameters: Record<string, NodeParameterValueType>,
	{ items = [{}], settings = {} }: { items?: object[]; settings?: Partial<INode> } = {},
): WorkflowJson {
	const code = `return ${JSON.stringify(items)}.map((json) => ({ json }));`;
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const connections: IConnections = {
		[TRIGGER]: { main: [to('Items')] },
		Items: { main: [to(NODE)] },
		[NODE]: { main: [to(AFTER), to(AFTER_ERROR)] },
	};
	return {
		name: `test ${Math.random()}`,
		nodes: [
			node(TRIGGER, 'n8n-nodes-base.manualTrigger'),
			node('Items', 'n8n-nodes-base.code', { jsCode: code }, [220, 0]),
			{
				...node(NODE, 'n8n-nodes-happyhorse.happyHorse', parameters, [440, 0]),
				credentials: { happyHorseApi: { id: credentialId, name: 'HappyHorse' } },
				...settings,
			},
			node(AFTER, 'n8n-nodes-base.noOp', {}, [660, -100]),
			node(AFTER_ERROR, 'n8n-nodes-base.noOp', {}, [660, 100]),
		],
		connections,
	};
}

/** Builds a workflow with one item, whose files are in n8n's storage. */
export function filesWorkflow(
	credentialId: string,
	files: Record<string, Buffer>,
	parameters: Record<string, NodeParameterValueType>,
	settings: Partial<INode> = {},
): WorkflowJson {
	const contents = Object.entries(files).map(([name, file]) => [name, file.toString('base64')]);
	const jsCode = `const binary = {};
for (const [name, content] of ${JSON.stringify(contents)})
	binary[name] = await this.helpers.prepareBinaryData(Buffer.from(content, 'base64'), name);
return [{ json: {}, binary }];`;
	const workflow = workflowFor(credentialId, parameters, { settings });
	for (const { name, parameters: code } of workflow.nodes)
		if (name === 'Items') code.jsCode = jsCode;
	return workflow;
}

/** Builds a workflow with one item that has all files of a folder, named without their extension. */
export function diskWorkflow(
	credentialId: string,
	fileSelector: string,
	parameters: Record<string, NodeParameterValueType>,
	settings: Partial<INode> = {},
): WorkflowJson {
	const jsCode = `const binary = {};
for (const { binary: { data } } of $input.all()) binary[data.fileName.split('.')[0]] = data;
return [{ json: {}, binary }];`;
	const workflow = workflowFor(credentialId, parameters, { settings });
	for (const { name, parameters: code } of workflow.nodes)
		if (name === 'Items') code.jsCode = jsCode;
	const read = { ...node('Files', 'n8n-nodes-base.readWriteFile', { fileSelector }) };
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	return {
		...workflow,
		nodes: [...workflow.nodes, read],
		connections: {
			...workflow.connections,
			[TRIGGER]: { main: [to('Files')] },
			Files: { main: [to('Items')] },
		},
	};
}

/** Builds a workflow that our trigger starts. */
export function triggerWorkflow(
	credentialId: string,
	webhookId: string,
	parameters: Record<string, NodeParameterValueType>,
	settings: Partial<INode> = {},
): WorkflowJson {
	const trigger = OWN_TRIGGER;
	return {
		name: `test ${Math.random()}`,
		nodes: [
			{
				...node(trigger, 'n8n-nodes-happyhorse.happyHorseTrigger', parameters),
				webhookId,
				credentials: { happyHorseApi: { id: credentialId, name: 'HappyHorse' } },
				...settings,
			},
			node(AFTER, 'n8n-nodes-base.noOp', {}, [220, 0]),
		],
		connections: { [trigger]: { main: [[{ node: AFTER, type: 'main', index: 0 }]] } },
	};
}

/** n8n's Webhook node, whose production URL ends with `own`. */
export const webhookNode = (name: string, own: string): INode => ({
	...node(name, 'n8n-nodes-base.webhook', { path: own, httpMethod: 'POST' }),
	typeVersion: 2,
	webhookId: own,
});

/** Builds a workflow with our node that a webhook starts. */
export function webhookWorkflow(
	credentialId: string,
	own: string,
	parameters: Record<string, NodeParameterValueType>,
): WorkflowJson {
	const { nodes, connections, ...workflow } = workflowFor(credentialId, parameters);
	return {
		...workflow,
		nodes: [
			webhookNode(TRIGGER, own),
			...nodes.filter(({ name }) => ![TRIGGER, 'Items'].includes(name)),
		],
		connections: { [TRIGGER]: connections.Items, [NODE]: connections[NODE] },
	};
}

/** Inserts another of our nodes before `AFTER`. */
export function withSecondNode(
	{ nodes, connections, ...workflow }: WorkflowJson,
	credentialId: string,
	parameters: Record<string, NodeParameterValueType>,
): WorkflowJson {
	const second = 'HappyHorse Again';
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const rerouted = Object.entries(connections).map(([name, { main }]) => [
		name,
		{
			main: main.map((list) =>
				list?.some(({ node: target }) => target === AFTER) ? to(second) : list,
			),
		},
	]);
	return {
		...workflow,
		nodes: [
			...nodes,
			{
				...node(second, 'n8n-nodes-happyhorse.happyHorse', parameters, [550, 0]),
				credentials: { happyHorseApi: { id: credentialId, name: 'HappyHorse' } },
			},
		],
		connections: { ...Object.fromEntries(rerouted), [second]: { main: [to(AFTER)] } },
	};
}

/** Replaces `AFTER` by a node that outputs a file's content in Base64. */
export function withReader(workflow: WorkflowJson, file: string): WorkflowJson {
	const jsCode = `const content = await this.helpers.getBinaryDataBuffer(0, ${JSON.stringify(file)});
return [{ json: { content: content.toString('base64') } }];`;
	const reader = JSON.stringify(workflow).replaceAll(`"${AFTER}"`, `"${READER}"`);
	const { nodes, ...rest }: WorkflowJson = JSON.parse(reader);
	return {
		...rest,
		nodes: nodes.map((own) =>
			own.name === READER ? node(READER, 'n8n-nodes-base.code', { jsCode }, own.position) : own,
		),
	};
}

/** A workflow that goes through its items with n8n's Loop Over Items, one each round. */
export function loopWorkflow(
	credentialId: string,
	parameters: Record<string, NodeParameterValueType>,
	items: object[],
): WorkflowJson {
	const { nodes, connections, ...workflow } = workflowFor(credentialId, parameters, { items });
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const loop = node('Loop', 'n8n-nodes-base.splitInBatches', { batchSize: 1, options: {} });
	return {
		...workflow,
		nodes: [...nodes.filter(({ name }) => name !== AFTER_ERROR), { ...loop, typeVersion: 3 }],
		connections: {
			[TRIGGER]: connections[TRIGGER],
			Items: { main: [to('Loop')] },
			Loop: { main: [to(AFTER), to(NODE)] },
			[NODE]: { main: [to('Loop')] },
		},
	};
}

/** A workflow with our node that another one calls, and the one that calls it by its id and waits for it. */
export function callerWorkflow(
	credentialId: string,
	parameters: Record<string, NodeParameterValueType>,
): [child: WorkflowJson, parent: (childId: string) => WorkflowJson] {
	const child = workflowFor(credentialId, parameters);
	const start = node(TRIGGER, 'n8n-nodes-base.executeWorkflowTrigger', {
		inputSource: 'passthrough',
	});
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const parent = (value: string): WorkflowJson => ({
		name: `test ${Math.random()}`,
		nodes: [
			node(TRIGGER, 'n8n-nodes-base.manualTrigger'),
			{
				...node('Call', 'n8n-nodes-base.executeWorkflow', {
					workflowId: { __rl: true, mode: 'id', value },
					options: { waitForSubWorkflow: true },
				}),
				typeVersion: 1.2,
			},
			node(AFTER, 'n8n-nodes-base.noOp'),
		],
		connections: { [TRIGGER]: { main: [to('Call')] }, Call: { main: [to(AFTER)] } },
	});
	const nodes = child.nodes.filter(({ name }) => name !== TRIGGER);
	return [{ ...child, nodes: [{ ...start, typeVersion: 1.1 }, ...nodes] }, parent];
}
