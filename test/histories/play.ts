/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only, where n8n's engine is at hand */
import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { IExecuteFunctions, INode } from 'n8n-workflow';

import type { RequestEntry, Sandbox, SandboxTask } from '../sandbox';
import { startSandbox } from '../sandbox';
import type { Outcome, Setup } from '../support/engine';
import { prepareEngine, retryByHand, startNode } from '../support/engine';
import { ParkedBench } from '../support/webhook';
import { Clock } from './clock';
import type { Call, Course, History } from './history';
import { wrongOf } from './history';
import { Wire } from './wire';

/** One execution of n8n, from its start to its end, however often it was parked. */
export interface Execution {
	/** As the user changed the prompt before it; 0 where nobody did. */
	edit: number;
	outcome: Outcome;
	/** Tasks that it has created. */
	tasks: SandboxTask[];
	wasStopped: boolean;
}

/** A request to create a task, and what is known of what became of it by the contract alone. */
export interface Post {
	at: number;
	prompt: string;
	/** Whether it may have created a task without giving its id. */
	isLost: boolean;
}

/** All that happened. */
export interface Played {
	executions: Execution[];
	posts: Post[];
	requests: RequestEntry[];
	/** What n8n's log says. */
	log: string;
	/** That it did not end, if so. */
	stuck?: string;
}

const SECOND = 1_000;
const PRICE = 137.5;

/** When nothing is said of a task. */
const USUAL: Course = { seconds: 20, fails: false, lag: 0 };

/** Where histories are played, one after the other. */
export class Stage {
	private readonly clock = new Clock();

	private readonly wire = new Wire();

	private sandbox!: Sandbox;

	private log: string[] = [];

	async open(): Promise<void> {
		await prepareEngine();
		// the storage of files is not what this is about
		jest
			.spyOn(Container.get(BinaryDataService), 'store')
			.mockImplementation(async (_location, body, binary) => {
				let bytes = 0;
				for await (const chunk of body as AsyncIterable<Buffer>) bytes += chunk.length;
				return { ...binary, bytes };
			});
		this.sandbox = await startSandbox({ listen: this.wire.listen, callsBack: false });
	}

	async close(): Promise<void> {
		await this.sandbox.close();
	}

	async play(history: History): Promise<Played> {
		const { clock, wire, sandbox } = this;
		clock.start(history.seed);
		wire.plugIn();
		this.log = [];
		try {
			const lost = this.prepare(history);
			const { executions, stuck } = await this.live(history);
			const posts = sandbox.requests
				.filter(({ method }) => method === 'POST')
				.map(
					(entry): Post => ({
						at: entry.at,
						prompt: promptOf(entry.body),
						isLost: lost.has(entry.body),
					}),
				);
			return {
				executions,
				posts,
				requests: [...sandbox.requests],
				log: this.log.join('\n'),
				stuck,
			};
		} finally {
			sandbox.reset();
			wire.unplug();
			clock.stop();
		}
	}

	/**
	 * Tells the sandbox how everything goes.
	 *
	 * @returns the bodies of requests that may have created a task without giving its id
	 */
	private prepare({ troubles, courses }: History): Set<unknown> {
		const lost = new Set<unknown>();
		for (const { on, what, skip, times } of troubles) {
			const { fault } = wrongOf(what);
			const { effect, ...plain } = fault;
			let seen = 0;
			const match = (entry: Pick<RequestEntry, 'body'>) => {
				const isHit = seen >= skip && seen < skip + times;
				seen++;
				if (isHit && on === 'create' && !wrongOf(what).provesNothingDone) lost.add(entry.body);
				return isHit;
			};
			this.sandbox.fault({ on, match, ...plain, ...(on === 'create' && { effect }) });
		}
		for (const { seconds, fails, lag } of [...courses, USUAL])
			this.sandbox.outcome({
				...(courses.length > 0 && { times: 1 }),
				taskMs: seconds * SECOND,
				lagMs: lag * SECOND,
				...(fails && { status: 'failed' as const }),
			});
		this.sandbox.outcome({ taskMs: USUAL.seconds * SECOND });
		return lost;
	}

	private setupFor(history: History, edit: number): Setup {
		const { fields, budget, tries } = history;
		const { log } = this;
		const item = '{{ $itemIndex }}';
		const prompt = {
			'the same for all items': `Horses ${edit}`,
			'one for each item': `=Horse ${item} ${edit}`,
			'something else each time': `=Horse ${item} ${edit} {{ Math.random() }}`,
		}[fields];
		const settings: Partial<INode> = {
			onError: history.onError,
			...(tries > 1 && { retryOnFail: true, maxTries: tries, waitBetweenTries: SECOND }),
		};
		const logger = Object.fromEntries(
			['debug', 'info', 'warn', 'error'].map((level) => [level, (text: string) => log.push(text)]),
		);
		return {
			baseUrl: this.sandbox.url,
			items: Array.from({ length: history.items }, () => ({ json: {} })),
			settings,
			without: { logger: { value: logger as unknown as IExecuteFunctions['logger'] } },
			parameters: {
				...{ resource: 'video', operation: 'textToVideo', prompt },
				duration: history.isPriceRandom ? '={{ [3, 5, 15][Math.floor(Math.random() * 3)] }}' : 5,
				waitMethod: history.waitMethod,
				waitForCompletion: history.waits,
				downloadVideo: history.download,
				options: {
					timeout: history.timeout,
					maxConcurrency: history.maxConcurrency,
					checkBalance: history.checkBalance,
					...(budget !== undefined && { maxCredits: budget * PRICE }),
				},
			},
		};
	}

	private async live(history: History): Promise<Pick<Played, 'executions' | 'stuck'>> {
		const executions: Execution[] = [];
		let edit = 0;
		const before = () => executions.flatMap(({ tasks }) => tasks);
		const keep = (outcome: Outcome, wasStopped: boolean) => {
			const tasks = [...this.sandbox.tasks.values()].filter((task) => !before().includes(task));
			executions.push({ edit, outcome, tasks, wasStopped });
		};
		try {
			const { outcome, wasStopped } = await this.first(history);
			keep(await this.toItsEnd(history, outcome, wasStopped), wasStopped);
			for (const how of history.retries) {
				const last = executions[executions.length - 1];
				if (last.outcome.run.status !== 'error') break;
				if (how === 'with another prompt') edit++;
				const again = retryByHand(last.outcome, this.setupFor(history, edit));
				keep(await this.toItsEnd(history, await this.clock.until(again), false), false);
			}
			return { executions };
		} catch (error) {
			return { executions, stuck: String(error) };
		}
	}

	private async first(history: History) {
		const { outcome, cancel } = startNode(this.setupFor(history, 0));
		let wasStopped = false;
		let isOver = false;
		outcome.then(
			() => (isOver = true),
			() => (isOver = true),
		);
		const { stopAfter } = history;
		if (stopAfter !== undefined)
			setTimeout(() => {
				if (isOver) return;
				wasStopped = true;
				cancel();
			}, stopAfter * SECOND);
		const ended = await this.clock.until(outcome);
		return { outcome: ended, wasStopped };
	}

	/** Lets a parked execution go on, by callbacks and by time, until it ends. */
	private async toItsEnd(history: History, parked: Outcome, wasStopped: boolean): Promise<Outcome> {
		let outcome = parked;
		for (let naps = 0; outcome.run.status === 'waiting' && !wasStopped; naps++) {
			if (naps > 200) throw new Error('It naps without end');
			const bench = new ParkedBench(this.sandbox.url, outcome);
			outcome = await this.wake(history, bench);
		}
		return outcome;
	}

	private async wake({ calls, wakesTwice }: History, bench: ParkedBench): Promise<Outcome> {
		const { clock } = this;
		const parkedAt = Date.now();
		const sorted = [...calls].sort((one, other) => one.after - other.after);
		for (const call of sorted) {
			const at = parkedAt + call.after * SECOND;
			if (at >= bench.wakesAt) break;
			await clock.to(at);
			const received = await this.receive(bench, call);
			if (!received?.result.workflowData) continue;
			return await clock.until(bench.goOn(received));
		}
		// n8n looks once a minute, and wakes what is due
		await clock.to(bench.wakesAt);
		const outcome = await clock.until(bench.wakeUp());
		if (wakesTwice) await clock.until(bench.wakeUp());
		return outcome;
	}

	private async receive(bench: ParkedBench, { task: index, isEarly }: Call) {
		const task = [...this.sandbox.tasks.values()][index];
		if (!task || (!isEarly && !task.completedAt)) return undefined;
		const { id, status } = task;
		const body = { id, status: status === 'failed' ? status : 'completed' };
		const headers = { 'content-type': 'application/json', 'x-task-id': id };
		return await this.clock.until(bench.receive({ headers, body }));
	}
}

const promptOf = (body: unknown) =>
	typeof body === 'object' && body && 'input' in body
		? String((body.input as Record<string, unknown>).prompt)
		: '';
