import type { IExecuteFunctions } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import type { WaitMethod } from '../contract/limits';
import { HappyHorseError, withDetails } from '../errors/errors';
import type { Cause } from '../ledger/cause';
import type { PaidTask, TaskSettings } from '../ledger/ledger';
import type { RunLedger } from '../ledger/runLedger';
import type { Connection } from '../service/connection';
import { connect } from '../service/connection';
import { ItemAccess } from '../service/access';
import { Limiter } from '../service/limiter';
import { StopSwitch } from '../service/stop';
import { numberWithin } from '../validation/parse';
import { isFixed } from './parameters';

type TaskOfItem = [item: number, task: PaidTask];

const nameTask = ([item, { taskId, status }]: TaskOfItem) => `${taskId} (item ${item}, ${status})`;

/** Task ids that a message names. */
export const MOST_NAMED = 20;

/** Names tasks and their items in a message. */
export function nameTasks(tasks: TaskOfItem[]): string {
	const more = tasks.length - MOST_NAMED;
	const named = tasks.slice(0, MOST_NAMED).map(nameTask);
	return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

interface Opened {
	context: IExecuteFunctions;
	ledger: RunLedger;
	/** Why n8n runs the node. */
	cause: Cause;
	/** The suspension that this run resumes from. */
	resumedFrom?: string;
	/** Set where an AI agent calls the node. */
	isTool: boolean;
	/** Set where one item's error does not end the run. */
	continues: boolean;
	/** Set where this n8n can park the execution and run the node again. */
	canPark: boolean;
}

/** Everything that all items of one run of the node share. */
export class Run {
	readonly stop = new StopSwitch();

	readonly context: IExecuteFunctions;

	readonly ledger: RunLedger;

	readonly cause: Cause;

	readonly resumedFrom?: string;

	readonly isTool: boolean;

	readonly continues: boolean;

	readonly canPark: boolean;

	/** Tasks that may be created for an item: n8n's Max. Tries where it retries. */
	readonly maxTries: number;

	private readonly unfollow: () => void;

	private bound?: Limiter;

	private boundForFiles?: Limiter;

	private readonly access: ItemAccess;

	/** By the items that share one. */
	private readonly connections = new Map<number | undefined, Promise<Connection>>();

	constructor(opened: Opened) {
		const { context } = opened;
		this.context = context;
		this.access = new ItemAccess(context);
		this.ledger = opened.ledger;
		this.cause = opened.cause;
		this.resumedFrom = opened.resumedFrom;
		this.isTool = opened.isTool;
		this.continues = opened.continues;
		this.canPark = opened.canPark;
		const { retryOnFail, maxTries = 3 } = context.getNode();
		this.maxTries = retryOnFail ? Math.min(5, Math.max(2, maxTries)) : 1; // as n8n bounds it
		this.unfollow = this.stop.follow(context.getExecutionCancelSignal(), () => this.canceled());
	}

	/** Ends the run: gives back reservations and lets go of the execution's signal. */
	close(): void {
		this.ledger.release();
		this.unfollow();
	}

	/** Suffix that tells which item a message is about, if there are several. */
	itemSuffix(item: number): string {
		return this.context.getInputData().length > 1 ? ` [Item ${item}]` : '';
	}

	/** The way to wait for a task in this run: polling where parking is not possible. */
	waitMethodFor({ waitMethod }: Pick<TaskSettings, 'waitMethod'>): WaitMethod {
		return this.isTool || !this.canPark ? 'polling' : waitMethod;
	}

	/**
	 * Bounds the run's requests under way at once.
	 *
	 * @throws HappyHorseError for an invalid Max Concurrency
	 */
	get limiter(): Limiter {
		this.bound ??= new Limiter(this.maxConcurrency());
		return this.bound;
	}

	/**
	 * Connects to the account of an item: items may have different ones, where the credential holds an expression. Sends
	 * nothing.
	 *
	 * @throws HappyHorseError for an invalid credential or Max Concurrency
	 */
	async connect(item: number): Promise<Connection> {
		const key = await this.access.keyOf(item);
		const found = this.connections.get(key);
		if (found) return await found;
		this.boundForFiles ??= new Limiter(this.limiter.limit);
		const options = {
			...{ limiter: this.limiter, fileLimiter: this.boundForFiles, stop: this.stop },
			...{ stopsAtFirstError: !this.continues, offersRetry: !this.continues },
		};
		const read = async () => await this.access.of(key);
		const connection = connect(this.context, options, read);
		this.connections.set(key, connection);
		return await connection;
	}

	/** Logs the tasks of a canceled execution: n8n saves it at once with its own error and drops the node's. */
	logIfCanceled(): void {
		const { context } = this;
		const tasks = this.ledger.tasks();
		if (!context.getExecutionCancelSignal()?.aborted || tasks.length === 0) return;
		const ids = tasks.map(nameTask).join(', ');
		context.logger.warn(
			`HappyHorse tasks of execution ${context.getExecutionId()}, which was canceled: ${ids}`,
		);
	}

	private canceled(): HappyHorseError {
		const named = nameTasks(this.ledger.tasks());
		return new HappyHorseError({
			message: 'The execution was canceled while videos were being made',
			description:
				`No further video was started. ${named && `HappyHorse goes on with the tasks of this run, which are paid for unless they fail; fetch them with Task: Get: ${named}.`}`.trim(),
			code: 'canceled',
		});
	}

	/** The smallest that any item gives, read once for all resumes of a run. */
	private maxConcurrency(): number {
		const { data } = this.ledger;
		if (data.maxConcurrency !== undefined) return data.maxConcurrency;
		const checked = this.givenMaxConcurrencies().map(
			numberWithin({ ...LIMITS.maxConcurrency, integer: true }),
		);
		const valid = checked.flatMap((result) => (typeof result === 'string' ? [] : result.value));
		const refused = checked.find((result) => typeof result === 'string');
		// an item that continues is refused when it is read
		if (refused !== undefined && (valid.length === 0 || !this.continues))
			throw new HappyHorseError({
				message: `Max Concurrency ${refused}`,
				description: 'Change it under Options. Nothing was sent.',
				code: 'invalid_input',
			});
		data.maxConcurrency = valid.length === 0 ? LIMITS.maxConcurrency.default : Math.min(...valid);
		return data.maxConcurrency;
	}

	private givenMaxConcurrencies(): unknown[] {
		const { context } = this;
		const { options } = context.getNode().parameters;
		const items = context.getInputData();
		const readers = isFixed(options) ? items.slice(0, 1) : items;
		const { default: fallback } = LIMITS.maxConcurrency;
		return readers.flatMap((_, item) => {
			try {
				// one expression may give all options
				const given = context.getNodeParameter('options', item, {});
				return [
					given instanceof Object && 'maxConcurrency' in given ? given.maxConcurrency : fallback,
				];
			} catch (error) {
				// the item says so itself, when all its fields are read
				if (items.length === 1) throw withDetails(error, {});
				return [];
			}
		});
	}
}
