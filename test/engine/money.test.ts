import type { IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import type { Outcome } from '../support/engine';
import { storeBinary } from '../support/engine';
import { mediaFile } from '../support/mediaHost';
import { moveClocks, shortenWaits } from '../support/clock';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench } from '../support/webhook';

const bench = useSandbox({ inputVideoSeconds: 10.4, wholeSeconds: true }, { shorter: 10 });
const { run } = bench;

afterEach(() => jest.restoreAllMocks());

const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');
const looks = () => bench.sandbox.requests.filter(({ path }) => path.startsWith('/v1/tasks/'));
const tasks = () => [...bench.sandbox.tasks.values()];
const hintsOf = ({ taskData }: Outcome) => (taskData.hints ?? []).map(({ message }) => message);
const MAY_EXIST = 'A task may have been created and charged anyway';
const RETRY = { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 };

describe('an option that is there and empty is a complaint, and nothing is sent:', () => {
	test.each([
		['maxCredits', 'Max Credits', '={{ $json.bugdet }}'],
		['maxCredits', 'Max Credits', '={{ null }}'],
		['maxCredits', 'Max Credits', '={{ "" }}'],
		['checkBalance', 'Check Balance', '={{ null }}'],
		['checkBalance', 'Check Balance', '={{ $json.typo }}'],
		['checkMedia', 'Check Media', '={{ null }}'],
		['seed', 'Seed', '={{ null }}'],
		['timeout', 'Timeout (Minutes)', '={{ null }}'],
		['pollingInterval', 'Polling Interval (Seconds)', '={{ $json.typo }}'],
		['maxConcurrency', 'Max Concurrency', '={{ "" }}'],
		['binaryPropertyName', 'Put Output File in Field', '={{ $json.typo }}'],
	])('%s', async (name, label, value) => {
		const { error } = await run({
			parameters: video('textToVideo', { downloadVideo: true, options: { [name]: value } }),
		});
		expect(error?.message).toContain(label);
		expect(error?.context.code).toBe('invalid_input');
		expect(bench.sandbox.requests).toEqual([]);
	});
});

// n8n makes an empty object of it before a node can see it, as of 2.40; one that does not is not to be trusted blindly
test('Options given as text are a complaint, where n8n passes them on', async () => {
	const getNodeParameter = {
		value(this: IExecuteFunctions, name: string, ...more: [number]) {
			const { getNodeParameter: read } = Object.getPrototypeOf(this);
			return name === 'options' ? 'maxCredits: 5' : read.call(this, name, ...more);
		},
	};
	const { error } = await run({ parameters: video('textToVideo'), without: { getNodeParameter } });
	expect(error?.message).toBe('Options must be an object, but it is "maxCredits: 5"');
	expect(bench.sandbox.requests).toEqual([]);
});

describe('what items say of the run counts whichever says it:', () => {
	const items = (...json: object[]): INodeExecutionData[] =>
		json.map((one) => ({ json: { ...one } }));

	test('the smallest Max Credits', async () => {
		const options = { maxCredits: '={{ $json.budget }}' };
		const { error } = await run({
			items: items({ budget: 5_000 }, { budget: 1 }),
			parameters: video('textToVideo', { options }),
		});
		expect(error?.message).toContain('more than the 1 that ‘Max Credits’ allows');
		expect(bench.sandbox.requests).toEqual([]);
	});

	test.each([
		['each', '={{ $json.most }}'],
		['the last alone', '={{ $json.most ?? 100 }}'],
	])('the smallest Max Concurrency of %s', async (_name, maxConcurrency) => {
		bench.sandbox.fault({ on: 'create', delayMs: 30 });
		await run({
			items: items({ most: 100 }, { most: 100 }, { most: 100 }, { most: 1 }),
			parameters: video('textToVideo', { waitForCompletion: false, options: { maxConcurrency } }),
		});
		expect(posts()).toHaveLength(4);
		expect(bench.sandbox.maxInFlight).toBe(1);
	});

	test('Get Balance: one item’s Max Concurrency that can’t be is named', async () => {
		const { error } = await run({
			items: items({ most: 5 }, { most: 0 }),
			parameters: {
				...{ resource: 'credit', operation: 'getBalance' },
				options: { maxConcurrency: '={{ $json.most }}' },
			},
		});
		expect(error?.message).toBe(
			'Max Concurrency must be a whole number from 1 to 100, but it is 0',
		);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('Check Balance of any item', async () => {
		bench.sandbox.fault({
			on: 'credits',
			respond: { body: { code: 200, data: { balance: 100 } } },
		});
		const { error } = await run({
			items: items({ check: false }, { check: true }),
			parameters: video('textToVideo', { options: { checkBalance: '={{ $json.check }}' } }),
		});
		expect(error?.message).toContain('more than the 100 that the account has');
		expect(posts()).toEqual([]);
	});
});

test('a task is noted before its name is written elsewhere, so that it is named whatever goes wrong there', async () => {
	const outcome = await run({
		parameters: video('textToVideo'),
		without: {
			logger: {
				value: {
					info: () => {
						throw new Error('No space left');
					},
				},
			},
		},
	});
	expect(outcome.json).toMatchObject([{ taskId: tasks()[0].id, status: 'completed' }]);
	expect(hintsOf(outcome).join(' ')).toContain('No space left');
});

describe('only the service’s own words prove that a POST created nothing:', () => {
	const error = (code: string) => ({ error: { code, message: 'Not now', type: 'x' } });

	test.each([
		['a gateway’s 503 in the service’s form', 503, error('service_unavailable')],
		['its own code with another status', 500, error('upstream_error')],
		['a firewall’s 403 page', 403, '<html>Forbidden</html>'],
		['a firewall’s 403 in the service’s form', 403, error('forbidden')],
		['an answer that came too late', 408, error('invalid_request')],
		['a caller that is said to have left', 499, error('client_closed_request')],
	])('%s', async (_name, status, body) => {
		bench.sandbox.fault({ on: 'create', respond: { status, body }, effect: true });
		const settings: Partial<INode> = RETRY;
		const outcome = await run({ settings, parameters: video('textToVideo') });
		expect(outcome.error?.description).toContain(MAY_EXIST);
		expect(outcome.error?.context.taskMayExist).toBe(true);
		expect(posts()).toHaveLength(1);
	});
});

describe('Retry-After never makes requests faster than the back-off:', () => {
	beforeEach(() => void shortenWaits(1));

	test.each([
		['0', 'create', { error: 'rate_limit_exceeded' }],
		['0', 'create', { error: 'upstream_error' }],
		['Wed, 31 Dec 2025 23:59:00 GMT', 'create', { error: 'rate_limit_exceeded' }],
		['0', 'task', { error: 'rate_limit_exceeded' }],
		['0', 'task', { respond: { status: 503, body: 'busy' } }],
		['Wed, 31 Dec 2025 23:59:00 GMT', 'task', { error: 'internal_error' }],
	] as const)('%s on %s, %j', async (retryAfter, on, fault) => {
		bench.sandbox.fault({ on, ...fault, retryAfter });
		const before = bench.sandbox.requests.length;
		await run({ parameters: video('textToVideo', { options: { timeout: 0.02 } }) });
		expect(bench.sandbox.requests.length - before).toBeLessThanOrEqual(10);
	});
});

describe('the service does not know a task that the run has just created:', () => {
	test('polling, it is asked again, and other items are not stopped', async () => {
		bench.sandbox.outcome({ times: 1, lagMs: 800 });
		const { json, error } = await run({
			items: [{ json: {} }, { json: {} }],
			parameters: video('textToVideo'),
		});
		expect(error).toBeUndefined();
		expect(json.map(({ status }) => status)).toEqual(['completed', 'completed']);
		expect(looks().filter(({ status }) => status === 404).length).toBeGreaterThan(1);
	});

	test('parked, it is asked again', async () => {
		bench.sandbox.outcome({ taskMs: 3_600_000, lagMs: 800 });
		const parameters = video('textToVideo', { waitMethod: 'parked' });
		const execution = new ParkedBench(bench.sandbox.url, await run({ parameters }));
		const woken = await execution.wakeUp();
		expect(woken.error).toBeUndefined();
		expect(woken.run.status).toBe('waiting');
	});

	test('one that is never known ends the wait in words that fit', async () => {
		bench.sandbox.outcome({ lagMs: 3_600_000 });
		const parameters = video('textToVideo', { options: { timeout: 0.02 } });
		const { error } = await run({ parameters });
		expect(looks().length).toBeGreaterThan(1);
		expect(error?.message).toBe('HappyHorse no longer knows a task it created');
		expect(error?.description).toContain(tasks()[0].id);
		expect(error?.description).not.toContain('Check that ‘Task ID’');
		expect(error?.context).toMatchObject({ code: 'task_not_found', taskId: tasks()[0].id });
	});

	test('one that is not known for a minute ends a wait of half an hour', async () => {
		bench.sandbox.outcome({ lagMs: 3_600_000 });
		const started = bench.start({
			parameters: video('textToVideo', { options: { timeout: 30 } }),
		});
		await bench.sandbox.waitFor(() => looks().length > 0);
		moveClocks(61_000);
		const { error } = await started.outcome;
		expect(error?.message).toBe('HappyHorse no longer knows a task it created');
	});

	test('one whose credential is gone by now is waited for all the same', async () => {
		let isGone = false;
		const onCredentialRead = () => {
			if (isGone) throw new Error('The credential is gone');
		};
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const started = bench.start({ parameters: video('textToVideo'), onCredentialRead });
		await bench.sandbox.waitFor(() => looks().length > 0);
		isGone = true;
		moveClocks(10_000);
		const before = looks().length;
		await bench.sandbox.waitFor(() => looks().length > before);
		tasks().forEach(({ id }) => bench.sandbox.finish(id));
		const { json, error } = await started.outcome;
		expect(error?.message).toBeUndefined();
		expect(json).toMatchObject([{ status: 'completed' }]);
	});

	test('a task that the user names is looked for once', async () => {
		const task = { resource: 'task', operation: 'get', taskId: 'mistyped' };
		const { error } = await run({ parameters: { ...task, waitForCompletion: true } });
		expect(error?.message).toBe('HappyHorse does not know this task');
		expect(looks()).toHaveLength(1);
	});
});

describe('only the service’s own words end a wait:', () => {
	test.each([
		['a firewall’s page', { status: 403, body: '<html>Forbidden</html>' }],
		['a page of a proxy that wants a login', { status: 407, body: 'Login' }],
		['a code of somebody else', { status: 403, body: { error: { code: 'forbidden' } } }],
		['a redirect to a login', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
		[
			'its own code with another status',
			{ status: 404, body: { error: { code: 'invalid_api_key' } } },
		],
	])('%s does not', async (_name, respond) => {
		bench.sandbox.fault({ on: 'task', times: 2, respond });
		const { json, error } = await run({ parameters: video('textToVideo') });
		expect(error).toBeUndefined();
		expect(json).toMatchObject([{ status: 'completed' }]);
	});

	test('a parked node goes on waiting too', async () => {
		bench.sandbox.outcome({ taskMs: 3_600_000 });
		const parameters = video('textToVideo', { waitMethod: 'parked' });
		const execution = new ParkedBench(bench.sandbox.url, await run({ parameters }));
		bench.sandbox.fault({ on: 'task', times: 2, respond: { status: 403, body: '<html>' } });
		expect((await execution.wakeUp()).run.status).toBe('waiting');
	});

	test('a single look says what it met', async () => {
		bench.sandbox.fault({ on: 'credits', respond: { status: 403, body: '<html>' } });
		const { error } = await run({ parameters: { resource: 'credit', operation: 'getBalance' } });
		expect(error?.message).toBe('HappyHorse refused the request (status 403)');
		expect(bench.sandbox.requests).toHaveLength(1);
	});
});

test('a clip in fragments counts as the longest, whatever its header says', async () => {
	const file = Buffer.from(mediaFile('fragments.mp4'));
	// the movie's length, as some programs write it: that of the first fragment
	const header = file.indexOf('mvhd') + 4;
	const timescale = file.readUInt32BE(header + 12);
	file.writeUInt32BE(4 * timescale, header + 16);
	const binary = { data: await storeBinary(file, 'video/mp4') };
	const parameters = video('editVideo', {
		...{ videoSource: 'binary', videoBinaryProperty: 'data', imageUrls: '', prompt: 'Snow' },
		options: { maxCredits: 300 },
	});
	const { error } = await run({ items: [{ json: {}, binary }], parameters });
	expect(error?.message).toContain('up to 2,062.5 credits');
	expect(bench.sandbox.requests).toEqual([]);
});

describe('a 2xx that can’t be read is quoted where it says something:', () => {
	test.each([
		['an id that is a number', { code: 200, data: { taskId: 12345 } }, '12345'],
		['an id elsewhere', { id: 'task-1' }, 'task-1'],
		['an id by another name', { code: 200, data: { task_id: 'task-2' } }, 'task-2'],
		['half an answer', '{"code":200,"data":{"taskId":"8b6a5162', '8b6a5162'],
		['a reason', { code: 402, msg: 'No more credits' }, 'No more credits'],
		['a reason and an id', { code: 500, msg: 'Late', data: { task: 'task-3' } }, 'task-3'],
		[
			'an id behind much else',
			{ code: 200, data: { more: 'x'.repeat(2_000), id: 'task-4' } },
			'task-4',
		],
	])('%s', async (_name, body, quoted) => {
		bench.sandbox.fault({ on: 'create', respond: { body }, effect: true });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.description).toContain(MAY_EXIST);
		expect(error?.description).toContain(quoted);
		expect(error?.description?.length).toBeLessThan(1_200);
		expect(posts()).toHaveLength(1);
	});
});

describe('a Base URL that is not the API’s: both are said, what is likely first:', () => {
	test.each([
		['answers HTML', { status: 200, body: '<!doctype html><title>Welcome</title>' }],
		['redirects', { status: 301, headers: { location: 'http://127.0.0.1:1/' } }],
		['refuses with a page', { status: 403, body: '<html>Forbidden</html>' }],
	])('%s', async (_name, respond) => {
		bench.sandbox.fault({ on: 'create', respond });
		const { error } = await run({ parameters: video('textToVideo') });
		const said = error?.description ?? '';
		expect(said).toContain('Check the Base URL');
		expect(said).toContain(MAY_EXIST);
		expect(said.indexOf('Check the Base URL')).toBeLessThan(said.indexOf(MAY_EXIST));
		expect(said).not.toContain('<');
	});
});

describe('a prompt that says nothing, or can’t be sent, is a complaint:', () => {
	test.each([
		['a zero-width space', '\u200b', 'must not be empty'],
		['a byte order mark and blanks', ' \ufeff \n', 'must not be empty'],
		['joiners and fillers', '\u200d\u2060\u3164\u2800', 'must not be empty'],
		['half a character', 'A horse \ud83d', 'half a character'],
		['the other half', '\udc0e runs', 'half a character'],
	])('%s', async (_name, prompt, words) => {
		const { error } = await run({ parameters: video('textToVideo', { prompt }) });
		expect(error?.message).toContain('Prompt');
		expect(error?.message).toContain(words);
		expect(bench.sandbox.requests).toEqual([]);
	});

	test('a flag and a family are whole', async () => {
		const { json } = await run({ parameters: video('textToVideo', { prompt: '🇩🇪 👨‍👩‍👧 🐎' }) });
		expect(json).toMatchObject([{ status: 'completed' }]);
	});
});

describe('an edit of parts of a second', () => {
	/** The clip of three seconds, said to be a little longer. */
	async function clipOf(seconds: number) {
		const file = Buffer.from(mediaFile('3s.mp4'));
		const header = file.indexOf('mvhd') + 4;
		const timescale = file.readUInt32BE(header + 12);
		for (let at = file.indexOf('elst'); at >= 0; at = file.indexOf('elst', at + 1))
			file.writeUInt32BE(Math.round(seconds * timescale), at + 12);
		return { data: await storeBinary(file, 'video/mp4') };
	}
	const edit = (options = {}) =>
		video('editVideo', {
			...{ videoSource: 'binary', videoBinaryProperty: 'data', imageUrls: '', prompt: 'Snow' },
			options,
		});

	test.each([
		[604, 0],
		[605, 1],
	])('of 10.4 s counts as 2 x 11 s against a budget of %d', async (maxCredits, sent) => {
		const items = [{ json: {}, binary: await clipOf(10.4) }];
		const { error } = await run({ items, parameters: edit({ maxCredits }) });
		expect(posts()).toHaveLength(sent);
		if (sent === 0) expect(error?.message).toContain('This run would cost up to 605 credits');
		else expect(bench.sandbox.ledger).toMatchObject([{ credits: 605 }]);
	});

	test('is summed up as “about”', async () => {
		const items = [{ json: {}, binary: await clipOf(10.4) }];
		const outcome = await run({ items, parameters: edit() });
		expect(hintsOf(outcome)).toContain('1 video, about 572 credits');
	});

	test('of whole seconds has its price', async () => {
		const items = [{ json: {}, binary: await clipOf(10) }];
		const outcome = await run({ items, parameters: edit({ maxCredits: 550 }) });
		expect(hintsOf(outcome)).toContain('1 video, 550 credits');
	});

	test('three of 3.01 s are compared without remainders of arithmetic', async () => {
		const binary = await clipOf(3.01);
		const items = [
			{ json: {}, binary },
			{ json: {}, binary },
			{ json: {}, binary },
		];
		const { error } = await run({ items, parameters: edit({ maxCredits: 659.99 }) });
		expect(error?.message).toContain('up to 660 credits, more than the 659.99');
		expect((await run({ items, parameters: edit({ maxCredits: 660 }) })).error).toBeUndefined();
	});

	test('is estimated as “about”, with what it may cost at most', async () => {
		const estimate = { resource: 'credit', operation: 'estimateCost', mode: 'editVideo' };
		const parameters = { ...estimate, resolution: '720p', inputVideoDuration: 10.4 };
		const outcome = await run({ parameters });
		expect(outcome.json).toMatchObject([{ creditsEstimated: 572, creditsAtMost: 605 }]);
		expect(hintsOf(outcome).join(' ')).toContain('about 572');
	});
});
