import type { IExecuteFunctions, INodeExecutionData, IRun } from 'n8n-workflow';

import { endCopy, parkAndRunAgain, runOf, whenOver } from '../n8n/internals';
import type { Page } from '../ledger/ledger';
import type { Run } from './run';

/** Naps that have ended in this process, in their order. */
const ended = new Map<string, true>();
const MOST_ENDED = 20_000;

/** Executions that go on after a nap, until they are over or parked. */
const goingOn = new Map<string, Promise<void>>();

/** What a node knows of an execution that it has parked anew, in their order. */
const pages = new Map<string, Page>();
const MOST_PAGES = 1_000;

/** What executions have come to, for copies of them that n8n may still run, in their order. */
const outcomes = new Map<string, { run: IRun; until: number }>();
const MOST_OUTCOMES = 20;
/** Milliseconds for which they are kept: where they hold files they are large. */
const OUTCOME_MS = 15 * 60_000;
const WITH_FILES_MS = 2 * 60_000;
/** How often is looked for those whose time is up. */
const FORGETTING_MS = 20_000;

/** An execution may have several of our nodes. */
const nodeOf = (context: IExecuteFunctions, execution: string) =>
	`${execution} ${context.getNode().name}`;

const keyOf = (execution: string, nap: string) => `${execution} ${nap}`;

/** Whether a nap has ended in this process. */
export const hasEnded = (execution: string, nap: string) => ended.has(keyOf(execution, nap));

/** Adds to a map in which only the newest are kept. */
function add<T>(map: Map<string, T>, key: string, value: T, most: number): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > most) map.delete(oldest);
}

/**
 * Runs a node that was woken, once. n8n 1.x runs an execution once more for each time that it was woken: by a callback and
 * by the time at the same moment, or every minute while it has no room for it. Such a copy does nothing, and ends as what it
 * is a copy of has ended, over which n8n saves it.
 */
export async function onceForEachNap(
	run: Run,
	work: () => Promise<INodeExecutionData[]>,
): Promise<INodeExecutionData[]> {
	const { context, paidTasks } = run;
	if (paidTasks.wokenFrom === undefined) return await work();
	const { execution } = runOf(context);
	const key = keyOf(execution, paidTasks.wokenFrom);
	if (ended.has(key)) return await copy(run, execution);
	add(ended, key, true, MOST_ENDED);
	const going = work();
	const done = going.then(nothing, nothing);
	const node = nodeOf(context, execution);
	const over = Promise.all([whenOver(context), done]).then(([outcome]) => {
		if (goingOn.get(execution) === over) goingOn.delete(execution);
		const { lasting: page } = paidTasks;
		if (page.until === undefined) pages.delete(node);
		else add(pages, node, page, MOST_PAGES);
		if (outcome) keep(execution, outcome);
	});
	goingOn.set(execution, over);
	return await going;
}

const nothing = () => {};

/** Whether files lie in the execution itself, as they do where n8n keeps them in memory. */
const holdsFiles = ({ data }: IRun) =>
	Object.values(data.resultData.runData)
		.flat()
		.flatMap((run) => run.data?.main?.flat() ?? [])
		.some((item) => Object.values(item?.binary ?? {}).some(({ id }) => id === undefined));

function keep(execution: string, run: IRun): void {
	const ms = holdsFiles(run) ? WITH_FILES_MS : OUTCOME_MS;
	add(outcomes, execution, { run, until: Date.now() + ms }, MOST_OUTCOMES);
	forgetInTime();
}

let isForgetting = false;

/** Lets go of outcomes whose time is up, with one timer for all of them. */
function forgetInTime(): void {
	if (isForgetting || outcomes.size === 0) return;
	isForgetting = true;
	AbortSignal.timeout(FORGETTING_MS).addEventListener('abort', () => {
		isForgetting = false;
		for (const [execution, { until }] of outcomes)
			if (until <= Date.now()) outcomes.delete(execution);
		forgetInTime();
	});
}

/** Ends a copy, but not before the execution: n8n has one place for both, and clears it with the first that ends. */
async function copy({ context, stop, paidTasks }: Run, execution: string) {
	await Promise.race([goingOn.get(execution), stop.stopped()]);
	const outcome = outcomes.get(execution)?.run;
	const page = pages.get(nodeOf(context, execution));
	if (!outcome && page?.until !== undefined) {
		paidTasks.keep(page);
		await parkAndRunAgain(context, new Date(page.until));
		return [];
	}
	if (!outcome)
		context.addExecutionHints({
			message:
				'n8n ran this execution once more than it should. Everything was done once, but what came out is not shown any more.',
			type: 'warning',
			location: 'outputPane',
		});
	await endCopy(context, outcome);
	return [];
}
