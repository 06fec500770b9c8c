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
/** Name of the examples' trigger. */
export const EXAMPLE_TRIGGER = 'Start';
/** Milliseconds until n8n lists a run that it has acknowledged. */
const RUNS_MS = 5_000;
const INSTALL_LIMIT_MS = 30 * 60_000;

type Parameters = Record<string, NodeParameterValueType>;
/** Active workflow and its production URL. */
export interface Listening {
	workflowId: string;
	url: string;
}

type More = { items?: object[]; settings?: Partial<INode> };

/** Settings of a test's n8n. */
type Special = Pick<N8nOptions, 'env' | 'port' | 'userFolder' | 'withPackage'>;

/** Output of a node in an execution. */
export const itemsOf = ({ data }: Execution, node: string, output = 0): INodeExecutionData[] =>
	data.resultData.runData[node]?.[0].data?.main[output] ?? [];

export const errorOf = ({ data }: Execution) => data.resultData.error;

/** Complete n8n with the package installed, and a sandbox that is new before each test. */
export class Installed {
	sandbox!: Sandbox;

	n8n!: N8n;

	credentialId!: string;

	get tasks(): SandboxTask[] {
		return [...this.sandbox.tasks.values()];
	}

	/** Starts a workflow with our node by the editor's button. */
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

	/** Loads an example and gives its nodes a credential. */
	example(name: string): WorkflowJson {
		const workflow: WorkflowJson = JSON.parse(readFileSync(join(ROOT, 'examples', name), 'utf8'));
		for (const node of workflow.nodes)
			if (node.type.includes('happyhorse'))
				node.credentials = { [CREDENTIAL]: { id: this.credentialId, name: 'HappyHorse' } };
		return workflow;
	}

	/**
	 * Activates a workflow that starts with a webhook.
	 *
	 * @param path of its production URL
	 */
	async listen(workflow: WorkflowJson, path: string): Promise<Listening> {
		const { rest, url: address } = this.n8n;
		const { id: workflowId } = await rest.saveWorkflow(workflow);
		await rest.activate(workflowId);
		const url = `${address}/webhook/${path}`;
		// n8n reports the activation before the webhook answers
		while ((await post(url, [])) === 404) await sleep(50);
		return { workflowId, url };
	}

	/** Activates a workflow that starts with our trigger. */
	async listenForCallbacks(
		parameters: Parameters = {},
		settings: Partial<INode> = {},
	): Promise<Listening> {
		const webhookId = randomUUID();
		const workflow = triggerWorkflow(this.credentialId, webhookId, parameters, settings);
		return await this.listen(workflow, `${webhookId}/webhook`);
	}

	/** Lists a workflow's runs; waits for `count`, because n8n may list a run later than it acknowledges it. */
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

	/** Ends a task, waits for its callback's deliveries and returns their results. */
	async finish(task: SandboxTask, times = 1): Promise<Array<Delivery['status']>> {
		this.sandbox.finish(task.id);
		await this.sandbox.waitFor(() => this.deliveriesOf(task).length >= times);
		return this.deliveriesOf(task);
	}

	/** Saves a credential for the sandbox; the package must be installed. */
	async saveCredential(): Promise<void> {
		const { apiKey, url: baseUrl } = this.sandbox;
		const data = { apiKey, baseUrl };
		({ id: this.credentialId } = await this.n8n.rest.saveCredential(
			'HappyHorse',
			CREDENTIAL,
			data,
		));
	}

	/** Fetches an output file from n8n. */
	async fileOf(item: INodeExecutionData, property = 'data'): Promise<Buffer> {
		const response = await this.n8n.rest.binary(item.binary?.[property].id ?? '');
		expect(response.headers.get('content-type')).toBe('video/mp4');
		return Buffer.from(await response.arrayBuffer());
	}

	/** Stops n8n and the sandbox if they were started. */
	async close(): Promise<void> {
		await this.n8n?.stop();
		await this.sandbox?.close();
	}
}

/**
 * Starts a complete n8n with the package, and a sandbox that its credential points to.
 *
 * @param special settings of this n8n
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
 * Sets up a complete n8n for the tests of a file or block, and stops it after them.
 *
 * @param more settings of this n8n, or a function that returns them when it starts
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
