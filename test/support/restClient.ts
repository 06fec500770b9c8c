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
	/** An ISO date. */
	stoppedAt?: string;
	data: IRunExecutionData;
	customData?: Record<string, string>;
}

/** An execution as n8n lists it. */
export interface Listed {
	id: string;
	status: string;
	/** An ISO date; null while it is under way. */
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
/** Executions that n8n lists at a time. */
const PAGE = 100;
/** Of a page, those that the next one lists again: n8n lists them by their start, and counts its pages by their ids. */
const OVERLAP = PAGE / 2;

/** What a trigger has put out, as the editor reports it. */
const output = (json: IDataObject): Partial<ITaskData> => ({
	startTime: Date.now(),
	executionTime: 0,
	executionStatus: 'success',
	source: [],
	data: { main: [[{ json }]] },
});

/** n8n's own REST API, as its editor uses it. */
export class RestClient {
	private cookie = '';

	constructor(private readonly url: string) {}

	/**
	 * Any call; the answer is what stands in `data`.
	 *
	 * @throws Error with n8n's own words for a status of 400 and above
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

	/** Makes the instance's owner, or logs in where there is one already. */
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

	/** Every node that the editor offers. */
	async nodeTypes(): Promise<NodeType[]> {
		for (;;) {
			const response = await fetch(`${this.url}/types/nodes.json`, {
				headers: { cookie: this.cookie },
			});
			const text = await response.text();
			if (!response.ok) throw new Error(`nodes.json: ${response.status} ${text.slice(0, 500)}`);
			// n8n says that a package is there while it still writes the list
			if (text.trimEnd().endsWith(']')) return JSON.parse(text);
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** Creates a credential, or changes the one of that name. */
	async saveCredential(name: string, type: string, data: object): Promise<Stored> {
		const existing = await this.request<Stored[]>('GET', '/credentials');
		const found = existing.find((credential) => credential.name === name);
		return found
			? await this.request('PATCH', `/credentials/${found.id}`, { name, type, data })
			: await this.request('POST', '/credentials', { name, type, data });
	}

	/** What the credential dialog says after Save. */
	async testCredential(type: string, data: object): Promise<{ status: string; message: string }> {
		const { id, name } = await this.saveCredential('Tested', type, data);
		const credentials = { id, name, type, data };
		return await this.request('POST', '/credentials/test', { credentials });
	}

	async workflows(): Promise<Stored[]> {
		const all = await this.request<Stored[] | { data: Stored[] }>('GET', '/workflows');
		return Array.isArray(all) ? all : all.data;
	}

	/** Creates a workflow, or changes the one of that name. */
	async saveWorkflow({ settings = {}, ...workflow }: WorkflowJson): Promise<Stored> {
		const found = (await this.workflows()).find(({ name }) => name === workflow.name);
		const body = { ...workflow, active: false, settings: { executionOrder: 'v1', ...settings } };
		if (!found) return await this.request('POST', '/workflows', body);
		const { versionId } = await this.request<{ versionId: string }>(
			'GET',
			`/workflows/${found.id}`,
		);
		return await this.request('PATCH', `/workflows/${found.id}`, { ...body, versionId });
	}

	/**
	 * Starts a workflow from its trigger as the editor's button does. Gives the execution's id.
	 *
	 * @param json what the trigger puts out, where it is one that is told so, as a chat is
	 */
	async run(workflowId: string, trigger: string, json?: IDataObject): Promise<string> {
		// n8n 1.x runs what it is sent, 2.x what it has saved
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
			// n8n 2.20 can't show an execution that has nothing to show yet
			if (error.message.includes("reading 'resultData'")) return { status: 'new' };
			return Promise.reject(error);
		});
		return status;
	}

	/**
	 * An execution once it has ended; n8n's REST API has no event for that, so it is looked at in short intervals.
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

	/** An execution once it is parked. */
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

	/** Lets a workflow's triggers listen. */
	async activate(workflowId: string): Promise<void> {
		const path = `/workflows/${workflowId}`;
		const { versionId } = await this.request<{ versionId: string }>('GET', path);
		await this.request('POST', `${path}/activate`, { versionId }).catch(
			// n8n of 2025 has no such route
			async () => await this.request('PATCH', path, { active: true, versionId }),
		);
	}

	async deactivate(workflowId: string): Promise<void> {
		await this.request('POST', `/workflows/${workflowId}/deactivate`, {});
	}

	/** All of a workflow's executions, the newest first. */
	async executionsOf(workflowId: string): Promise<Listed[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		// by their ids, since n8n 1.x lists one twice that ends just then, and n8n lists first what is under way
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

	/** The Stop button. */
	async stop(executionId: string): Promise<void> {
		await this.request('POST', `/executions/${executionId}/stop`);
	}

	/** A file as the output panel gets it. */
	async binary(id: string, action: 'view' | 'download' = 'view'): Promise<Response> {
		const query = new URLSearchParams({ id, action });
		return await fetch(`${this.url}/rest/binary-data?${query.toString()}`, {
			headers: { cookie: this.cookie },
		});
	}
}
