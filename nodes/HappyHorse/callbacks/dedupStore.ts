import { createHash } from 'node:crypto';

import type { INode, IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { z } from 'zod';

import { BoundedMap } from '../common/boundedMap';
import { monotonicNow } from '../common/time';
import { LIMITS } from '../contract/limits';
import type { Task } from '../contract/responses';
import { computedWhenSaved, staticDataOfNode } from '../n8n/staticData';
import { KeyedMutex } from './keyedMutex';

const { max: MOST_TASKS, days: MOST_DAYS } = LIMITS.startedTasks;

/**
 * Milliseconds for which each later save repeats a start, since another callback or process may have overwritten it with
 * older data. HappyHorse delivers a callback for 13 minutes at most.
 */
const OVERLAP_MS = 15 * 60_000;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Characters of a task's digest: 48 bits, so that thousands take some kilobytes of the workflow. */
const DIGEST_LENGTH = 8;
const KEY = 'happyHorseTasks';

/** Digests of each day's tasks, concatenated. */
const storedSchema = z.object({ days: z.record(z.string(), z.string()) });

interface Start {
	workflow: string;
	trigger: string;
	node: Pick<INode, 'name' | 'id'>;
	digest: string;
	/** Time of the start in Unix milliseconds. */
	at: number;
	/** The same on the monotonic clock. */
	since: number;
	/** Set once n8n has saved it; 2.x does so after it has started the run, which may fail. */
	isDone: boolean;
}

/** Milliseconds that n8n gets to save if no answer shows that it has. */
const SAVING_MS = 200;

/** Serializes the saves of one workflow, which could reach the database in any order. */
const saves = new KeyedMutex();

/** Runs that this process has started or is about to start, by trigger and task. */
const starts = new BoundedMap<Start>(MOST_TASKS);

const digestOf = (taskId: string) =>
	createHash('sha256').update(taskId).digest('base64url').slice(0, DIGEST_LENGTH);

/** Key of a trigger. */
export const triggerOf = (context: IWebhookFunctions) =>
	`${context.getWorkflow().id ?? ''}:${context.getNode().id}`;

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** First day that is remembered. */
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
 * Dedup store of one trigger: the tasks that have started a run. It lives in the workflow's static data, which n8n loads
 * for each callback and saves later (2.x once the run has started); the process's memory covers callbacks in between.
 */
export class DedupStore {
	private readonly workflow: string;

	private readonly trigger: string;

	private readonly store: Record<string, unknown>;

	/** Loaded digests with their days, the oldest first. */
	private readonly digests: Map<string, string>;

	constructor(private readonly context: IWebhookFunctions) {
		this.workflow = context.getWorkflow().id ?? '';
		this.trigger = triggerOf(context);
		this.store = context.getWorkflowStaticData('node');
		this.digests = digestsOf(this.store[KEY]);
	}

	/** Tells whether the task has started a run, or is about to. */
	has(taskId: string): boolean {
		const digest = digestOf(taskId);
		return starts.has(this.keyOf(digest)) || this.digests.has(digest);
	}

	/** Tells whether a task ended before the oldest remembered one, so that it may have had its run. */
	isTooOld({ completed_at: completedAt, created_at: createdAt }: Task): boolean {
		// a failed task has no completion time
		const seconds = completedAt ?? createdAt;
		if (seconds === undefined) return false;
		const [firstKept] = this.digests.size >= MOST_TASKS ? this.digests.values() : [];
		return dayOf(seconds * 1_000) < (firstKept ?? oldestDay());
	}

	/**
	 * Claims the task for a run. Released if n8n then responds with an error, which 1.x can't, as it responds first.
	 *
	 * @returns false if a copy of the callback was faster
	 */
	claim(taskId: string): boolean {
		if (this.has(taskId)) return false;
		const digest = digestOf(taskId);
		const key = this.keyOf(digest);
		const { workflow, trigger } = this;
		const { name, id } = this.context.getNode();
		starts.set(key, {
			workflow,
			trigger,
			node: { name, id },
			digest,
			at: Date.now(),
			since: monotonicNow(),
			isDone: false,
		});
		const response = this.context.getResponseObject();
		response.once('close', () => {
			if (response.statusCode >= 300) starts.delete(key);
		});
		return true;
	}

	/** Lets n8n save that the task has had its run, which starts right after this. */
	async commit(taskId: string): Promise<void> {
		const endOfSave = await saves.acquire(this.workflow);
		const response = this.context.getResponseObject();
		const isAnswered = response.headersSent || response.closed;
		// otherwise n8n answers once it has saved
		if (!isAnswered) response.once('close', endOfSave);
		const daysNow = () => {
			const start = starts.get(this.keyOf(digestOf(taskId)));
			if (start) start.isDone = true;
			if (isAnswered) void sleep(SAVING_MS).then(endOfSave);
			return withStarts(this.digests, this.trigger);
		};
		this.store[KEY] = computedWhenSaved('days', daysNow);
		this.repeatOthers();
	}

	/** Adds what other triggers of the workflow have started: n8n saves their data too, as it loaded them for this one. */
	private repeatOthers(): void {
		const isOther = ({ workflow, trigger }: Start) =>
			workflow === this.workflow && trigger !== this.trigger;
		const others = new Map(
			recentStarts().flatMap((start) =>
				isOther(start) ? [[start.trigger, start.node] as const] : [],
			),
		);
		for (const [trigger, node] of others) {
			const store = staticDataOfNode(this.context, node);
			if (!store) continue;
			const digests = digestsOf(store[KEY]);
			store[KEY] = computedWhenSaved('days', () => withStarts(digests, trigger));
		}
	}

	private keyOf(digest: string): string {
		return `${this.trigger} ${digest}`;
	}
}

const recentStarts = () =>
	starts.values().filter(({ isDone, since }) => isDone && since > monotonicNow() - OVERLAP_MS);

/** Digests of a trigger to save, with those of callbacks that loaded the same data and would overwrite each other. */
function withStarts(loaded: Map<string, string>, ofTrigger: string): Record<string, string> {
	const digests = new Map(loaded);
	for (const { trigger, digest, at } of recentStarts())
		if (trigger === ofTrigger) digests.set(digest, dayOf(at));
	const days: Record<string, string> = {};
	for (const [digest, day] of [...digests].slice(-MOST_TASKS))
		days[day] = (days[day] ?? '') + digest;
	return days;
}
