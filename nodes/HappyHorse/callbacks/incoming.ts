import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Callback } from '../contract/callback';
import { parseCallback } from '../contract/callback';
import type { ErrorDetails } from '../errors/errors';
import { HappyHorseError, toDetails, toNodeError } from '../errors/errors';

/** Bytes; a genuine callback has about 1000. */
const MAX_BYTES = 1024 * 1024;

/** Milliseconds for asking the service: it expects an answer to its callback within 3 seconds, and n8n needs some of them. */
export const ASKING_MS = 2_200;

/** Answers to the caller. All but 200 make the service deliver the callback again. */
export const ANSWERS = {
	200: 'OK',
	400: 'This is not a callback of HappyHorse',
	403: 'HappyHorse does not confirm this callback',
	413: 'The body is too large',
	503: 'HappyHorse could not be asked in time; deliver this again',
} as const;

export type AnswerStatus = keyof typeof ANSWERS;

/** Reads the callback, or gives the status that rejects a request that is none. Sends nothing. */
export function receiveCallback(
	context: IWebhookFunctions,
): { callback: Callback } | { status: AnswerStatus } {
	const headers = context.getHeaderData();
	if (sizeOf(context) > MAX_BYTES) return { status: 413 };
	const isJson = String(headers['content-type'] ?? '').includes('json');
	const callback = isJson ? parseCallback(headers, context.getBodyData()) : undefined;
	return callback ? { callback } : { status: 400 };
}

/** Length of the body as received. */
function sizeOf(context: IWebhookFunctions): number {
	const { rawBody } = context.getRequestObject();
	return rawBody?.length ?? Number(context.getHeaderData()['content-length'] ?? 0);
}

/** Error that a run of the trigger fails with, for what the user has to change. */
export class RunFailure extends Error {
	constructor(readonly details: ErrorDetails) {
		super(details.message);
	}
}

const nodeErrorOf = (context: IWebhookFunctions, { details }: RunFailure) =>
	toNodeError(context.getNode(), new HappyHorseError(details));

/**
 * Handles a callback. No other error than a `RunFailure` reaches n8n, which would start or resume a run with it: the caller
 * gets 503 and delivers the callback again.
 */
export async function takeCallback(
	context: IWebhookFunctions,
	take: () => Promise<IWebhookResponseData>,
): Promise<IWebhookResponseData> {
	try {
		return await take();
	} catch (error) {
		if (error instanceof RunFailure) throw nodeErrorOf(context, error);
		const { message } = toDetails(error);
		context.logger.warn(`HappyHorse has to deliver a callback again: ${message}`);
		if (context.getResponseObject().headersSent) return { noWebhookResponse: true };
		return answer(context, 503);
	}
}

/** Answers the caller at once. The returned value keeps n8n from answering and from starting a run. */
export function answer(context: IWebhookFunctions, status: AnswerStatus): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message: ANSWERS[status] });
	return { noWebhookResponse: true };
}
