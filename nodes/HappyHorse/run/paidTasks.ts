import { createHash } from 'node:crypto';

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ErrorDetails } from '../errors/errors';
import { HappyHorseError } from '../errors/errors';
import { lostBefore } from '../errors/messages';
import type { WaitMethod } from '../schema/limits';
import { runOf, storeOf } from './n8nInternals';

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
	cost?: { estimated?: number; atMost: number };
	/** Whether another execution started it, to which its callback goes. */
	isAdopted?: boolean;
}

/** Of each field that decides what is made: a mark of what stands in the form, and one of what the item gave. */
export type Asked = Record<string, { form: string; value: string }>;

/** What is known of an item: its task, that its request may have created one, or why there is none. */
interface Entry {
	asked?: Asked;
	/** Tasks that this execution has created for the item. */
	created: number;
	task?: PaidTask;
	isLost?: boolean;
	refusal?: ErrorDetails;
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
	/** Names the nap, while the execution is parked. */
	nap?: string;
}

const KEY = 'happyHorseTasks';

/** The page that n8n keeps in its data for the node. */
export const pageIn = (store: IDataObject) => store[KEY] as Page | undefined;

const MARK = 8;

const markOf = (value: unknown) =>
	createHash('sha256')
		.update(JSON.stringify(value) ?? '')
		.digest('base64url')
		.slice(0, MARK);

/** Marks of what an item asks for: of each field what stands in the form, and what its expressions give for this item. */
export function askedOf(form: IDataObject, values: Record<string, unknown>): Asked {
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [
			name,
			{ form: markOf(form[name]), value: markOf(value) },
		]),
	);
}

/** A field asks for the same if nobody has changed it, whatever its expression gives now, or if it gives the same. */
const isSame = (one: Asked, other: Asked) =>
	Object.keys({ ...one, ...other }).every(
		(name) => one[name]?.form === other[name]?.form || one[name]?.value === other[name]?.value,
	);

/** n8n's own bounds for Max. Tries. */
function maxTriesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail ? Math.min(5, Math.max(2, maxTries ?? 3)) : 1;
}

/**
 * What one run of the node has paid for, by item. n8n saves it with the execution, so it is the same for a first run,
 * another try of Retry On Fail, a wake-up, and n8n's Retry button, which begins a new execution with the data of the old
 * one. Another round of a loop and any other execution begin with an empty page.
 */
export class PaidTasks {
	/** Name of the nap from which n8n has just woken the node. */
	readonly wokenFrom?: string;

	/** Whether a user's Retry goes on with what another execution has paid for. */
	private readonly isRetried: boolean;

	private readonly page: Page;

	private readonly maxTries: number;

	/**
	 * @param isTool whether calls of an AI agent may share the page
	 */
	constructor(
		context: IExecuteFunctions,
		private readonly isTool: boolean,
	) {
		const store = storeOf(context);
		const run = runOf(context);
		const found = pageIn(store);
		// behind n8n's MCP Server Trigger there is no execution, and so no id
		const isOwn =
			found !== undefined && found.execution === run.execution && found.round === run.round;
		this.isRetried = !isOwn && found?.round === run.round && context.getMode() === 'retry';
		this.page = found && (isOwn || this.isRetried) ? found : { ...run, entries: {}, hints: [] };
		if (isOwn) this.wokenFrom = this.page.nap;
		if (this.isRetried) for (const entry of Object.values(this.page.entries)) entry.created = 0;
		Object.assign(this.page, run);
		delete this.page.nap;
		store[KEY] = this.page;
		this.maxTries = maxTriesOf(context);
	}

	/** What lasts beside the tasks. */
	get lasting(): Pick<Page, 'hints' | 'maxConcurrency' | 'continues' | 'nap'> {
		return this.page;
	}

	/**
	 * What is known of an item. A wake-up goes on with all of it. Another try goes on with tasks that did not fail, and
	 * with failed ones once they were made as often as n8n's Max. Tries allows.
	 *
	 * @param asked what the item asks for now: needed after a user's Retry and for a tool, where nothing is known without
	 */
	find(item: number, asked?: Asked): Entry | undefined {
		if ((this.isRetried || this.isTool) && !asked) return undefined;
		const entry = this.page.entries[this.keyOf(item, asked)];
		if (!entry) return undefined;
		if (this.isRetried && entry.asked && asked && !isSame(entry.asked, asked)) return undefined;
		if (this.wokenFrom !== undefined || entry.isLost) return entry;
		const isMadeAnew = entry.task?.status === 'failed' && entry.created < this.maxTries;
		return entry.task && !isMadeAnew ? entry : undefined;
	}

	/**
	 * The task of an item that something is known of.
	 *
	 * @throws HappyHorseError with the reason why there is none
	 */
	taskOf(item: number, asked?: Asked): { task: PaidTask } {
		const { task, refusal } = this.find(item, asked) ?? {};
		if (task) return { task };
		throw this.wokenFrom !== undefined && refusal ? new HappyHorseError(refusal) : lostBefore();
	}

	/** Notes an item's task, and for what it was created. */
	note(item: number, task: PaidTask, asked?: Asked): void {
		const key = this.keyOf(item, asked);
		const before = this.page.entries[key]?.created ?? 0;
		this.page.entries[key] = { asked, created: before + 1, task };
	}

	/** Notes that a task may have been created whose id nobody knows. */
	noteLost(item: number, refusal: ErrorDetails, asked: Asked): void {
		this.page.entries[this.keyOf(item, asked)] = { asked, created: 1, isLost: true, refusal };
	}

	/** Notes why an item has no task, for the wake-ups to come. */
	noteRefusal(item: number, refusal: ErrorDetails): void {
		this.page.entries[this.keyOf(item)] ??= { created: 0, refusal };
	}

	/** After a user's Retry, what is wanted of a task is what the user says now. */
	adopt(item: number, { asked, ...now }: { asked: Asked; wanted: Wanted; output?: IDataObject }) {
		const entry = this.page.entries[this.keyOf(item, asked)];
		if (!this.isRetried || !entry?.task) return;
		Object.assign(entry.task, now, { until: untilOf(now.wanted), isAdopted: true });
		entry.asked = asked;
	}

	/** All tasks of the run, each with its item. */
	all(): Array<[number, PaidTask]> {
		return Object.entries(this.page.entries).flatMap(([key, { task }]) =>
			task ? [[Number.parseInt(key, 10), task] satisfies [number, PaidTask]] : [],
		);
	}

	/** Once a run has delivered everything, the same request is a new one. */
	clear(): void {
		Object.assign(this.page, { entries: {}, hints: [] });
	}

	/** Notes a sentence for the user, to be shown beside the output. */
	hint(sentence: string): void {
		if (!this.page.hints.includes(sentence)) this.page.hints.push(sentence);
	}

	private keyOf(item: number, asked?: Asked): string {
		return this.isTool ? `${item} ${markOf(Object.values(asked ?? {}))}` : String(item);
	}
}

/** Unix milliseconds at which a wait that begins now ends. */
export const untilOf = ({ timeout }: Pick<Wanted, 'timeout'>) => Date.now() + timeout * 60_000;
