/* eslint-disable @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { randomUUID } from 'node:crypto';

import { deliver } from './callbacks';
import { checkSize } from './content';
import type { CreateRequest } from './contract';
import { priceOf } from './contract';
import { newEra } from './era';
import { Refusal } from './errors';
import type { Fetched } from './media';
import { fetchMedia } from './media';
import { traitsOf } from './traits';
import type { Delivery, LedgerEntry, Outcome, SandboxOptions, SandboxTask } from './types';

type Numbers = Required<
	Pick<
		SandboxOptions,
		| 'credits'
		| 'taskMs'
		| 'inputVideoSeconds'
		| 'wholeSeconds'
		| 'timeScale'
		| 'leastAnswerMs'
		| 'callsBack'
	>
>;

interface Settings extends Numbers, Pick<SandboxOptions, 'onFinish' | 'onDelivery' | 'fetchMedia'> {
	/** Base of video URLs, without a trailing slash. */
	fileUrl: () => string;
	/** Called after every change of a task. */
	changed: () => void;
}

/** Longest timeout of a Node timer in milliseconds; a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

const toSeconds = (ms: number) => Math.floor(ms / 1000);

const DEFAULT_FAILURE = { code: 'upstream_error', message: 'The provider could not make it.' };

/** Milliseconds after completion at which a file that is gone has expired. */
const EXPIRED_MS = 25 * 60 * 60 * 1_000;

/** Account and tasks: charges, progress over time, refunds and callbacks. */
export class TaskStore {
	readonly tasks = new Map<string, SandboxTask>();

	readonly ledger: LedgerEntry[] = [];

	readonly deliveries: Delivery[] = [];

	private outcomes: Array<{ rule: Outcome; used: number }> = [];

	private readonly chosen = new Map<string, Outcome>();

	private timers = new Set<NodeJS.Timeout>();

	private era = newEra();

	constructor(private readonly settings: Settings) {}

	get balance(): number {
		return this.ledger.reduce(
			(sum, { kind, credits }) => sum + (kind === 'charge' ? -credits : credits),
			this.settings.credits,
		);
	}

	/** Account in the API's format (contract: "GET /v1/credits"). */
	get account(): object {
		const { credits } = this.settings;
		const { balance } = this;
		return { balance, total_purchased: credits, total_consumed: credits - balance };
	}

	/** @throws RangeError for an impossible file size */
	outcome(rule: Outcome): void {
		if (rule.fileBytes !== undefined) checkSize(rule.fileBytes);
		this.outcomes.push({ rule, used: 0 });
	}

	/** @throws Refusal if the balance does not cover the task */
	create({ mode, model, input, callbackUrl }: CreateRequest, apiKey: string): SandboxTask {
		const { inputVideoSeconds: exact, wholeSeconds } = this.settings;
		const seconds = wholeSeconds ? Math.ceil(exact) : exact;
		const credits = priceOf({ mode, model, input }, seconds);
		if (credits > this.balance) throw new Refusal('insufficient_credits');
		const task: SandboxTask = {
			id: randomUUID(),
			apiKey,
			mode,
			model,
			input,
			...(callbackUrl !== undefined && { callbackUrl }),
			status: 'pending',
			createdAt: Date.now(),
			creditsCharged: credits,
			creditsRefunded: 0,
			videoUrls: [],
			media: [],
			polls: [],
		};
		this.tasks.set(task.id, task);
		this.ledger.push({ kind: 'charge', credits, taskId: task.id, at: task.createdAt });
		const outcome = this.chooseOutcome(task);
		const taskMs = outcome.taskMs ?? this.settings.taskMs;
		this.after(taskMs / 3, () => {
			if (task.status === 'pending') task.status = 'processing';
			this.settings.changed();
		});
		const isChecked = this.settings.fetchMedia ? this.checkMedia(task) : undefined;
		this.after(taskMs, async () => {
			await isChecked;
			this.finish(task.id);
		});
		this.settings.changed();
		return task;
	}

	/** Fails a task whose images or clip break the contract. */
	private async checkMedia(task: SandboxTask): Promise<void> {
		const { signal } = this.era;
		const onFetched = (file: Fetched) => {
			task.media.push(file);
			this.settings.changed();
		};
		const message = await fetchMedia(task.mode, task.input, signal, onFetched);
		if (signal.aborted || message === undefined) return;
		this.chosen.set(task.id, { status: 'failed', error: { code: 'upstream_error', message } });
		this.finish(task.id);
	}

	private chooseOutcome(task: SandboxTask): Outcome {
		const entry = this.outcomes.find(
			({ rule, used }) => used < (rule.times ?? Infinity) && (rule.match?.(task) ?? true),
		);
		if (!entry) return {};
		entry.used++;
		this.chosen.set(task.id, entry.rule);
		return entry.rule;
	}

	outcomeOf(taskId: string): Outcome {
		return this.chosen.get(taskId) ?? {};
	}

	/** Finds a task as GET does: not yet if reads lag behind writes. */
	find(taskId: string): SandboxTask | undefined {
		const task = this.tasks.get(taskId);
		const { lagMs = 0 } = this.outcomeOf(taskId);
		return task && Date.now() - task.createdAt >= lagMs ? task : undefined;
	}

	/** Ends a task once, with a video or a refund. */
	finish(taskId: string): void {
		const task = this.tasks.get(taskId);
		if (!task || task.status === 'completed' || task.status === 'failed') return;
		const { status = 'completed', error = DEFAULT_FAILURE, videoUrls } = this.outcomeOf(taskId);
		task.status = status;
		task.completedAt = Date.now();
		if (status === 'failed') {
			task.error = error;
			task.creditsRefunded = task.creditsCharged;
			this.ledger.push({
				kind: 'refund',
				credits: task.creditsCharged,
				taskId,
				at: task.completedAt,
			});
		} else {
			task.video = traitsOf(task, this.settings.inputVideoSeconds);
			const [day] = new Date(task.createdAt).toISOString().split('T');
			task.videoUrls = videoUrls ?? [
				`${this.settings.fileUrl()}/videos/${day.replaceAll('-', '/')}/${task.id}.mp4`,
			];
		}
		this.settings.onFinish?.(task);
		this.settings.changed();
		if (this.settings.callsBack && task.callbackUrl !== undefined)
			this.callBack(task, task.callbackUrl);
	}

	private callBack(task: SandboxTask, url: string): void {
		const { signal } = this.era;
		const answer = { id: task.id, body: this.answerFor(task), failed: task.status === 'failed' };
		void deliver(url, answer, this.settings, signal, (delivery) => {
			this.deliveries.push(delivery);
			this.settings.onDelivery?.(delivery);
			this.settings.changed();
		});
	}

	/** Task in the format of GET and callbacks (contract: "GET /v1/tasks/{taskId}", "Callback"). */
	answerFor(task: SandboxTask): object {
		const head = { id: task.id, status: task.status, model: task.model };
		const times = { created_at: toSeconds(task.createdAt) };
		const answer = { ...head, ...times, ...this.endOf(task) };
		return this.outcomeOf(task.id).task?.(answer) ?? answer;
	}

	private endOf(task: SandboxTask): object {
		if (task.status === 'failed') return { error: task.error };
		if (task.status !== 'completed') return { progress: null };
		const { file, completedAgoMs = file === 'gone' ? EXPIRED_MS : 0 } = this.outcomeOf(task.id);
		return {
			completed_at: toSeconds((task.completedAt ?? 0) - completedAgoMs),
			output: {
				urls: task.videoUrls,
				metadata: {
					usage: {
						video_count: task.videoUrls.length,
						video_duration: task.video?.length,
						video_ratio: task.video?.ratio,
					},
				},
			},
		};
	}

	/** Finds the task whose video has this path on the file host. */
	ownerOfFile(path: string): SandboxTask | undefined {
		const url = this.settings.fileUrl() + path;
		return [...this.tasks.values()].find(({ videoUrls }) => videoUrls.includes(url));
	}

	private after(ms: number, work: () => void | Promise<void>): void {
		if (ms > LONGEST_TIMER) return;
		const timer = setTimeout(() => {
			this.timers.delete(timer);
			void work();
		}, ms).unref();
		this.timers.add(timer);
	}

	/** Forgets everything and cancels pending callbacks. */
	clear(): void {
		for (const timer of this.timers) clearTimeout(timer);
		this.timers.clear();
		this.era.abort();
		this.era = newEra();
		this.tasks.clear();
		this.chosen.clear();
		this.outcomes = [];
		this.ledger.length = 0;
		this.deliveries.length = 0;
	}
}
