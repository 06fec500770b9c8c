import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ErrorDetails } from '../errors/errors';
import { HappyHorseError } from '../errors/errors';
import { lostAnswerError } from '../errors/messages';
import { isOver } from '../contract/responses';
import type { Asked } from './fingerprint';
import { isSame, markOf } from './fingerprint';
import { runOf, storeOf } from '../n8n/internals';
import type { Entry, Page, PaidTask, Wanted } from './ledger';
import { KEY, pageIn, untilOf } from './ledger';
import { promise, promisedBy, settle } from './reservations';

/**
 * What one run of the node has paid for, by item. n8n saves it with the execution, so it is the same for a first run,
 * another try of Retry On Fail, a wake-up, and n8n's Retry button, which begins a new execution with the data of the old
 * one. Another round of a loop and any other execution begin with an empty page. All calls of an AI agent's tool share one.
 */
export class PaidTasks {
	/** Name of the nap from which n8n has just woken the node. */
	readonly wokenFrom?: string;

	private readonly maxTries: number;
	private page: Page;

	/** The page's may be of another call of an agent that began meanwhile. */
	private readonly round: number;

	/**
	 * @param isTool whether an AI agent calls the node
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly isTool: boolean,
	) {
		const run = runOf(context);
		this.round = run.round;
		const found = pageIn(storeOf(context));
		const isSameRound = found !== undefined && (isTool || found.round === run.round);
		const isOwn = isSameRound && found.execution === run.execution;
		const isRetried = isSameRound && !isOwn && context.getMode() === 'retry';
		const page = isOwn || isRetried ? found : { ...run, entries: {}, hints: [] };
		if (isOwn) this.wokenFrom = page.nap;
		if (isRetried)
			for (const entry of Object.values(page.entries))
				Object.assign(entry, { created: 0, isOfBefore: true });
		delete page.nap;
		delete page.until;
		this.page = this.keep(Object.assign(page, run));
		const { retryOnFail, maxTries = 3 } = context.getNode();
		this.maxTries = retryOnFail ? Math.min(5, Math.max(2, maxTries)) : 1; // as n8n bounds it
	}

	/** What lasts beside the tasks. */
	get lasting(): Page {
		return this.page;
	}

	/** Lets n8n save this page in place of the present one. */
	keep(page: Page): Page {
		storeOf(this.context)[KEY] = page;
		this.page = page;
		return page;
	}

	/**
	 * What is known of an item. A wake-up goes on with all of it. Another try goes on with tasks that did not fail, and
	 * with failed ones once they were made as often as n8n's Max. Tries allows.
	 *
	 * @param asked what the item asks for now: needed after a user's Retry and for a tool, where nothing is known without
	 */
	find(item: number, asked?: Asked): Entry | undefined {
		if (this.isTool && asked) this.takeOver(item, asked);
		const key = this.keyOf(item);
		const entry = this.isTool && !asked ? undefined : this.page.entries[key];
		if (entry?.isOfBefore) {
			if (!asked) return undefined;
			// changed by the user, so it is of no use here; the execution before names it
			if (entry.asked && !isSame(entry.asked, asked)) delete this.page.entries[key];
			if (!this.page.entries[key]) return undefined;
		}
		if (!entry || this.wokenFrom !== undefined || entry.isLost) return entry;
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
		throw this.wokenFrom !== undefined && refusal
			? new HappyHorseError(refusal)
			: lostAnswerError();
	}

	/** Counts what an item of an agent's call may cost against the budget of its other calls, until what became of it is noted. */
	promise(item: number, credits: number): void {
		promise(this.page, this, item, credits);
	}

	/** Notes an item's task, and for what it was created. */
	note(item: number, task: PaidTask, asked?: Asked): void {
		settle(this.page, this, item);
		const key = this.keyOf(item);
		const before = this.page.entries[key]?.created ?? 0;
		this.page.entries[key] = { asked, created: before + 1, task };
	}

	/** Notes that a task may have been created whose id nobody knows. */
	noteLost(item: number, refusal: ErrorDetails, asked: Asked, lostCredits?: number): void {
		settle(this.page, this, item);
		const lost = { isLost: true, lostCredits };
		this.page.entries[this.keyOf(item)] = { asked, created: 1, ...lost, refusal };
	}

	/** Notes why an item has no task, for the wake-ups to come; a task that failed before counts no more. */
	noteRefusal(item: number, refusal: ErrorDetails): void {
		settle(this.page, this, item);
		const { [this.keyOf(item)]: before } = this.page.entries;
		if (this.isTool || before?.isLost) return;
		this.page.entries[this.keyOf(item)] = { created: before?.created ?? 0, refusal };
	}

	/** Of a task that an execution or a tool's call before started, what is wanted is what is said now. */
	adopt(item: number, now: { asked: Asked; wanted: Wanted; output?: IDataObject }): void {
		const entry = this.page.entries[this.keyOf(item)];
		if (!entry || !(entry.isOfBefore || this.isTool)) return;
		const { asked, wanted, output } = now;
		Object.assign(entry, { asked, isOfBefore: undefined });
		if (!entry.task) return;
		Object.assign(entry.task, { wanted, output, until: untilOf(wanted), isAdopted: true });
	}

	/** Once an agent has its answer, the same request in another call is a new one. */
	answered(): void {
		for (const entry of this.own()) entry.isAnswered = entry.task && isOver(entry.task);
	}

	/** All tasks of the run, each with its item. */
	all(): Array<[number, PaidTask]> {
		return Object.entries(this.page.entries).flatMap(([key, { task }]) =>
			task ? [[Number.parseInt(key, 10), task] satisfies [number, PaidTask]] : [],
		);
	}

	/** Whether nothing was sent yet that may have been charged; other calls of an agent tell of themselves. */
	get isBlank(): boolean {
		return this.own().every(({ created, task, isLost }) => created === 0 && !task && !isLost);
	}

	/** Items whose request may have created a task that nobody knows. */
	lost(): number[] {
		const lost = Object.entries(this.page.entries).filter(([, { isLost }]) => isLost);
		return lost.map(([key]) => Number.parseInt(key, 10));
	}

	/** Credits that the run has paid, may have, or is about to, at most; what failed was refunded. */
	spent(): number {
		return Object.values(this.page.entries).reduce(
			(sum, { task, lostCredits = 0 }) =>
				sum + lostCredits + (task?.status === 'failed' ? 0 : (task?.cost?.atMost ?? 0)),
			promisedBy(this.page),
		);
	}

	/** Notes a sentence for the user, to be shown beside the output. */
	hint(sentence: string): void {
		if (!this.page.hints.includes(sentence)) this.page.hints.push(sentence);
	}

	/** Lets a call of an agent go on with what another one has begun for the same request and not answered. */
	private takeOver(item: number, asked: Asked): void {
		const { entries } = this.page;
		const key = this.keyOf(item);
		// the same call, tried again
		if (entries[key] && !entries[key].isOfBefore) return;
		const found = Object.keys(entries).find(
			(other) =>
				Number.parseInt(other, 10) === item &&
				!entries[other].isAnswered &&
				markOf(entries[other].asked) === markOf(asked),
		);
		const { [found ?? '']: entry } = entries;
		delete entries[found ?? key];
		if (entry) entries[key] = entry;
	}

	/** What is known of the run's items; of an agent's call, of its own. */
	private own(): Entry[] {
		const entries = Object.entries(this.page.entries);
		return entries.flatMap(([key, entry]) =>
			this.isTool && !key.endsWith(` ${this.round}`) ? [] : [entry],
		);
	}

	private keyOf(item: number): string {
		return this.isTool ? `${item} ${this.round}` : String(item);
	}
}
