/* eslint-disable @n8n/community-nodes/no-restricted-globals -- what people do at a time, for tests */
import type { IRun, IRunExecutionData } from 'n8n-workflow';

import type { RequestEntry, Sandbox, SandboxTask } from '../../sandbox';
import type { Outcome, Package, SavedError, StartedRun } from '../../support/engine';
import { buildWorkflow, startNode, startRetry } from '../../support/engine';
import { ParkedBench } from '../../support/webhook';
import type { Clock } from '../../support/clock';
import type { Call, History, Kill } from './history';
import { Process } from './process';
import type { Workflow } from './setup';
import { apiKeyOf, edit, SECOND, setupFor } from './setup';

/** One execution of n8n, from its start to its end, however often it was parked; or what of one a kill has cut off. */
export interface Execution {
	/** The number of what its user wanted: a Retry is still the same, a new start is not. */
	intent: number;
	workflow: Workflow;
	/** Unix milliseconds. What n8n has of it from before that is of the execution that was retried. */
	startedAt: number;
	/** As n8n has it at its end; undefined where it has nothing. */
	outcome?: Outcome;
	/** Tasks that it has created. */
	tasks: SandboxTask[];
	/** What it has sent to create them. */
	posts: RequestEntry[];
	wasStopped: boolean;
	/** Whether nothing is known any more of what is in here. */
	isCutOff: boolean;
	/** Requests whose answer a kill has kept from it. */
	unanswered: number;
}

/** How an execution has ended. */
interface End {
	/** What Retry goes on with, if anything. */
	saved?: Pick<Outcome, 'run'>;
	/** Whether n8n has saved with it what was paid for. */
	isKnown?: boolean;
	kill?: Kill;
}

interface World {
	clock: Clock;
	sandbox: Sandbox;
	/** Gives the package as a new process loads it. */
	load: () => Package;
	log: (text: string) => void;
}

/** Field of the items that come out of a sub-workflow. */
export const OF_CHILD = 'isOfChild';

/** The service delivers a callback at most as often. */
const MOST_ATTEMPTS = 3;

/** Parked data as n8n saves them when a sub-workflow ends (workflow-helpers.js, updateParentExecutionWithChildResults). */
function withItemsOfChild({ run }: Outcome): IRunExecutionData {
	const data: IRunExecutionData = JSON.parse(JSON.stringify(run.data));
	const [entry] = data.executionData?.nodeExecutionStack ?? [];
	entry.data = { main: [[{ json: { [OF_CHILD]: true } }]] };
	return data;
}

/** What the user and n8n do to executions of one workflow. */
export class Executions {
	readonly all: Execution[] = [];

	private workflow: Workflow;

	private intent = 0;

	private process!: Process;

	private readonly kills: Kill[];

	private kill?: Kill;

	private killed?: Kill;

	/** Requests that leave before a kill. */
	private left = 0;

	private restarts: number;

	private breakdowns: number;

	private childEnds?: number;

	private run?: StartedRun;

	private wasStopped = false;

	private startedAt = 0;

	/** What n8n saves after a node. */
	private progress?: string;

	/** How often each callback has come. */
	private readonly attempts = new Map<Call, number>();

	private readonly seen = new Set<SandboxTask | RequestEntry>();

	constructor(
		private readonly history: History,
		private readonly world: World,
	) {
		const { waitMethod, onError } = history;
		this.workflow = { versions: [0, 0], waitMethod, onError, executeOnce: false };
		this.kills = [...history.kills];
		this.restarts = history.restarts;
		this.breakdowns = history.breakdowns ?? 0;
		this.childEnds = history.childEnds;
	}

	async live(): Promise<void> {
		const { stopAfter, retries, fields } = this.history;
		this.boot();
		this.arm();
		if (stopAfter !== undefined) setTimeout(() => this.stop(), stopAfter * SECOND);
		const left = [...retries];
		let end = await this.execute(() => startNode(this.setup()));
		for (;;) {
			const { saved, kill, isKnown } = end;
			// n8n skips what was parked where it is to go on with the saved workflow: it gives both entries of its stack
			// the same node (executions/execution.service.js, retry), and switches that off (handleWaitingState)
			const isParked = saved?.run.data.waitTill !== undefined;
			const next = kill ? 'as it is' : left.shift();
			const how = next && isParked ? 'as it is' : next;
			if (!how || !(saved || kill)) return;
			this.workflow = edit(this.workflow, how, fields);
			// nobody is as fast as that
			await this.world.clock.to(Date.now() + SECOND);
			if (kill && !isKnown) this.intent++;
			if (saved && kill?.then !== 'somebody starts it again')
				end = await this.execute(() => startRetry(saved, this.setup(), how !== 'as it is'));
			else {
				if (isKnown) this.intent++;
				end = await this.execute(() => startNode(this.setup()));
			}
		}
	}

	private setup() {
		const { world, history, process } = this;
		return setupFor(history, this.workflow, {
			baseUrl: world.sandbox.url,
			package: process.loaded,
			log: (text) => process.isDead || world.log(text),
			onProgress: (data) => {
				if (!process.isDead && history.savesProgress) this.progress = JSON.stringify(data);
			},
			last: () => {
				if (this.breakdowns-- > 0) throw new Error('The model broke down');
			},
		});
	}

	/** Starts n8n anew. */
	private boot(): void {
		this.process = new Process(this.world.load(), () => {
			if (this.kill?.unit !== 'requests' || this.left-- > 0) return 'goes on';
			const { reaches } = this.kill;
			this.die();
			return reaches ? 'dies after' : 'dies before';
		});
	}

	private arm(): void {
		const kill = this.kills.shift();
		this.kill = kill;
		if (!kill) return;
		this.left = kill.after;
		if (kill.unit === 'seconds')
			setTimeout(() => {
				this.process.kill();
				this.die();
			}, kill.after * SECOND);
	}

	private die(): void {
		this.killed = this.kill;
		this.arm();
	}

	private stop(): void {
		this.wasStopped = true;
		this.run?.cancel();
	}

	/** Plays an execution, from its start to its end. */
	private async execute(start: () => StartedRun): Promise<End> {
		this.wasStopped = false;
		this.progress = undefined;
		this.startedAt = Date.now();
		const own = { tasks: [] as SandboxTask[], posts: [] as RequestEntry[] };
		const keep = (outcome: Outcome) => this.note({ ...own, outcome });
		let row: Outcome | undefined;
		let outcome = await this.going(start);
		for (let naps = 0; naps < 200; naps++) {
			if (outcome) {
				const { tasks, posts } = this.news();
				own.tasks.push(...tasks);
				own.posts.push(...posts);
				const { status } = outcome.run;
				if (status !== 'waiting') {
					keep(outcome);
					return status === 'error' && !this.wasStopped ? { saved: outcome, isKnown: true } : {};
				}
				row = outcome;
			} else {
				this.note({ ...this.news(), isCutOff: true, unanswered: this.process.unanswered });
				this.boot();
				const { killed: kill } = this;
				if (!row) return { kill, saved: this.saved() };
				if (kill?.then !== 'n8n begins the wake-up again') {
					keep(row);
					return { kill, saved: row, isKnown: true };
				}
			}
			if (this.restarts-- > 0) this.boot();
			outcome = await this.wake(row);
			if (outcome === row) {
				keep(row);
				return { saved: row, isKnown: true };
			}
		}
		throw new Error('It naps without end');
	}

	/** What n8n has of an execution that was killed before it was parked. */
	private saved(): Pick<Outcome, 'run'> | undefined {
		return this.progress ? { run: { data: JSON.parse(this.progress) } as IRun } : undefined;
	}

	private note(execution: Pick<Execution, 'tasks' | 'posts'> & Partial<Execution>): void {
		const { intent, workflow, startedAt, wasStopped } = this;
		const as = { intent, workflow, startedAt, wasStopped, isCutOff: false, unanswered: 0 };
		this.all.push({ ...as, ...execution });
	}

	/** What the service has got since this was last asked. */
	private news(): Pick<Execution, 'tasks' | 'posts'> {
		const { sandbox } = this.world;
		const isNew = (one: SandboxTask | RequestEntry) => !this.seen.has(one);
		const tasks = [...sandbox.tasks.values()].filter(isNew);
		const posts = sandbox.requests.filter((entry) => entry.method === 'POST' && isNew(entry));
		for (const one of [...tasks, ...posts]) this.seen.add(one);
		return { tasks, posts };
	}

	/** Plays a part of an execution; undefined where n8n is killed in it. */
	private async going(start: () => StartedRun): Promise<Outcome | undefined> {
		const outcome = this.inProcess(async () => {
			this.run = start();
			return await this.run.outcome;
		});
		return await outcome.finally(() => (this.run = undefined));
	}

	private async inProcess<T>(work: () => Promise<T>): Promise<T | undefined> {
		if (this.process.isDead) this.boot();
		return await this.world.clock.until(this.process.run(work));
	}

	/**
	 * Lets a parked execution go on, by a callback or by time.
	 *
	 * @returns the same if it is stopped, undefined where n8n is killed in the middle
	 */
	private async wake(row: Outcome): Promise<Outcome | undefined> {
		const { history, world } = this;
		const parkedAt = Date.now();
		const sorted = [...history.callbacks].sort((one, other) => one.after - other.after);
		const { wakesAt } = this.benchOf(row);
		const childAt = parkedAt + (this.childEnds ?? Infinity) * SECOND;
		if (childAt < wakesAt) {
			this.childEnds = undefined;
			await world.clock.to(childAt);
			if (this.wasStopped) return row;
			return await this.going(() => this.benchOf(row).startToWakeUp(withItemsOfChild(row)));
		}
		for (const call of sorted) {
			const at = parkedAt + call.after * SECOND;
			if (at >= wakesAt) break;
			const attempts = (this.attempts.get(call) ?? 0) + 1;
			if (attempts > MOST_ATTEMPTS) continue;
			this.attempts.set(call, attempts);
			await world.clock.to(at);
			if (this.wasStopped) return row;
			const bench = this.benchOf(row);
			const received = await this.receive(bench, call);
			if (this.process.isDead) return undefined;
			if (!received?.result.workflowData) continue;
			return await this.going(() => bench.startToGoOn(received));
		}
		await world.clock.to(wakesAt);
		if (this.wasStopped) return row;
		const outcome = await this.going(() => this.benchOf(row).startToWakeUp());
		// n8n turns down a copy unless the execution is parked anew
		if (!outcome || !history.wakesTwice || outcome.run.status !== 'waiting') return outcome;
		// and saves what the copy comes to over that
		const second = await this.going(() => this.benchOf(row).startToWakeUp());
		if (!second) return undefined;
		const { resultData }: IRunExecutionData = JSON.parse(JSON.stringify(second.run.data));
		return { ...second, error: resultData.error as SavedError | undefined };
	}

	/** What is parked, as the present process finds it in n8n's database. */
	private benchOf(row: Outcome): ParkedBench {
		if (this.process.isDead) this.boot();
		const { history, world } = this;
		const parked = { ...row, workflow: buildWorkflow(this.setup()) };
		return new ParkedBench(world.sandbox.url, parked, undefined, apiKeyOf(history));
	}

	private async receive(bench: ParkedBench, { task: index, isEarly }: Call) {
		const task = [...this.world.sandbox.tasks.values()][index];
		if (!task || (!isEarly && !task.completedAt)) return undefined;
		const { id, status } = task;
		const body = { id, status: status === 'failed' ? status : 'completed' };
		const headers = { 'content-type': 'application/json', 'x-task-id': id };
		return await this.inProcess(async () => await bench.receive({ headers, body }));
	}
}
