import { randomUUID } from 'node:crypto';

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { WaitMethod } from '../contract/limits';
import { LIMITS } from '../contract/limits';
import { isOver } from '../contract/responses';
import { HappyHorseError } from '../errors/errors';
import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import { LAG_MS } from '../service/client';
import { parkAndRunAgain, resumeUrlOf } from '../n8n/parking';
import type { PaidTask } from '../ledger/ledger';
import type { Outcome } from './items';
import type { Run } from './run';
import type { Progress } from './settle';
import { addSummary } from './summary';

/** A path of our own under n8n's resume URL, so that no late callback resumes another waiting node. */
export const CALLBACK_PATH = 'happyhorse';

/**
 * Milliseconds after which a parked node resumes by itself: soon after a video's usual time where the service calls back,
 * else about once a minute; and then the less often the longer a task takes.
 */
const PAUSES: Record<Exclude<WaitMethod, 'polling'>, { first: number; share: number }> = {
	callback: { first: LIMITS.usualWait.max * 60_000, share: 1 / 2 },
	parked: { first: 60_000, share: 1 / 20 },
};

/** Share by which pauses differ, so that many executions don't resume in the same second. */
const SPREAD = 0.2;

/**
 * Time in Unix milliseconds at which a run that parks now resumes by itself: never later than the earliest deadline, or the
 * moment a task counts as lost.
 */
export function resumeTimeOf(tasks: PaidTask[], now = Date.now()): number {
	const times = tasks.flatMap((task) => {
		const { startedAt, deadline, isAdopted, unknownSince, withoutVideoSince } = task;
		const { waitMethod } = task.settings;
		// the callback of an adopted task goes to the execution that started it
		const method = waitMethod === 'callback' && !isAdopted ? 'callback' : 'parked';
		const { first, share } = PAUSES[method];
		const ms = Math.max(first, (now - startedAt) * share) * (1 + SPREAD * Math.random());
		const since = [unknownSince, withoutVideoSince].filter((time) => time !== undefined);
		return [now + ms, deadline, ...since.map((time) => time + LAG_MS)];
	});
	return Math.max(Math.min(...times), now);
}

/**
 * Parks the execution in n8n's database, holding no worker, until a callback or the time resumes it.
 *
 * @param running tasks that are not over
 * @returns the items that n8n shows while it is parked and drops when it resumes
 */
export async function park(
	run: Run,
	progress: Array<Outcome<Progress>>,
	running: PaidTask[],
): Promise<INodeExecutionData[]> {
	const { context, ledger, continues } = run;
	const resumesAt = resumeTimeOf(running);
	const id = randomUUID();
	ledger.suspend({ id, resumesAt, isOnStack: true }, continues);
	await parkAndRunAgain(context, id, new Date(resumesAt));
	// shown on the canvas while the node is parked
	if (running.some(({ settings }) => settings.waitMethod === 'callback'))
		context.setMetadata({ resumeUrl: callbackUrlOf(context, false) });
	addSummary(run, running);
	return progress.flatMap((outcome, item): INodeExecutionData[] => {
		// an item with an error is not shown yet: n8n would retry if it came first
		if ('error' in outcome) return [];
		const { value } = outcome;
		if ('output' in value) return [{ ...value.output, pairedItem: { item } }];
		const { taskId, status } = value.task;
		const shown = isOver({ status }) ? status : 'pending';
		return [{ json: { taskId, status: shown }, pairedItem: { item } }];
	});
}

/**
 * Makes the URL for the service's callback. Sends nothing.
 *
 * @param publicOnly set for a service on the internet
 * @throws HappyHorseError if the service can't reach this n8n
 */
export function callbackUrlOf(context: IExecuteFunctions, publicOnly: boolean): string {
	const url = parseHttpUrl(resumeUrlOf(context) ?? '');
	if (!url || (publicOnly && !isPublicHost(url)))
		throw new HappyHorseError({
			message: `HappyHorse can’t call back: this n8n gives ${url ? `${url.host}, which is not on the internet,` : 'something that is not a URL'} as its address`,
			description:
				'Set WEBHOOK_URL to the public address of this n8n, including https://, and restart n8n. Or set ‘Wait Method’ to Parked or Polling, which need no public address. Nothing was sent and nothing was charged.',
			code: 'not_reachable',
		});
	// n8n 2.x signs its URL in the query, which has to stay as it is
	url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/${CALLBACK_PATH}`;
	return url.href;
}
