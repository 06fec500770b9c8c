import type { IDataObject, INodeExecutionData, INodePropertyOptions } from 'n8n-workflow';

import type { Field, ValuesOf } from '../form/field';
import type { Fingerprint, PaidTask, TaskSettings } from '../ledger/ledger';
import type { Parsed } from '../validation/parse';
import type { Run } from './run';

/** Request of one item, read and checked. */
export interface ItemRequest<Request> {
	item: number;
	request: Request;
	fingerprint: Fingerprint;
}

/** Result of a request: the item's output, or the task to wait for. */
export type Performed =
	| { output: INodeExecutionData }
	/** `isNew` for a task created just now, which needs no check yet. */
	| { task: PaidTask; isNew?: boolean };

/** Handling of a task that exists already, by the item's current settings. */
export interface Current {
	settings: TaskSettings;
	/** The item's output where the node does not wait. */
	output?: IDataObject;
}

/** Items that can't be carried out, and the reason. */
export interface Refusal {
	items: number[];
	reason: unknown;
}

/** Parts of every operation: its entry in the menu, its fields, and how they are read. */
interface Common<Fields extends readonly Field[], Request> {
	/** `value` is the name that workflows save. */
	option: INodePropertyOptions & { value: string; action: string; description: string };
	/** From `FIELDS`. */
	fields: Fields;
	/** For an operation that waits for tasks. */
	tasks?: {
		/** The values that decide which task comes out. It reads the form and an item's values alike. */
		identify(values: Record<string, unknown>): Record<string, unknown>;
		/** Reads how to handle a task that exists already. */
		settle(run: Run, values: ValuesOf<Fields>, task: PaidTask): Parsed<Current>;
	};
	/**
	 * Reads and checks one item. Sends nothing: all items are read before the first one is performed.
	 *
	 * @param values by the names of the fields, those under Options among them
	 */
	read(
		run: Run,
		values: ValuesOf<Fields>,
		item: number,
	): Promise<Parsed<Request>> | Parsed<Request>;
	/**
	 * Checks all requests together and reserves what they cost.
	 *
	 * @returns those that are refused
	 * @throws HappyHorseError to refuse all
	 */
	reserve?(run: Run, requests: Array<ItemRequest<Request>>): Promise<Refusal[]>;
}

/** Operation that makes one item of each. */
interface Each<Fields extends readonly Field[], Request> extends Common<Fields, Request> {
	/**
	 * Carries out one request.
	 *
	 * @throws HappyHorseError with the task's id, once there is one
	 */
	perform(run: Run, request: ItemRequest<Request>): Promise<Performed>;
}

/** Operation that makes one item of all. */
interface Combining<Fields extends readonly Field[], Request> extends Common<Fields, Request> {
	/**
	 * Carries out all requests together.
	 *
	 * @throws ItemError for the item at fault
	 */
	combine(run: Run, requests: Array<ItemRequest<Request>>): Promise<INodeExecutionData>;
}

/** Operations in a list with others, where the type of their requests is their own. */
export type EachOperation = Each<readonly Field[], unknown>;
export type CombiningOperation = Combining<readonly Field[], unknown>;
export type Operation = EachOperation | CombiningOperation;

/** Finds an operation by the names that workflows save; undefined for one that this version does not have. */
export type FindOperation = (resource: unknown, operation: unknown) => Operation | undefined;

/** Checks that an operation's parts fit each other, and lets it stand in a list with others. */
export const defineOperation = <const Fields extends readonly Field[], Request>(
	operation: Each<Fields, Request> | Combining<Fields, Request>,
): Operation => operation;
