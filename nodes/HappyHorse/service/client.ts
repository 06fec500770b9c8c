import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { z } from 'zod';

import { monotonicNow } from '../common/time';
import type { VideoRequestBody } from '../contract/requests';
import type { Balance, Task } from '../contract/responses';
import { hideSignedUrls } from '../errors/redaction';
import {
	complaintSchema,
	createdSchema,
	creditsSchema,
	errorSchema,
	idsIn,
	taskSchema,
} from '../contract/responses';
import type { Connection, Context } from './connection';
import { CREDENTIAL } from './connection';
import { halted } from '../errors/errors';
import type { RequestFailure } from '../errors/requestFailure';
import type { RequestOptions } from './retry';
import { createdNothing, isTransient, nextAttemptIn, parseRetryAfter } from './retry';
import { requestError } from '../errors/messages';
import { connectionErrorOf } from './connectionError';

/** Milliseconds for one attempt, from the connection to the last byte. */
export const ATTEMPT_MS = { GET: 30_000, POST: 60_000 };

/** Milliseconds for which a task that was surely created may be unknown: what reads may lag behind what writes. */
export const LAG_MS = 60_000;

interface Call<Schema extends z.ZodTypeAny> extends RequestOptions {
	method: 'GET' | 'POST';
	path: string;
	body?: VideoRequestBody;
	/** What the answer has to look like. */
	schema: Schema;
	/** Unix milliseconds until which setbacks that pass are waited out. */
	deadline: number;
	/** The task that the call is about, for messages. */
	taskId?: string;
}

/** An answer that was understood, with its body as it came. */
export interface Answer<T> {
	value: T;
	raw: IDataObject;
}

/** A call with its attempts so far, in milliseconds. */
interface Tries<Schema extends z.ZodTypeAny> extends Call<Schema> {
	attempts: number;
	patienceMs: number;
	elapsedMs: number;
}

type Attempt<T> = Answer<T> | { failure: RequestFailure; said?: string };

/**
 * Starts a video (contract: "POST /v1/videos/generations"): a charge.
 *
 * @param deadline Unix milliseconds until which the service may keep us waiting for our turn
 * @returns the task's id
 * @throws HappyHorseError whose advice says whether a task may exist all the same
 */
export async function postGeneration(
	connection: Connection,
	body: VideoRequestBody,
	deadline: number,
): Promise<Answer<string>> {
	return await send(connection, {
		method: 'POST',
		path: '/v1/videos/generations',
		body,
		schema: createdSchema,
		deadline,
	});
}

/**
 * A task's state (contract: "GET /v1/tasks/{taskId}").
 *
 * @param deadline Unix milliseconds until which setbacks that pass are waited out
 * @param manner a task of our own that the service does not know is asked for again for a minute
 */
export async function fetchTask(
	connection: Connection,
	taskId: string,
	deadline: number,
	options: RequestOptions = {},
): Promise<Answer<Task>> {
	return await send(connection, {
		method: 'GET',
		path: `/v1/tasks/${encodeURIComponent(taskId)}`,
		schema: taskSchema.refine(({ id }) => id === taskId),
		deadline,
		taskId,
		...options,
	});
}

/**
 * The account's balance (contract: "GET /v1/credits"). Free.
 *
 * @param deadline Unix milliseconds until which setbacks that pass are waited out
 */
export async function fetchBalance(
	connection: Connection,
	deadline: number,
): Promise<Answer<Balance>> {
	return await send(connection, {
		method: 'GET',
		path: '/v1/credits',
		schema: creditsSchema,
		deadline,
	});
}

async function send<Schema extends z.ZodTypeAny>(
	connection: Connection,
	call: Call<Schema>,
): Promise<Answer<z.output<Schema>>> {
	const { limiter, stop } = connection;
	// the deadline is wall time, which may jump; how long to try is a duration
	const patienceMs = call.deadline - Date.now();
	const startedAt = monotonicNow();
	for (let attempts = 1; ; attempts++) {
		const result = await limiter.run(async () => {
			if (limiter.heldForMs > 0) await stop.pause(limiter.heldForMs);
			stop.throwIfStopped();
			const attempt = await attemptOnce(connection, call);
			return 'value' in attempt
				? attempt
				: decideRetry(connection, attempt, {
						...{ ...call, attempts, patienceMs },
						elapsedMs: monotonicNow() - startedAt,
					});
		}, stop);
		if ('value' in result) return result;
		await stop.pause(result.pauseMs);
	}
}

/**
 * What follows from a setback. It is decided while the request still has its place, so that whoever comes next
 * already waits or stops with it.
 *
 * @throws HappyHorseError if the request is not to be sent again
 */
function decideRetry<Schema extends z.ZodTypeAny>(
	{ limiter, stop, stopsAtFirstError }: Connection,
	{ failure, said }: { failure: RequestFailure; said?: string },
	{ patienceMs, elapsedMs, ...call }: Tries<Schema>,
): { pauseMs: number } {
	const isUnknown = failure.code === 'task_not_found';
	const timeLeftMs = Math.min(patienceMs, isUnknown ? LAG_MS : patienceMs) - elapsedMs;
	const pauseMs = nextAttemptIn({ ...call, failure, timeLeftMs });
	if (pauseMs === undefined) {
		if (stopsAtFirstError) stop.stop(halted());
		const mayExist = call.method === 'POST' && !createdNothing(failure);
		throw requestError(
			{ ...call, mayExist, isTransient: isTransient(failure, call) },
			failure,
			said,
		);
	}
	if (failure.kind === 'response' && failure.httpCode === 429) limiter.hold(pauseMs);
	return { pauseMs };
}

async function attemptOnce<Schema extends z.ZodTypeAny>(
	{ context, baseUrl, stop, withoutKey }: Connection,
	call: Call<Schema>,
): Promise<Attempt<z.output<Schema>>> {
	const options: IHttpRequestOptions = {
		method: call.method,
		url: `${baseUrl}${call.path}`,
		body: call.body && { ...call.body },
		// read here, so that a body that is not JSON is an answer too
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
			withSignal(context, signal),
			CREDENTIAL,
			options,
		);
	const timeout = AbortSignal.timeout(ATTEMPT_MS[call.method]);
	try {
		// a POST runs to its end whatever stops the run, since only its answer names the task that was paid for
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

/** The same context, but n8n's helper ends the request by this signal and not by the execution's. */
function withSignal(context: Context, signal: AbortSignal): Context {
	return Object.create(context, { getExecutionCancelSignal: { value: () => signal } });
}

const responseSchema = z.object({
	statusCode: z.number(),
	headers: z.record(z.unknown()),
	// n8n's older helper gives nothing for an empty one
	body: z.string().default(''),
});

/**
 * Reads an answer.
 *
 * @param response as n8n's HTTP helpers give it, its body as text
 * @param withoutKey takes the API key out, which some services and proxies repeat
 */
export function parseResponse<Schema extends z.ZodTypeAny>(
	response: unknown,
	schema: Schema,
	withoutKey: (text: string) => string,
): Attempt<z.output<Schema>> {
	const { statusCode, headers, body: given } = responseSchema.parse(response);
	const body = withoutKey(given);
	const raw = hideSignedUrls(jsonParse<IDataObject>(body, { fallbackValue: {} }));
	const isPage = /^\s*<(!|html|head|body|\?xml)/i.test(body);
	if (statusCode >= 200 && statusCode < 300) {
		const parsed = schema.safeParse(raw);
		if (parsed.success) return { value: parsed.data, raw };
		return {
			failure: { kind: 'response', httpCode: statusCode, isPage },
			said: wordsOf(body, raw),
		};
	}
	const error = errorSchema.safeParse(raw);
	return {
		failure: {
			kind: 'response',
			httpCode: statusCode,
			...(error.success && { code: error.data.code }),
			isPage,
			retryAfterMs: parseRetryAfter(headers['retry-after'], Date.now()),
		},
		...(error.success && { said: error.data.message }),
	};
}

/**
 * What there is to quote of an answer that was not understood: why, and any id, by which a task can be found; else the
 * body as it came, unless it is a page.
 */
function wordsOf(body: string, raw: IDataObject): string | undefined {
	const complaint = complaintSchema.safeParse(raw);
	const words = [...(complaint.success ? [complaint.data.msg] : []), ...idsIn(raw)].join(', ');
	return words || (/^\s*</.test(body) ? undefined : body) || undefined;
}
