import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { WaitMethod } from '../contract/limits';
import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import { LAG_MS } from '../service/client';
import { parkAndRunAgain, resumeUrlOf } from '../n8n/internals';
import type { PaidTask } from '../ledger/ledger';
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
