/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Execution, RestClient } from './restClient';
import { freePort, HOST } from './n8n';
import { startPostgres } from './services';

const LOOK_EVERY_MS = 50;
/** Milliseconds in which a webhook's execution is in the database. */
const STARTS_MS = 10_000;

/** What n8n's second engine needs besides n8n. */
export interface SecondEngine {
	/** Turns it on in an n8n. */
	env: Record<string, string>;
	/** Lets each workflow that is saved from now on run in it. */
	takeAll(rest: RestClient): void;
	/** The first execution of a workflow, which n8n's list leaves out, once it has ended. */
	firstOf(workflowId: string, rest: RestClient): Promise<Execution>;
	close(): Promise<void>;
}

/**
 * Starts a PostgreSQL for n8n's second engine.
 *
 * @throws Error naming what has to be installed, if there is no PostgreSQL
 */
export async function startSecondEngine(): Promise<SecondEngine> {
	const { user, port, name, query, close } = await startPostgres();
	return {
		env: {
			N8N_ENABLED_MODULES: 'engine-v2',
			N8N_EXPRESSION_ENGINE: 'vm',
			N8N_ENGINE_DATABASE_URL: `postgres://${user}@${HOST}:${port}/${name}`,
			N8N_ENGINE_HOST: HOST,
			N8N_ENGINE_PORT: String(await freePort()),
			N8N_ENGINE_CONTROL_PLANE_PORT: String(await freePort()),
		},
		takeAll(rest) {
			rest.workflowSettings = { engineType: 'v2' };
		},
		async firstOf(workflowId, rest) {
			const sql = `select id from workflow_execution where workflow_id = '${workflowId}' order by created_at limit 1`;
			for (const until = Date.now() + STARTS_MS; ; await sleep(LOOK_EVERY_MS)) {
				const id = await query(sql);
				if (id !== '') return await rest.finished(id);
				if (Date.now() > until) throw new Error(`Workflow ${workflowId} was not run`);
			}
		},
		close,
	};
}
