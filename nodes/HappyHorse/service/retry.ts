import type { Setback } from '../errors/setback';

export interface Situation {
	method: 'GET' | 'POST';
	setback: Setback;
	/** Attempts made so far, this one included. */
	attempts: number;
	/** Milliseconds until the caller stops caring. */
	timeLeftMs: number;
}

/** System errors after which the request surely never left: nobody was there to take it. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A POST that nobody takes is given up after this many attempts; the wait for a turn (429) is bounded by time alone. */
const MOST_ATTEMPTS = 4;

const isRefusal = (httpCode: number) => httpCode >= 400 && httpCode < 500 && httpCode !== 408;

const isRateLimit = (setback: Setback) =>
	setback.kind === 'answer' && setback.httpCode === 429 && setback.code !== 'spend_limit_exceeded';

/**
 * Whether the setback proves that a POST created nothing: nobody was reached, or the service refused it.
 * A reset, a time-out, a 500 or an answer that can't be read proves nothing: the task may exist and be paid for.
 */
export function createdNothing(setback: Setback): boolean {
	if (setback.kind === 'silence') return NEVER_SENT.includes(setback.code ?? '');
	return isRefusal(setback.httpCode) || (setback.httpCode === 503 && setback.code !== undefined);
}

/** Whether the same request may succeed a little later. */
export function isPassing(setback: Setback): boolean {
	if (setback.kind === 'silence' || isRateLimit(setback)) return true;
	const isRedirect = setback.httpCode >= 300 && setback.httpCode < 400;
	return !isRedirect && !isRefusal(setback.httpCode);
}

/** Whether sending a POST once more can't create a second task: a 429 or 503 counts only in the service's own words, not a proxy's. */
function isSafeToRepeat(setback: Setback): boolean {
	return createdNothing(setback) && (setback.kind === 'silence' || setback.code !== undefined);
}

/**
 * Decides whether a request is sent again, and when.
 *
 * A GET changes nothing, so it is repeated while there is time. A POST costs money, so it is repeated only
 * where it surely created nothing, and then only a few times.
 *
 * @returns the pause before the next attempt in milliseconds, or undefined to give up
 */
export function nextAttemptIn({
	method,
	setback,
	attempts,
	timeLeftMs,
}: Situation): number | undefined {
	if (!isPassing(setback)) return undefined;
	if (method === 'POST') {
		if (!isSafeToRepeat(setback)) return undefined;
		if (!isRateLimit(setback) && attempts >= MOST_ATTEMPTS) return undefined;
	}
	const backOff = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
	const asked = setback.kind === 'answer' ? setback.retryAfterMs : undefined;
	const pause = Math.max(asked ?? backOff, 0);
	return pause < timeLeftMs ? pause : undefined;
}

/**
 * A Retry-After header in milliseconds, given as seconds or as an HTTP date; undefined if it is neither.
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
