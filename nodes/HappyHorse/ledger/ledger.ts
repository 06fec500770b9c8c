import type { IDataObject } from 'n8n-workflow';

import type { ErrorDetails } from '../errors/errors';
import type { WaitMethod } from '../contract/limits';
import type { Asked } from './fingerprint';

/** How a task is waited for and what is to become of it, as the user set it when it was created. */
export interface Wanted {
	waitForCompletion: boolean;
	waitMethod: WaitMethod;
	/** Minutes. */
	timeout: number;
	/** Seconds. */
	pollingInterval: number;
	simplify: boolean;
	downloadVideo: boolean;
	binaryPropertyName: string;
}

/** A task of an item. */
export interface PaidTask {
	taskId: string;
	/** As last heard from the service. */
	status: string;
	wanted: Wanted;
	/** Unix milliseconds at which it was started, and until which it is waited for. */
	since: number;
	until: number;
	/** What comes out where nobody waits. */
	output?: IDataObject;
	/** Credits, where this node started it; the estimate is undefined where the price is not known beforehand. */
	cost?: { estimated?: number; atMost?: number };
	/** Unix milliseconds at which the service first said that it does not know it. */
	unknownSince?: number;
	/** Whether another execution started it, to which its callback goes. */
	isAdopted?: boolean;
}

/** What is known of an item: its task, that its request may have created one, or why there is none. */
export interface Entry {
	asked?: Asked;
	/** Tasks that this execution has created for the item. */
	created: number;
	task?: PaidTask;
	isLost?: boolean;
	/** Credits that such a task costs at most. */
	lostCredits?: number;
	refusal?: ErrorDetails;
	/** Whether it is of the execution that a user's Retry began with, and not compared yet with what is asked now. */
	isOfBefore?: boolean;
	/** Whether an agent's tool has answered with it. */
	isAnswered?: boolean;
}

/** All that is known of one run of the node. */
export interface Page {
	execution: string;
	round: number;
	entries: Record<string, Entry>;
	/** What the user is told beside the output. */
	hints: string[];
	maxConcurrency?: number;
	/** Whether one item's trouble is its own and does not end the run. */
	continues?: boolean;
	/** Names the nap, while the execution is parked, and when it ends (Unix milliseconds). */
	nap?: string;
	until?: number;
}

/** Its name in n8n's data for the node. */
export const KEY = 'happyHorseTasks';

/** The page that n8n keeps in its data for the node. */
export const pageIn = (store: IDataObject) => store[KEY] as Page | undefined;

/** Unix milliseconds at which a wait that begins now ends. */
export const untilOf = ({ timeout }: Pick<Wanted, 'timeout'>) => Date.now() + timeout * 60_000;
