import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { requestError } from '../../nodes/HappyHorse/errors/messages';
import type { RequestFailure } from '../../nodes/HappyHorse/errors/requestFailure';
import type { Outcome, Setup } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

/** Whatever is said once a task is paid for has to be true: a user who follows it pays for no second one. */

const bench = useSandbox({ taskMs: 3_600_000 });
const { run } = bench;

const CODES = [
	'invalid_request',
	'invalid_api_key',
	'insufficient_credits',
	'ip_not_allowed',
	'model_not_found',
	'task_not_found',
	'rate_limit_exceeded',
	'spend_limit_exceeded',
	'internal_error',
	'upstream_error',
];
const STATUSES = [200, 302, 403, 429, 502];
const CONNECTIONS = [
	'ECONNREFUSED',
	'ENOTFOUND',
	'ETIMEDOUT',
	'CERTIFICATE',
	'NOT_TLS',
	'BLOCKED',
	'',
];

const FAILURES: Array<[string, RequestFailure]> = [
	...CODES.map((code): [string, RequestFailure] => [
		code,
		{ kind: 'response', httpCode: 400, code, isPage: false },
	]),
	...STATUSES.flatMap((httpCode) =>
		[true, false].map((isPage): [string, RequestFailure] => [
			`${httpCode}${isPage ? ' and a page' : ''}`,
			{ kind: 'response', httpCode, isPage },
		]),
	),
	...CONNECTIONS.map((code): [string, RequestFailure] => [
		code || 'another fault of the connection',
		{ kind: 'connection', code },
	]),
];

/** Advice that has a user pay again, or that n8n does not offer in each such case. */
const UNTRUE =
	/(run|start|make|try) (it|this|the item) again|Try again|Nothing was|then press Retry/;

test.each(FAILURES)(
	'a look at a task that ends in %s has nobody start it again',
	(_name, failure) => {
		const { details } = requestError({ method: 'GET', taskId: 'task-1', mayExist: false }, failure);
		expect(details.description).not.toMatch(UNTRUE);
		expect(details.description).not.toContain('refunded');
		if (failure.code !== 'task_not_found')
			expect(details.description).toContain('a new one would be charged again');
	},
);

const CONTINUE = { onError: 'continueRegularOutput' } as const;
const log: string[] = [];
const logger = Object.fromEntries(
	['debug', 'info', 'warn', 'error'].map((level) => [level, (text: string) => log.push(text)]),
);
const logged = {
	without: { logger: { value: logger as unknown as IExecuteFunctions['logger'] } },
};
beforeEach(() => (log.length = 0));

const items = ['a', 'b'].map((prompt) => ({ json: { prompt } }));
const parked = (more: Setup['parameters'] = {}) =>
	video('textToVideo', { prompt: '={{ $json.prompt }}', waitMethod: 'parked', ...more });
const ids = () => [...bench.sandbox.tasks.keys()];
const hintsOf = ({ taskData }: Outcome) => (taskData.hints ?? []).map(({ message }) => message);
const prompted = (wanted: string) => (body: { input: { prompt?: unknown } }) =>
	body.input.prompt === wanted;

describe('Retry is advised where n8n offers it, Task: Get elsewhere:', () => {
	const ENDS: Array<[string, Parameters<typeof bench.sandbox.fault>[0] | undefined, object]> = [
		['the time is up', undefined, {}],
		['the key is refused', { on: 'task', error: 'invalid_api_key' }, {}],
		['the task is lost', undefined, { lagMs: 3_600_000 }],
		['the download fails', { on: 'file', respond: { status: 400 } }, { taskMs: 50 }],
	];

	test.each(ENDS)('%s', async (_name, fault, outcome) => {
		const parameters = video('textToVideo', {
			downloadVideo: true,
			options: { timeout: 0.01, pollingInterval: 0.1 },
		});
		for (const settings of [{}, CONTINUE]) {
			bench.sandbox.reset();
			bench.sandbox.outcome(outcome);
			if (fault) bench.sandbox.fault(fault);
			const { json, error } = await run({ parameters, settings });
			const { description } = error ?? (json[0].error as { description: string });
			expect(description).toMatch(/use (Task: Get|the Video: Download operation)/);
			if (error) expect(description).toContain('press Retry in n8n’s list of executions');
			else expect(description).not.toContain('Retry');
		}
	});

	test('a canceled execution has none', async () => {
		const started = bench.start({ items, parameters: parked({ waitMethod: 'polling' }) });
		await bench.sandbox.waitFor(() => ids().length === 2);
		started.cancel();
		const { error } = await started.outcome;
		expect(error?.description).toContain('Task: Get');
		expect(error?.description).not.toContain('Retry');
	});
});

test('a video whose time is over is not in progress', async () => {
	const options = { timeout: 0.02, pollingInterval: 0.1 };
	bench.sandbox.outcome({ match: prompted('a'), taskMs: 50 });
	const polled = await run({
		items,
		settings: CONTINUE,
		parameters: parked({ waitMethod: 'polling', options }),
	});
	expect(hintsOf(polled)).toEqual(['1 video, 1 not finished, 275 credits']);
	bench.sandbox.reset();
	const outcome = await run({ items, settings: CONTINUE, parameters: parked({ options }) });
	bench.sandbox.finish(ids()[0]);
	const ended = await new ParkedBench(bench.sandbox.url, outcome).wakeOnTime();
	expect(hintsOf(ended)).toEqual(['1 video, 1 not finished, 275 credits']);
});

test.each(['cancelled', 'expired', 'failed'])(
	'%s: a refund is told where it is promised',
	async (word) => {
		const task = (body: Record<string, unknown>) =>
			body.status === 'completed' ? { ...body, status: word, output: {} } : body;
		bench.sandbox.outcome({ taskMs: 50, task });
		const parameters = parked({ waitMethod: 'polling', options: { pollingInterval: 0.1 } });
		const outcome = await run({ items: items.slice(0, 1), settings: CONTINUE, parameters });
		const said = JSON.stringify([outcome.json, hintsOf(outcome)]);
		if (word === 'failed') {
			expect(said).toContain('were refunded');
			expect(said).not.toContain('mayBeCharged');
		} else {
			expect(said).not.toMatch(/were refunded|\d refunded/);
			expect(said).toContain('does not say whether the credits');
			expect(said).toContain('promises no refund');
			expect(outcome.json[0].error).toMatchObject({ status: 'failed', mayBeCharged: true });
		}
	},
);

test('after a credential was broken while it was parked, nobody is told to run it again', async () => {
	const outcome = await run({ items, parameters: parked(), settings: CONTINUE });
	const { json } = await new ParkedBench('broken', outcome).wakeUp();
	for (const [item, { error }] of json.entries()) {
		const { description } = error as { description: string };
		expect(description).toContain(ids()[item]);
		expect(description).not.toMatch(UNTRUE);
	}
});

test('a key that is taken back while videos are waited for', async () => {
	const outcome = await run({ items, parameters: parked() });
	bench.sandbox.fault({ on: 'task', error: 'invalid_api_key' });
	const { error } = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
	expect(error?.description).not.toMatch(UNTRUE);
	for (const id of ids()) expect(JSON.stringify(error)).toContain(id);
	expect(error?.description).toContain('n8n’s Retry goes on with its tasks');
});

test('Stop names tasks that may be over as such', async () => {
	bench.sandbox.outcome({ match: prompted('a'), taskMs: 50 });
	const parameters = parked({ waitMethod: 'polling', options: { pollingInterval: 0.1 } });
	const started = bench.start({ items, parameters, ...logged });
	await bench.sandbox.waitFor(() => ids().length === 2);
	started.cancel();
	await started.outcome;
	for (const id of ids()) expect(log.join('\n')).toContain(id);
});

test('a lost answer is logged, and told again by every try, with its reason and each id that it named', async () => {
	bench.sandbox.fault({
		on: 'create',
		respond: { status: 200, body: { code: 200, data: { task: 'task-7', job: { id: 12_345 } } } },
		effect: true,
	});
	const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };
	const parameters = parked({ waitMethod: 'polling', prompt: 'a' });
	const failed = await run({ parameters, settings, ...logged });
	const again = await bench.retry(failed, { parameters, settings });
	for (const { error } of [failed, again]) {
		const said = `${error?.message} ${error?.description}`;
		expect(said).toContain('The answer from HappyHorse could not be read');
		expect(said).toContain('task-7');
		expect(said).toContain('12345');
		expect(said).toContain('Check the Base URL');
	}
	expect(log.join('\n')).toMatch(/task-7.*12345|12345.*task-7/);
	expect(ids()).toHaveLength(1);
});

test('the remedy for a redirect stays, whatever tries follow', async () => {
	bench.sandbox.fault({ on: 'create', respond: { status: 302, headers: { location: '/' } } });
	const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 10 };
	const { error } = await run({ parameters: parked({ prompt: 'a' }), settings });
	expect(error?.description).toContain('The Base URL answers with a redirect');
});

test('a read that lags at the end does not end the wait before its time', async () => {
	const outcome = await run({ items, parameters: parked(), settings: CONTINUE });
	const [a, b] = ids();
	bench.sandbox.finish(a);
	const first = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
	expect(first.run.status).toBe('waiting');
	bench.sandbox.finish(b);
	const respond = (id: string) => ({ body: { id, status: 'processing', model: 'x' } });
	bench.sandbox.fault({ on: 'task', taskId: a, times: 1, respond: respond(a) });
	// another process, which remembers nothing of the first
	let Other: Setup['package'];
	jest.isolateModules(() => {
		Other = jest.requireActual<{ HappyHorse: NonNullable<Setup['package']> }>(
			'../../nodes/HappyHorse/HappyHorse.node',
		).HappyHorse;
	});
	const { buildWorkflow } =
		jest.requireActual<typeof import('../support/engine')>('../support/engine');
	const workflow = buildWorkflow({
		baseUrl: bench.sandbox.url,
		items,
		settings: CONTINUE,
		parameters: parked(),
		package: Other,
	});
	const second = await new ParkedBench(bench.sandbox.url, { ...first, workflow }).wakeUp();
	expect(second.run.status).toBe('waiting');
	const { json } = await new ParkedBench(bench.sandbox.url, { ...second, workflow }).wakeUp();
	expect(json.map(({ status }) => status)).toEqual(['completed', 'completed']);
});

test('a callback wakes the run beside an item whose own time is over', async () => {
	const parameters = parked({
		waitMethod: 'callback',
		options: { timeout: '={{ $json.prompt === "a" ? 0.01 : 30 }}' },
	});
	const outcome = await run({ items, parameters, settings: CONTINUE });
	const [, b] = bench.sandbox.tasks.values();
	const [a] = bench.sandbox.tasks.values();
	const late = [a, b].find(({ input }) => input.prompt === 'b');
	if (!late) throw new Error('There is no task for b');
	await sleep(700);
	bench.sandbox.finish(late.id);
	const headers = { 'content-type': 'application/json' };
	const { result } = await new ParkedBench(bench.sandbox.url, outcome).receive({
		headers,
		body: { id: late.id, status: 'completed' },
	});
	expect(result.workflowData).toBeDefined();
});
