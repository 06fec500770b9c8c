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

/** Callback as n8n passes it to a node, its body parsed. */
export interface Incoming {
	headers: Record<string, string>;
	body: unknown;
	query?: Record<string, unknown>;
	/** Bytes. Default: those of the body as JSON. */
	rawLength?: number;
}

/** Result of a callback. */
export interface Received {
	/** Status of the node's answer; undefined if n8n answers. */
	status?: number;
	result: IWebhookResponseData;
}

interface Called {
	baseUrl: string;
	apiKey?: string;
	workflow: Workflow;
	node: INode;
	/** Data of the parked execution. */
	runExecutionData?: IRunExecutionData;
}

/**
 * Calls a node's webhook as n8n does.
 *
 * @param startsWith status of n8n's answer
 * @param whileSaving called between the node's end and n8n's answer
 */
async function callWebhook(
	{ baseUrl, apiKey, workflow, node, runExecutionData }: Called,
	{ headers, body, query = {}, rawLength }: Incoming,
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
	const request = { headers, body, query, rawBody: { length } };
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

/** Parked execution, as in n8n's database. */
export class ParkedBench {
	private readonly saved: string;

	private readonly workflow: Workflow;

	private readonly executionId: string;

	private readonly mode: WorkflowExecuteMode;

	/** Unix milliseconds at which it resumes by itself. */
	readonly wakesAt: number;

	/** Data with which n8n would resume. */
	runExecutionData!: IRunExecutionData;

	constructor(
		private readonly baseUrl: string,
		{ run, workflow, executionId }: Outcome,
		private readonly name = NODE_NAME,
		private readonly apiKey?: string,
	) {
		expect(run.status).toBe('waiting');
		this.saved = JSON.stringify(run.data);
		this.workflow = workflow;
		this.executionId = executionId;
		this.mode = run.mode;
		this.wakesAt = Number(run.waitTill);
	}

	/** @param startsWith status of n8n's answer if it resumes */
	async receive(incoming: Incoming, startsWith?: number): Promise<Received> {
		this.load();
		const [entry] = this.runExecutionData.executionData?.nodeExecutionStack ?? [];
		// as n8n does before it calls the node
		entry.node.disabled = true;
		this.runExecutionData.waitTill = undefined;
		this.runExecutionData.resultData.runData[this.name].pop();
		const { baseUrl, apiKey, workflow, runExecutionData } = this;
		const node = workflow.nodes[this.name];
		const called = { baseUrl, apiKey, workflow, node, runExecutionData };
		return await callWebhook(called, incoming, startsWith);
	}

	/** Resumes with a callback's result. */
	async goOn(received: Received): Promise<Outcome> {
		return await this.startToGoOn(received).outcome;
	}

	startToGoOn({ result }: Received): StartedRun {
		const { baseUrl, apiKey, workflow, executionId, runExecutionData, mode } = this;
		const [entry] = runExecutionData.executionData?.nodeExecutionStack ?? [];
		if (!result.workflowData) throw new Error('The execution stays parked');
		entry.data.main = result.workflowData;
		const setup = { baseUrl, apiKey, executionId, restartExecutionId: executionId };
		return startToGoOn(setup, workflow, runExecutionData, mode);
	}

	/**
	 * Resumes as n8n does at the set time, but at once.
	 *
	 * @param data n8n's data, by default as saved
	 */
	async wakeUp(data?: IRunExecutionData): Promise<Outcome> {
		return await this.startToWakeUp(data).outcome;
	}

	startToWakeUp(data?: IRunExecutionData): StartedRun {
		const { baseUrl, apiKey, workflow, executionId, mode } = this;
		const setup = { baseUrl, apiKey, executionId, restartExecutionId: executionId };
		return startToGoOn(setup, workflow, data ?? this.load(), mode);
	}

	/** Resumes at the set time. */
	async wakeOnTime(): Promise<Outcome> {
		await sleep(Math.max(this.wakesAt - Date.now(), 0));
		return await this.wakeUp();
	}

	private load(): IRunExecutionData {
		this.runExecutionData = JSON.parse(this.saved);
		return this.runExecutionData;
	}
}

/** Trigger in its own workflow, which keeps its static data between calls. */
export class TriggerBench {
	private workflow: Workflow;

	private readonly node: INode;

	constructor(
		private readonly baseUrl: string,
		parameters: Record<string, NodeParameterValueType> = {},
		private readonly apiKey?: string,
		name = 'HappyHorse Trigger',
	) {
		this.node = {
			id: `${Math.random()}`,
			name,
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

	/** Another trigger in the same workflow. */
	beside(name = 'Other Trigger'): TriggerBench {
		const other = new TriggerBench(this.baseUrl, {}, this.apiKey, name);
		this.workflow.nodes[name] = other.node;
		other.workflow = this.workflow;
		return other;
	}

	/** Static data as n8n would save it. */
	get staticData(): string {
		return JSON.stringify(this.workflow.staticData);
	}

	/** Restores saved static data, as another process does. */
	forgetUnsaved(saved: string): void {
		this.workflow.staticData = JSON.parse(saved);
	}

	/**
	 * @param startsWith status of n8n's answer if it starts a run
	 * @param whileSaving called while n8n saves the workflow's data
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
