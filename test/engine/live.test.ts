import fc from 'fast-check';

import { checkCallback } from '../live/callback';
import { clean } from '../live/clean';
import type { Listener } from '../live/listener';
import { listen } from '../live/listener';
import { Report, toTable } from '../live/report';
import { askService } from '../live/run';
import { fieldsOf } from '../live/shape';
import type { Fault, Outcome, Sandbox } from '../sandbox';
import { startSandbox } from '../sandbox';
import { createTask } from '../support/calls';
import { prepareEngine } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { sceneVideo } from '../sandbox/sceneVideo';

const patienceMs = 200;
/** Milliseconds of a minute in these tests. */
const MINUTE_MS = 200;

let sandbox: Sandbox;
let listener: Listener;
beforeAll(async () => {
	await prepareEngine();
	sandbox = await startSandbox({ taskMs: 200, timeScale: MINUTE_MS / 60_000 });
	listener = await listen(0);
});
beforeEach(() => sandbox.reset());
afterAll(async () => {
	await sandbox.close();
	await listener.close();
});

/** Asks the sandbox; `spend` is what a video may cost. */
async function ask({
	spend = 100,
	clip,
	callback = false,
	service = sandbox,
}: { spend?: number; clip?: string; callback?: boolean; service?: Sandbox } = {}) {
	const said: string[] = [];
	const { apiKey, url: baseUrl } = service;
	const way = { url: `http://127.0.0.1:${listener.port}/`, listener };
	const pace = { patienceMs, lookEveryMs: 30, giveUpMs: 5_000, minuteMs: MINUTE_MS };
	const spending = { spend, clip, ...pace, ...(callback && { callback: way }) };
	const outcome = await askService({ apiKey, baseUrl }, { patienceMs, spending }, (text) =>
		said.push(text),
	);
	const { lines, stopped } = outcome.report;
	const wrong = lines.filter(({ same }) => !same).map(({ id }) => id);
	return { ...outcome, lines, stopped, wrong, said: said.join('\n') };
}

const posts = () => sandbox.requests.filter(({ method }) => method === 'POST');

test('a service that keeps to the contract is the same in every line, its callback too', async () => {
	const { lines, stopped, wrong, report, answers, said } = await ask({ callback: true });
	expect(stopped).toBeUndefined();
	expect(wrong).toEqual([]);
	expect(lines.map(({ id }) => id)).toEqual([...FREE, ...PAID, ...CALLBACK]);
	expect(toTable(report).split('\n')).toHaveLength(lines.length + 2);
	expect(said).toContain('costs 82.5 credits (0.4125 USD), of 100 that may be spent');
	expect(sandbox.ledger).toEqual([expect.objectContaining({ kind: 'charge', credits: 82.5 })]);
	const shown = JSON.stringify(answers);
	for (const secret of [sandbox.apiKey, '99917.5', '127.0.0.1', 'Bearer'])
		expect(shown).not.toContain(secret);
	expect(shown).toContain('"balance":999999');
});

describe('what nobody tells, each for a short clip:', () => {
	const OPEN = ['1.1 at 480p', '21:9', 'watermark', '4K', 'second'];
	const clip = 'https://example.com/4k.mp4';
	const answersOf = ({ lines }: Awaited<ReturnType<typeof ask>>) =>
		Object.fromEntries(
			lines.filter(({ id }) => OPEN.includes(id)).map(({ id, came }) => [id, came]),
		);

	test('a service that refuses all of it', async () => {
		const match = ({ mode }: { mode: string }) => mode === 'editVideo';
		sandbox.outcome({ match, status: 'failed' });
		const outcome = await ask({ spend: 700, clip });
		expect(outcome.wrong).toEqual([]);
		const came = answersOf(outcome);
		expect(came['1.1 at 480p']).toMatch(/^refused: 404 model_not_found.*, 0 credits$/);
		for (const id of ['21:9', 'watermark'])
			expect(came[id]).toMatch(/^refused: 400 invalid_request.*, 0 credits$/);
		expect(came['4K']).toMatch(/^accepted: task .* failed The provider .*, 0 credits$/);
		expect(outcome.said).toContain('A clip of 3840 × 2160 to edit: costs up to 165 credits');
	});

	test('a service that accepts all of it, and makes clips that can be joined', async () => {
		const newer = await startSandbox({ taskMs: 100, future: true, inputVideoSeconds: 3 });
		const outcome = await ask({ spend: 700, clip, service: newer });
		await newer.close();
		expect(outcome.wrong).toEqual([]);
		expect(Object.keys(answersOf(outcome))).toEqual(OPEN);
		const credits = [51, 82.5, 82.5, 165, 82.5];
		expect(Object.values(answersOf(outcome))).toEqual(
			credits.map((cost) =>
				expect.stringMatching(`^accepted: task .* completed, ${cost} credits$`),
			),
		);
		expect(outcome.lines.at(-1)).toMatchObject({ id: 'alike', came: 'they can be joined' });
	});

	test('nothing is asked for which too little is left', async () => {
		const outcome = await ask({ spend: 165 });
		expect(Object.keys(answersOf(outcome))).toEqual(['21:9', 'watermark', 'second']);
		expect(outcome.said).toContain('Not asked, since it may cost 145.5 credits and 82.5 are left');
	});
});

interface Lie {
	fault?: Fault;
	outcome?: Outcome;
	before?: () => Promise<Fault>;
}

const credits = (data: object, more: object = {}) => ({
	respond: { body: { code: 200, msg: 'success', data, ...more } },
});
const totals = { total_purchased: 100_000, total_consumed: 0 };
const hasOwnKey: Fault['match'] = ({ headers }) =>
	headers.authorization === 'Bearer sk-test-sandbox';
/** The balance as it was, when it is asked for once more. */
const balanceAt = (skip: number, balance: number): Fault => ({
	on: 'credits',
	match: hasOwnKey,
	skip,
	times: 1,
	...credits({ balance, ...totals }),
});
const accepted = (skip: number): Fault => ({
	on: 'create',
	skip,
	times: 1,
	respond: { body: { code: 200, msg: 'success', data: { taskId: 'not-refused' } } },
});
/** Another output, once there is one. */
const withOutput =
	(change: (output: Record<string, unknown>) => object): Outcome['task'] =>
	({ output, ...body }) =>
		output === undefined
			? body
			: { ...body, output: { ...fieldsOf(output), ...change(fieldsOf(output)) } };
const mp4 = (body: Buffer) => ({ body, headers: { 'content-type': 'video/mp4' } });

const REFUSALS = [
	'no model',
	'wrong model',
	'no prompt',
	'2 seconds',
	'wrong ratio',
	'wrong resolution',
	'wrong seed',
	'no image',
];
const FREE = [
	'balance',
	'totals',
	'envelope',
	'json',
	'unknown task',
	'wrong key',
	...REFUSALS,
	'nothing spent',
];
const PAID = [
	'created',
	'charged',
	'found',
	'states',
	'not wrapped',
	'model',
	'times',
	'urls',
	'metadata',
	'file',
	'host',
	'clip',
	'price',
];
const CALLBACK = ['callback', 'callback body', 'callback again'];

const LIES: Record<string, Lie> = {
	balance: { fault: { on: 'credits', ...credits({ balance: '100000', ...totals }) } },
	totals: { fault: { on: 'credits', ...credits({ balance: 100_000 }) } },
	envelope: {
		fault: { on: 'credits', ...credits({ balance: 100_000, ...totals }, { msg: 'ok' }) },
	},
	json: {
		fault: {
			on: 'credits',
			respond: {
				headers: { 'content-type': 'text/plain' },
				body: { code: 200, msg: 'success', data: { balance: 100_000, ...totals } },
			},
		},
	},
	'unknown task': { fault: { on: 'task', times: 1, error: 'invalid_request' } },
	'wrong key': {
		fault: { on: 'credits', match: (entry) => !hasOwnKey(entry), error: 'ip_not_allowed' },
	},
	...Object.fromEntries(REFUSALS.map((id, index) => [id, { fault: accepted(index) }])),
	'nothing spent': { fault: balanceAt(1, 99_999) },
	created: {
		before: async () => ({
			on: 'create',
			skip: REFUSALS.length,
			effect: true,
			respond: { body: { code: '200', data: { taskId: (await createTask(sandbox)).id } } },
		}),
	},
	charged: { fault: balanceAt(3, 100_000) },
	found: { fault: { on: 'task', skip: 1, times: 1, error: 'task_not_found' } },
	states: {
		outcome: {
			task: (body) => ({ ...body, status: body.status === 'pending' ? 'queued' : body.status }),
		},
	},
	'not wrapped': { outcome: { wrap: true } },
	model: { outcome: { task: (body) => ({ ...body, model: 'happyhorse-1.0' }) } },
	times: {
		outcome: { task: (body) => ({ ...body, created_at: Number(body.created_at) * 1_000 }) },
	},
	urls: { outcome: { task: withOutput(({ urls }) => ({ urls: [urls, urls].flat() })) } },
	metadata: { outcome: { task: withOutput(() => ({ metadata: { duration: 4, ratio: '16:9' } })) } },
	file: { outcome: { file: 'octet' } },
	clip: { fault: { on: 'file', respond: mp4(mediaFile('60s.mp4')) } },
	price: { fault: balanceAt(4, 100_000) },
};

describe('a service that lies is found out:', () => {
	const lines = [...FREE, ...PAID].filter((id) => id !== 'host');

	test('there is a lie for every line', () => {
		expect(Object.keys(LIES).sort()).toEqual([...lines].sort());
	});

	test.each(lines)('%s', async (id) => {
		const { fault, outcome, before } = LIES[id];
		if (fault) sandbox.fault(fault);
		if (outcome) sandbox.outcome(outcome);
		if (before) sandbox.fault(await before());
		const { wrong } = await ask();
		expect(wrong).toContain(id);
	});

	test('host', async () => {
		sandbox.outcome({ videoUrls: [`${sandbox.url}/x.mp4`] });
		const video = sceneVideo({ ratio: '16:9', resolution: '720p', length: 3 });
		sandbox.fault({ on: 'any', match: ({ path }) => path === '/x.mp4', respond: mp4(video) });
		expect((await ask()).wrong).toEqual(['host']);
	});

	test('a failed task is told, and that it was refunded', async () => {
		sandbox.outcome({ status: 'failed' });
		const { wrong, lines: told } = await ask();
		expect(wrong).toContain('states');
		expect(told.at(-1)).toMatchObject({ id: 'price', came: '0 credits less', same: true });
	});
});

describe('it spends nothing that it need not:', () => {
	test.each(REFUSALS)('%s accepted ends it, and what that cost is told', async (id) => {
		const index = REFUSALS.indexOf(id);
		sandbox.fault(accepted(index));
		sandbox.fault({ ...balanceAt(1, 99_917.5), times: undefined });
		const { stopped, wrong } = await ask();
		expect(wrong).toEqual([id]);
		expect(stopped).toMatch(
			/should have been refused, but was accepted: task not-refused, which cost 82.5 credits/,
		);
		expect(posts()).toHaveLength(index + 1);
	});

	test('an answer that tells nothing, with a balance that has fallen, ends it too', async () => {
		sandbox.fault({ on: 'create', times: 1, error: 'internal_error' });
		sandbox.fault({ ...balanceAt(1, 99_917.5), times: undefined });
		const { stopped } = await ask();
		expect(stopped).toMatch(/the balance has changed by 82.5 credits/);
		expect(posts()).toHaveLength(1);
	});

	test.each([
		['more than may be spent', { spend: 82 }, {}],
		['more than there is', {}, { credits: 80 }],
	])('a video that costs %s is not asked for', async (_name, options, account) => {
		const poor = await startSandbox(account);
		const { stopped } = await ask({ ...options, service: poor });
		expect(stopped).toContain('more than there is to spend');
		expect(poor.tasks.size).toBe(0);
		await poor.close();
	});

	test('a balance that is not told ends it before anything is posted', async () => {
		sandbox.fault({ on: 'credits', respond: { body: { code: 200, data: {} } } });
		const { wrong, stopped } = await ask();
		expect(wrong).toContain('balance');
		expect(stopped).toContain('Without the balance');
		expect(posts()).toEqual([]);
	});

	test('a task that is lost sight of is named', async () => {
		sandbox.fault({ on: 'task', skip: 2, error: 'invalid_api_key' });
		const { stopped } = await ask();
		expect(stopped).toContain([...sandbox.tasks.keys()][0]);
	});
});

describe('callbacks', () => {
	const task = { id: 't1', status: 'completed' };
	const headers = {
		'content-type': 'application/json',
		'x-event': 'task.completed',
		'x-task-id': 't1',
		'x-timestamp': '1774790589',
	};
	const call = (minute: number, more: object = {}) => ({
		at: minute * MINUTE_MS,
		method: 'POST',
		headers,
		body: task,
		...more,
	});

	test.each([
		['as promised', [call(0), call(3), call(13)], []],
		['none', [], ['callback']],
		[
			'without X-Event',
			[call(0, { headers: { ...headers, 'x-event': undefined } }), call(3), call(13)],
			['callback'],
		],
		[
			'of another task',
			[call(0, { headers: { ...headers, 'x-task-id': 't2' } }), call(3), call(13)],
			['callback'],
		],
		[
			'in milliseconds',
			[call(0, { headers: { ...headers, 'x-timestamp': '1774790589000' } }), call(3), call(13)],
			['callback'],
		],
		['with another body', [call(0, { body: { id: 't1' } }), call(3), call(13)], ['callback body']],
		['once', [call(0)], ['callback again']],
		['sooner', [call(0), call(1), call(2)], ['callback again']],
		['too often', [call(0), call(3), call(13), call(23)], ['callback again']],
	])('%s', async (_name, calls, wrong) => {
		const report = new Report(() => {});
		await checkCallback(
			{ port: 0, calls, waitFor: async () => {}, close: async () => {} },
			task,
			report,
			MINUTE_MS,
		);
		expect(report.lines.filter(({ same }) => !same).map(({ id }) => id)).toEqual(wrong);
	});
});

describe('what may be shown to anybody', () => {
	test('has no key, whatever surrounds it', () => {
		const secret = 'sk-test-key';
		fc.assert(
			fc.property(fc.string(), fc.string(), (before, after) => {
				const text = `${before}${secret}${after}`;
				const shown = JSON.stringify(clean({ a: [text], [text]: { b: text } }, [secret]));
				expect(shown).not.toContain(secret);
			}),
		);
	});

	test('keeps the form of everything', () => {
		expect(
			clean(
				{
					headers: { date: 'Thu, 26 Nov 2026 16:33:36 GMT', 'set-cookie': ['a=b'], 'x-user-id': 7 },
					data: { balance: '1234.5', total_purchased: 20, email: 'a@b.c', seed: 17 },
					urls: ['https://h.example/v/a.mp4?token=abc'],
					error: { message: 'IP 203.0.113.7 or 2001:db8:0:0::1 of a.b@c.de is not allowed' },
				},
				[],
			),
		).toEqual({
			headers: {
				date: 'Thu, 26 Nov 2026 16:33:36 GMT',
				'set-cookie': 'removed',
				'x-user-id': 'removed',
			},
			data: { balance: '9999.9', total_purchased: 99, email: 'removed', seed: 17 },
			urls: ['https://h.example/v/a.mp4?…'],
			error: { message: 'IP IPv4 address or IPv6 address of somebody@… is not allowed' },
		});
	});
});
