/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only, where n8n's engine is at hand */
import { Container } from '@n8n/di';
import { BinaryDataService, ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	ICredentialsExpressionResolveValues,
	ICredentialsHelper,
	IExecuteData,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	INodeTypeDescription,
	IRun,
	IRunExecutionData,
	ITaskData,
	IWorkflowExecuteAdditionalData,
	NodeParameterValueType,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { NodeConnectionTypes, Workflow } from 'n8n-workflow';

import { HappyHorseApi } from '../../credentials/HappyHorseApi.credentials';
import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { agent, agentOfBefore, AROUND, connectionsOf, itemsSource, loop, SOURCE } from './around';

/** Default name of the node under test. */
export const NODE_NAME = 'HappyHorse';

export interface Setup {
	baseUrl: string;
	apiKey?: string;
	reachesPrivateAddresses?: boolean;
	parameters: Record<string, NodeParameterValueType>;
	/** Input items. Default: one empty item. */
	items?: INodeExecutionData[];
	/** Settings of the node, such as `onError` and `retryOnFail`. */
	settings?: Partial<INode>;
	/** Base of n8n's resume URLs. */
	waitingUrl?: string;
	/** Id of an execution that goes on. Default: a new one. */
	executionId?: string;
	/** The same id, where n8n resumes a parked execution. */
	restartExecutionId?: string;
	/** Overrides in the context that n8n passes to the node. */
	without?: PropertyDescriptorMap;
	/** Package as another process has loaded it. */
	package?: Package;
	/** Loop with a number of rounds, or agent that makes a call for each input. */
	around?:
		| { rounds: number }
		| { calls: object[]; atOnce?: boolean; last?: () => void; settings?: Partial<INode> };
	/** Called with n8n's data after each node, as with the workflow's Save Execution Progress. */
	onProgress?: (data: IRunExecutionData) => void;
	/** Default: `manual`. */
	mode?: WorkflowExecuteMode;
	/** Mode of the execution that has called this one as a sub-workflow. */
	rootExecutionMode?: WorkflowExecuteMode;
	/** Called each time that n8n reads the credential for a node. */
	onCredentialRead?: () => void;
}

/** The node's class. */
export type Package = new () => INodeType;

export interface Outcome {
	/** Items of the success branch, then of the error branch. */
	outputs: INodeExecutionData[][];
	/** JSON of the first output. */
	json: Array<INodeExecutionData['json']>;
	/** Error that stopped the node, as n8n saves it. */
	error?: SavedError;
	taskData: ITaskData;
	run: IRun;
	workflow: Workflow;
	executionId: string;
}

export interface SavedError {
	message: string;
	description?: string | null;
	httpCode?: string | null;
	context: Record<string, unknown>;
	name: string;
}

/** Wraps the node in an n8n that lacks something. */
function nodeWithout(without: PropertyDescriptorMap, Loaded: Package): INodeType {
	const node = new Loaded();
	const { execute } = node;
	return Object.assign(node, {
		async execute(this: IExecuteFunctions) {
			return await execute?.call(Object.create(this, without));
		},
	});
}

/** Wraps the node as a tool, as n8n does for agents. */
const toolOf = (node: INodeType, more: Partial<INodeTypeDescription> = {}): INodeType =>
	Object.assign(node, {
		description: { ...node.description, name: `${node.description.name}Tool`, ...more },
	});

/** Builds a workflow with the node from saved data, as n8n does. */
export function buildWorkflow({
	parameters,
	items = [{ json: {} }],
	settings,
	without = {},
	package: Loaded = HappyHorse,
	around,
}: Setup): Workflow {
	const atOnce = around && 'calls' in around && around.atOnce;
	const types: Record<string, INodeType> = {
		items: itemsSource(items),
		happyHorse: nodeWithout(without, Loaded),
		happyHorseTool: toolOf(
			nodeWithout(without, Loaded),
			atOnce ? { inputs: [], outputs: [NodeConnectionTypes.AiTool] } : {},
		),
		...(around && 'rounds' in around && { around: loop(around.rounds) }),
		...(around &&
			'calls' in around && {
				around: atOnce ? agentOfBefore(around.calls) : agent(NODE_NAME, around.calls, around.last),
			}),
	};
	const bare = { typeVersion: 1, parameters: {} };
	const node: INode = {
		...bare,
		id: '2',
		name: NODE_NAME,
		type: 'happyHorse',
		position: [400, 0],
		parameters,
		credentials: { happyHorseApi: { id: '1', name: 'HappyHorse' } },
		...settings,
	};
	return new Workflow({
		id: 'test',
		nodes: [
			{ ...bare, id: '1', name: SOURCE, type: 'items', position: [0, 0] },
			...(around
				? [
						{
							...{ ...bare, id: '3', name: AROUND, type: 'around', position: [200, 0] },
							...('calls' in around && around.settings),
						},
					]
				: []),
			node,
		] as INode[],
		connections: connectionsOf(node.name, around && ('rounds' in around ? 'loop' : 'agent')),
		active: false,
		nodeTypes: {
			getByName: (type) => types[type],
			getByNameAndVersion: (type) => types[type],
			getKnownTypes: () => ({}),
		},
		settings: { executionOrder: 'v1' },
	});
}

/** A credential with its expressions evaluated: for an item of a run, and outside of one as far as they need none. */
function evaluated(
	data: ICredentialDataDecryptedObject,
	{ expression, nodes }: Workflow,
	mode: WorkflowExecuteMode,
	executeData: IExecuteData | undefined,
	values: ICredentialsExpressionResolveValues | undefined,
): ICredentialDataDecryptedObject {
	const { runExecutionData = null, runIndex = 0, itemIndex = 0 } = values ?? {};
	const [node] = values ? [values.node] : Object.values(nodes);
	const items = values?.connectionInputData ?? [];
	const fields: unknown = expression.getParameterValue(
		data as INodeParameters,
		...([runExecutionData, runIndex, itemIndex, node.name, items, mode, {}] as const),
		...([executeData, false, data] as const),
	);
	return fields as ICredentialDataDecryptedObject;
}

let executions = 0;

type Surroundings = Pick<
	Setup,
	| 'baseUrl'
	| 'apiKey'
	| 'reachesPrivateAddresses'
	| 'waitingUrl'
	| 'executionId'
	| 'restartExecutionId'
	| 'onProgress'
	| 'onCredentialRead'
	| 'rootExecutionMode'
>;

/** Builds the part of n8n's additional data that nodes use. */
export function additionalDataFor(
	{
		baseUrl,
		apiKey = 'sk-test-sandbox',
		reachesPrivateAddresses = false,
		waitingUrl = 'http://127.0.0.1/webhook-waiting',
		executionId = String(++executions),
		restartExecutionId,
		onProgress,
		onCredentialRead,
		rootExecutionMode,
	}: Surroundings,
	workflow: Workflow,
) {
	const credential = new HappyHorseApi();
	const data = { apiKey, baseUrl, reachesPrivateAddresses };
	const hooks = new ExecutionLifecycleHooks('manual', '1', {
		id: workflow.id,
		name: 'test',
		active: false,
		isArchived: false,
		createdAt: new Date(),
		updatedAt: new Date(),
		nodes: Object.values(workflow.nodes),
		connections: {},
		activeVersionId: null,
	});
	// where n8n saves an execution that is over or parked
	hooks.addHandler('workflowExecuteAfter', () => {});
	if (onProgress)
		hooks.addHandler('nodeExecuteAfter', (_name, _taskData, executionData) =>
			onProgress(executionData),
		);
	const credentialsHelper: Partial<ICredentialsHelper> = {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		async getDecrypted(_additionalData, _credentials, _type, mode, executeData, raw, values) {
			if (raw) return data;
			onCredentialRead?.();
			return evaluated(data, workflow, mode, executeData, values);
		},
		preAuthentication: async () => undefined,
		authenticate: async (fields, _type, request) =>
			await credential.authenticate(fields, request as IHttpRequestOptions),
	};
	const additionalData: unknown = {
		executionId,
		restartExecutionId,
		rootExecutionMode,
		hooks,
		credentialsHelper,
		currentNodeParameters: undefined,
		webhookWaitingBaseUrl: waitingUrl,
		formWaitingBaseUrl: 'http://127.0.0.1/form-waiting',
		restApiUrl: 'http://127.0.0.1/rest',
		instanceBaseUrl: 'http://127.0.0.1/',
		variables: {},
		setExecutionStatus: () => {},
	};
	return additionalData as IWorkflowExecuteAdditionalData;
}

/** Run in progress, with its outcome and the Stop button. */
export interface StartedRun {
	outcome: Promise<Outcome>;
	cancel(): void;
}

/** Starts the node in n8n's real engine, after a node that returns the items. */
export function startNode(setup: Setup): StartedRun {
	const workflow = buildWorkflow(setup);
	const additionalData = additionalDataFor(setup, workflow);
	const execution = new WorkflowExecute(additionalData, setup.mode ?? 'manual');
	const running = execution.run({ workflow, startNode: workflow.nodes[SOURCE] });
	return {
		outcome: running.then((run) => toOutcome(run, workflow, additionalData)),
		cancel: () => running.cancel(),
	};
}

/** Runs the node in n8n's real engine. */
export async function runNode(setup: Setup): Promise<Outcome> {
	return await startNode(setup).outcome;
}

/** Resumes a parked execution from saved data, as n8n does. */
export function startToGoOn(
	setup: Surroundings,
	workflow: Workflow,
	runExecutionData: IRunExecutionData,
	mode: WorkflowExecuteMode = 'manual',
): StartedRun {
	const additionalData = additionalDataFor(setup, workflow);
	const execution = new WorkflowExecute(additionalData, mode, runExecutionData);
	const running = execution.processRunExecutionData(workflow);
	return {
		outcome: running.then((run) => toOutcome(run, workflow, additionalData)),
		cancel: () => running.cancel(),
	};
}

/** Resumes it and waits for its end. */
export const goOn = async (...args: Parameters<typeof startToGoOn>): Promise<Outcome> =>
	await startToGoOn(...args).outcome;

/**
 * Presses n8n's Retry button on a failed execution: starts a new one from its data.
 *
 * @param now current version of the workflow
 * @param isAsSaved retries with the current version, not with the original
 */
export async function retryByHand(
	{ run }: Pick<Outcome, 'run'>,
	now: Setup,
	isAsSaved = true,
): Promise<Outcome> {
	return await startRetry({ run }, now, isAsSaved).outcome;
}

/** Starts such a retry. */
export function startRetry(
	{ run }: Pick<Outcome, 'run'>,
	now: Setup,
	isAsSaved = true,
): StartedRun {
	const data: IRunExecutionData = JSON.parse(JSON.stringify(run.data));
	delete data.resultData.error;
	const runs = data.resultData.runData[data.resultData.lastNodeExecuted ?? ''] ?? [];
	if (runs.at(-1)?.error !== undefined) runs.pop();
	const saved = buildWorkflow(now);
	if (isAsSaved)
		for (const entry of data.executionData?.nodeExecutionStack ?? [])
			entry.node = saved.getNode(entry.node.name) ?? entry.node;
	return startToGoOn(now, saved, data, 'retry');
}

function toOutcome(
	run: IRun,
	workflow: Workflow,
	{ executionId = '' }: IWorkflowExecuteAdditionalData,
): Outcome {
	const [taskData] = run.data.resultData.runData[NODE_NAME] ?? [];
	const outputs = (taskData?.data?.main ?? []).map((items) => items ?? []);
	const error: unknown = run.data.resultData.error;
	return {
		outputs,
		json: (outputs[0] ?? []).map((item) => item.json),
		error: error as SavedError | undefined,
		taskData,
		run,
		workflow,
		executionId,
	};
}

/** Reads a file of the output from n8n's binary storage. */
export async function readBinary(binary: IBinaryData): Promise<Buffer> {
	return await Container.get(BinaryDataService).getAsBuffer(binary);
}

/**
 * Stores a file in n8n's binary storage as an earlier node would.
 *
 * @param executionId `temp` for an upload to a webhook or form
 */
export async function storeBinary(
	content: Buffer,
	mimeType: string,
	executionId = '1',
): Promise<IBinaryData> {
	const location = { type: 'execution', workflowId: 'test', executionId } as const;
	const binary = { data: '', mimeType };
	return await Container.get(BinaryDataService).store(location, content, binary);
}

/** Moves a webhook's files as n8n does when it saves the execution. */
export async function settleBinary({ id = '' }: IBinaryData): Promise<void> {
	const [, fileId] = id.split(':');
	await Container.get(BinaryDataService).rename(fileId, fileId.replace('/temp/', '/1/'));
}

/** Resolves a signed URL as n8n's route does. */
export async function openSignedUrl(url: string): Promise<Buffer> {
	const service = Container.get(BinaryDataService);
	const id = service.validateSignedToken(new URL(url).searchParams.get('token') ?? '');
	return await service.getAsBuffer({ id, data: 'filesystem-v2', mimeType: '' });
}

/** Seconds for which a signed URL still works. */
export function secondsLeft(url: string): number {
	const [, payload] = (new URL(url).searchParams.get('token') ?? '').split('.');
	const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
	return exp - Date.now() / 1_000;
}

/** Prepares n8n's binary storage; call it once before the tests of a file. */
export async function prepareEngine(): Promise<void> {
	await Container.get(BinaryDataService).init();
}
