import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { z } from 'zod';

import { monotonicNow } from '../common/time';
import type { VideoRequestBody } from '../contract/requests';
import type { Balance, Task } from '../contract/responses';
import { hideSignedUrls } from '../errors/redaction';
import { asQuote, codeIn, isPageText, statusIn, wordsIn } from '../contract/refusal';
import { createdSchema, creditsSchema, idsIn, taskSchema } from '../contract/responses';
import { CREDENTIAL } from './access';
import type { Connection } from './connection';
import { halted } from '../errors/errors';
import type { RequestFailure } from '../errors/requestFailure';
import type { RequestOptions } from './retry';
import { createdNothing, isTransient, lastLookIn, nextAttemptIn, parseRetryAfter } from './retry';
import { requestError } from '../errors/messages';
import { headersSchema, withAbortSignal } from '../n8n/requests';
import { connectionErrorOf } from './connectionError';

/** Milliseconds for one attempt, from connecting to the last byte. */
export const ATTEMPT_MS = { GET: 30_000, POST: 60_000 };

/** Milliseconds for which the service may not know a task that it has created: its reads may lag behind its writes. */
export const LAG_MS = 60_000;

interface Call<Schema extends z.ZodTypeAny> extends RequestOptions {
	method: 'GET' | 'POST';
	path: string;
	body?: VideoRequestBody;
	/** Schema of the answer. */
	schema: Schema;
	/** Milliseconds for which transient failures are retried. */
	patienceMs: number;
	/** Task concerned, for messages. */
	taskId?: string;
}

/** Parsed answer with its raw body. */
export interface Answer<T> {
	value: T;
	raw: IDataObject;
}

/** A failure with the service's own words. */
interface Failed {
	failure: RequestFailure;
	said?: string;
}

type Attempt<T> = Answer<T> | Failed;

/**
 * Starts a video (contract: "POST /v1/videos/generations"), which is charged.
 *
 * @param patienceMs milliseconds for which rate limits and other failures that created nothing are retried
 * @returns the task's id
 * @throws HappyHorseError, with `taskMayExist` if a task may have been created anyway
 */
export async function postGeneration(
	connection: Connection,
	body: VideoRequestBody,
	patienceMs: number,
): Promise<Answer<string>> {
	return await send(connection, {
		method: 'POST',
		path: '/v1/videos/generations',
		body,
		schema: createdSchema,
		patienceMs,
	});
}

/**
 * Fetches a task (contract: "GET /v1/tasks/{taskId}"). Free.
 *
 * @param patienceMs milliseconds for which transient failures are retried
 * @throws HappyHorseError that names the task
 */
export async function fetchTask(
	connection: Connection,
	taskId: string,
	patienceMs: number,
	options: RequestOptions = {},
): Promise<Answer<Task>> {
	return await send(connection, {
		method: 'GET',
		path: `/v1/tasks/${encodeURIComponent(taskId)}`,
		schema: taskSchema.refine(({ id }) => id === taskId),
		patienceMs,
		taskId,
		...options,
	});
}

/**
 * Fetches the account's balance (contract: "GET /v1/credits"). Free.
 *
 * @param patienceMs milliseconds for which transient failures are retried
 * @throws HappyHorseError
 */
export async function fetchBalance(
	connection: Connection,
	patienceMs: number,
): Promise<Answer<Balance>> {
	return await send(connection, {
		method: 'GET',
		path: '/v1/credits',
		schema: creditsSchema,
		patienceMs,
	});
}

async function send<Schema extends z.ZodTypeAny>(
	connection: Connection,
	call: Call<Schema>,
): Promise<Answer<z.output<Schema>>> {
	const { limiter, stop } = connection;
	const endsAt = monotonicNow() + call.patienceMs;
	let attempts = 0;
	for (;;) {
		const result = await limiter.run(async () => {
			// waits outside, since its place belongs to whoever may send
			const heldForMs = heldBackFor(connection, call, endsAt);
			if (heldForMs > 0) return { pauseMs: heldForMs };
			stop.throwIfStopped();
			attempts++;
			const attempt = await attemptOnce(connection, call);
			return 'value' in attempt
				? attempt
				: decideRetry(connection, attempt, { ...call, attempts, endsAt });
		}, stop);
		if ('value' in result) return result;
		await stop.pause(result.pauseMs);
	}
}

/**
 * Milliseconds for which the account's requests are held back, after the service has asked one of them for a pause.
 *
 * @throws HappyHorseError if the pause is longer than the call may take
 */
function heldBackFor<Schema extends z.ZodTypeAny>(
	connection: Connection,
	call: Call<Schema>,
	endsAt: number,
): number {
	const { limiter, account } = connection;
	const heldForMs = limiter.heldForMs(account);
	if (call.looksAtEnd) return Math.min(heldForMs, lastLookIn(endsAt - monotonicNow()));
	if (heldForMs < call.patienceMs || heldForMs === 0) return heldForMs;
	const failure: RequestFailure = {
		...{ kind: 'response', httpCode: 429, code: 'rate_limit_exceeded', retryAfterMs: heldForMs },
	};
	throw givenUp(connection, { failure }, { ...call, attempts: 0 });
}

/**
 * Decides whether a failed request is sent again. The request still holds its place in the limiter, so that the next
 * one already waits or stops with it.
 *
 * @returns the pause before the next attempt in milliseconds
 * @throws HappyHorseError if the request is not sent again
 */
function decideRetry<Schema extends z.ZodTypeAny>(
	connection: Connection,
	failed: Failed,
	{ endsAt, ...call }: Call<Schema> & { attempts: number; endsAt: number },
): { pauseMs: number } {
	const { failure } = failed;
	const beyondMs = failure.code === 'task_not_found' ? Math.max(call.patienceMs - LAG_MS, 0) : 0;
	const timeLeftMs = endsAt - beyondMs - monotonicNow();
	const pauseMs = nextAttemptIn({ ...call, failure, timeLeftMs });
	if (pauseMs === undefined) throw givenUp(connection, failed, { ...call, timeLeftMs });
	const { limiter, account } = connection;
	if (failure.kind === 'response' && failure.httpCode === 429) limiter.hold(account, pauseMs);
	return { pauseMs };
}

/** Error for a request that is not sent again; the run's others stop with it if it ends the run. */
function givenUp<Schema extends z.ZodTypeAny>(
	{ stop, stopsAtFirstError, offersRetry }: Connection,
	{ failure, said }: Failed,
	call: Call<Schema> & { attempts: number; timeLeftMs?: number },
): Error {
	if (stopsAtFirstError) stop.stop(halted());
	const mayExist = call.method === 'POST' && !createdNothing(failure);
	return requestError(
		{ ...call, mayExist, isTransient: isTransient(failure, call), offersRetry },
		failure,
		said,
	);
}

async function attemptOnce<Schema extends z.ZodTypeAny>(
	{ context, access, stop }: Connection,
	call: Call<Schema>,
): Promise<Attempt<z.output<Schema>>> {
	const { fields, baseUrl, withoutKey } = await access();
	const options: IHttpRequestOptions = {
		method: call.method,
		url: `${baseUrl}${call.path}`,
		body: call.body && { ...call.body },
		// parsed here, so that a body that is not JSON is an answer too
		encoding: 'text',
		headers: {
			Accept: 'application/json',
			...(call.body && { 'Content-Type': 'application/json' }),
		},
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
	};
	const request = async (signal: AbortSignal): Promise<unknown> =>
		await context.helpers.httpRequestWithAuthentication.call(
			withAbortSignal(context, signal),
			CREDENTIAL,
			options,
			// or n8n would take the first item's
			{
				credentialsDecrypted: {
					...{ id: '', name: '', type: CREDENTIAL },
					data: { ...fields },
				},
			},
		);
	const timeout = AbortSignal.timeout(ATTEMPT_MS[call.method]);
	try {
		// a stop does not abort a POST, since only its answer names the paid task
		const response =
			call.method === 'POST'
				? await request(timeout)
				: await stop.during(async (stopped) => await request(AbortSignal.any([timeout, stopped])));
		return parseResponse(response, call.schema, withoutKey);
	} catch (error) {
		if (call.method === 'GET') stop.throwIfStopped();
		return {
			failure: timeout.aborted
				? { kind: 'connection', code: 'ETIMEDOUT' }
				: connectionErrorOf(error),
		};
	}
}

const responseSchema = z.object({
	statusCode: z.number(),
	headers: headersSchema,
	// n8n's older helper omits an empty one
	body: z.string().default(''),
});

/**
 * Parses a response.
 *
 * @param response as n8n's HTTP helpers return it, its body as text
 * @param withoutKey hides the API key, which some services and proxies repeat
 */
export function parseResponse<Schema extends z.ZodTypeAny>(
	response: unknown,
	schema: Schema,
	withoutKey: (text: string) => string,
): Attempt<z.output<Schema>> {
	const { statusCode, headers, body: given } = responseSchema.parse(response);
	const body = withoutKey(given);
	const raw = hideSignedUrls(jsonParse<IDataObject>(body, { fallbackValue: {} }));
	const isPage = isPageText(body);
	if (statusCode >= 200 && statusCode < 300) {
		const parsed = schema.safeParse(raw);
		if (parsed.success) return { value: parsed.data, raw };
		const envelopeStatus = statusIn(raw);
		const words = [envelopeStatus && wordsIn(raw), ...idsIn(raw)].filter(Boolean).join(', ');
		return {
			failure: { kind: 'response', httpCode: statusCode, envelopeStatus, isPage },
			said: words || asQuote(body),
		};
	}
	return {
		failure: {
			kind: 'response',
			httpCode: statusCode,
			code: codeIn(raw),
			isPage,
			retryAfterMs: parseRetryAfter(headers['retry-after'], Date.now()),
		},
		said: wordsIn(raw) ?? asQuote(body),
	};
}
