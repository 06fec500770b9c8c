/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import { parse } from 'flatted';
import type { IConnections, IDataObject, INode, IRunExecutionData, ITaskData } from 'n8n-workflow';

export interface WorkflowJson {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: object;
}

export interface Execution {
	id: string;
	status: string;
	/** ISO date. */
	stoppedAt?: string;
	data: IRunExecutionData;
	customData?: Record<string, string>;
}

/** An execution as n8n lists it. */
export interface Listed {
	id: string;
	status: string;
	/** ISO date; null while it is running. */
	stoppedAt: string | null;
}

export interface Login {
	email: string;
	password: string;
}

export interface NodeType {
	name: string;
	codex?: { alias?: string[]; categories?: string[] };
	builderHint?: { searchHint?: string };
	iconUrl?: { light: string; dark: string };
	waitingNodeTooltip?: string;
}

interface Stored {
	id: string;
	name: string;
}

const UNDER_WAY = ['new', 'running', 'waiting'];
const LOOK_EVERY_MS = 50;
/** Executions per page. */
const PAGE = 100;
/** Executions that two pages share: n8n sorts by start, but pages by id. */
const OVERLAP = PAGE / 2;

/** Output of a trigger in the editor's format. */
const output = (json: IDataObject): Partial<ITaskData> => ({
	startTime: Date.now(),
	executionTime: 0,
	executionStatus: 'success',
	source: [],
	data: { main: [[{ json }]] },
});

/** Client for the internal REST API that n8n's editor uses. */
export class RestClient {
	private cookie = '';

	/** Settings of each workflow that is saved, unless its own say otherwise. */
	workflowSettings: object = {};

	constructor(private readonly url: string) {}

	/**
	 * Makes any call and returns the answer's `data`.
	 *
	 * @throws Error with n8n's message for a status of 400 or more
	 */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: { 'content-type': 'application/json', cookie: this.cookie },
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		const [cookie] = response.headers.getSetCookie().filter((text) => text.startsWith('n8n-auth='));
		if (cookie) [this.cookie] = cookie.split(';');
		const text = await response.text();
		if (!response.ok)
			throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
		const answer: { data: T } = JSON.parse(text);
		return answer.data;
	}

	/** Creates the instance's owner, or logs in if it exists. */
	async logIn(login: Login): Promise<void> {
		const settings = await this.request<{ userManagement: { showSetupOnFirstLoad?: boolean } }>(
			'GET',
			'/settings',
		);
		if (settings.userManagement.showSetupOnFirstLoad)
			await this.request('POST', '/owner/setup', { ...login, firstName: 'Demo', lastName: 'User' });
		else
			await this.request('POST', '/login', {
				emailOrLdapLoginId: login.email,
				password: login.password,
			});
	}

	/** Lists all nodes that the editor offers. */
	async nodeTypes(): Promise<NodeType[]> {
		for (;;) {
			const response = await fetch(`${this.url}/types/nodes.json`, {
				headers: { cookie: this.cookie },
			});
			const text = await response.text();
			if (!response.ok) throw new Error(`nodes.json: ${response.status} ${text.slice(0, 500)}`);
			// n8n reports a package as installed while it still writes the list
			if (text.trimEnd().endsWith(']')) return JSON.parse(text);
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** Creates a credential or updates the one of that name. */
	async saveCredential(name: string, type: string, data: object): Promise<Stored> {
		const existing = await this.request<Stored[]>('GET', '/credentials');
		const found = existing.find((credential) => credential.name === name);
		return found
			? await this.request('PATCH', `/credentials/${found.id}`, { name, type, data })
			: await this.request('POST', '/credentials', { name, type, data });
	}

	/** Tests a credential as its dialog does after Save. */
	async testCredential(type: string, data: object): Promise<{ status: string; message: string }> {
		const { id, name } = await this.saveCredential('Tested', type, data);
		const credentials = { id, name, type, data };
		return await this.request('POST', '/credentials/test', { credentials });
	}

	async workflows(): Promise<Stored[]> {
		const all = await this.request<Stored[] | { data: Stored[] }>('GET', '/workflows');
		return Array.isArray(all) ? all : all.data;
	}

	/** Creates a workflow or updates the one of that name. */
	async saveWorkflow({ settings = {}, ...workflow }: WorkflowJson): Promise<Stored> {
		const found = (await this.workflows()).find(({ name }) => name === workflow.name);
		const body = {
			...workflow,
			active: false,
			settings: { executionOrder: 'v1', ...this.workflowSettings, ...settings },
		};
		if (!found) return await this.request('POST', '/workflows', body);
		const { versionId } = await this.request<{ versionId: string }>(
			'GET',
			`/workflows/${found.id}`,
		);
		return await this.request('PATCH', `/workflows/${found.id}`, { ...body, versionId });
	}

	/**
	 * Starts a workflow from its trigger as the editor's button does. Returns the execution's id.
	 *
	 * @param json output of a trigger that takes it from the editor, such as a chat
	 */
	async run(workflowId: string, trigger: string, json?: IDataObject): Promise<string> {
		// n8n 1.x runs the workflow in the request, 2.x the saved one
		const workflowData = await this.request('GET', `/workflows/${workflowId}`);
		const { executionId } = await this.request<{ executionId: string }>(
			'POST',
			`/workflows/${workflowId}/run`,
			{ workflowData, triggerToStartFrom: { name: trigger, ...(json && { data: output(json) }) } },
		);
		return executionId;
	}

	async execution(id: string): Promise<Execution> {
		const { data, ...rest } = await this.request<{ id: string; status: string; data: string }>(
			'GET',
			`/executions/${id}`,
		);
		return { ...rest, data: parse(data) };
	}

	private async statusOf(id: string): Promise<string> {
		const answer = this.request<{ status: string }>('GET', `/executions/${id}`);
		const { status } = await answer.catch((error: Error) => {
			// n8n 2.20 can't return an execution without data
			if (error.message.includes("reading 'resultData'")) return { status: 'new' };
			return Promise.reject(error);
		});
		return status;
	}

	/**
	 * Waits for an execution's end by polling, because n8n's REST API has no event for it.
	 *
	 * @param timeoutMs milliseconds
	 */
	async finished(id: string, timeoutMs = 30_000): Promise<Execution> {
		for (const until = Date.now() + timeoutMs; ; await sleep(LOOK_EVERY_MS)) {
			const status = await this.statusOf(id);
			if (!UNDER_WAY.includes(status)) return await this.execution(id);
			if (Date.now() > until) throw new Error(`Execution ${id} is still ${status}`);
		}
	}

	/** Waits until an execution is parked. */
	async parked(id: string, timeoutMs = 30_000): Promise<Execution> {
		for (const until = Date.now() + timeoutMs; ; await sleep(LOOK_EVERY_MS)) {
			const status = await this.statusOf(id);
			if (status === 'waiting') return await this.execution(id);
			if (!UNDER_WAY.includes(status) || Date.now() > until) {
				const { resultData } = (await this.execution(id)).data;
				throw new Error(
					`Execution ${id} is ${status} and not parked: ${resultData.error?.message}`,
				);
			}
		}
	}

	/** Activates a workflow's triggers. */
	async activate(workflowId: string): Promise<void> {
		const path = `/workflows/${workflowId}`;
		const { versionId } = await this.request<{ versionId: string }>('GET', path);
		await this.request('POST', `${path}/activate`, { versionId }).catch(async (error: Error) => {
			// n8n of 2025 lacks this route
			if (!error.message.includes(': 404 ')) return await Promise.reject(error);
			await this.request('PATCH', path, { active: true, versionId });
		});
	}

	async deactivate(workflowId: string): Promise<void> {
		await this.request('POST', `/workflows/${workflowId}/deactivate`, {});
	}

	/** Lists a workflow's executions, newest first. */
	async executionsOf(workflowId: string): Promise<Listed[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		// keyed by id, since n8n 1.x lists an execution twice that ends at that moment; sorted, since n8n lists running ones first
		const all = new Map<string, Listed>();
		for (let before = ''; ; ) {
			const { results } = await this.request<{ results: Listed[] }>(
				'GET',
				`/executions?filter=${filter}&limit=${PAGE}${before}`,
			);
			for (const listed of results) all.set(listed.id, listed);
			if (results.length < PAGE)
				return [...all.values()].sort((one, other) => Number(other.id) - Number(one.id));
			before = `&lastId=${Math.min(...results.map(({ id }) => Number(id))) + OVERLAP}`;
		}
	}

	/** Presses the Stop button. */
	async stop(executionId: string): Promise<void> {
		await this.request('POST', `/executions/${executionId}/stop`);
	}

	/** Fetches a file as the output panel does. */
	async binary(id: string, action: 'view' | 'download' = 'view'): Promise<Response> {
		const query = new URLSearchParams({ id, action });
		return await fetch(`${this.url}/rest/binary-data?${query.toString()}`, {
			headers: { cookie: this.cookie },
		});
	}
}
