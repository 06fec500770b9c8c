import type { IDataObject, INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

/** What the user is told when something can't be done, and what a workflow can decide by. */
export interface Trouble {
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
	/** Paid tasks of the same run that a stop leaves behind. */
	otherTasks?: Array<{ item: number; taskId: string; status: string }>;
}

/** Thrown within the package; users see it as a NodeApiError or as an item's `error`. */
export class HappyHorseError extends Error {
	constructor(readonly trouble: Trouble) {
		super(trouble.message);
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Any thrown value as trouble: what n8n itself throws (a bad expression, a missing credential) keeps its own words. */
export function toTrouble(error: unknown): Trouble {
	if (error instanceof HappyHorseError) return error.trouble;
	if (error instanceof NodeOperationError || error instanceof NodeApiError)
		return {
			message: error.message,
			description: error.description ?? '',
			code: 'node_error',
		};
	return {
		message: `This node stopped unexpectedly: ${messageOf(error)}`,
		description: 'Run it again. If it stays, report it with the steps that lead to it.',
		code: 'unexpected',
	};
}

/** Any thrown value with more known about it, such as the task that is paid for. */
export function withDetails(error: unknown, details: Partial<Trouble>): HappyHorseError {
	return new HappyHorseError({ ...toTrouble(error), ...details });
}

/** The `error` of an item under "On Error: Continue". */
export function toErrorJson(error: unknown): IDataObject {
	return { ...toTrouble(error) };
}

/**
 * The error that stops the node. It is made of our own words and never wraps what the HTTP client threw,
 * since that holds the request with its API key.
 */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): Error {
	if (error instanceof NodeOperationError || error instanceof NodeApiError) return error;
	const { message, description, httpCode, ...rest } = toTrouble(error);
	const code = httpCode?.toString();
	const response: JsonObject = { message };
	const nodeError = new NodeApiError(node, response, {
		message,
		description,
		httpCode: code,
		itemIndex,
	});
	// n8n replaces a message in which it sees a system error code, be it inside another word of the service's
	nodeError.message = message;
	nodeError.description = description;
	Object.assign(nodeError.context, rest);
	return nodeError;
}
