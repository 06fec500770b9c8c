/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { INode, INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import type { Sandbox, SandboxOptions, SandboxTask } from '../sandbox';
import { startSandbox } from '../sandbox';
import { post } from './calls';
import type { N8n } from './n8n';
import { ROOT, startN8n } from './n8n';
import { DEFAULT_VERSION, ensureHost } from './n8nHost';
import type { Execution, WorkflowJson } from './restClient';
import { TRIGGER, triggerWorkflow, workflowFor } from './workflows';

export const CREDENTIAL = 'happyHorseApi';
/** How the examples are started. */
export const EXAMPLE_TRIGGER = 'When clicking ‘Execute workflow’';
const INSTALL_LIMIT_MS = 30 * 60_000;

/** The n8n that the e2e tests run in; HAPPYHORSE_N8N names another. */
export const N8N_VERSION = process.env.HAPPYHORSE_N8N ?? DEFAULT_VERSION;

type Parameters = Record<string, NodeParameterValueType>;
/** A workflow that listens, by its id and its production URL. */
export interface Listening {
	workflowId: string;
	url: string;
}

type More = { items?: object[]; settings?: Partial<INode> };

/** What left a node of an execution. */
export const itemsOf = ({ data }: Execution, node: string, output = 0): INodeExecutionData[] =>
	data.resultData.runData[node]?.[0].data?.main[output] ?? [];

export const errorOf = ({ data }: Execution) => data.resultData.error;

/** A whole n8n with the package installed, and a sandbox that is new before each test. */
export class Installed {
	sandbox!: Sandbox;

	n8n!: N8n;

	credentialId!: string;

	get tasks(): SandboxTask[] {
		return [...this.sandbox.tasks.values()];
	}

	/** Starts a workflow with our node by its button. */
	async start(parameters: Parameters, more: More = {}): Promise<string> {
		const workflow = workflowFor(this.credentialId, parameters, more);
		const { id } = await this.n8n.rest.saveWorkflow(workflow);
		return await this.n8n.rest.run(id, TRIGGER);
	}

	async run(parameters: Parameters, more: More = {}): Promise<Execution> {
		return await this.n8n.rest.finished(await this.start(parameters, more));
	}

	async runWorkflow(workflow: WorkflowJson, trigger = TRIGGER): Promise<Execution> {
		const { id } = await this.n8n.rest.saveWorkflow(workflow);
		return await this.n8n.rest.finished(await this.n8n.rest.run(id, trigger));
	}

	/** An example as it is imported, with a credential. */
	example(name: string): WorkflowJson {
		const workflow: WorkflowJson = JSON.parse(readFileSync(join(ROOT, 'examples', name), 'utf8'));
		for (const node of workflow.nodes)
			if (node.type.includes('happyhorse'))
				node.credentials = { [CREDENTIAL]: { id: this.credentialId, name: 'HappyHorse' } };
		return workflow;
	}

	/**
	 * Lets a workflow listen that begins with a webhook.
	 *
	 * @param path of its production URL
	 */
	async listen(workflow: WorkflowJson, path: string): Promise<Listening> {
		const { rest, url: address } = this.n8n;
		const { id: workflowId } = await rest.saveWorkflow(workflow);
		await rest.activate(workflowId);
		const url = `${address}/webhook/${path}`;
		// n8n says that it listens before it does
		while ((await post(url, [])) === 404) await sleep(50);
		return { workflowId, url };
	}

	/** A workflow of our trigger that listens. */
	async listenForCallbacks(parameters: Parameters = {}): Promise<Listening> {
		const webhookId = randomUUID();
		const workflow = triggerWorkflow(this.credentialId, webhookId, parameters);
		return await this.listen(workflow, `${webhookId}/webhook`);
	}

	/** A file that came out, as n8n serves it. */
	async fileOf(item: INodeExecutionData, property = 'data'): Promise<Buffer> {
		const response = await this.n8n.rest.binary(item.binary?.[property].id ?? '');
		expect(response.headers.get('content-type')).toBe('video/mp4');
		return Buffer.from(await response.arrayBuffer());
	}

	/** Ends both, as far as they were started. */
	async close(): Promise<void> {
		await this.n8n?.stop();
		await this.sandbox?.close();
	}
}

/**
 * Starts a whole n8n with the package, and a sandbox that its credential leads to.
 *
 * @param env n8n's own settings
 */
export async function installN8n(
	options: SandboxOptions = {},
	env: Record<string, string> = {},
): Promise<Installed> {
	const installed = new Installed();
	const host = await ensureHost(N8N_VERSION, (line) => process.stdout.write(`${line}\n`));
	installed.sandbox = await startSandbox(options);
	try {
		installed.n8n = await startN8n({ host, env });
		const { apiKey, url: baseUrl } = installed.sandbox;
		const data = { apiKey, baseUrl };
		const { id } = await installed.n8n.rest.saveCredential('HappyHorse', CREDENTIAL, data);
		installed.credentialId = id;
		return installed;
	} catch (error) {
		await installed.close();
		return await Promise.reject(error);
	}
}

/**
 * Sets up a whole n8n for the tests of one file or block, and takes it down after them.
 *
 * @param env n8n's own settings
 */
export function useN8n(options: SandboxOptions = {}, env: Record<string, string> = {}): Installed {
	const used = new Installed();
	beforeAll(async () => Object.assign(used, await installN8n(options, env)), INSTALL_LIMIT_MS);
	beforeEach(() => used.sandbox.reset());
	afterAll(async () => await used.close());
	return used;
}
