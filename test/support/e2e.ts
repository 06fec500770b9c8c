/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { INode, INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import type { Delivery, Sandbox, SandboxOptions, SandboxTask } from '../sandbox';
import { startSandbox } from '../sandbox';
import { post } from './calls';
import type { N8n, N8nOptions } from './n8n';
import { startN8n } from './n8n';
import { ensureHost, N8N_VERSION } from './n8nHost';
import { ROOT } from './pack';
import type { Execution, Listed, WorkflowJson } from './restClient';
import { TRIGGER, triggerWorkflow, workflowFor } from './workflows';

export const CREDENTIAL = 'happyHorseApi';
/** How the examples are started. */
export const EXAMPLE_TRIGGER = 'When clicking ‘Execute workflow’';
/** Milliseconds in which n8n lists a run that it has answered for. */
const RUNS_MS = 5_000;
const INSTALL_LIMIT_MS = 30 * 60_000;

type Parameters = Record<string, NodeParameterValueType>;
/** A workflow that listens, by its id and its production URL. */
export interface Listening {
	workflowId: string;
	url: string;
}

type More = { items?: object[]; settings?: Partial<INode> };

/** What may be special about an n8n of a test. */
type Special = Pick<N8nOptions, 'env' | 'port' | 'withPackage'>;

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
	async listenForCallbacks(
		parameters: Parameters = {},
		settings: Partial<INode> = {},
	): Promise<Listening> {
		const webhookId = randomUUID();
		const workflow = triggerWorkflow(this.credentialId, webhookId, parameters, settings);
		return await this.listen(workflow, `${webhookId}/webhook`);
	}

	/** A workflow's runs. n8n may list one a moment after it has answered for it, so as many are waited for. */
	async runsOf(workflowId: string, count = 0): Promise<Listed[]> {
		for (const until = Date.now() + RUNS_MS; ; await sleep(50)) {
			const runs = await this.n8n.rest.executionsOf(workflowId);
			if (runs.length >= count || Date.now() > until) return runs;
		}
	}

	deliveriesOf({ id }: SandboxTask): Array<Delivery['status']> {
		return this.sandbox.deliveries
			.filter(({ taskId }) => taskId === id)
			.map(({ status }) => status);
	}

	/** Ends a task, and gives the answers to its callback's deliveries once there are as many. */
	async finish(task: SandboxTask, times = 1): Promise<Array<Delivery['status']>> {
		this.sandbox.finish(task.id);
		await this.sandbox.waitFor(() => this.deliveriesOf(task).length >= times);
		return this.deliveriesOf(task);
	}

	/** Makes the credential for the sandbox, for which the package has to be installed. */
	async saveCredential(): Promise<void> {
		const { apiKey, url: baseUrl } = this.sandbox;
		const data = { apiKey, baseUrl };
		({ id: this.credentialId } = await this.n8n.rest.saveCredential(
			'HappyHorse',
			CREDENTIAL,
			data,
		));
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
 * @param special what is special about this n8n
 */
export async function installN8n(
	options: SandboxOptions = {},
	special: Special = {},
): Promise<Installed> {
	const installed = new Installed();
	const host = await ensureHost(N8N_VERSION, (line) => process.stdout.write(`${line}\n`));
	installed.sandbox = await startSandbox(options);
	try {
		installed.n8n = await startN8n({ host, ...special });
		if (special.withPackage ?? true) await installed.saveCredential();
		return installed;
	} catch (error) {
		await installed.close();
		return await Promise.reject(error);
	}
}

/**
 * Sets up a whole n8n for the tests of one file or block, and takes it down after them.
 *
 * @param more what is special about this n8n; a function where it is known only when it is to start
 */
export function useN8n(
	options: SandboxOptions = {},
	more: Special | (() => Promise<Special>) = {},
): Installed {
	const used = new Installed();
	beforeAll(async () => {
		const special = typeof more === 'function' ? await more() : more;
		Object.assign(used, await installN8n(options, special));
	}, INSTALL_LIMIT_MS);
	beforeEach(() => used.sandbox.reset());
	afterAll(async () => await used.close());
	return used;
}
