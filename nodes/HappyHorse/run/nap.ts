import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions, INodeExecutionData, IRun } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { WaitMethod } from '../schema/limits';
import { isPublicHost, parseHttpUrl } from '../schema/hosts';
import { LAG_MS } from '../service/request';
import { endCopy, parkAndRunAgain, resumeUrlOf, runOf, whenOver } from './n8nInternals';
import type { Page, PaidTask } from './paidTasks';
import type { Run } from './run';

/** A path of our own under n8n's resume URL, so that no late callback wakes another node that waits. */
export const CALLBACK_PATH = 'happyhorse';

/**
 * Milliseconds after which a parked node wakes by itself: soon after the time that a video usually takes where it is
 * called back, else about once a minute; and then the more rarely the longer a task takes.
 */
const NAPS: Record<Exclude<WaitMethod, 'polling'>, { first: number; share: number }> = {
	callback: { first: 7 * 60_000, share: 1 / 2 },
	parked: { first: 60_000, share: 1 / 20 },
};

/** By this share naps differ, so that those of many executions don't end in the same second. */
const SPREAD = 0.2;

/**
 * When a nap ends by itself that begins now (Unix milliseconds): never later than the first task's time is up, or than it
 * is clear that the service has lost one.
 */
export function endOfNap(tasks: PaidTask[], now = Date.now()): number {
	const ends = tasks.flatMap(
		({ wanted: { waitMethod }, since, until, isAdopted, unknownSince }) => {
			const { first, share } =
				NAPS[waitMethod === 'callback' && !isAdopted ? 'callback' : 'parked'];
			const ms = Math.max(first, (now - since) * share) * (1 + SPREAD * Math.random());
			return [now + ms, until, ...(unknownSince === undefined ? [] : [unknownSince + LAG_MS])];
		},
	);
	return Math.max(Math.min(...ends), now);
}

/** Naps that have ended in this process, in their order. */
const ended = new Map<string, true>();
const MOST_ENDED = 20_000;

/** Executions that go on after a nap, until they are over or parked. */
const goingOn = new Map<string, Promise<void>>();

/** What a node knows of an execution that it has parked anew, in their order. */
const pages = new Map<string, Page>();
const MOST_PAGES = 1_000;

/** What executions have come to, for copies of them that n8n may still run, in their order. */
const outcomes = new Map<string, IRun>();
const MOST_OUTCOMES = 20;
/** Milliseconds for which they are kept: where they hold files they are large. */
const OUTCOME_MS = 15 * 60_000;
const WITH_FILES_MS = 2 * 60_000;

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

function keep(execution: string, outcome: IRun): void {
	add(outcomes, execution, outcome, MOST_OUTCOMES);
	// the timer keeps the date alone
	const { startedAt } = outcome;
	const ms = holdsFiles(outcome) ? WITH_FILES_MS : OUTCOME_MS;
	AbortSignal.timeout(ms).addEventListener('abort', () => {
		if (outcomes.get(execution)?.startedAt === startedAt) outcomes.delete(execution);
	});
}

/** Ends a copy, but not before the execution: n8n has one place for both, and clears it with the first that ends. */
async function copy({ context, stop, paidTasks }: Run, execution: string) {
	await Promise.race([goingOn.get(execution), stop.stopped()]);
	const outcome = outcomes.get(execution);
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

/**
 * Parks the execution in n8n's database, holding no worker, until a callback wakes the node or it wakes by itself.
 *
 * @param tasks those that are still under way
 */
export async function nap(run: Run, tasks: PaidTask[]): Promise<void> {
	const { context, paidTasks, continues } = run;
	const until = endOfNap(tasks);
	Object.assign(paidTasks.lasting, { continues, nap: randomUUID(), until });
	await parkAndRunAgain(context, new Date(until));
	// shown to whoever looks at the node while it is parked
	if (tasks.some(({ wanted }) => wanted.waitMethod === 'callback'))
		context.setMetadata({ resumeUrl: callbackUrlOf(context, false) });
}

/**
 * Where the service is to call once a task is finished. Nothing is sent.
 *
 * @param publicOnly whether the service is out on the internet
 * @throws HappyHorseError if nobody would reach it there
 */
export function callbackUrlOf(context: IExecuteFunctions, publicOnly: boolean): string {
	const url = parseHttpUrl(resumeUrlOf(context) ?? '');
	if (!url || (publicOnly && !isPublicHost(url)))
		throw new HappyHorseError({
			message: `HappyHorse can't call back: this n8n gives ${url ? `${url.host}, which is not on the internet,` : 'something that is not a URL'} as its address`,
			description:
				'Set WEBHOOK_URL to the public address of this n8n, including https://, and restart n8n. Or set Wait Method to Parked or Polling, which need no public address. Nothing was sent and nothing was charged.',
			code: 'not_reachable',
		});
	// n8n 2.x signs its URL in the query, which has to stay as it is
	url.pathname = `${url.pathname.replace(/\/+$/, '')}/${CALLBACK_PATH}`;
	return url.href;
}
