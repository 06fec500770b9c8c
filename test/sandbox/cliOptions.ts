/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a program for a developer's machine */
import { parseArgs } from 'node:util';

export interface CliOptions {
	port: number;
	taskSeconds: number;
	/** Initial balance. */
	credits: number;
}

const DEFAULTS = { port: '8787', 'task-seconds': '8', credits: '10000' };

type Name = keyof typeof DEFAULTS;

/**
 * Reads `--port`, `--task-seconds` and `--credits`, or else SANDBOX_PORT, SANDBOX_TASK_SECONDS and SANDBOX_CREDITS.
 *
 * @throws Error that names the unknown option or invalid number
 */
export function readOptions(args: string[], env: Record<string, string | undefined>): CliOptions {
	const text = { type: 'string' } as const;
	const options = { port: text, 'task-seconds': text, credits: text };
	const { values } = parseArgs({ args, options });
	const numberOf = (name: Name) => {
		const variable = `SANDBOX_${name.toUpperCase().replace('-', '_')}`;
		const given = values[name] ?? env[variable] ?? DEFAULTS[name];
		const number = Number(given);
		if (given.trim() === '' || !Number.isFinite(number) || number < 0)
			throw new Error(`--${name} must be a number that is not negative, but it is "${given}"`);
		return number;
	};
	return {
		port: numberOf('port'),
		taskSeconds: numberOf('task-seconds'),
		credits: numberOf('credits'),
	};
}
