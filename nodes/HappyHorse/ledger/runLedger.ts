import type { IDataObject } from 'n8n-workflow';

import type { ErrorDetails } from '../errors/errors';
import { isOver } from '../contract/responses';
import type { Cause } from './cause';
import { hashOf, isSame } from './fingerprint';
import type { AgentTry, Entry, Fingerprint, Ledger, PaidTask, TaskSettings } from './ledger';
import { deadlineOf, VERSION } from './ledger';

type TaskOfItem = [item: number, task: PaidTask];

/** A ledger with nothing in it. */
export const blankLedger = (run: Pick<Ledger, 'executionId' | 'runIndex'>): Ledger => ({
	...{ version: VERSION, ...run },
	entries: {},
	hints: [],
});

const itemOf = (key: string) => Number.parseInt(key, 10);

/** A request that is reserved or on its way, by this or another call of the same process. */
const isInFlight = ({ attempt, isOfPriorExecution }: Entry) =>
	attempt !== undefined && attempt.state !== 'lost' && !isOfPriorExecution;

const mayHaveTask = ({ attempt }: Entry) => attempt !== undefined && attempt.state !== 'reserved';

/** The ledger as one run of the node uses it: queries, then the commands that change it. */
export class RunLedger {
	/** Keys of a tool's entries that this call has taken, by item. */
	private readonly taken = new Map<number, string>();

	/**
	 * @param data changed in place
	 * @param calls of an AI agent's tool, by item: a hash of the call
	 * @param agentTry the agent's, where n8n tells
	 */
	constructor(
		readonly data: Ledger,
		private readonly runIndex: number,
		private readonly calls?: string[],
		private readonly agentTry?: AgentTry,
	) {}

	/**
	 * The entry of an item. An agent's tool goes on with that of the same call, when n8n tries it again, or else with one
	 * that an earlier call for exactly the same has left unanswered.
	 *
	 * @param fingerprint needed for a tool, which has none without
	 */
	entryOf(item: number, fingerprint?: Fingerprint): Entry | undefined {
		if (!this.calls) return this.data.entries[String(item)];
		const key = fingerprint && this.findCall(item, fingerprint);
		return key === undefined ? undefined : this.data.entries[key];
	}

	/** All tasks of the run, each with its item. */
	tasks(): TaskOfItem[] {
		return Object.entries(this.data.entries).flatMap(([key, { task }]): TaskOfItem[] =>
			task ? [[itemOf(key), task]] : [],
		);
	}

	/** Items whose request may have created a task that nobody knows. */
	lostItems(): number[] {
		return Object.entries(this.data.entries)
			.filter(([, entry]) => mayHaveTask(entry))
			.map(([key]) => itemOf(key));
	}

	/** Credits that the run has paid, may have paid or has reserved, at most. Failed tasks were refunded, unless they may be charged. */
	spent(): number {
		return Object.values(this.data.entries).reduce(
			(sum, { task, attempt }) =>
				sum +
				(attempt?.credits ?? 0) +
				(task && (task.status !== 'failed' || task.mayBeCharged) ? (task.cost?.atMost ?? 0) : 0),
			0,
		);
	}

	/** Tells whether nothing was sent yet that may be charged. Other calls of an agent don't count. */
	get isBlank(): boolean {
		return Object.entries(this.data.entries).every(
			([key, entry]) =>
				!this.isOfRun(key) || (entry.created === 0 && !entry.task && !mayHaveTask(entry)),
		);
	}

	/** Starts this run of the node: what an earlier one has left open is closed, and a prior execution's entries are marked. */
	begin(cause: Cause, executionId: string, isRetry: boolean): void {
		const { data } = this;
		const isOfPriorExecution = data.executionId !== executionId && isRetry;
		for (const entry of Object.values(data.entries)) {
			if (cause !== 'toolCall' && entry.attempt?.state === 'reserved') delete entry.attempt;
			if (isOfPriorExecution)
				// an agent that is retried asks again for what it was answered
				Object.assign(entry, { created: 0, isOfPriorExecution, isAnswered: false });
		}
		delete data.suspension;
		Object.assign(data, { executionId, runIndex: this.runIndex });
	}

	/** Takes back the answers that a run of an agent got which failed. */
	forgetAnswers(hasFailed: (answeredTo: AgentTry) => boolean): void {
		for (const entry of Object.values(this.data.entries))
			if (entry.answeredTo && hasFailed(entry.answeredTo)) entry.isAnswered = false;
	}

	/** Counts a request against the budget before it is sent. */
	reserve(item: number, fingerprint: Fingerprint, credits: number | undefined): void {
		this.update(item, fingerprint, { attempt: { state: 'reserved', credits } });
	}

	/** Gives back what was reserved for requests that were not sent: of these items, or of all. */
	release(items?: number[]): void {
		for (const [key, entry] of Object.entries(this.data.entries)) {
			const isMeant = this.isTaken(key) && (!items || items.includes(itemOf(key)));
			if (entry.attempt?.state === 'reserved' && isMeant) delete entry.attempt;
		}
	}

	/** Notes that a request is about to leave, so that whoever finds the ledger knows that a task may exist. */
	sent(item: number, fingerprint: Fingerprint, credits: number | undefined): void {
		this.update(item, fingerprint, { attempt: { state: 'sent', credits }, refusal: undefined });
	}

	/** Notes that a request has surely created nothing. */
	notSent(item: number, fingerprint: Fingerprint): void {
		this.update(item, fingerprint, { attempt: undefined });
	}

	/** Notes an item's new task. */
	created(item: number, fingerprint: Fingerprint, task: PaidTask): void {
		const created = (this.entryAt(item, fingerprint)?.created ?? 0) + 1;
		this.update(item, fingerprint, { task, created, attempt: undefined, refusal: undefined });
	}

	/** Notes that a request may have created a task whose id nobody knows. */
	answerLost(item: number, fingerprint: Fingerprint, reason: ErrorDetails): void {
		const credits = this.entryAt(item, fingerprint)?.attempt?.credits;
		const created = (this.entryAt(item, fingerprint)?.created ?? 0) + 1;
		this.update(item, fingerprint, { attempt: { state: 'lost', credits, reason }, created });
	}

	/**
	 * Records why an item has no task, so that later resumes report the same reason. A task that is paid for stays.
	 *
	 * @param fingerprint of the request, where it was read
	 */
	refused(item: number, refusal: ErrorDetails, fingerprint?: Fingerprint): void {
		const { entries } = this.data;
		if (this.calls) return this.release();
		const { [String(item)]: entry } = entries;
		const isOfSame = !fingerprint || isSame(entry?.fingerprint ?? {}, fingerprint);
		const isPaid = entry?.task && entry.task.status !== 'failed' && isOfSame;
		if (entry && (mayHaveTask(entry) || isPaid)) return;
		entries[String(item)] = { created: entry?.created ?? 0, refusal };
	}

	/** For a task started by an earlier execution or tool call, the current settings win. */
	adopt(
		item: number,
		fingerprint: Fingerprint,
		{ settings, output }: { settings: TaskSettings; output?: IDataObject },
	): void {
		const entry = this.entryAt(item, fingerprint);
		if (!entry || !(entry.isOfPriorExecution || this.calls)) return;
		Object.assign(entry, { fingerprint, isOfPriorExecution: undefined });
		if (entry.task)
			Object.assign(entry.task, {
				...{ settings, output, deadline: deadlineOf(settings) },
				isAdopted: true,
			});
	}

	/** Notes that an agent gets its answer: the same request in another call is a new one. */
	answered(): void {
		// a request that may have created a task is not over, whatever became of an earlier one
		for (const [key, entry] of Object.entries(this.data.entries))
			if (this.isTaken(key))
				Object.assign(entry, {
					isAnswered: entry.task && isOver(entry.task) && !mayHaveTask(entry),
					answeredTo: this.agentTry,
				});
	}

	/** Parks the run: a callback finds its tasks by the suspension. */
	suspend(suspension: Ledger['suspension'], continues: boolean): void {
		Object.assign(this.data, { suspension, continues });
	}

	/** Adds a sentence to show beside the output. */
	hint(sentence: string): void {
		if (!this.data.hints.includes(sentence)) this.data.hints.push(sentence);
	}

	private isTaken(key: string): boolean {
		return !this.calls || [...this.taken.values()].includes(key);
	}

	private isOfRun(key: string): boolean {
		return !this.calls || this.isTaken(key) || key.split(' ')[1] === String(this.runIndex);
	}

	private entryAt(item: number, fingerprint: Fingerprint): Entry | undefined {
		return this.data.entries[this.take(item, fingerprint)];
	}

	private update(item: number, fingerprint: Fingerprint, changes: Partial<Entry>): void {
		const key = this.take(item, fingerprint);
		const { [key]: before } = this.data.entries;
		// an edited request has nothing to do with the task of the one before, which its own execution names
		const isKept = before && isSame(before.fingerprint ?? fingerprint, fingerprint);
		this.data.entries[key] = {
			created: 0,
			...(isKept && before),
			...changes,
			...{ fingerprint, isOfPriorExecution: undefined },
		};
	}

	private keyOfCall = (item: number) => `${item} ${this.runIndex} ${this.calls?.[item]}`;

	/** Tells whether the agent has received an entry's result, which it forgets where n8n tries it again. */
	private hasAnswer({ isAnswered = false, answeredTo }: Entry): boolean {
		const { agentTry } = this;
		const isTriedAgain =
			agentTry &&
			answeredTo?.run === agentTry.run &&
			answeredTo.try !== agentTry.try &&
			(agentTry.turn ?? 0) <= (answeredTo.turn ?? 0);
		return isAnswered && !isTriedAgain;
	}

	private findCall(item: number, fingerprint: Fingerprint): string | undefined {
		const { entries } = this.data;
		const taken = this.taken.get(item);
		if (taken !== undefined) return taken;
		const isFree = (key: string) => itemOf(key) === item && !isInFlight(entries[key]);
		const keys = Object.keys(entries).filter(isFree);
		const own = this.keyOfCall(item);
		const isTriedAgain = (key: string) =>
			key.startsWith(own) &&
			!entries[key].isOfPriorExecution &&
			isSame(entries[key].fingerprint ?? {}, fingerprint);
		const isUnanswered = (key: string) =>
			!this.hasAnswer(entries[key]) && hashOf(entries[key].fingerprint) === hashOf(fingerprint);
		return keys.find(isTriedAgain) ?? keys.find(isUnanswered);
	}

	/** The key of an item's entry. An agent's call takes the entry that it goes on with, and never another call's. */
	private take(item: number, fingerprint: Fingerprint): string {
		if (!this.calls) return String(item);
		const taken = this.taken.get(item);
		if (taken !== undefined) return taken;
		const { entries } = this.data;
		const found = this.findCall(item, fingerprint);
		let key = this.keyOfCall(item);
		while (key !== found && key in entries) key += '+';
		if (found !== undefined && found !== key) {
			entries[key] = entries[found];
			delete entries[found];
		}
		this.taken.set(item, key);
		return key;
	}
}
