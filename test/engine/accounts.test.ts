import type { INodeExecutionData } from 'n8n-workflow';

import type { Sandbox } from '../sandbox';
import { startSandbox } from '../sandbox';
import type { Outcome, Setup } from '../support/engine';
import { prepareEngine, retryByHand, runNode } from '../support/engine';
import { video } from '../support/parameters';
import { ParkedBench } from '../support/webhook';

/** Two customers: each has a service of its own, which takes that customer's key only. */
let customers: Sandbox[];

beforeAll(async () => {
	await prepareEngine();
	customers = await Promise.all(
		['sk-test-ada', 'sk-test-bob'].map(
			async (apiKey) => await startSandbox({ apiKey, taskMs: 150 }),
		),
	);
});
beforeEach(() => customers.forEach((customer) => customer.reset()));
afterAll(async () => await Promise.all(customers.map(async (customer) => await customer.close())));

const KEY = '={{ $json.key }}';
const URL_OF_ITEM = '={{ $json.url }}';

const itemOf = (customer: number, more: object = {}): INodeExecutionData => {
	const { url, apiKey } = customers[customer];
	return { json: { customer, url, key: apiKey, ...more } };
};

const run = async (setup: Pick<Setup, 'parameters'> & Partial<Setup>): Promise<Outcome> =>
	await runNode({ baseUrl: URL_OF_ITEM, apiKey: KEY, ...setup });

const postsOf = (customer: number) =>
	customers[customer].requests.filter(({ method }) => method === 'POST').length;

const refusals = () =>
	customers.flatMap(({ requests }) => requests.filter(({ status }) => status === 401));

const balanceIs = (customer: number, balance: number) =>
	customers[customer].fault({
		on: 'credits',
		respond: { body: { code: 200, data: { balance } } },
	});

const hintsOf = ({ taskData }: Outcome) => (taskData.hints ?? []).map(({ message }) => message);

describe('where the credential holds an expression, each item has its own account:', () => {
	test.each(['polling', 'parked', 'callback'])('videos, %s', async (waitMethod) => {
		const items = [itemOf(0), itemOf(1), itemOf(0)];
		const waitingUrl = 'https://n8n.example/webhook-waiting';
		const parameters = video('textToVideo', { waitMethod });
		let outcome = await run({ items, parameters, waitingUrl });
		if (waitMethod !== 'polling') {
			for (const customer of customers)
				for (const { id } of customer.tasks.values()) customer.finish(id);
			outcome = await new ParkedBench(URL_OF_ITEM, outcome, undefined, KEY).wakeUp();
		}
		expect(outcome.error).toBeUndefined();
		expect(
			outcome.json.map(({ taskId }) =>
				customers.findIndex(({ tasks }) => tasks.has(`${taskId as string}`)),
			),
		).toEqual([0, 1, 0]);
		expect([postsOf(0), postsOf(1)]).toEqual([2, 1]);
		expect(refusals()).toEqual([]);
	});

	test('a callback resumes a parked node, which looks by itself', async () => {
		const waitingUrl = 'https://n8n.example/webhook-waiting';
		const parameters = video('textToVideo', { waitMethod: 'callback' });
		const outcome = await run({ items: [itemOf(1), itemOf(0)], parameters, waitingUrl });
		const execution = new ParkedBench(URL_OF_ITEM, outcome, undefined, KEY);
		const [[{ id }], [other]] = customers.map(({ tasks }) => [...tasks.values()]);
		customers[0].finish(id);
		customers[1].finish(other.id);
		const headers = { 'content-type': 'application/json' };
		const received = await execution.receive({ headers, body: { id, status: 'completed' } });
		const { json, error } = await execution.goOn(received);
		expect(error).toBeUndefined();
		expect(json.map(({ taskId }) => taskId)).toEqual([other.id, id]);
	});

	test('Get Balance', async () => {
		balanceIs(0, 100);
		balanceIs(1, 200);
		const parameters = { resource: 'credit', operation: 'getBalance' };
		const { json } = await run({ items: [itemOf(1), itemOf(0)], parameters });
		expect(json).toEqual([{ credits: 200 }, { credits: 100 }]);
	});

	test('Task: Get, and the memory of finished tasks', async () => {
		const made = await run({ items: [itemOf(0), itemOf(1)], parameters: video('textToVideo') });
		const ids = made.json.map(({ taskId }) => taskId as string);
		const parameters = {
			...{ resource: 'task', operation: 'get', taskId: '={{ $json.taskId }}' },
			waitForCompletion: true,
		};
		const own = [itemOf(0, { taskId: ids[0] }), itemOf(1, { taskId: ids[1] })];
		expect((await run({ items: own, parameters })).json).toMatchObject([
			{ taskId: ids[0] },
			{ taskId: ids[1] },
		]);
		const stolen = await run({ items: [itemOf(1, { taskId: ids[0] })], parameters });
		expect(stolen.error?.message).toBe('HappyHorse does not know this task');
	});

	test('Retry after a timeout', async () => {
		const options = { timeout: 0.01 };
		for (const customer of customers) customer.outcome({ taskMs: 3_600_000 });
		const setup = { items: [itemOf(0), itemOf(1)], parameters: video('textToVideo', { options }) };
		const failed = await run(setup);
		expect(failed.error?.context.code).toBe('timeout');
		for (const customer of customers)
			for (const { id } of customer.tasks.values()) customer.finish(id);
		const retried = await retryByHand(failed, { baseUrl: URL_OF_ITEM, apiKey: KEY, ...setup });
		expect(retried.json).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
		expect([postsOf(0), postsOf(1)]).toEqual([1, 1]);
	});

	test('a key that can’t be one stops the run before anything is sent', async () => {
		const items = [itemOf(0), itemOf(1, { key: 'test-bob' })];
		const { error } = await run({ items, parameters: video('textToVideo') });
		expect(error?.message).toBe('The API Key in the HappyHorse credential is not a HappyHorse key');
		expect(error?.context.itemIndex).toBe(1);
		expect(postsOf(0)).toBe(0);
	});

	test('with On Error: Continue the others go on', async () => {
		const items = [itemOf(0), itemOf(1, { key: undefined }), itemOf(1)];
		const settings = { onError: 'continueRegularOutput' } as const;
		const { json } = await run({ items, settings, parameters: video('textToVideo') });
		expect(json).toMatchObject([
			{ status: 'completed' },
			{ error: { code: 'invalid_api_key' } },
			{ status: 'completed' },
		]);
	});

	test('a rate limit of one account holds back nobody else', async () => {
		customers[0].fault({ on: 'create', times: 1, error: 'rate_limit_exceeded', retryAfter: '2' });
		const items = [itemOf(0), itemOf(0), itemOf(1), itemOf(1), itemOf(1)];
		const options = { maxConcurrency: 1 };
		const { json } = await run({ items, parameters: video('textToVideo', { options }) });
		expect(json.map(({ status }) => status)).toEqual(items.map(() => 'completed'));
		const [held, free] = customers.map(({ requests }) =>
			requests.filter(({ method }) => method === 'POST').map(({ at }) => at),
		);
		expect(held[1] - held[0]).toBeGreaterThan(1_900);
		expect(Math.max(...free) - held[0]).toBeLessThan(1_500);
	});

	test('all accounts together keep to Max Concurrency', async () => {
		for (const customer of customers) customer.fault({ on: 'create', delayMs: 50 });
		const items = [0, 1, 0, 1, 0, 1].map((customer) => itemOf(customer));
		await run({ items, parameters: video('textToVideo', { options: { maxConcurrency: 2 } }) });
		const posts = customers.flatMap(({ requests }) =>
			requests.filter(({ method }) => method === 'POST').map(({ at }) => at),
		);
		// of any three, the last came once the first was answered
		posts.sort((a, b) => a - b);
		for (const [index, at] of posts.slice(2).entries())
			expect(at - posts[index]).toBeGreaterThanOrEqual(45);
	});
});

describe('Check Balance adds up by account:', () => {
	const parameters = () => video('textToVideo', { options: { checkBalance: true } });

	test('each covers its own items', async () => {
		balanceIs(0, 275);
		balanceIs(1, 137.5);
		const { error } = await run({
			items: [itemOf(0), itemOf(1), itemOf(0)],
			parameters: parameters(),
		});
		expect(error).toBeUndefined();
	});

	test('one that does not is named by its items, and nothing is sent', async () => {
		balanceIs(0, 5_000);
		balanceIs(1, 200);
		const items = [itemOf(0), itemOf(1), itemOf(1)];
		const { error } = await run({ items, parameters: parameters() });
		expect(error?.message).toBe(
			'Items 1, 2 would cost 275 credits, more than the 200 that the account has',
		);
		expect(postsOf(0) + postsOf(1)).toBe(0);
	});

	test('of many items, the first twenty are named', async () => {
		balanceIs(0, 5_000);
		balanceIs(1, 200);
		const items = [itemOf(0), ...Array.from({ length: 22 }, () => itemOf(1))];
		const { error } = await run({ items, parameters: parameters() });
		expect(error?.message).toMatch(/^Items 1, 2, .*, 19, 20 and 2 more would cost 3,025 credits/);
	});

	test('with On Error: Continue the other account’s videos are made', async () => {
		balanceIs(0, 5_000);
		balanceIs(1, 200);
		const settings = { onError: 'continueRegularOutput' } as const;
		const items = [itemOf(1), itemOf(0), itemOf(1)];
		const { json } = await run({ items, settings, parameters: parameters() });
		expect(json).toMatchObject([
			{ error: { code: 'insufficient_credits' } },
			{ status: 'completed' },
			{ error: { code: 'insufficient_credits' } },
		]);
		expect([postsOf(0), postsOf(1)]).toEqual([1, 0]);
	});

	test('the whole run keeps to Max Credits', async () => {
		const options = { maxCredits: 300 };
		const items = [itemOf(0), itemOf(1), itemOf(1)];
		const { error } = await run({ items, parameters: video('textToVideo', { options }) });
		expect(error?.message).toBe(
			'This run would cost 412.5 credits, more than the 300 that ‘Max Credits’ allows',
		);
	});
});

describe('reading the credential', () => {
	test('of 1,000 items with a fixed key happens once', async () => {
		let reads = 0;
		const { url: baseUrl, apiKey } = customers[0];
		const { json } = await run({
			...{ baseUrl, apiKey, onCredentialRead: () => reads++ },
			items: Array.from({ length: 1_000 }, () => ({ json: {} })),
			parameters: { resource: 'credit', operation: 'getBalance', options: { maxConcurrency: 100 } },
		});
		expect(json).toHaveLength(1_000);
		expect(reads).toBeLessThanOrEqual(3);
	});

	test('where n8n does not let its stored fields be seen, happens for each item', async () => {
		const additionalData = {
			get(this: object) {
				const { additionalData: given } = Object.getPrototypeOf(this);
				const { getDecrypted } = given.credentialsHelper;
				const withoutRaw = async (...args: unknown[]): Promise<unknown> => {
					if (args[5]) throw new Error('Not for you');
					return await getDecrypted.apply(given.credentialsHelper, args);
				};
				return {
					...given,
					credentialsHelper: { ...given.credentialsHelper, getDecrypted: withoutRaw },
				};
			},
		};
		const items = [itemOf(0), itemOf(1)];
		const outcome = await run({
			items,
			parameters: video('textToVideo'),
			without: { additionalData },
		});
		expect(outcome.error).toBeUndefined();
		expect([postsOf(0), postsOf(1)]).toEqual([1, 1]);
		expect(hintsOf(outcome)).toContain('2 videos, 275 credits');
	});
});
