import type { IDataObject, INode } from 'n8n-workflow';
import {
	ApplicationError,
	BaseError,
	ExpressionError,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';

/** What the user is told when something can't be done, and what a workflow can decide by. */
export interface ErrorDetails {
	/** What happened. */
	message: string;
	/** How to get unstuck. */
	description: string;
	/** The service's error code, or one of ours, in the same style. */
	code: string;
	/** HTTP status of the answer, where there was one. */
	httpCode?: number;
	/** The task that it is about: once paid for, it is never left unnamed. */
	taskId?: string;
	/** The task's last known status. */
	status?: string;
	/** Where a video can still be fetched although this node could not deliver it. */
	videoUrl?: string;
	/** Set where the answer to a creation was lost, so that nobody knows whether there is a task. */
	taskMayExist?: true;
	/** Paid tasks of the same run that a stop leaves behind. */
	otherTasks?: Array<{ item: number; taskId: string; status: string }>;
}

/** Thrown within the package; users see it as a NodeApiError or as an item's `error`. */
export class HappyHorseError extends Error {
	/**
	 * @param isTransient whether the same may succeed a little later
	 */
	constructor(
		readonly details: ErrorDetails,
		readonly isTransient = false,
	) {
		super(details.message);
	}
}

/** Whether what was thrown may not be thrown a little later, as when the service could not be reached. */
export const isTransient = (error: unknown) =>
	error instanceof HappyHorseError && error.isTransient;

const HALTED = 'halted';

/** What the other items of a run end with when one item's trouble stops it; users see that one's. */
export const halted = () =>
	new HappyHorseError({ message: 'Another item stopped the run', description: '', code: HALTED });

export const isHalted = (error: unknown) =>
	error instanceof HappyHorseError && error.details.code === HALTED;

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** What n8n itself throws, such as for a bad expression or a missing credential. */
const isOfN8n = (error: unknown): error is NodeOperationError | NodeApiError | ExpressionError =>
	error instanceof NodeOperationError ||
	error instanceof NodeApiError ||
	error instanceof ExpressionError;

/** What n8n says where the node can't run as it is set up, such as that its credential was deleted. */
const isOfSetup = (error: unknown): error is Error =>
	error instanceof BaseError || error instanceof ApplicationError;

/** Any thrown value as trouble: what is n8n's keeps its words. */
export function toDetails(error: unknown): ErrorDetails {
	if (error instanceof HappyHorseError) return error.details;
	if (isOfN8n(error))
		return {
			message: error.message,
			description: error.description ?? '',
			code: 'node_error',
		};
	if (isOfSetup(error))
		return {
			message: error.message,
			description:
				'Check the credential and the settings of this node, then run it again. Nothing was sent.',
			code: 'node_error',
		};
	// n8n 2.x throws it wherever a parameter is read while it has no proper address
	if (typeof error === 'object' && error && 'code' in error && error.code === 'ERR_INVALID_URL')
		return {
			message: "HappyHorse can't call back: this n8n's own address is not a URL",
			description:
				'Set WEBHOOK_URL to the public address of this n8n, including https://, and restart n8n. Nothing was sent and nothing was charged.',
			code: 'not_reachable',
		};
	return {
		message: `This node stopped unexpectedly: ${messageOf(error)}`,
		description: 'Run it again. If it keeps happening, report it with the steps that lead to it.',
		code: 'unexpected',
	};
}

/** Any thrown value with more known about it, such as the task that is paid for. */
export function withDetails(error: unknown, details: Partial<ErrorDetails>): HappyHorseError {
	return new HappyHorseError({ ...toDetails(error), ...details }, isTransient(error));
}

/** The `error` of an item under "On Error: Continue". */
export function toErrorJson(error: unknown): IDataObject {
	return { ...toDetails(error) };
}

/**
 * The error that stops the node. ErrorDetails of ours is made of our own words and never wraps what the HTTP client threw,
 * since that holds the request with its API key.
 */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): Error {
	if (isOfN8n(error)) return error;
	const { message, description, httpCode, ...details } = toDetails(error);
	const nodeError =
		error instanceof Error && !(error instanceof HappyHorseError)
			? new NodeOperationError(node, error, { itemIndex })
			: new NodeApiError(node, { message }, { httpCode: httpCode?.toString(), itemIndex });
	// set here, since n8n replaces a message in which it sees a system error code, be it inside another word
	nodeError.message = message;
	nodeError.description = description;
	Object.assign(nodeError.context, details);
	return nodeError;
}
