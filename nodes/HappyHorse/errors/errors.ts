import type { ExpressionError, IDataObject, INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

/** Details of an error for the user, and for workflows that branch on it. */
export interface ErrorDetails {
	/** Short text that says what happened. */
	message: string;
	/** Advice. */
	description: string;
	/** Code of the service, or one of ours in the same style. */
	code: string;
	/** HTTP status of the answer, if there was one. */
	httpCode?: number;
	/** Task concerned; a paid task is always named. */
	taskId?: string;
	/** Last known status of the task. */
	status?: string;
	/** The item's Label. */
	label?: string;
	/** URL of a video that this node could not deliver. */
	videoUrl?: string;
	/** Set if the answer to a creation was lost, so that there may be a task. */
	taskMayExist?: true;
	/** Set if the task failed and HappyHorse promises no refund for its status. */
	mayBeCharged?: true;
	/** Other paid tasks of a run that stops. */
	otherTasks?: Array<{ item: number; taskId: string; status: string; label?: string }>;
}

/** Error of this package; users see it as a NodeApiError or as an item's `error`. */
export class HappyHorseError extends Error {
	/** @param isTransient true if the same may succeed a little later */
	constructor(
		readonly details: ErrorDetails,
		readonly isTransient = false,
	) {
		super(details.message);
	}
}

/** Tells whether the same may succeed a little later, as when the service could not be reached. */
export const isTransient = (error: unknown) =>
	error instanceof HappyHorseError && error.isTransient;

/** Sentences of errors that come before anything is sent, true only while the run has no task. */
const NOTHING_SENT = /Nothing was sent( and nothing was charged)?\./;

/** Makes an error true for a run that has paid for tasks before. */
export const sentBefore = (description: string) =>
	description.replace(NOTHING_SENT, 'No further video was started.');

const HALTED = 'halted';

/** Error of the other items when one item stops the run; users see only that item's error. */
export const halted = () =>
	new HappyHorseError({ message: 'Another item stopped the run', description: '', code: HALTED });

export const isHalted = (error: unknown) =>
	error instanceof HappyHorseError && error.details.code === HALTED;

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Recognizes an error by its classes' names: a manual install can bring another copy of n8n-workflow than n8n's. */
function isA(names: string[], error: unknown): boolean {
	for (let level: unknown = error; level instanceof Object; level = Object.getPrototypeOf(level))
		if (names.includes(level.constructor.name)) return true;
	return false;
}

/** Recognizes n8n's own errors, such as for a bad expression or a missing credential. */
const isOfN8n = (error: unknown): error is NodeOperationError | NodeApiError | ExpressionError =>
	isA(['NodeOperationError', 'NodeApiError', 'ExpressionError'], error);

/** Recognizes n8n's errors about the node's setup, such as a deleted credential. */
const isOfSetup = (error: unknown): error is Error => isA(['BaseError', 'ApplicationError'], error);

/** Converts any thrown value to details; n8n's own errors keep their words. */
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
	// n8n 2.x throws it for any parameter if its own address is not a URL
	if (typeof error === 'object' && error && 'code' in error && error.code === 'ERR_INVALID_URL')
		return {
			message: 'HappyHorse can’t call back: this n8n’s own address is not a URL',
			description:
				'Set WEBHOOK_URL to the public address of this n8n, including https://, and restart n8n. Nothing was sent and nothing was charged.',
			code: 'not_reachable',
		};
	return {
		message: `This node stopped unexpectedly: ${messageOf(error)}`,
		description: 'Run it again. If it happens again, report it with the steps that lead to it.',
		code: 'unexpected',
	};
}

/** Adds details to any thrown value, such as the paid task. */
export function withDetails(error: unknown, details: Partial<ErrorDetails>): HappyHorseError {
	return new HappyHorseError({ ...toDetails(error), ...details }, isTransient(error));
}

/** The `error` of an item under "On Error: Continue". */
export function toErrorJson(error: unknown): IDataObject {
	const details = toDetails(error);
	return { ...details, description: namingAll(details) };
}

/** The description with the task and the URL that are paid for, wherever the error does not name them itself. */
function namingAll({ message, description, taskId, videoUrl }: ErrorDetails): string {
	const isNamed = (name: string) => message.includes(name) || description.includes(name);
	return [
		description,
		taskId !== undefined && !isNamed(taskId) && `Task: ${taskId}.`,
		videoUrl !== undefined && !isNamed(videoUrl) && `Video URL: ${videoUrl}`,
	]
		.filter(Boolean)
		.join(' ');
}

/**
 * Converts any thrown value to the error that stops the node. Ours never wraps an error of the HTTP client, since that
 * holds the request with its API key.
 */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): Error {
	if (isOfN8n(error)) return error;
	const all = toDetails(error);
	const { message, description, httpCode, ...details } = { ...all, description: namingAll(all) };
	const nodeError =
		error instanceof Error && !(error instanceof HappyHorseError)
			? new NodeOperationError(node, error, { itemIndex })
			: new NodeApiError(node, { message }, { httpCode: httpCode?.toString(), itemIndex });
	// set here, since n8n replaces a message that contains a system error code, even inside another word
	nodeError.message = message;
	nodeError.description = description;
	Object.assign(nodeError.context, details);
	return nodeError;
}
