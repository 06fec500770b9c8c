/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheDir, once as makeOnce } from './installOnce';
import type { Host } from './n8nHost';
import { isReady, N8nProcess } from './n8nProcess';
import { PACKAGE, packTo, unpack } from './pack';
import type { Login } from './restClient';
import { RestClient } from './restClient';

export const HOST = '127.0.0.1';

export interface N8nOptions {
	host: Host;
	/** Folder to keep. Default: a new one, removed when the process ends. */
	userFolder?: string;
	/** Default: a free one. */
	port?: number;
	login?: Login;
	env?: Record<string, string>;
	/** Installs the package before the start. Default: true. */
	withPackage?: boolean;
}

/** Complete n8n with the packed package installed, on loopback only. */
export interface N8n {
	url: string;
	rest: RestClient;
	/** Recent output. */
	logs(): string;
	/** Resets the peak memory (Linux only). */
	forgetPeak(): Promise<void>;
	/** Current memory and the peak since `forgetPeak`, in megabytes (Linux only). */
	memory(): Promise<{ now: number; peak: number }>;
	/** Stops it as an operator does. */
	stop(): Promise<void>;
	/** Kills it as a crash does. */
	kill(): Promise<void>;
	/** Restarts it on the same data and ports, after stopping it if it still runs. */
	restart(): Promise<void>;
}

/** Owner account of a test's n8n. */
export const TEST_LOGIN: Login = { email: 'owner@example.com', password: 'Test-Passw0rd' };

/** Finds a free port. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** Packs the built package as npm would publish it, and unpacks it where n8n keeps community packages. */
export async function installPackage(userFolder: string): Promise<void> {
	const nodes = join(userFolder, '.n8n', 'nodes');
	const target = join(nodes, 'node_modules', PACKAGE);
	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	const { tarball, version } = await packTo(nodes);
	await unpack(tarball, target);
	await rm(tarball);
	const manifest = { name: 'installed-nodes', private: true, dependencies: { [PACKAGE]: version } };
	await writeFile(join(nodes, 'package.json'), JSON.stringify(manifest));
}

/** Settings of a test's n8n: loopback only and quiet. */
export const settingsFor = (userFolder: string, url: string): Record<string, string> => ({
	N8N_USER_FOLDER: userFolder,
	N8N_LISTEN_ADDRESS: HOST,
	N8N_EDITOR_BASE_URL: url,
	WEBHOOK_URL: url,
	N8N_SECURE_COOKIE: 'false',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	// Node.js keeps what it has compiled
	NODE_COMPILE_CACHE: join(cacheDir(), 'compiled'),
});

/** Checks that an n8n with an editor is up, and logs in. */
export const isUsable = async (url: string, rest: RestClient, login: Login): Promise<boolean> =>
	(await isReady(url)) &&
	(await rest.logIn(login).then(
		() => true,
		() => false,
	));

/** Fills a folder with the data of an n8n whose tables and owner have been set up, which takes a third of its first start. */
async function copyData(host: Host, userFolder: string): Promise<void> {
	const made = join(cacheDir(), `data-${host.version}`);
	await makeOnce(made, async () => {
		const n8n = await startN8n({ host, userFolder: made, withPackage: false });
		await n8n.stop();
	});
	await mkdir(join(userFolder, '.n8n'), { recursive: true });
	// n8n leaves its last writes in the database's log
	for (const file of await readdir(join(made, '.n8n')))
		if (file === 'config' || /^database\.sqlite(-wal)?$/.test(file))
			await copyFile(join(made, '.n8n', file), join(userFolder, '.n8n', file));
}

/**
 * Starts n8n and logs in.
 *
 * @throws Error with n8n's last output if it is not up within two minutes
 */
export async function startN8n(options: N8nOptions): Promise<N8n> {
	const { host, login = TEST_LOGIN } = options;
	const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'happyhorse-n8n-')));
	const hasOwnData = ['DB_TYPE', 'N8N_ENCRYPTION_KEY'].some((name) => options.env?.[name]);
	if (options.userFolder === undefined && login === TEST_LOGIN && !hasOwnData)
		await copyData(host, userFolder);
	const port = options.port ?? (await freePort());
	const url = `http://${HOST}:${port}`;
	if (options.withPackage ?? true) await installPackage(userFolder);
	const env = {
		...settingsFor(userFolder, url),
		N8N_PORT: String(port),
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
		...options.env,
	};
	const rest = new RestClient(url);
	const running = new N8nProcess(
		host,
		['start'],
		env,
		async () => await isUsable(url, rest, login),
	);
	const stop = async () => {
		await running.end('SIGTERM');
		if (options.userFolder === undefined) await rm(userFolder, { recursive: true, force: true });
	};
	await running.start().catch(async (error) => {
		await stop();
		return await Promise.reject(error);
	});
	return {
		url,
		rest,
		logs: () => running.logs,
		forgetPeak: async () => await running.forgetPeak(),
		memory: async () => await running.memory(),
		stop,
		kill: async () => await running.end('SIGKILL'),
		restart: async () => {
			await running.end('SIGTERM');
			await running.start();
		},
	};
}
