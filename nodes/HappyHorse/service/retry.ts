import type { RequestFailure } from '../errors/requestFailure';

type Answered = Extract<RequestFailure, { kind: 'response' }>;

/** Options of a GET. */
export interface RequestOptions {
	/** Set for a long wait, which only the service's own answer ends, not a firewall's page. */
	isWait?: boolean;
	/** Set for a task that was surely created, so that the service will know it sooner or later. */
	isOwnTask?: boolean;
	/** Set to look once more at the end of the time, whatever pause the service asks for. */
	looksAtEnd?: boolean;
}

export interface Situation extends RequestOptions {
	method: 'GET' | 'POST';
	failure: RequestFailure;
	/** Attempts so far, including this one. */
	attempts: number;
	/** Milliseconds until the caller's deadline. */
	timeLeftMs: number;
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** Milliseconds that the last look of a wait gets. */
const LAST_LOOK_MS = 1_000;
/** Attempts of a POST that nobody accepts; only the deadline bounds a rate limit (429). */
const MAX_ATTEMPTS = 4;

/** Status that each code comes with (contract: "Errors"). */
const STATUS_BY_CODE = new Map(
	Object.entries({
		invalid_request: 400,
		invalid_api_key: 401,
		insufficient_credits: 402,
		ip_not_allowed: 403,
		model_not_found: 404,
		task_not_found: 404,
		rate_limit_exceeded: 429,
		spend_limit_exceeded: 429,
		internal_error: 500,
		upstream_error: 503,
	}),
);

/** Recognizes the service's own answers, the rows of the contract's table; others may come from a gateway or firewall. */
const isOwn = ({ httpCode, code = '' }: Answered) => STATUS_BY_CODE.get(code) === httpCode;

/** Statuses that gateways and firewalls may return even after the service has carried the request out. */
const LATE_REFUSALS = [403, 408, 499];

const isRefusal = (httpCode: number) => httpCode >= 400 && httpCode < 500 && httpCode !== 408;

const isRateLimit = (failure: RequestFailure) =>
	failure.kind === 'response' &&
	failure.httpCode === 429 &&
	failure.code !== 'spend_limit_exceeded';

/**
 * Tells whether a failure proves that a POST created nothing: nobody was reached, or the service refused.
 * After a reset, a time-out, a 500 or an unreadable answer the task may exist and be paid for.
 */
export function createdNothing(failure: RequestFailure): boolean {
	if (failure.kind === 'connection') return failure.isUnsent === true;
	if (isOwn(failure)) return failure.code !== 'internal_error';
	return isRefusal(failure.httpCode) && !LATE_REFUSALS.includes(failure.httpCode);
}

/** Tells whether the same request may succeed a little later. */
export function isTransient(
	failure: RequestFailure,
	{ isWait, isOwnTask }: RequestOptions = {},
): boolean {
	if (failure.kind === 'connection') return isWait === true || failure.isPermanent !== true;
	if (isRateLimit(failure)) return true;
	if (isOwn(failure) && isRefusal(failure.httpCode))
		return isOwnTask === true && failure.code === 'task_not_found';
	const isRedirect = failure.httpCode >= 300 && failure.httpCode < 400;
	return isWait === true || !(isRedirect || isRefusal(failure.httpCode));
}

/** Milliseconds until the last look that there is time for; 0 if its time has come. */
export const lastLookIn = (timeLeftMs: number) => Math.max(timeLeftMs - LAST_LOOK_MS, 0);

/**
 * Decides whether a request is sent again, and when. A GET is repeated while there is time. A POST costs money, so it
 * is repeated only if it surely created nothing: after a rate limit while there is time, else a few times.
 *
 * @returns the pause before the next attempt in milliseconds, or undefined to give up
 */
export function nextAttemptIn({
	method,
	failure,
	attempts,
	timeLeftMs,
	...options
}: Situation): number | undefined {
	if (!isTransient(failure, options)) return undefined;
	if (method === 'POST') {
		if (!createdNothing(failure)) return undefined;
		if (!isRateLimit(failure) && attempts >= MAX_ATTEMPTS) return undefined;
	}
	const backOff = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS);
	const { retryAfterMs = 0 } = failure.kind === 'response' ? failure : {};
	const lastLookMs = lastLookIn(timeLeftMs);
	const longest = options.looksAtEnd && lastLookMs > 0 ? lastLookMs : Infinity;
	const pause = Math.min(Math.max(retryAfterMs, backOff), longest);
	return pause < timeLeftMs ? pause : undefined;
}

/**
 * Converts a Retry-After header, given as seconds or as an HTTP date, to milliseconds; undefined for anything else.
 *
 * @param now Unix milliseconds
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
	if (typeof header !== 'string' && typeof header !== 'number') return undefined;
	const text = String(header).trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
	const date = Date.parse(text);
	return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
