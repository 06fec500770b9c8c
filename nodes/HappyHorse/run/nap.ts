import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	IWebhookDescription,
} from 'n8n-workflow';
import { z } from 'zod';

import { runKeyOf } from './paidTasks';
import type { Payment, Run } from './run';
import { isPublicHost, parseHttpUrl } from '../schema/hosts';
import { HappyHorseError } from '../errors/errors';

/** A path of our own under n8n's resume URL, so that no late callback wakes another node that waits. */
const PATH = 'happyhorse';

/** How n8n takes the calls for a parked execution to this node. */
export const PARKED_WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		path: PATH,
		isFullPath: true,
		restartWebhook: true,
		responseMode: 'onReceived',
		responseData: 'noData',
	},
];

/** A task that is waited for, and what is to be made of it. */
export const parkedTaskSchema = z.object({
	taskId: z.string(),
	simplify: z.boolean(),
	downloadVideo: z.boolean(),
	binaryPropertyName: z.string(),
	creditsEstimated: z.number().optional(),
	/** What the service says of it once it is finished. */
	answer: z.custom<IDataObject>().optional(),
});

export type ParkedTask = z.output<typeof parkedTaskSchema>;

/** Under which a parked run is kept in n8n's context for the node, which is saved with the execution. */
const KEY = 'happyHorseParked';

/** What is kept of a run while it is parked: for each item its task, or the item itself where it is done. */
const parkedRunSchema = z.object({
	run: z.string(),
	maxConcurrency: z.number(),
	items: z.array(z.union([parkedTaskSchema, z.object({ done: z.custom<INodeExecutionData>() })])),
	/** What the run has paid for so far, by item. */
	paid: z.array(z.tuple([z.number(), z.custom<Payment>()])),
	/** What the user is told beside the output. */
	hints: z.array(z.string()),
	/** Whether all tasks are finished, and have their answers. */
	isFinished: z.boolean(),
});

export type ParkedRun = z.output<typeof parkedRunSchema>;

export const isParkedTask = (item: ParkedRun['items'][number]): item is ParkedTask =>
	'taskId' in item;

/**
 * The run that is parked, or was.
 *
 * @param store n8n's context for the node
 */
export function parkedRunIn(store: IDataObject): ParkedRun | undefined {
	const kept = parkedRunSchema.safeParse(store[KEY]);
	return kept.success ? kept.data : undefined;
}

export function keepParkedRun(store: IDataObject, run: ParkedRun): void {
	store[KEY] = run;
}

export function forgetParkedRun(store: IDataObject): void {
	delete store[KEY];
}

/** Shown on the canvas while the execution is parked. */
export const PARKED_TOOLTIP =
	'={{ "HappyHorse is at work on the video. The execution goes on by itself when every task is finished, or when the time under Timeout has passed." }}';

/**
 * Where the service is to call once a task is finished. Nothing is sent.
 *
 * @param publicOnly whether the service is out on the internet
 * @throws HappyHorseError if nobody would reach it there
 */
export function callbackUrlOf(context: IExecuteFunctions, publicOnly: boolean): string {
	const url = resumeUrlOf(context);
	if (!url || (publicOnly && !isPublicHost(url)))
		throw new HappyHorseError({
			message: `HappyHorse can't call back: this n8n gives ${url ? `${url.host}, which is not on the internet,` : 'something that is no URL'} as its address`,
			description:
				'Set WEBHOOK_URL to the public address of this n8n, https:// included, and start n8n anew. Or set Wait Method to Polling, which needs no such address. Nothing was sent and nothing was charged.',
			code: 'not_reachable',
		});
	// n8n 2.x signs its URL in the query, which has to stay as it is
	url.pathname = `${url.pathname.replace(/\/+$/, '')}/${PATH}`;
	return url.href;
}

function resumeUrlOf(context: IExecuteFunctions): URL | undefined {
	try {
		// not as an expression, for which n8n may have to make an engine
		return parseHttpUrl(String(context.getWorkflowDataProxy(0).$execution.resumeUrl));
	} catch {
		return undefined; // n8n 2.x can't sign an address without a scheme
	}
}

/** What comes out for a task if time runs out while the run is parked; n8n then passes these items on. */
export const pendingItem = (taskId: string): INodeExecutionData => ({
	json: { taskId, status: 'pending', timedOut: true },
});

/**
 * Parks the execution in n8n's database until callbacks or the deadline end it. No worker is held.
 *
 * @param results all items as they come out if time runs out first
 */
export async function park(run: Run, results: INodeExecutionData[]): Promise<void> {
	const { context, parked, parkedUntil } = run;
	keepParkedRun(context.getContext('node'), {
		run: runKeyOf(context),
		maxConcurrency: run.maxConcurrency(),
		paid: [...run.paid],
		hints: run.hints,
		isFinished: false,
		items: results.map((done, item) => parked.get(item) ?? { done }),
	});
	// a copy, since n8n empties the list that it is given when it sorts out the error branch
	context.getExecuteData().data.main = [[...results]];
	context.setMetadata({ resumeUrl: callbackUrlOf(context, false) });
	await context.putExecutionToWait(new Date(parkedUntil));
}
