/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An installed n8n, and the Node.js that it runs under. */
export interface Host {
	version: string;
	/** Path of the Node.js binary. */
	node: string;
	/** Path of n8n's command. */
	bin: string;
}

type Progress = (line: string) => void;

/** What each n8n's own package.json needs besides n8n itself. */
const MANIFESTS: Record<string, object> = {
	'2.40.7': {},
	// its xlsx comes from a host of its own, which is not always to be reached
	'1.123.81': { overrides: { xlsx: '0.18.5' } },
};

export const DEFAULT_VERSION = '2.40.7';
const NODE_MAJOR = 24;

/** The folder outside the repository where hosts are kept from run to run; HAPPYHORSE_CACHE names another. */
export function cacheDir(): string {
	const { HAPPYHORSE_CACHE, XDG_CACHE_HOME } = process.env;
	return (
		HAPPYHORSE_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-happyhorse')
	);
}

/**
 * Installs an n8n and its Node.js once, and finds them again afterwards.
 *
 * @throws Error if the version is not known or an installation does not succeed
 */
export async function ensureHost(
	version: string = DEFAULT_VERSION,
	progress: Progress = () => {},
): Promise<Host> {
	const manifest = MANIFESTS[version];
	if (!manifest)
		throw new Error(`n8n ${version} is not one of ${Object.keys(MANIFESTS).join(', ')}`);
	const nodeDir = join(cacheDir(), `node-${NODE_MAJOR}`);
	const n8nDir = join(cacheDir(), `n8n-${version}`);
	const nodePackage = join(nodeDir, 'node_modules', 'node');
	const host = {
		version,
		node: join(nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
		bin: join(n8nDir, 'node_modules', 'n8n', 'bin', 'n8n'),
	};
	await once(nodeDir, async () => {
		progress(`Installing Node.js ${NODE_MAJOR}, which n8n ${version} needs …`);
		await install(nodeDir, {}, [`node@${NODE_MAJOR}`, '--ignore-scripts=false'], progress);
	});
	await once(n8nDir, async () => {
		progress(`Installing n8n ${version}: about 5 minutes and 3 GB, the first time only …`);
		await install(n8nDir, manifest, [`n8n@${version}`, '--ignore-scripts'], progress);
		progress('Building the database driver …');
		const headers = join(nodePackage, 'node_modules', `node-${process.platform}-${process.arch}`);
		await npm(n8nDir, ['rebuild', 'sqlite3', '--ignore-scripts=false'], progress, {
			PATH: `${join(nodePackage, 'bin')}${delimiter}${process.env.PATH}`,
			npm_config_nodedir: headers,
		});
	});
	return host;
}

/** Does the work unless it was done to its end before; two processes at once do it once. */
async function once(dir: string, work: () => Promise<void>): Promise<void> {
	const marker = join(dir, '.complete');
	const lock = `${dir}.lock`;
	await mkdir(cacheDir(), { recursive: true });
	while (!existsSync(marker)) {
		if (!(await takeLock(lock))) {
			await sleep(1_000);
			continue;
		}
		try {
			if (existsSync(marker)) return;
			await rm(dir, { recursive: true, force: true });
			await mkdir(dir, { recursive: true });
			await work();
			await writeFile(marker, new Date().toISOString());
		} finally {
			await rm(lock, { force: true });
		}
	}
}

/** Takes a lock file that holds the owner's process id; one whose owner is gone is taken over. */
async function takeLock(lock: string): Promise<boolean> {
	const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
	if (owner > 0 && !isRunning(owner)) await rm(lock, { force: true });
	return await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
		() => true,
		() => false,
	);
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function install(dir: string, manifest: object, args: string[], progress: Progress) {
	await writeFile(join(dir, 'package.json'), JSON.stringify({ private: true, ...manifest }));
	await npm(dir, ['install', ...args, '--no-audit', '--no-fund', '--loglevel=error'], progress);
}

async function npm(
	cwd: string,
	args: string[],
	progress: Progress,
	env: Record<string, string> = {},
): Promise<void> {
	const startedAt = Date.now();
	const ticker = setInterval(() => {
		progress(`  … ${Math.round((Date.now() - startedAt) / 1_000)} s`);
	}, 15_000);
	await run('npm', args, {
		cwd,
		env: { ...process.env, ...env },
		shell: process.platform === 'win32',
		maxBuffer: 64 * 1024 * 1024,
	}).finally(() => clearInterval(ticker));
}
