/* eslint-disable @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */

/** Resources to close when the program ends. */
const open = new Set<{ close(): Promise<void> }>();

export const say = (line = '') => process.stdout.write(`${line}\n`);

/** Works with a resource and closes it, however the work or the program ends. */
export async function using<Thing extends { close(): Promise<void> }, Result>(
	opening: Promise<Thing>,
	work: (thing: Thing) => Promise<Result>,
): Promise<Result> {
	const thing = await opening;
	open.add(thing);
	try {
		return await work(thing);
	} finally {
		open.delete(thing);
		await thing.close();
	}
}

async function closeAll(): Promise<void> {
	await Promise.all([...open].map(async (thing) => await thing.close()));
}

/** Runs a program and closes open resources, also after an interrupt or an error. */
export function runProgram(main: () => Promise<void>): void {
	for (const signal of ['SIGINT', 'SIGTERM'] as const)
		process.once(signal, () => void closeAll().finally(() => process.exit(1)));
	main().catch(async (error: unknown) => {
		process.stderr.write(
			`This was not finished: ${error instanceof Error ? error.message : String(error)}\n`,
		);
		process.exitCode = 1;
		await closeAll();
	});
}
