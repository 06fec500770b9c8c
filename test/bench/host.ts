/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { join } from 'node:path';

import type { SandboxOptions } from '../sandbox';
import type { Installed } from '../support/e2e';
import { errorOf, installN8n } from '../support/e2e';
import { using } from '../support/program';
import type { Execution } from '../support/restClient';
import { TRIGGER } from '../support/workflows';
import type { Measure } from './measure';

/** Enough for every task of a benchmark. */
const CREDITS = 10_000_000;
/** Milliseconds that the slowest run takes: the peer's. */
const RUN_LIMIT_MS = 300_000;

/** n8n's setting for nodes of the benchmark's own, which show what n8n takes without ours. */
export const WITH_BENCH_NODES = { N8N_CUSTOM_EXTENSIONS: join(__dirname, 'nodes') };

/**
 * By default n8n makes an expression engine for each call of a node, and for each execution; told so, it waits until an
 * expression needs one.
 */
const ENGINES: Array<[string, Record<string, string>]> = [
	['n8n as it is', {}],
	['expression engines on demand', { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' }],
];

/** The same measures with n8n as it is and with expression engines on demand. */
export async function withEachEngine(
	measure: (env: Record<string, string>) => Promise<Measure[]>,
): Promise<Measure[]> {
	const all: Measure[] = [];
	for (const [name, env] of ENGINES)
		for (const line of await measure(env))
			all.push({ ...line, measure: `${name}: ${line.measure}` });
	return all;
}

/**
 * Works with a new n8n and a new sandbox.
 *
 * @param env n8n's own settings
 */
export const withN8n = async <Result>(
	work: (host: Installed) => Promise<Result>,
	options: SandboxOptions = {},
	env: Record<string, string> = {},
): Promise<Result> => await using(installN8n({ credits: CREDITS, ...options }, { env }), work);

/** A run of a saved workflow that succeeded, and the milliseconds from its start to its end. */
export async function timedRun(
	{ n8n: { rest } }: Installed,
	workflowId: string,
): Promise<{ execution: Execution; ms: number }> {
	const startedAt = Date.now();
	const id = await rest.run(workflowId, TRIGGER);
	const execution = await rest.finished(id, RUN_LIMIT_MS);
	if (execution.status !== 'success')
		throw new Error(`A run is ${execution.status}: ${errorOf(execution)?.message}`);
	return { execution, ms: Date.parse(execution.stoppedAt ?? '') - startedAt };
}
