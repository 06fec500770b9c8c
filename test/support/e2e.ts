/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { INode, INodeExecutionData, NodeParameterValueType } from 'n8n-workflow';

import type { Sandbox, SandboxOptions, SandboxTask } from '../sandbox';
import { startSandbox } from '../sandbox';
import type { N8n } from './n8n';
import { ROOT, startN8n } from './n8n';
import { DEFAULT_VERSION, ensureHost } from './n8nHost';
import type { Execution, WorkflowJson } from './restClient';
import { TRIGGER, workflowFor } from './workflows';

export const CREDENTIAL = 'happyHorseApi';
/** How the examples are started. */
export const EXAMPLE_TRIGGER = 'When clicking ‘Execute workflow’';
const INSTALL_LIMIT_MS = 30 * 60_000;

/** The n8n that the e2e tests run in; HAPPYHORSE_N8N names another. */
export const N8N_VERSION = process.env.HAPPYHORSE_N8N ?? DEFAULT_VERSION;

type Parameters = Record<string, NodeParameterValueType>;
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

	/** A file that came out, as n8n serves it. */
	async fileOf(item: INodeExecutionData, property = 'data'): Promise<Buffer> {
		const response = await this.n8n.rest.binary(item.binary?.[property].id ?? '');
		expect(response.headers.get('content-type')).toBe('video/mp4');
		return Buffer.from(await response.arrayBuffer());
	}
}

/**
 * Sets up a whole n8n for the tests of one file or block, and takes it down after them.
 *
 * @param env n8n's own settings
 */
export function useN8n(options: SandboxOptions = {}, env: Record<string, string> = {}): Installed {
	const installed = new Installed();
	beforeAll(async () => {
		const host = await ensureHost(N8N_VERSION, (line) => process.stdout.write(`${line}\n`));
		installed.sandbox = await startSandbox(options);
		installed.n8n = await startN8n({ host, env });
		const { apiKey, url: baseUrl } = installed.sandbox;
		const data = { apiKey, baseUrl };
		const { id } = await installed.n8n.rest.saveCredential('HappyHorse', CREDENTIAL, data);
		installed.credentialId = id;
	}, INSTALL_LIMIT_MS);
	beforeEach(() => installed.sandbox.reset());
	afterAll(async () => {
		await installed.n8n?.stop();
		await installed.sandbox?.close();
	});
	return installed;
}
