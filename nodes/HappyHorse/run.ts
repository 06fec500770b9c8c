import type { IExecuteFunctions } from 'n8n-workflow';

import type { PaidTask } from './ledger';
import { Ledger } from './ledger';
import { LIMITS } from './schema/limits';
import { numberWithin } from './schema/parse';
import type { Connection } from './transport/connection';
import { connect } from './transport/connection';
import { HappyHorseError } from './transport/errors';
import { StopSwitch } from './transport/stop';

/** A task and what it costs, where that is known. */
export interface Payment {
	task: PaidTask;
	creditsEstimated?: number;
}

/** What all items of one run of the node share. */
export class Run {
	readonly stop = new StopSwitch();

	/** By item. Kept so that no paid task goes unnamed, however the run ends. */
	readonly paid = new Map<number, Payment>();

	private book?: Ledger;

	private connection?: Promise<Connection>;

	constructor(readonly context: IExecuteFunctions) {
		const signal = context.getExecutionCancelSignal();
		const cancel = () => this.stop.stop(canceled());
		if (signal?.aborted) cancel();
		else signal?.addEventListener('abort', cancel, { once: true });
	}

	/** What earlier tries of this run left. */
	get ledger(): Ledger {
		this.book ??= new Ledger(this.context);
		return this.book;
	}

	/**
	 * The way to the service, made once. Nothing is sent.
	 *
	 * @throws HappyHorseError if the credential or Max Concurrency can't be right
	 */
	async connect(): Promise<Connection> {
		this.connection ??= connect(this.context, this.maxConcurrency(), this.stop);
		return await this.connection;
	}

	private maxConcurrency(): number {
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
