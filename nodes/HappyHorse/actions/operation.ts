import type { INodePropertyOptions } from 'n8n-workflow';

import type { Field, ValuesOf } from '../form/field';
import type { Run } from '../execution/run';
import type { Performed } from '../execution/runItems';
import type { Parsed } from '../validation/parse';

export interface ItemRequest<Request> {
	item: number;
	request: Request;
}

/** What a user can do: how it is offered, which fields it has, and how those become an item. */
interface Definition<Fields extends readonly Field[], Request> {
	/** `value` is the name that workflows save. */
	option: INodePropertyOptions & { value: string; action: string; description: string };
	/** From `FIELDS`. */
	fields: Fields;
	/**
	 * Makes a request of what one item gives. Sends nothing: all items are read before the first one is performed.
	 *
	 * @param values by the names of the fields, those under Options among them
	 */
	read(
		run: Run,
		values: ValuesOf<Fields>,
		item: number,
	): Promise<Parsed<Request>> | Parsed<Request>;
	/**
	 * Looks at all requests together.
	 *
	 * @throws HappyHorseError to refuse them
	 */
	review?(run: Run, requests: Array<ItemRequest<Request>>): Promise<void> | void;
	/**
	 * Asks the service, and gives the item's output or the task that is to be waited for.
	 *
	 * @throws HappyHorseError with the task's id, once there is one
	 */
	perform(run: Run, request: Request, item: number): Promise<Performed>;
}

/** An operation in a list with others, where what it reads is its own affair. */
export type Operation = Definition<readonly Field[], unknown>;

/** Checks that an operation's parts fit each other, and lets it stand in a list with others. */
export const defineOperation = <const Fields extends readonly Field[], Request>(
	operation: Definition<Fields, Request>,
): Operation => operation;
