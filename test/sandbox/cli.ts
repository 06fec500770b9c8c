/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { readOptions } from './cliOptions';
import { startSandbox } from './index';
import { describeDelivery, describeEnd, describeRequest } from './log';
import type { Sandbox, SandboxOptions } from './types';
import { heedWords, SLOW, WORDS } from './words';

/** Ports to try before giving up. */
const TRIES = 20;

const say = (line: string) => process.stdout.write(`${line}\n`);

const isTaken = (error: unknown) =>
	error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Starts on the port or the next free one. */
async function startNear(options: SandboxOptions, port: number): Promise<Sandbox> {
	for (let next = port; next < port + TRIES; next++) {
		try {
			return await startSandbox({ ...options, port: next });
		} catch (error) {
			if (!isTaken(error)) return await Promise.reject(error);
			say(`Port ${next} is taken.`);
		}
	}
	throw new Error(`No port from ${port} to ${port + TRIES - 1} is free`);
}

async function main(): Promise<void> {
	const { port, taskSeconds, credits } = readOptions(process.argv.slice(2), process.env);
	const taskMs = taskSeconds * 1_000;
	const options: SandboxOptions = {
		taskMs,
		credits,
		onRequest: (entry) => say(describeRequest(entry, sandbox)),
		onFinish: (task) => say(describeEnd(task, sandbox)),
		onDelivery: (delivery) => say(describeDelivery(delivery)),
	};
	const sandbox = await startNear(options, port);
	heedWords(sandbox, taskMs);
	say(`The HappyHorse sandbox is at ${sandbox.url}. It makes no real videos and costs nothing.

In n8n, create a HappyHorse API credential with
  API Key   ${sandbox.apiKey}
  Base URL  ${sandbox.url}

A task takes ${taskSeconds} seconds; the balance is ${credits} credits. Words in a prompt that change what happens:
${WORDS.map(([word, meaning]) => `  ${word}  ${meaning}`).join('\n')}
  ${SLOW}  the task takes ten times as long

Ctrl-C ends it. Requests:`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const)
		process.once(signal, () => void sandbox.close());
}

main().catch((error: unknown) => {
	process.stderr.write(
		`The sandbox did not start: ${error instanceof Error ? error.message : error}\n`,
	);
	process.exitCode = 1;
});
