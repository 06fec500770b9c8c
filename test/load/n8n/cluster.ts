/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as n8n from '../../support/n8n';
import { ensureHost, N8N_VERSION } from '../../support/n8nHost';
import { isReady, N8nProcess } from '../../support/n8nProcess';
import { say } from '../../support/program';
import { RestClient } from '../../support/restClient';
import type { Database, Redis } from '../../support/services';
import { startPostgres, startRedis } from '../../support/services';

/** Executions that a worker runs at once. */
const CONCURRENCY = 5;
const WORKERS = 2;
export const SLOTS = WORKERS * CONCURRENCY;

/** n8n in queue mode: a main process, one for webhooks, and workers, with a Redis and a PostgreSQL of their own. */
export interface Cluster {
	/** The main process's. */
	rest: RestClient;
	/** Where webhooks are called. */
	webhookUrl: string;
	webhook: N8nProcess;
	workers: N8nProcess[];
	database: Database;
	redis: Redis;
	close(): Promise<void>;
}

/**
 * Starts all of it, with the package installed.
 *
 * @throws Error if something is missing or does not come up
 */
export async function startCluster(): Promise<Cluster> {
	say(`Starting n8n in queue mode: ${WORKERS} workers with ${CONCURRENCY} slots each …`);
	const host = await ensureHost(N8N_VERSION, say);
	const undo: Array<() => Promise<void>> = [];
	const close = async () => {
		while (undo.length > 0) await undo.pop()?.();
	};
	try {
		const userFolder = await mkdtemp(join(tmpdir(), 'happyhorse-queue-'));
		undo.push(async () => await rm(userFolder, { recursive: true, force: true }));
		await n8n.installPackage(userFolder);
		const redis = await startRedis();
		undo.push(redis.close);
		const database = await startPostgres();
		undo.push(database.close);

		const [mainUrl, webhookUrl] = [await newUrl(), await newUrl()];
		const shared = {
			...n8n.settingsFor(userFolder, mainUrl),
			WEBHOOK_URL: webhookUrl,
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: n8n.HOST,
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: n8n.HOST,
			DB_POSTGRESDB_PORT: String(database.port),
			DB_POSTGRESDB_USER: database.user,
			DB_POSTGRESDB_DATABASE: database.name,
			N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			N8N_DEFAULT_BINARY_DATA_MODE: 'database',
		};
		const begin = async (args: string[], url: string, isUp: typeof isReady = isReady) => {
			const { port } = new URL(url);
			const own = {
				N8N_PORT: port,
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: port,
				N8N_WORKER_SERVER_ADDRESS: n8n.HOST,
				N8N_RUNNERS_BROKER_PORT: String(await n8n.freePort()),
			};
			const env = { ...shared, ...own };
			const process = new N8nProcess(host, args, env, async () => await isUp(url));
			undo.push(async () => await process.end('SIGTERM'));
			await process.start();
			return process;
		};
		const rest = new RestClient(mainUrl);
		// it makes the tables that the others need
		await begin(['start'], mainUrl, async (url) => await n8n.isUsable(url, rest, n8n.TEST_LOGIN));
		const webhook = await begin(['webhook'], webhookUrl);
		const workers: N8nProcess[] = [];
		while (workers.length < WORKERS)
			workers.push(await begin(['worker', `--concurrency=${CONCURRENCY}`], await newUrl()));
		return { rest, webhookUrl, webhook, workers, database, redis, close };
	} catch (error) {
		await close();
		return await Promise.reject(error);
	}
}

const newUrl = async () => `http://${n8n.HOST}:${await n8n.freePort()}`;
