import { createHash } from 'node:crypto';

import type { IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { z } from 'zod';

import { BoundedMap } from '../common/boundedMap';
import { LIMITS } from '../contract/limits';
import type { Task } from '../contract/responses';
import { KeyedMutex } from './keyedMutex';

const { max: MOST_TASKS, days: MOST_DAYS } = LIMITS.startedTasks;

/**
 * Milliseconds for which a start is saved once more with each later one, since another callback, or another process, may
 * have saved what it had loaded before. HappyHorse delivers a callback for 13 minutes at most.
 */
const OVERLAP_MS = 15 * 60_000;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Characters of a task's digest: 48 bits of a hash, so that thousands take some kilobytes of the workflow. */
const DIGEST_LENGTH = 8;
const KEY = 'happyHorseTasks';

/** The digests of each day's tasks, one behind the other. */
const storedSchema = z.object({ days: z.record(z.string()) });

interface Start {
	trigger: string;
	digest: string;
	/** Unix milliseconds. */
	at: number;
	/** Whether n8n has saved it, as 2.x does once it has started the run; until then it may fail to. */
	isDone: boolean;
}

/** Milliseconds that n8n has for saving where no answer tells that it has saved. */
const SAVING_MS = 200;

/** Saves of one trigger take turns: they may get to the database in any order, and what comes last is what it has. */
const saves = new KeyedMutex();

/** Runs that this process has started or is about to, by trigger and task. */
const starts = new BoundedMap<Start>(MOST_TASKS);

const digestOf = (taskId: string) =>
	createHash('sha256').update(taskId).digest('base64url').slice(0, DIGEST_LENGTH);

/** Tells triggers apart. */
export const triggerOf = (context: IWebhookFunctions) =>
	`${context.getWorkflow().id ?? ''}:${context.getNode().id}`;

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** The first day that is remembered. */
const oldestDay = () => dayOf(Date.now() - MOST_DAYS * DAY_MS);

function digestsOf(stored: unknown): Map<string, string> {
	const kept = storedSchema.safeParse(stored);
	const oldest = oldestDay();
	const days = Object.entries(kept.success ? kept.data.days : {})
		.filter(([day]) => day >= oldest)
		.sort(([a], [b]) => (a < b ? -1 : 1));
	const digests = new Map<string, string>();
	for (const [day, text] of days)
		for (let at = 0; at < text.length; at += DIGEST_LENGTH)
			digests.set(text.slice(at, at + DIGEST_LENGTH), day);
	return digests;
}

/**
 * Which tasks have started a run of one trigger. n8n keeps it with the workflow, but loads that for each callback and
 * saves it only later, 2.x once the run was started; for those that come at the same moment there is the memory of the process.
 */
export class DedupStore {
	private readonly trigger: string;

	private readonly store: Record<string, unknown>;

	/** Each digest that was loaded, with its day, the oldest first. */
	private readonly digests: Map<string, string>;

	constructor(private readonly context: IWebhookFunctions) {
		this.trigger = triggerOf(context);
		this.store = context.getWorkflowStaticData('node');
		this.digests = digestsOf(this.store[KEY]);
	}

	/** Whether a run was started for the task, or is being started. */
	has(taskId: string): boolean {
		const digest = digestOf(taskId);
		return starts.has(this.keyOf(digest)) || this.digests.has(digest);
	}

	/** Whether a task ended before what is remembered, so that nobody knows whether it has had its run. */
	isTooOld({ completed_at: completedAt, created_at: createdAt }: Task): boolean {
		// a failed one has no other time
		const seconds = completedAt ?? createdAt;
		if (seconds === undefined) return false;
		const [firstKept] = this.digests.size >= MOST_TASKS ? this.digests.values() : [];
		return dayOf(seconds * 1_000) < (firstKept ?? oldestDay());
	}

	/**
	 * Notes that a run is to be started for the task. It is forgotten again if n8n then answers that it could not, which
	 * 1.x can't say, as it answers first.
	 *
	 * @returns false if a copy of the callback was faster
	 */
	claim(taskId: string): boolean {
		if (this.has(taskId)) return false;
		const digest = digestOf(taskId);
		const key = this.keyOf(digest);
		starts.set(key, { trigger: this.trigger, digest, at: Date.now(), isDone: false });
		const response = this.context.getResponseObject();
		response.once('close', () => {
			if (response.statusCode >= 300) starts.delete(key);
		});
		return true;
	}

	/** Lets n8n save that the task has had its run, which is to be started right after this. */
	async commit(taskId: string): Promise<void> {
		const endOfSave = await saves.acquire(this.trigger);
		const response = this.context.getResponseObject();
		const isAnswered = response.headersSent || response.closed;
		// else n8n answers once it has saved
		if (!isAnswered) response.once('close', endOfSave);
		const daysNow = () => {
			const start = starts.get(this.keyOf(digestOf(taskId)));
			if (start) start.isDone = true;
			if (isAnswered) void sleep(SAVING_MS).then(endOfSave);
			return this.withStarts();
		};
		this.store[KEY] = {
			// read when n8n saves it
			get days() {
				return daysNow();
			},
		};
	}

	private keyOf(digest: string): string {
		return `${this.trigger} ${digest}`;
	}

	/** What is to be saved: also those of callbacks that had loaded the same, which would overwrite each other. */
	private withStarts(): Record<string, string> {
		const digests = new Map(this.digests);
		for (const { trigger, digest, at, isDone } of starts.values())
			if (isDone && at > Date.now() - OVERLAP_MS && trigger === this.trigger)
				digests.set(digest, dayOf(at));
		const days: Record<string, string> = {};
		for (const [digest, day] of [...digests].slice(-MOST_TASKS))
			days[day] = (days[day] ?? '') + digest;
		return days;
	}
}
