import type { NodeParameterValueType } from 'n8n-workflow';

import type { ErrorCode } from '../../sandbox/errors';
import { ERRORS } from '../../sandbox/errors';
import type { Fault, Outcome } from '../../sandbox';

export type Place = 'POST video' | 'GET task' | 'GET credits' | 'GET file' | 'Task' | 'Fields';

export interface Row {
	where: Place;
	what: string;
	fault?: Omit<Fault, 'on'>;
	outcome?: Outcome;
	/** Parameters of the node that are not in order. */
	parameters?: Record<string, NodeParameterValueType>;
	/** What the clip to edit is: a file among the tests' media. */
	clip?: string;
	/** Nobody listens at the base URL. */
	nobody?: true;
	/** The request is carried out although its answer does not come through. */
	answerIsLost?: true;
}

const API = ['POST video', 'GET task', 'GET credits'] as const;
const ALL = [...API, 'GET file'] as const;

const at = (places: readonly Place[], rows: Array<Omit<Row, 'where'>>): Row[] =>
	places.flatMap((where) => rows.map((row) => ({ where, ...row })));

const codes = Object.keys(ERRORS) as ErrorCode[];
const html = (title: string) => `<!doctype html><title>${title}</title>`;
const page = (status: number, effect = false): Omit<Row, 'where'> => ({
	what: `a page with status ${status}${effect ? ', carried out' : ''}`,
	fault: { respond: { status, body: html(String(status)) }, effect },
	...(effect && { answerIsLost: true }),
});
const body = (what: string, text: string): Omit<Row, 'where'> => ({
	what: `status 200 with ${what}`,
	fault: { respond: { status: 200, body: text }, effect: true },
	answerIsLost: true,
});
const says = (what: string, message: string): Omit<Row, 'where'> => ({
	what,
	fault: { respond: { status: 400, body: { error: { code: 'invalid_request', message } } } },
});
const task = (what: string, outcome: Outcome): Row => ({ where: 'Task', what, outcome });
const options = (what: string, given: Record<string, NodeParameterValueType>): Row => ({
	where: 'Fields',
	what,
	parameters: { options: given },
});
const gateway = (what: string, status: number, code: string): Omit<Row, 'where'> => ({
	what,
	fault: {
		respond: { status, body: { error: { code, message: 'Not now', type: 'x' } } },
		effect: true,
	},
	answerIsLost: true,
});
const output = (what: string, value: unknown) =>
	task(what, {
		task: (answer) => ('output' in answer ? { ...answer, output: value } : answer),
	});

/** Everything that the matrix plays: each a whole run of the node in which one thing goes wrong, and stays wrong. */
export const ROWS: Row[] = [
	// each row of the contract's error table
	...at(
		API,
		codes.map((error) => ({ what: error, fault: { error, retryAfter: '3600' } })),
	),
	// connections
	...at(ALL, [
		{ what: 'reset before the request was read', fault: { break: 'reset-before' } },
		{
			what: 'reset after it was carried out',
			fault: { break: 'reset-after' },
			answerIsLost: true,
		},
		{ what: 'no answer, not carried out', fault: { break: 'hang' } },
		{ what: 'no answer, carried out', fault: { break: 'hang-after' }, answerIsLost: true },
		{ what: 'half an answer', fault: { break: 'half' }, answerIsLost: true },
		{
			what: 'an answer byte by byte',
			fault: { break: 'drip', dripMs: 10_000 },
			answerIsLost: true,
		},
	]),
	...at(['POST video', 'GET credits'], [{ what: 'connection refused', nobody: true }]),
	// answers that are not the service's
	...at(
		API,
		[500, 502, 503, 504, 403, 413].map((status) => page(status)),
	),
	// how often a POST is sent then depends on the time
	...at(['GET task', 'GET credits'], [page(429)]),
	...at(
		['POST video'],
		[500, 502, 503, 504].map((status) => page(status, true)),
	),
	...at(
		['POST video'],
		[
			gateway('a gateway’s 503 in the service’s form, carried out', 503, 'service_unavailable'),
			gateway('a firewall’s 403 in the service’s form, carried out', 403, 'forbidden'),
			gateway('a gateway’s 408 in the service’s form, carried out', 408, 'invalid_request'),
			{ ...page(403, true), what: 'a firewall’s page with status 403, carried out' },
			body('an id that is a number', '{"code":200,"data":{"taskId":12345}}'),
			body('a reason', '{"code":402,"msg":"No more credits"}'),
		],
	),
	...at(
		['POST video', 'GET task'],
		[
			['Retry-After: 0, twice', '0'],
			['Retry-After in the past, twice', 'Wed, 31 Dec 2025 23:59:00 GMT'],
		].map(([what, retryAfter]) => ({
			what,
			fault: { error: 'rate_limit_exceeded' as const, retryAfter, times: 2 },
			parameters: { options: { timeout: 1 } },
		})),
	),
	...at(API, [
		body('an HTML page', html('Welcome')),
		body('an empty body', ''),
		body('truncated JSON', '{"code": 200, "data": {"task'),
		body('null', 'null'),
		body('a list', '[]'),
		body('a text', '"OK"'),
		body(
			'wrong types',
			'{"code":200,"data":{"taskId":7,"balance":"many","credits":[]},"id":1,"status":{}}',
		),
		body('an odd prototype', '{"__proto__":{"data":{"taskId":"x"}},"constructor":1}'),
		{
			what: 'a redirect to another host',
			fault: { respond: { status: 302, headers: { location: 'http://127.0.0.1:1/' } } },
		},
		says('an error message of 1000 kB', 'too long '.repeat(120_000)),
		says('an error message in any script', '提示词 🐎 غير صالح \u202e\u0000'),
		{
			what: 'an unknown error code',
			fault: { respond: { status: 418, body: { error: { code: 'teapot', message: 'I am one' } } } },
		},
	]),
	// files
	...at(
		['GET file'],
		[400, 401, 403, 404, 410, 429, 500, 503].map((status) => page(status)),
	),
	...at(
		['GET file'],
		[
			{ what: 'an HTML page', outcome: { file: 'html' } },
			{ what: 'gone after 24 hours', outcome: { file: 'gone', completedAgoMs: 90_000_000 } },
			{
				what: 'an empty file',
				fault: { respond: { headers: { 'content-type': 'video/mp4' }, body: '' } },
			},
			{
				what: 'JSON',
				fault: { respond: { headers: { 'content-type': 'application/json' }, body: '{}' } },
			},
			{ what: 'no particular content type', outcome: { file: 'octet' } },
			{ what: 'a redirect to the file', outcome: { file: 'redirect' } },
			{
				what: 'a redirect without end',
				fault: { respond: { status: 302, headers: { location: '/videos/again.mp4' } } },
			},
		],
	),
	// what a task says of itself
	task('nothing goes wrong', {}),
	task('fails', { status: 'failed', error: { code: 'upstream_error', message: '包含敏感词' } }),
	task('fails without a reason', {
		status: 'failed',
		task: (answer) => ({ ...answer, error: undefined }),
	}),
	task('is not known for a second after its creation', { lagMs: 1_000 }),
	task('takes too long', { taskMs: 3_600_000 }),
	task('has a status that nobody knows', { task: (answer) => ({ ...answer, status: 'dreaming' }) }),
	task('comes wrapped in data', { wrap: true }),
	task('has fields that nobody knows', { task: (answer) => ({ ...answer, extra: { a: [1] } }) }),
	task('is another task', { task: (answer) => ({ ...answer, id: 'someone-else' }) }),
	task('was completed in the far future', {
		task: (answer) => ({ ...answer, completed_at: 1e15, created_at: -1e15 }),
	}),
	task('has times that are none', {
		task: (answer) => ({ ...answer, completed_at: 'noon', created_at: null }),
	}),
	output('is completed without output', undefined),
	output('is completed without URLs', {}),
	output('is completed with an empty list', { urls: [] }),
	output('is completed with a file: URL', { urls: ['file:///etc/passwd'] }),
	output('is completed with a URL that is none', { urls: ['video.mp4', 7, null] }),
	output('is completed with a javascript: URL', { urls: ['javascript:alert(1)'] }),
	// what an item gives
	options('Max Credits reads a column that is not there', { maxCredits: '={{ $json.bugdet }}' }),
	options('Max Credits is empty', { maxCredits: '={{ "" }}' }),
	options('Max Credits is less than the video costs', { maxCredits: 137 }),
	options('Check Balance reads a column that is not there', { checkBalance: '={{ $json.chekc }}' }),
	...at(
		['Fields'],
		[
			{ what: 'Prompt is a zero-width space', parameters: { prompt: '\u200b' } },
			{ what: 'Prompt has half of a character', parameters: { prompt: 'A horse \ud83d' } },
			{
				what: 'an edit of a clip in fragments, on a budget of 300',
				clip: 'fragments.mp4',
				parameters: { options: { maxCredits: 300 } },
			},
			{
				what: 'an edit of 4.004 seconds, on a budget of 221',
				clip: '29.97fps.mov',
				parameters: { options: { maxCredits: 221 } },
			},
		],
	),
];
