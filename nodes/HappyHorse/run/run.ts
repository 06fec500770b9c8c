import type { IExecuteFunctions } from 'n8n-workflow';

import type { ParkedTask } from './nap';
import { Ledger } from './paidTasks';
import { LIMITS } from '../schema/limits';
import { numberWithin } from '../schema/parse';
import type { Connection } from '../service/connection';
import { connect } from '../service/connection';
import { HappyHorseError } from '../errors/errors';
import { Limiter } from '../service/limiter';
import { StopSwitch } from '../service/stop';

/** A task and what it costs, where that is known. */
export interface Payment {
	task: {
		taskId: string;
		/** As last heard from the service. */
		status: string;
	};
	creditsEstimated?: number;
}

/** A task and its item, as messages name them. */
export const nameTask = ([item, { task }]: [number, Payment]) =>
	`${task.taskId} (item ${item}, ${task.status})`;

/** Whether the node runs as an AI agent's tool, which n8n can't take up again where it was parked. */
export const isTool = (context: IExecuteFunctions) => context.getNode().type.endsWith('Tool');

/**
 * Whether an item's trouble is its own and does not end the run. A tool always goes on: what it throws may reach the
 * agent as nothing at all, which would then pay for the same video again.
 */
export const continuesOf = (context: IExecuteFunctions) =>
	context.continueOnFail() || isTool(context);

/** What all items of one run of the node share. */
export class Run {
	readonly stop = new StopSwitch();

	/** By item. Kept so that no paid task goes unnamed, however the run ends. */
	readonly paid = new Map<number, Payment>();

	/** By item, the tasks whose end the execution is to be parked for. */
	readonly parked = new Map<number, ParkedTask>();

	/** Unix milliseconds until which the execution is parked at most. */
	parkedUntil = 0;

	/** What the user is told beside the output, in sentences. */
	readonly hints: string[] = [];

	readonly continues: boolean;

	/** Lets go of the execution, once the node is done. */
	readonly close: () => void;

	private book?: Ledger;

	private bound?: Limiter;

	private connection?: Promise<Connection>;

	constructor(readonly context: IExecuteFunctions) {
		this.continues = continuesOf(context);
		this.close = this.stop.follow(context.getExecutionCancelSignal(), canceled);
	}

	/** What earlier tries of this run left. */
	get ledger(): Ledger {
		this.book ??= new Ledger(this.context);
		return this.book;
	}

	/**
	 * Bounds the requests of the run that are under way at once.
	 *
	 * @throws HappyHorseError if Max Concurrency can't be right
	 */
	get limiter(): Limiter {
		this.bound ??= new Limiter(this.maxConcurrency());
		return this.bound;
	}

	/**
	 * The way to the service, made once. Nothing is sent.
	 *
	 * @throws HappyHorseError if the credential or Max Concurrency can't be right
	 */
	async connect(): Promise<Connection> {
		this.connection ??= connect(this.context, {
			limiter: this.limiter,
			stop: this.stop,
			stopsAtFirstError: !this.continues,
		});
		return await this.connection;
	}

	/** n8n saves a canceled execution at once and with an error of its own, so what a node says after that is in its log only. */
	logIfCanceled(): void {
		const { context, paid } = this;
		if (!context.getExecutionCancelSignal()?.aborted || paid.size === 0) return;
		const ids = [...paid].map(nameTask).join(', ');
		context.logger.warn(
			`HappyHorse tasks of execution ${context.getExecutionId()}, which was canceled: ${ids}`,
		);
	}

	/** @throws HappyHorseError if it can't be right */
	maxConcurrency(): number {
		const given = this.context.getNodeParameter(
			'options.maxConcurrency',
			0,
			LIMITS.maxConcurrency.default,
		);
		const checked = numberWithin({ ...LIMITS.maxConcurrency, integer: true })(given);
		if (typeof checked !== 'string') return checked.value;
		throw new HappyHorseError({
			message: `Max Concurrency ${checked}`,
			description: 'Change it under Options. Nothing was sent.',
			code: 'invalid_input',
		});
	}
}

const canceled = () =>
	new HappyHorseError({
		message: 'The execution was canceled while videos were being made',
		description: 'No further video was started.',
		code: 'canceled',
	});
