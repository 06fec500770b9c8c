import type { IExecuteFunctions } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { WaitMethod } from '../contract/limits';
import { LIMITS } from '../contract/limits';
import { numberWithin } from '../validation/parse';
import type { Connection } from '../service/connection';
import { connect } from '../service/connection';
import { Limiter } from '../service/limiter';
import { StopSwitch } from '../service/stop';
import { canPark } from '../n8n/internals';
import type { PaidTask, Wanted } from '../ledger/ledger';
import { PaidTasks } from '../ledger/paidTasks';

type OfItem = [item: number, task: PaidTask];

const nameTask = ([item, { taskId, status }]: OfItem) => `${taskId} (item ${item}, ${status})`;

/** Task ids that a message names. */
const MOST_NAMED = 20;

/** Tasks and their items, as messages name them. */
export function nameTasks(tasks: OfItem[]): string {
	const more = tasks.length - MOST_NAMED;
	const named = tasks.slice(0, MOST_NAMED).map(nameTask);
	return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** Whether the node runs as an AI agent's tool, which n8n can't take up again where it was parked. */
const isTool = (context: IExecuteFunctions) => context.getNode().type.endsWith('Tool');

/**
 * Whether an item's trouble is its own and does not end the run. A tool always goes on: what it throws may reach the
 * agent as nothing at all, which would then pay for the same video again.
 */
export const continuesOf = (context: IExecuteFunctions) =>
	context.continueOnFail() || isTool(context);

/** What all items of one run of the node share. */
export class Run {
	readonly stop = new StopSwitch();

	readonly continues: boolean;

	readonly isTool: boolean;

	readonly paidTasks: PaidTasks;

	/** Lets go of the execution, once the node is done. */
	readonly close: () => void;

	/** Whether this n8n lacks what parking takes, so that the node polls. */
	readonly cantPark: boolean;

	private bound?: Limiter;

	private connection?: Promise<Connection>;

	constructor(readonly context: IExecuteFunctions) {
		this.isTool = isTool(context);
		this.continues = continuesOf(context);
		this.cantPark = !canPark(context);
		this.paidTasks = new PaidTasks(context, this.isTool);
		this.close = this.stop.follow(context.getExecutionCancelSignal(), () => this.canceled());
	}

	/** How a task is waited for in this run, which may not be able to do as the user wants. */
	waitMethodFor({ waitMethod }: Pick<Wanted, 'waitMethod'>): WaitMethod {
		return this.isTool || this.cantPark ? 'polling' : waitMethod;
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
	readonly connect = async (): Promise<Connection> => {
		this.connection ??= connect(this.context, {
			limiter: this.limiter,
			stop: this.stop,
			stopsAtFirstError: !this.continues,
		});
		return await this.connection;
	};

	/** n8n saves a canceled execution at once and with an error of its own, so what a node says after that is in its log only. */
	logIfCanceled(): void {
		const { context } = this;
		const tasks = this.paidTasks.all();
		if (!context.getExecutionCancelSignal()?.aborted || tasks.length === 0) return;
		const ids = tasks.map(nameTask).join(', ');
		context.logger.warn(
			`HappyHorse tasks of execution ${context.getExecutionId()}, which was canceled: ${ids}`,
		);
	}

	private canceled(): HappyHorseError {
		const named = nameTasks(this.paidTasks.all());
		return new HappyHorseError({
			message: 'The execution was canceled while videos were being made',
			description:
				`No further video was started. ${named && `These go on and stay paid for, and the Task Get operation finds them: ${named}.`}`.trim(),
			code: 'canceled',
		});
	}

	/** Read once for all naps of a run. */
	private maxConcurrency(): number {
		const { lasting } = this.paidTasks;
		if (lasting.maxConcurrency !== undefined) return lasting.maxConcurrency;
		const given = this.context.getNodeParameter(
			'options.maxConcurrency',
			0,
			LIMITS.maxConcurrency.default,
		);
		const checked = numberWithin({ ...LIMITS.maxConcurrency, integer: true })(given);
		if (typeof checked === 'string')
			throw new HappyHorseError({
				message: `Max Concurrency ${checked}`,
				description: 'Change it under Options. Nothing was sent.',
				code: 'invalid_input',
			});
		lasting.maxConcurrency = checked.value;
		return checked.value;
	}
}
