/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { randomUUID } from 'node:crypto';

import { deliver } from './callbacks';
import type { CreateRequest } from './contract';
import { priceOf, Refusal } from './contract';
import type { Delivery, LedgerEntry, SandboxTask, TaskOutcome } from './types';

interface Settings {
	credits: number;
	taskMs: number;
	inputVideoSeconds: number;
	timeScale: number;
	/** Where finished videos are, without a slash at the end. */
	fileUrl: () => string;
	/** Called after everything that happens to a task. */
	changed: (task: SandboxTask) => void;
}

const DEFAULT_FAILURE = { code: 'upstream_error', message: 'The provider could not make it.' };

/** The account and its tasks: charges, the passing of time, refunds, callbacks. */
export class TaskStore {
	readonly tasks = new Map<string, SandboxTask>();

	readonly ledger: LedgerEntry[] = [];

	readonly deliveries: Delivery[] = [];

	private outcomes: Array<{ rule: TaskOutcome; used: number }> = [];

	private readonly chosen = new Map<string, TaskOutcome>();

	private timers = new Set<NodeJS.Timeout>();

	private ended = new AbortController();

	constructor(private readonly settings: Settings) {}

	get balance(): number {
		return this.ledger.reduce(
			(sum, { kind, credits }) => sum + (kind === 'charge' ? -credits : credits),
			this.settings.credits,
		);
	}

	outcome(rule: TaskOutcome): void {
		this.outcomes.push({ rule, used: 0 });
	}

	/** @throws Refusal where the balance does not cover it */
	create({ mode, model, input, callbackUrl }: CreateRequest): SandboxTask {
		const credits = priceOf(mode, input, this.settings.inputVideoSeconds);
		if (credits > this.balance) throw new Refusal('insufficient_credits');
		const task: SandboxTask = {
			id: randomUUID(),
			mode,
			model,
			input,
			...(callbackUrl !== undefined && { callbackUrl }),
			status: 'pending',
			createdAt: Date.now(),
			creditsCharged: credits,
			creditsRefunded: 0,
			videoUrls: [],
			polls: [],
		};
		this.tasks.set(task.id, task);
		this.ledger.push({ kind: 'charge', credits, taskId: task.id, at: task.createdAt });
		const outcome = this.chooseOutcome(task);
		const taskMs = outcome.taskMs ?? this.settings.taskMs;
		this.after(taskMs / 3, () => {
			if (task.status === 'pending') task.status = 'processing';
			this.settings.changed(task);
		});
		this.after(taskMs, () => this.finish(task.id));
		this.settings.changed(task);
		return task;
	}

	private chooseOutcome(task: SandboxTask): TaskOutcome {
		const entry = this.outcomes.find(
			({ rule, used }) => used < (rule.times ?? Infinity) && (rule.match?.(task) ?? true),
		);
		if (!entry) return {};
		entry.used++;
		this.chosen.set(task.id, entry.rule);
		return entry.rule;
	}

	outcomeOf(taskId: string): TaskOutcome {
		return this.chosen.get(taskId) ?? {};
	}

	/** Ends a task, once: with a video, or with a refund. */
	finish(taskId: string): void {
		const task = this.tasks.get(taskId);
		if (!task || task.status === 'completed' || task.status === 'failed') return;
		const { status = 'completed', error = DEFAULT_FAILURE } = this.outcomeOf(taskId);
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
			const [day] = new Date(task.createdAt).toISOString().split('T');
			task.videoUrls = [
				`${this.settings.fileUrl()}/videos/${day.replaceAll('-', '/')}/${task.id}.mp4`,
			];
		}
		this.settings.changed(task);
		if (task.callbackUrl === undefined) return;
		const { signal } = this.ended;
		const answer = { id: task.id, body: this.answerFor(task), failed: status === 'failed' };
		void deliver(task.callbackUrl, answer, this.settings.timeScale, signal, (delivery) => {
			this.deliveries.push(delivery);
			this.settings.changed(task);
		});
	}

	/** The task as GET and callbacks show it (contract: "GET /v1/tasks/{taskId}", "Callback"). */
	answerFor(task: SandboxTask): object {
		const toSeconds = (ms: number) => Math.floor(ms / 1000);
		const head = { id: task.id, status: task.status, model: task.model };
		const times = { created_at: toSeconds(task.createdAt) };
		const answer = { ...head, ...times, ...this.endOf(task, toSeconds) };
		return this.outcomeOf(task.id).task?.(answer) ?? answer;
	}

	private endOf(task: SandboxTask, toSeconds: (ms: number) => number): object {
		if (task.status === 'failed') return { error: task.error };
		if (task.status !== 'completed') return { progress: null };
		const clip = Math.min(this.settings.inputVideoSeconds, 15);
		return {
			completed_at: toSeconds(task.completedAt ?? 0),
			output: {
				urls: task.videoUrls,
				metadata: {
					usage: {
						video_count: 1,
						video_duration: task.mode === 'editVideo' ? clip : (task.input.duration ?? 5),
						video_ratio: task.input.aspect_ratio ?? '16:9',
					},
				},
			},
		};
	}

	private after(ms: number, work: () => void): void {
		const timer = setTimeout(() => {
			this.timers.delete(timer);
			work();
		}, ms);
		this.timers.add(timer);
	}

	/** Forgets everything; callbacks that are still to be delivered are not. */
	clear(): void {
		for (const timer of this.timers) clearTimeout(timer);
		this.timers.clear();
		this.ended.abort();
		this.ended = new AbortController();
		this.tasks.clear();
		this.chosen.clear();
		this.outcomes = [];
		this.ledger.length = 0;
		this.deliveries.length = 0;
	}
}
