/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only, where n8n's engine is at hand */
import { EventEmitter } from 'node:events';

import { WebhookContext } from 'n8n-core';
import type {
	INode,
	IRunExecutionData,
	IWebhookData,
	IWebhookResponseData,
	NodeParameterValueType,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { sleep, Workflow } from 'n8n-workflow';

import { HappyHorseTrigger } from '../../nodes/HappyHorse/HappyHorseTrigger.node';
import type { Outcome, StartedRun } from './engine';
import { additionalDataFor, NODE_NAME, startToGoOn } from './engine';

/** A callback as n8n hands it to a node, its body parsed. */
export interface Incoming {
	headers: Record<string, string>;
	body: unknown;
	/** Bytes; by default those of the body as JSON. */
	rawLength?: number;
}

/** What became of it. */
export interface Received {
	/** The status that the node answered with; undefined where n8n is to answer. */
	status?: number;
	result: IWebhookResponseData;
}

interface Called {
	baseUrl: string;
	apiKey?: string;
	workflow: Workflow;
	node: INode;
	/** Of the execution that is parked. */
	runExecutionData?: IRunExecutionData;
}

/**
 * Calls a node's webhook as n8n does.
 *
 * @param startsWith the status with which n8n answers where it is to
 * @param whileSaving what happens between the node's end and n8n's answer
 */
async function callWebhook(
	{ baseUrl, apiKey, workflow, node, runExecutionData }: Called,
	{ headers, body, rawLength }: Incoming,
	startsWith = 200,
	whileSaving?: () => Promise<void>,
): Promise<Received> {
	const response = Object.assign(new EventEmitter(), {
		statusCode: 200,
		headersSent: false,
		status(code: number) {
			this.statusCode = code;
			return this;
		},
		json() {
			this.headersSent = true;
			return this;
		},
	});
	const length = rawLength ?? Buffer.byteLength(JSON.stringify(body) ?? '');
	const request = { headers, body, rawBody: { length } };
	const additionalData = {
		...additionalDataFor({ baseUrl, apiKey }, workflow),
		httpRequest: request as never,
		httpResponse: response as never,
	};
	const context = new WebhookContext(
		workflow,
		node,
		additionalData,
		'webhook',
		{} as IWebhookData,
		[],
		runExecutionData ?? null,
	);
	const type = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const result = await type.webhook?.call(context);
	if (!result) throw new Error('The node has no webhook');
	const status = response.headersSent ? response.statusCode : undefined;
	await whileSaving?.();
	if (!response.headersSent) response.statusCode = startsWith;
	response.emit('close');
	return { status, result };
}

/** An execution that is parked, as n8n has it in its database. */
export class ParkedBench {
	private readonly saved: string;

	private readonly workflow: Workflow;

	private readonly executionId: string;

	private readonly mode: WorkflowExecuteMode;

	/** When it wakes by itself, in Unix milliseconds. */
	readonly wakesAt: number;

	/** What n8n would go on with. */
	runExecutionData!: IRunExecutionData;

	constructor(
		private readonly baseUrl: string,
		{ run, workflow, executionId }: Outcome,
		private readonly name = NODE_NAME,
	) {
		expect(run.status).toBe('waiting');
		this.saved = JSON.stringify(run.data);
		this.workflow = workflow;
		this.executionId = executionId;
		this.mode = run.mode;
		this.wakesAt = Number(run.waitTill);
	}

	/** @param startsWith the status with which n8n answers where it goes on */
	async receive(incoming: Incoming, startsWith?: number): Promise<Received> {
		this.load();
		const [entry] = this.runExecutionData.executionData?.nodeExecutionStack ?? [];
		// as n8n does before it calls the node
		entry.node.disabled = true;
		this.runExecutionData.waitTill = undefined;
		this.runExecutionData.resultData.runData[this.name].pop();
		const { baseUrl, workflow, runExecutionData } = this;
		const node = workflow.nodes[this.name];
		return await callWebhook({ baseUrl, workflow, node, runExecutionData }, incoming, startsWith);
	}

	/** Lets n8n go on with what a callback has given. */
	async goOn(received: Received): Promise<Outcome> {
		return await this.startToGoOn(received).outcome;
	}

	startToGoOn({ result }: Received): StartedRun {
		const { baseUrl, workflow, executionId, runExecutionData, mode } = this;
		const [entry] = runExecutionData.executionData?.nodeExecutionStack ?? [];
		if (!result.workflowData) throw new Error('The execution stays parked');
		entry.data.main = result.workflowData;
		return startToGoOn({ baseUrl, executionId }, workflow, runExecutionData, mode);
	}

	/**
	 * Lets n8n go on because the time has come.
	 *
	 * @param data n8n's data, where they are not as they were saved
	 */
	async wakeUp(data?: IRunExecutionData): Promise<Outcome> {
		return await this.startToWakeUp(data).outcome;
	}

	startToWakeUp(data?: IRunExecutionData): StartedRun {
		const { baseUrl, workflow, executionId, mode } = this;
		return startToGoOn({ baseUrl, executionId }, workflow, data ?? this.load(), mode);
	}

	/** The same, at the time that was set. */
	async wakeOnTime(): Promise<Outcome> {
		await sleep(Math.max(this.wakesAt - Date.now(), 0));
		return await this.wakeUp();
	}

	private load(): IRunExecutionData {
		this.runExecutionData = JSON.parse(this.saved);
		return this.runExecutionData;
	}
}

/** One trigger, in a workflow of its own that keeps its static data from call to call. */
export class TriggerBench {
	private readonly workflow: Workflow;

	private readonly node: INode;

	constructor(
		private readonly baseUrl: string,
		parameters: Record<string, NodeParameterValueType> = {},
		private readonly apiKey?: string,
	) {
		this.node = {
			id: `${Math.random()}`,
			name: 'HappyHorse Trigger',
			type: 'happyHorseTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: { happyHorseApi: { id: '1', name: 'HappyHorse' } },
		};
		const trigger = new HappyHorseTrigger();
		this.workflow = new Workflow({
			id: 'test',
			nodes: [this.node],
			connections: {},
			active: true,
			nodeTypes: {
				getByName: () => trigger,
				getByNameAndVersion: () => trigger,
				getKnownTypes: () => ({}),
			},
		});
	}

	/** What n8n would save with the workflow. */
	get staticData(): string {
		return JSON.stringify(this.workflow.staticData);
	}

	/** Starts anew from what was saved, as another process does. */
	forgetUnsaved(saved: string): void {
		this.workflow.staticData = JSON.parse(saved);
	}

	/**
	 * @param startsWith the status with which n8n answers where it starts a run
	 * @param whileSaving what happens while n8n saves the workflow's data
	 */
	async receive(
		incoming: Incoming,
		startsWith?: number,
		whileSaving?: () => Promise<void>,
	): Promise<Received> {
		const { baseUrl, apiKey, workflow, node } = this;
		const called = { baseUrl, apiKey, workflow, node };
		return await callWebhook(called, incoming, startsWith, whileSaving);
	}
}
