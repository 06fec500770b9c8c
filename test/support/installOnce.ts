/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Progress = (line: string) => void;

/** Folder outside the repository that keeps hosts between runs; HAPPYHORSE_CACHE names another. */
export function cacheDir(): string {
	const { HAPPYHORSE_CACHE, XDG_CACHE_HOME } = process.env;
	return (
		HAPPYHORSE_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-happyhorse')
	);
}

/** Does the work unless it was completed before; of two concurrent processes only one does it. */
export async function once(dir: string, work: () => Promise<void>): Promise<void> {
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

/** Takes a lock file with the owner's process id, also from an owner that is gone. */
export async function takeLock(lock: string): Promise<boolean> {
	const [mine, old] = ['new', 'old'].map((name) => `${lock}.${process.pid}.${name}`);
	await writeFile(mine, String(process.pid));
	const failure = await link(mine, lock).then(
		() => undefined,
		(error: NodeJS.ErrnoException) => error,
	);
	await rm(mine);
	if (!failure) return true;
	if (failure.code !== 'EEXIST') return await Promise.reject(failure);
	const owner = await readFile(lock, 'utf8').catch(() => '');
	if (isRunning(Number(owner))) return false;
	try {
		await rename(lock, old);
		// of two takeovers, the second may have removed the first one's new lock
		if ((await readFile(old, 'utf8')) !== owner) await link(old, lock);
		await rm(old);
	} catch {
		return false; // another process is taking it over
	}
	return await takeLock(lock);
}

function isRunning(pid: number): boolean {
	if (!(pid > 0)) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** Installs packages into a folder with its own package.json. */
export async function install(dir: string, manifest: object, args: string[], progress: Progress) {
	await writeFile(join(dir, 'package.json'), JSON.stringify({ private: true, ...manifest }));
	await npm(dir, ['install', ...args, '--no-audit', '--no-fund', '--loglevel=error'], progress);
}

/** Runs npm and reports every 15 seconds that it is still running. */
export async function npm(
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
