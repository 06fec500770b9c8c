import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Callback } from '../contract/callback';
import { parseCallback } from '../contract/callback';
import { toDetails } from '../errors/errors';

/** Bytes. A true callback has about 1000. */
const MOST_BYTES = 1024 * 1024;

/** Milliseconds for asking the service: its callback wants an answer within 3 seconds, and n8n needs some of them. */
export const ASKING_MS = 2_200;

/** What the caller is told. All but 200 make the service deliver the callback again. */
export const ANSWERS = {
	200: 'OK',
	400: 'This is not a callback of HappyHorse',
	403: 'HappyHorse does not confirm this callback',
	413: 'The body is too large',
	503: 'HappyHorse could not be asked in time; deliver this again',
} as const;

export type AnswerStatus = keyof typeof ANSWERS;

/** The callback that came in, or the status with which to turn down what is none. Nothing is sent. */
export function receiveCallback(
	context: IWebhookFunctions,
): { callback: Callback } | { status: AnswerStatus } {
	const headers = context.getHeaderData();
	if (sizeOf(context) > MOST_BYTES) return { status: 413 };
	const isJson = String(headers['content-type'] ?? '').includes('json');
	const callback = isJson ? parseCallback(headers, context.getBodyData()) : undefined;
	return callback ? { callback } : { status: 400 };
}

/** The body's length as it came. */
function sizeOf(context: IWebhookFunctions): number {
	const { rawBody } = context.getRequestObject();
	return rawBody?.length ?? Number(context.getHeaderData()['content-length'] ?? 0);
}

/**
 * Takes a callback. Nothing that it throws gets to n8n, which would start or resume a run with it: the caller is told
 * to come again.
 */
export async function takeCallback(
	context: IWebhookFunctions,
	take: () => Promise<IWebhookResponseData>,
): Promise<IWebhookResponseData> {
	try {
		return await take();
	} catch (error) {
		const { message } = toDetails(error);
		context.logger.warn(`A callback of HappyHorse is to come again: ${message}`);
		if (context.getResponseObject().headersSent) return { noWebhookResponse: true };
		return answer(context, 503);
	}
}

/** Answers the caller at once. What is returned tells n8n so, and starts nothing. */
export function answer(context: IWebhookFunctions, status: AnswerStatus): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message: ANSWERS[status] });
	return { noWebhookResponse: true };
}
