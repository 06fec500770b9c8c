import type { INodeExecutionData, INodePropertyOptions } from 'n8n-workflow';

import type { Run } from '../run/run';
import type { Parsed } from '../schema/parse';
import type { Field } from '../form/fields';

export interface ItemRequest<Request> {
	item: number;
	request: Request;
}

/** What a user can do: how it is offered, which fields it has, and how those become an item. */
export interface Operation<Request = unknown> {
	/** `value` is the name that workflows save. */
	option: INodePropertyOptions & { value: string; action: string; description: string };
	/** From `FIELDS`. */
	fields: Field[];
	/**
	 * Makes a request of one item's parameters. Sends nothing: all items are read before the first one is worked on.
	 *
	 * @param parameters by name, those under Options among them; what was left empty is null
	 */
	read(
		run: Run,
		parameters: Record<string, unknown>,
		item: number,
	): Promise<Parsed<Request>> | Parsed<Request>;
	/**
	 * Looks at the run as a whole, once every item has been read.
	 *
	 * @throws HappyHorseError to refuse it
	 */
	review?(run: Run, requests: Array<ItemRequest<Request>>): Promise<void> | void;
	/** @throws HappyHorseError with the task's id, once there is one */
	perform(run: Run, request: Request, item: number): Promise<INodeExecutionData>;
	/** Has a last word once every item has its result. */
	conclude?(run: Run, results: INodeExecutionData[]): Promise<void> | void;
}

/** Checks that an operation's parts fit each other, and lets it stand in a list with others. */
export function defineOperation<Request>(operation: Operation<Request>): Operation {
	return operation;
}
