import * as fc from 'fast-check';

import type { Fault } from '../../sandbox';

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

/** How a process of n8n is killed, and what becomes of the execution that it was in. */
export interface Kill {
	/** Requests that leave before the one that is its last, or seconds; since it was started, or n8n before it killed. */
	after: number;
	unit: 'requests' | 'seconds';
	/** Whether the last request reaches the service. */
	reaches: boolean;
	/** What happens to the execution, which n8n calls crashed then. A queue gives a wake-up to the next worker. */
	then: 'somebody presses Retry' | 'somebody starts it again' | 'n8n begins the wake-up again';
}

/** What somebody does with an execution that has failed, or was stopped while it was parked. */
export const RETRIES = [
	'as it is',
	'with the workflow as it is saved',
	'with another prompt',
	'with another prompt for every other item',
	'with another Wait Method',
	'with Execute Once',
	'with Continue',
] as const;

export interface History {
	seed: number;
	/** Of each round, or in an agent's call. */
	items: number;
	/** How often a loop goes through them; 1 where there is none. */
	rounds: number;
	/** What an AI agent wants of the node as its tool, call by call; undefined where none calls it. */
	calls?: number[];
	/** Whether an agent of n8n's older kind makes all its calls at the same moment. */
	areCallsAtOnce?: boolean;
	/** How often the model of an agent that makes one call after another breaks down once it has all answers. */
	breakdowns?: number;
	/** Whether the credential gives every other item the key of another account. */
	hasTwoKeys?: boolean;
	/** An item whose prompt has lost an expression. */
	lostItem?: number;
	/** Seconds that the service takes for each creation. */
	creationSeconds?: number;
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
	callbacks: Call[];
	/** Whether n8n wakes a parked execution twice for the same time, as 1.x may. */
	wakesTwice: boolean;
	/**
	 * Seconds after it was parked for the first time at which a sub-workflow ends that its workflow called before. n8n puts what
	 * comes out of it where the parked node's items are to come from, and wakes it.
	 */
	childEnds?: number;
	/** Seconds after which somebody presses Stop. */
	stopAfter?: number;
	/** At how many naps, the first ones, n8n is restarted. */
	restarts: number;
	/** Whether n8n saves after each node. */
	savesProgress: boolean;
	kills: Kill[];
	/** How somebody presses Retry, each time that it is of use. */
	retries: Array<(typeof RETRIES)[number]>;
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

const callback: fc.Arbitrary<Call> = fc.record({
	task: fc.nat(4),
	after: fc.constantFrom(1, 25, 100, 420),
	isEarly: fc.boolean(),
});

const kill: fc.Arbitrary<Kill> = fc.record({
	after: fc.oneof(fc.nat(6), fc.nat(40)),
	unit: fc.constantFrom('requests' as const, 'seconds' as const),
	reaches: fc.boolean(),
	then: fc.constantFrom(
		'n8n begins the wake-up again' as const,
		'somebody presses Retry' as const,
		'somebody starts it again' as const,
	),
});

/** Seldom something else than what is usual. */
const seldom = <T>(usual: T, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
	fc.oneof(
		{ withCrossShrink: true },
		{ weight: 4, arbitrary: fc.constant(usual) },
		{ weight: 1, arbitrary },
	);

/** Any history. It shrinks towards one item for which nothing goes wrong. */
export const anyHistory: fc.Arbitrary<History> = fc
	.record({
		seed: fc.nat(1_000),
		items: fc.oneof(
			{ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) },
			fc.integer({ min: 1, max: 12 }),
		),
		rounds: seldom(1, fc.integer({ min: 2, max: 3 })),
		calls: seldom(undefined, fc.array(fc.nat(1), { minLength: 1, maxLength: 4 })),
		areCallsAtOnce: seldom(false, fc.boolean()),
		breakdowns: seldom(0, fc.integer({ min: 1, max: 2 })),
		hasTwoKeys: seldom(false, fc.boolean()),
		lostItem: seldom(undefined, fc.nat(3)),
		creationSeconds: seldom(0, fc.constantFrom(1, 20, 45)),
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
		callbacks: fc.array(callback, { maxLength: 4 }),
		wakesTwice: fc.constantFrom(false, false, false, true),
		childEnds: seldom(undefined, fc.constantFrom(1, 25, 100)),
		stopAfter: seldom(undefined, fc.constantFrom(1, 10, 60, 200)),
		restarts: seldom(0, fc.integer({ min: 1, max: 2 })),
		savesProgress: fc.boolean(),
		kills: seldom([], fc.array(kill, { minLength: 1, maxLength: 2 })),
		retries: fc.array(fc.constantFrom(...RETRIES), { maxLength: 2 }),
	})
	.map((history) => history as History);
