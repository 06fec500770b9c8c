/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Host } from './n8nHost';

const run = promisify(execFile);

const END_WITH_PARENT = join(__dirname, 'endWithParent.cjs');
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 100;

/** Environment without settings for another n8n, proxies and the test runner's mode. */
export function ownEnvironment(): Record<string, string> {
	const names = ['HOME', 'LANG', 'TMPDIR', 'TEMP', 'USERPROFILE', 'SystemRoot', 'APPDATA'];
	return Object.fromEntries(
		names.flatMap((name) => {
			const value = process.env[name];
			return value === undefined ? [] : [[name, value]];
		}),
	);
}

/** Checks that an n8n is up at this address. */
export const isReady = async (url: string): Promise<boolean> =>
	await fetch(`${url}/healthz/readiness`).then(
		(response) => response.ok,
		() => false,
	);

/** Process of n8n that ends with the process that started it. */
export class N8nProcess {
	private child?: ChildProcess;

	private output = '';

	private readonly env: Record<string, string>;

	/**
	 * @param args n8n's command, such as `start`, and its options
	 * @param env n8n's settings
	 * @param isUp resolves to true once it can be used
	 */
	constructor(
		private readonly host: Host,
		private readonly args: string[],
		env: Record<string, string>,
		private readonly isUp: () => Promise<boolean>,
	) {
		this.env = {
			...ownEnvironment(),
			...env,
			PATH: `${env.PATH ?? ''}${dirname(host.node)}${delimiter}${process.env.PATH}`,
		};
	}

	/** Recent output. */
	get logs(): string {
		return this.output;
	}

	/** @throws Error with its last output if it is not up within two minutes */
	async start(): Promise<void> {
		const { node, bin } = this.host;
		const running = run(node, ['--require', END_WITH_PARENT, bin, ...this.args], {
			env: this.env,
			maxBuffer: Infinity,
		});
		running.catch(() => undefined); // how it ended is read from the child
		const { child } = running;
		this.child = child;
		const collect = (chunk: Buffer) => {
			this.output = (this.output + chunk.toString()).slice(-20_000);
		};
		child.stdout?.on('data', collect);
		child.stderr?.on('data', collect);
		for (const until = Date.now() + START_LIMIT_MS; !(await this.isUp()); ) {
			if (child.exitCode !== null || Date.now() > until)
				throw new Error(`n8n ${this.args[0]} did not start. It printed:\n${this.output}`);
			await sleep(LOOK_EVERY_MS);
		}
	}

	/** Stops it as an operator does, or kills it as a crash does. */
	async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
		const { child } = this;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
		await ended;
		clearTimeout(force);
	}

	/** Resets the peak memory (Linux only). */
	async forgetPeak(): Promise<void> {
		await writeFile(`/proc/${this.child?.pid}/clear_refs`, '5');
	}

	/** Current memory and the peak since `forgetPeak`, in megabytes (Linux only). */
	async memory(): Promise<{ now: number; peak: number }> {
		const status = await readFile(`/proc/${this.child?.pid}/status`, 'utf8');
		const megabytes = (name: string) =>
			Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
		return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
	}
}
