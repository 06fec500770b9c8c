/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Host } from './n8nHost';
import { PACKAGE, packTo, unpack } from './pack';
import type { Login } from './restClient';
import { RestClient } from './restClient';

const run = promisify(execFile);

const HOST = '127.0.0.1';
const END_WITH_PARENT = join(__dirname, 'endWithParent.cjs');
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 15_000;

export interface N8nOptions {
	host: Host;
	/** A folder that is kept; by default a new one that goes with the process. */
	userFolder?: string;
	/** Default: a free one. */
	port?: number;
	login?: Login;
	env?: Record<string, string>;
	/** Whether the package is there from the start. Default: yes. */
	withPackage?: boolean;
}

/** A whole n8n with the packed package installed, on this machine only. */
export interface N8n {
	url: string;
	rest: RestClient;
	/** What it printed lately. */
	logs(): string;
	/** Forgets the most memory that it had so far (Linux only). */
	forgetPeak(): Promise<void>;
	/** Its memory now, and the most since `forgetPeak`, in megabytes (Linux only). */
	memory(): Promise<{ now: number; peak: number }>;
	/** Ends it as an operator would. */
	stop(): Promise<void>;
	/** Ends it as a crash does. */
	kill(): Promise<void>;
	/** Starts it anew on the same data and ports; ends it before that as an operator would, if it still runs. */
	restart(): Promise<void>;
}

/** The owner of an n8n that a test has started. */
export const TEST_LOGIN: Login = { email: 'owner@example.com', password: 'Test-Passw0rd' };

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** Packs the built package as npm would publish it, and unpacks it where n8n keeps community packages. */
async function installPackage(userFolder: string): Promise<void> {
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

/** Only what any program needs: settings for another n8n, proxies and the test runner's mode stay out. */
export function ownEnvironment(): Record<string, string> {
	const names = ['HOME', 'LANG', 'TMPDIR', 'TEMP', 'USERPROFILE', 'SystemRoot', 'APPDATA'];
	return Object.fromEntries(
		names.flatMap((name) => {
			const value = process.env[name];
			return value === undefined ? [] : [[name, value]];
		}),
	);
}

/**
 * Starts n8n and logs in.
 *
 * @throws Error with n8n's last words if it does not come up in two minutes
 */
export async function startN8n(options: N8nOptions): Promise<N8n> {
	const { host, login = TEST_LOGIN } = options;
	const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'happyhorse-n8n-')));
	const port = options.port ?? (await freePort());
	const url = `http://${HOST}:${port}`;
	if (options.withPackage ?? true) await installPackage(userFolder);
	const env = {
		...ownEnvironment(),
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: HOST,
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_EDITOR_BASE_URL: url,
		WEBHOOK_URL: url,
		N8N_SECURE_COOKIE: 'false',
		N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		...options.env,
		PATH: `${options.env?.PATH ?? ''}${dirname(host.node)}${delimiter}${process.env.PATH}`,
	};

	const rest = new RestClient(url);
	let output = '';
	let child: ChildProcess | undefined;

	async function start(): Promise<void> {
		const args = ['--require', END_WITH_PARENT, host.bin, 'start'];
		const running = run(host.node, args, { env, maxBuffer: Infinity });
		running.catch(() => undefined); // how it ended is read from the child
		const started = running.child;
		child = started;
		const collect = (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(-20_000);
		};
		started.stdout?.on('data', collect);
		started.stderr?.on('data', collect);
		for (const until = Date.now() + START_LIMIT_MS; ; await sleep(100)) {
			if (started.exitCode !== null || Date.now() > until)
				throw new Error(`n8n did not start. It printed:\n${output}`);
			const ready = await fetch(`${url}/healthz/readiness`).then(
				(response) => response.ok,
				() => false,
			);
			if (
				ready &&
				(await rest.logIn(login).then(
					() => true,
					() => false,
				))
			)
				return;
		}
	}

	async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		const force = setTimeout(() => child?.kill('SIGKILL'), STOP_LIMIT_MS);
		await ended;
		clearTimeout(force);
	}

	const stop = async () => {
		await end('SIGTERM');
		if (options.userFolder === undefined) await rm(userFolder, { recursive: true, force: true });
	};

	await start().catch(async (error) => {
		await stop();
		return await Promise.reject(error);
	});
	return {
		url,
		rest,
		logs: () => output,
		forgetPeak: async () => await writeFile(`/proc/${child?.pid}/clear_refs`, '5'),
		memory: async () => {
			const status = await readFile(`/proc/${child?.pid}/status`, 'utf8');
			const megabytes = (name: string) =>
				Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
			return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
		},
		stop,
		kill: async () => await end('SIGKILL'),
		restart: async () => {
			await end('SIGTERM');
			await start();
		},
	};
}
