import type { Sandbox } from '../sandbox';
import { startSandbox } from '../sandbox';
import { CREDENTIAL, errorOf, itemsOf, useN8n } from '../support/e2e';

/** Tasks last until the execution is parked; a callback that is not taken comes again after 1.8 and 6 seconds. */
const TIMES = { taskMs: 1_500, timeScale: 0.01, leastAnswerMs: 3_000 };

const host = useN8n(TIMES);

let other: Sandbox;
let ownCredential: string;

beforeAll(async () => {
	other = await startSandbox({ ...TIMES, apiKey: 'sk-test-other' });
});
afterAll(async () => await other.close());

beforeEach(async () => {
	other.reset();
	ownCredential = host.credentialId;
	const data = { apiKey: '={{ $json.key }}', baseUrl: '={{ $json.url }}' };
	({ id: host.credentialId } = await host.n8n.rest.saveCredential('By item', CREDENTIAL, data));
});
afterEach(() => {
	host.credentialId = ownCredential;
});

const itemOf = ({ apiKey: key, url }: Sandbox) => ({ key, url });
const postsOf = ({ requests }: Sandbox) =>
	requests.filter(({ method }) => method === 'POST').length;
const refusedBy = ({ requests }: Sandbox) => requests.filter(({ status }) => status === 401);

const NODE = 'HappyHorse';

test.each(['polling', 'callback'])(
	'a credential with an expression gives each item its own account (%s)',
	async (waitMethod) => {
		const items = [itemOf(host.sandbox), itemOf(other), itemOf(host.sandbox)];
		const parameters = {
			...{ resource: 'video', operation: 'textToVideo', prompt: 'A horse', waitMethod },
			...{ downloadVideo: false, options: { pollingInterval: 0.1 } },
		};
		const execution = await host.run(parameters, { items });
		expect(errorOf(execution)).toBeUndefined();
		const made = itemsOf(execution, NODE).map(({ json: { taskId, status } }) => [
			host.sandbox.tasks.has(String(taskId)) ? 'own' : 'other',
			other.tasks.has(String(taskId)),
			status,
		]);
		expect(made).toEqual([
			['own', false, 'completed'],
			['other', true, 'completed'],
			['own', false, 'completed'],
		]);
		expect([postsOf(host.sandbox), postsOf(other)]).toEqual([2, 1]);
		expect([...refusedBy(host.sandbox), ...refusedBy(other)]).toEqual([]);
	},
);

test('Get Balance shows each customer’s own', async () => {
	const balanceIs = (sandbox: Sandbox, balance: number) =>
		sandbox.fault({ on: 'credits', respond: { body: { code: 200, data: { balance } } } });
	balanceIs(host.sandbox, 100);
	balanceIs(other, 200);
	const items = [itemOf(other), itemOf(host.sandbox)];
	const execution = await host.run({ resource: 'credit', operation: 'getBalance' }, { items });
	expect(itemsOf(execution, NODE).map(({ json }) => json)).toEqual([
		{ credits: 200 },
		{ credits: 100 },
	]);
});

test('an item without a key stops the run before anything is sent', async () => {
	const items = [itemOf(host.sandbox), { url: other.url }];
	const execution = await host.run(
		{ resource: 'video', operation: 'textToVideo', prompt: 'A horse' },
		{ items },
	);
	expect(errorOf(execution)?.message).toContain('is not a HappyHorse key');
	expect(postsOf(host.sandbox) + postsOf(other)).toBe(0);
});

test('a trigger whose setting can’t be read starts a run that fails with its name', async () => {
	host.credentialId = ownCredential;
	const listening = await host.listenForCallbacks({ downloadVideo: '={{ "yes" }}' });
	const parameters = {
		...{ resource: 'video', operation: 'textToVideo', prompt: 'A horse' },
		...{ waitForCompletion: false, callbackUrl: listening.url },
	};
	await host.run(parameters);
	await host.finish(host.tasks[0]);
	const [run] = await host.runsOf(listening.workflowId, 1);
	const failed = await host.n8n.rest.finished(run.id);
	expect(failed.status).toBe('error');
	expect(errorOf(failed)?.message).toContain('Download Video must be true or false');
	expect(errorOf(failed)?.description).toContain(host.tasks[0].id);
});
