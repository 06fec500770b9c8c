import type { RequestFailure } from '../../nodes/HappyHorse/errors/requestFailure';
import type { RequestOptions } from '../../nodes/HappyHorse/service/retry';
import {
	createdNothing,
	nextAttemptIn,
	parseRetryAfter,
} from '../../nodes/HappyHorse/service/retry';
import { connectionErrorOf } from '../../nodes/HappyHorse/service/connectionError';

const silence = (code?: string): RequestFailure =>
	connectionErrorOf(Object.assign(new Error(code), { code }));
const answer = (httpCode: number, code?: string, retryAfterMs?: number): RequestFailure => ({
	kind: 'response',
	httpCode,
	code,
	retryAfterMs,
});

const decide = (
	method: 'GET' | 'POST',
	failure: RequestFailure,
	attempts = 1,
	timeLeftMs = 600_000,
	options: RequestOptions = {},
) => nextAttemptIn({ method, failure, attempts, timeLeftMs, ...options });

/** What happened, whether a GET is sent again, whether a POST is, and whether it surely created nothing. */
const TABLE: Array<[string, RequestFailure, boolean, boolean, boolean]> = [
	['connection refused', silence('ECONNREFUSED'), true, true, true],
	['name not known', silence('ENOTFOUND'), true, true, true],
	['name not looked up', silence('EAI_AGAIN'), true, true, true],
	['reset', silence('ECONNRESET'), true, false, false],
	['time-out', silence('ETIMEDOUT'), true, false, false],
	['aborted', silence('ECONNABORTED'), true, false, false],
	['socket closed', silence('EPIPE'), true, false, false],
	['unreachable host', silence('EHOSTUNREACH'), true, false, false],
	['something unknown', silence(), true, false, false],
	['unreadable 200', answer(200), true, false, false],
	['201 with another body', answer(201), true, false, false],
	['redirect', answer(302), false, false, false],
	['invalid request', answer(400, 'invalid_request'), false, false, true],
	['invalid key', answer(401, 'invalid_api_key'), false, false, true],
	['no credits', answer(402, 'insufficient_credits'), false, false, true],
	['IP not allowed', answer(403, 'ip_not_allowed'), false, false, true],
	['model not found', answer(404, 'model_not_found'), false, false, true],
	['task not found', answer(404, 'task_not_found'), false, false, true],
	['request time-out', answer(408), true, false, false],
	['rate limit', answer(429, 'rate_limit_exceeded'), true, true, true],
	['a 429 of some proxy', answer(429), true, true, true],
	['a 429 of a gateway in the same form', answer(429, 'quota'), true, true, true],
	['a firewall’s page', answer(403), false, false, false],
	['a firewall’s refusal in the same form', answer(403, 'forbidden'), false, false, false],
	['too large for a proxy', answer(413), false, false, true],
	['the client is said to have left', answer(499), false, false, false],
	['its code with another status', answer(500, 'upstream_error'), true, false, false],
	['a gateway’s 503 in the same form', answer(503, 'service_unavailable'), true, false, false],
	['spending limit', answer(429, 'spend_limit_exceeded'), false, false, true],
	['internal error', answer(500, 'internal_error'), true, false, false],
	['a 500 page', answer(500), true, false, false],
	['bad gateway', answer(502), true, false, false],
	['upstream error', answer(503, 'upstream_error'), true, true, true],
	['a 503 page', answer(503), true, false, false],
	['gateway time-out', answer(504), true, false, false],
];

describe('whether a request is sent again', () => {
	test.each(TABLE)('%s', (_name, failure, get, post, nothing) => {
		expect(decide('GET', failure) !== undefined).toBe(get);
		expect(decide('POST', failure) !== undefined).toBe(post);
		expect(createdNothing(failure)).toBe(nothing);
	});

	test('a POST is never sent again unless it surely created nothing', () => {
		for (const [, , , post, nothing] of TABLE) expect(post && !nothing).toBe(false);
	});
});

describe('in a wait for a task', () => {
	const wait = (failure: RequestFailure, isOwnTask = false) =>
		decide('GET', failure, 1, 600_000, { isWait: true, isOwnTask }) !== undefined;

	test.each(TABLE)('%s ends it only in the service’s own words', (_name, failure, get) => {
		const isOwn =
			failure.kind === 'response' && failure.code !== undefined && failure.code !== 'forbidden';
		expect(wait(failure)).toBe(get || !isOwn);
	});

	test('the service’s own words end it', () => {
		expect(wait(answer(401, 'invalid_api_key'))).toBe(false);
		expect(wait(answer(429, 'spend_limit_exceeded'))).toBe(false);
		expect(wait(answer(404, 'task_not_found'))).toBe(false);
	});

	test('but a task that was surely created will be known sooner or later', () => {
		expect(wait(answer(404, 'task_not_found'), true)).toBe(true);
	});
});

describe('when', () => {
	test('pauses grow, up to half a minute', () => {
		const pauses = [1, 2, 3, 4, 20].map((attempts) => decide('GET', answer(502), attempts));
		expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 30_000]);
	});

	test('Retry-After is kept where it asks for more than the back-off', () => {
		expect(decide('POST', answer(429, 'rate_limit_exceeded', 7_000))).toBe(7_000);
		expect(decide('GET', answer(503, 'upstream_error', 0))).toBe(500);
		expect(decide('POST', answer(429, 'rate_limit_exceeded', 100), 5)).toBe(8_000);
	});

	test('nothing is sent again when the time is up', () => {
		expect(decide('GET', answer(502), 1, 500)).toBeUndefined();
		expect(decide('POST', answer(429, 'rate_limit_exceeded', 60_000), 1, 59_000)).toBeUndefined();
	});

	test('a wait to the end has a last look there, whatever pause is asked for', () => {
		const options = { isWait: true, looksAtEnd: true };
		const limit = answer(429, 'rate_limit_exceeded', 3_600_000);
		expect(decide('GET', limit, 1, 60_000, options)).toBe(59_000);
		expect(decide('GET', answer(502), 20, 10_000, options)).toBe(9_000);
		expect(decide('GET', limit, 1, 900, options)).toBeUndefined();
	});

	test('a POST that nobody takes is given up, one that waits for its turn is not', () => {
		expect(decide('POST', silence('ECONNREFUSED'), 3)).toBeDefined();
		expect(decide('POST', silence('ECONNREFUSED'), 4)).toBeUndefined();
		expect(decide('POST', answer(503, 'upstream_error'), 4)).toBeUndefined();
		expect(decide('POST', answer(429, 'rate_limit_exceeded'), 40)).toBeDefined();
	});
});

describe('Retry-After', () => {
	const now = Date.parse('2026-01-01T00:00:00Z');

	test.each([
		['3', 3_000],
		['0', 0],
		[' 1.5 ', 1_500],
		['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
		['Wed, 31 Dec 2025 23:59:00 GMT', 0],
		['soon', undefined],
		['', undefined],
		[undefined, undefined],
		[['3'], undefined],
	])('%p is %p milliseconds', (header, ms) => {
		expect(parseRetryAfter(header, now)).toBe(ms);
	});
});
