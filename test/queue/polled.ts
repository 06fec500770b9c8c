import type { Measure } from '../bench/measure';
import { atMost, forComparison } from '../bench/measure';
import type { Sandbox, SandboxTask } from '../sandbox';
import type { Cluster } from './cluster';
import { CONCURRENCY, WORKERS } from './cluster';
import { allEnded, listen, startExecutions } from './executions';

/** The most tasks that were under way at the same moment. */
function mostAtOnce(tasks: SandboxTask[]): number {
	const events = tasks
		.flatMap(
			({ createdAt, completedAt = Infinity }): Array<[number, number]> => [
				[createdAt, 1],
				[completedAt, -1],
			],
		)
		.sort(([one, start], [other, end]) => one - other || start - end);
	let now = 0;
	return Math.max(...events.map(([, change]) => (now += change)));
}

/** The same by polling, which keeps a slot of a worker for as long as a video takes. */
export async function measurePolled(
	cluster: Cluster,
	sandbox: Sandbox,
	{ polled, taskSeconds }: { polled: number; taskSeconds: number },
): Promise<Measure[]> {
	sandbox.reset();
	const called = await listen(cluster, sandbox, { options: { timeout: 60, pollingInterval: 5 } });
	const startedAt = Date.now();
	await startExecutions(called, polled, 1);
	const ended = await allEnded(cluster, called);
	const minutes = (Date.now() - startedAt) / 60_000;
	const slots = WORKERS * CONCURRENCY;
	return [
		forComparison(
			`${polled} executions, a task of ${taskSeconds} s each, polled: in flight at once, with ${slots} slots`,
			String(mostAtOnce([...sandbox.tasks.values()])),
		),
		forComparison('executions finished a minute, all in all', (polled / minutes).toFixed(1)),
		atMost('executions that did not succeed', 0, polled - (ended.get('success') ?? 0), ''),
	];
}
