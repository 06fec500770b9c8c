import * as fc from 'fast-check';

import type { Fault } from '../sandbox';

/** Something that goes wrong with a request, and whether it proves that the request was not carried out. */
interface Wrong {
	fault: Omit<Fault, 'on' | 'skip' | 'times'>;
	/** By the contract: it was not carried out for certain, so that a POST may be sent again. */
	provesNothingDone?: true;
}

const gatewayError = (code: string) => ({ error: { code, message: 'Not now', type: 'x' } });

/** All that may go wrong with a request, by how a sentence names it. */
export const WRONGS = {
	'an internal error': { fault: { error: 'internal_error' } },
	'an internal error after it was done': { fault: { error: 'internal_error', effect: true } },
	'an upstream error': { fault: { error: 'upstream_error' }, provesNothingDone: true },
	'an upstream error with Retry-After: 0': {
		fault: { error: 'upstream_error', retryAfter: '0' },
		provesNothingDone: true,
	},
	'a rate limit': { fault: { error: 'rate_limit_exceeded' }, provesNothingDone: true },
	'a rate limit with Retry-After: 0': {
		fault: { error: 'rate_limit_exceeded', retryAfter: '0' },
		provesNothingDone: true,
	},
	'a rate limit with Retry-After in the past': {
		fault: { error: 'rate_limit_exceeded', retryAfter: 'Wed, 31 Dec 2025 23:59:00 GMT' },
		provesNothingDone: true,
	},
	'a rate limit with Retry-After: 40': {
		fault: { error: 'rate_limit_exceeded', retryAfter: '40' },
		provesNothingDone: true,
	},
	'a rate limit with Retry-After: 90000': {
		fault: { error: 'rate_limit_exceeded', retryAfter: '90000' },
		provesNothingDone: true,
	},
	'the spending limit': { fault: { error: 'spend_limit_exceeded' }, provesNothingDone: true },
	'a lack of credits': { fault: { error: 'insufficient_credits' }, provesNothingDone: true },
	'a refusal of the request': { fault: { error: 'invalid_request' }, provesNothingDone: true },
	'a refusal of the key': { fault: { error: 'invalid_api_key' }, provesNothingDone: true },
	'a refusal of the address': { fault: { error: 'ip_not_allowed' }, provesNothingDone: true },
	'word that the task is not known': {
		fault: { error: 'task_not_found' },
		provesNothingDone: true,
	},
	'a gateway’s 503 in the service’s form, after it was done': {
		fault: { respond: { status: 503, body: gatewayError('service_unavailable') }, effect: true },
	},
	'its own code with another status, after it was done': {
		fault: { respond: { status: 500, body: gatewayError('upstream_error') }, effect: true },
	},
	'word that it took too long, after it was done': {
		fault: { respond: { status: 408, body: gatewayError('timeout') }, effect: true },
	},
	'a gateway’s page with status 502': { fault: { respond: { status: 502, body: '<html>' } } },
	'a gateway’s page with status 504, after it was done': {
		fault: { respond: { status: 504, body: '<html>' }, effect: true },
	},
	'a firewall’s page with status 403, after it was done': {
		fault: { respond: { status: 403, body: '<html>' }, effect: true },
	},
	'a page with status 200': { fault: { respond: { status: 200, body: '<html>' } } },
	'an answer that can’t be read, after it was done': {
		fault: { respond: { status: 200, body: { code: 200, data: {} } }, effect: true },
	},
	'an id that is a number, after it was done': {
		fault: { respond: { status: 200, body: { code: 200, data: { taskId: 12345 } } }, effect: true },
	},
	'a redirect': {
		fault: { respond: { status: 302, headers: { location: 'http://127.0.0.1:9' } } },
	},
	'a reset before it was read': { fault: { break: 'reset-before' } },
	'a reset after it was done': { fault: { break: 'reset-after' } },
	'half an answer': { fault: { break: 'half' } },
	silence: { fault: { break: 'hang' } },
	'silence after it was done': { fault: { break: 'hang-after' } },
} satisfies Record<string, Wrong>;

export type WrongName = keyof typeof WRONGS;

export const wrongOf = (name: WrongName): Wrong => WRONGS[name];

/** What the service does to some requests. */
export interface Trouble {
	on: 'create' | 'task' | 'credits' | 'file';
	what: WrongName;
	/** Requests of the kind to let through first. */
	skip: number;
	/** Requests that it spoils. */
	times: number;
}

/** How a task goes, by the order in which tasks are created. */
export interface Course {
	seconds: number;
	fails: boolean;
	/** Seconds for which reads don't know it. */
	lag: number;
}

/** A callback that reaches n8n: for which of the tasks, how many seconds after the execution was parked. */
export interface Call {
	task: number;
	after: number;
	/** Whether the service says it of a task that it has not finished. */
	isEarly: boolean;
}

export interface History {
	seed: number;
	items: number;
	/** What the fields give for an item each time that they are read. */
	fields: 'the same for all items' | 'one for each item' | 'something else each time';
	/** Whether the length of the video, and with it its price, is another each time. */
	isPriceRandom: boolean;
	waitMethod: 'polling' | 'callback' | 'parked';
	waits: boolean;
	download: boolean;
	onError: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** Max. Tries of Retry On Fail; 1 where it is off. */
	tries: number;
	/** Videos of five seconds that Max Credits covers; undefined where it is not set. */
	budget?: number;
	checkBalance: boolean;
	maxConcurrency: number;
	/** Minutes. */
	timeout: number;
	troubles: Trouble[];
	courses: Course[];
	calls: Call[];
	/** Whether n8n wakes a parked execution twice for the same time, as 1.x may. */
	wakesTwice: boolean;
	/** Seconds after which somebody presses Stop. */
	stopAfter?: number;
	/** What somebody does once an execution has failed: presses Retry, as it is or after an edit. */
	retries: Array<'as it is' | 'with another prompt'>;
}

const names = Object.keys(WRONGS) as WrongName[];

/** What may have created a task without giving its id is what histories are most about. */
const afterItWasDone = names.filter((name) => name.includes('after it was done'));

const trouble: fc.Arbitrary<Trouble> = fc.record({
	on: fc.constantFrom('create', 'create', 'task', 'task', 'credits', 'file'),
	what: fc.oneof(fc.constantFrom(...names), fc.constantFrom(...afterItWasDone)),
	skip: fc.nat(4),
	times: fc.constantFrom(1, 1, 2, 3, 10),
});

const course: fc.Arbitrary<Course> = fc.record({
	seconds: fc.constantFrom(20, 3, 90, 400, 5_000),
	fails: fc.boolean(),
	lag: fc.constantFrom(0, 0, 0, 2, 30, 300),
});

const call: fc.Arbitrary<Call> = fc.record({
	task: fc.nat(4),
	after: fc.constantFrom(1, 25, 100, 420),
	isEarly: fc.boolean(),
});

/** Any history. It shrinks towards one item for which nothing goes wrong. */
export const anyHistory: fc.Arbitrary<History> = fc
	.record({
		seed: fc.nat(1_000),
		items: fc.oneof(
			{ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) },
			fc.integer({ min: 1, max: 12 }),
		),
		fields: fc.constantFrom(
			'one for each item' as const,
			'the same for all items' as const,
			'something else each time' as const,
		),
		isPriceRandom: fc.boolean(),
		waitMethod: fc.constantFrom('polling' as const, 'parked' as const, 'callback' as const),
		waits: fc.constantFrom(true, true, true, false),
		download: fc.constantFrom(false, false, true),
		onError: fc.constantFrom(
			'stopWorkflow' as const,
			'continueRegularOutput' as const,
			'continueErrorOutput' as const,
		),
		tries: fc.constantFrom(1, 2, 3),
		budget: fc.option(fc.integer({ min: 2, max: 20 }), { nil: undefined, freq: 1 }),
		checkBalance: fc.constantFrom(false, false, true),
		maxConcurrency: fc.constantFrom(1, 5, 100),
		timeout: fc.constantFrom(2, 15),
		troubles: fc.array(trouble, { maxLength: 4 }),
		courses: fc.array(course, { maxLength: 5 }),
		calls: fc.array(call, { maxLength: 4 }),
		wakesTwice: fc.constantFrom(false, false, false, true),
		stopAfter: fc.option(fc.constantFrom(1, 10, 60), { nil: undefined, freq: 6 }),
		retries: fc.array(fc.constantFrom('as it is' as const, 'with another prompt' as const), {
			maxLength: 2,
		}),
	})
	.map((history) => history as History);

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);
const SUBJECTS = {
	create: 'the creation',
	task: 'a look',
	credits: 'the balance',
	file: 'a download',
};

/** A history as a sentence. */
export function tell(history: History): string {
	const { items, fields, waitMethod, onError, tries, budget, troubles, courses, calls } = history;
	const parts = [
		`${items} ${items === 1 ? 'item' : 'items'} (fields give ${fields}${history.isPriceRandom ? ', prices too' : ''})`,
		history.waits ? `wait by ${waitMethod} for ${history.timeout} minutes` : 'do not wait',
		`${history.maxConcurrency} at once`,
		history.download && 'download',
		onError !== 'stopWorkflow' && `On Error is ${onError}`,
		tries > 1 && `Retry On Fail tries ${tries} times`,
		budget !== undefined && `the budget covers ${budget} videos of 5 seconds`,
		history.checkBalance && 'the balance is checked',
		...troubles.map(
			({ on, what, skip, times: count }) =>
				`${SUBJECTS[on]} gets ${what} ${times(count)}${skip > 0 ? `, after ${skip} that go well` : ''}`,
		),
		...courses.map(
			({ seconds, fails, lag }, index) =>
				`task ${index} ${fails ? 'fails' : 'is finished'} after ${seconds} s${lag > 0 ? ` and is not known for ${lag} s` : ''}`,
		),
		...calls.map(
			({ task, after, isEarly }) =>
				`a callback${isEarly ? ', too early,' : ''} for task ${task} comes ${after} s after parking`,
		),
		history.wakesTwice && 'n8n wakes it twice',
		history.stopAfter !== undefined && `somebody presses Stop after ${history.stopAfter} s`,
		...history.retries.map((how) => `somebody presses Retry ${how}`),
	];
	return `${parts.filter(Boolean).join('; ')}. (Random numbers by seed ${history.seed}.)`;
}
