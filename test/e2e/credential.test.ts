import { CREDENTIAL, errorOf, useN8n } from '../support/e2e';

const host = useN8n();

const SAYS_REDIRECT = 'The Base URL answers with a redirect';

/** What the credential's dialog says. */
const say = async (more: object = {}) =>
	await host.n8n.rest.testCredential(CREDENTIAL, {
		apiKey: host.sandbox.apiKey,
		baseUrl: host.sandbox.url,
		...more,
	});

const sent = () => host.sandbox.requests.map(({ server, method, path }) => [server, method, path]);

test('a right key is confirmed by a call that costs nothing', async () => {
	expect((await say()).status).toBe('OK');
	expect(sent()).toEqual([['api', 'GET', '/v1/credits']]);
});

test('white space around the key and the Base URL does no harm, in the dialog nor in a run', async () => {
	const { apiKey, url } = host.sandbox;
	const data = { apiKey: ` ${apiKey}\n`, baseUrl: `\t${url}/ ` };
	expect((await say(data)).status).toBe('OK');
	const { id } = await host.n8n.rest.saveCredential('Spaced', CREDENTIAL, data);
	const own = host.credentialId;
	host.credentialId = id;
	const run = await host.run({ resource: 'credit', operation: 'getBalance' });
	host.credentialId = own;
	expect(errorOf(run)).toBeUndefined();
	expect(sent()).toEqual(Array.from({ length: 2 }, () => ['api', 'GET', '/v1/credits']));
});

test.each([301, 302, 303, 307, 308])(
	'a redirect to another host (%i) gets no key, and is named',
	async (status) => {
		const { fileUrl } = host.sandbox;
		const body = '<html>moved</html>';
		const headers = { location: `${fileUrl}/v1/credits` };
		host.sandbox.fault({ on: 'credits', respond: { status, headers, body } });
		const said = await say();
		expect(host.sandbox.requests.filter(({ server }) => server === 'file')).toEqual([]);
		expect(said.status).toBe('Error');
		expect(said.message).toContain(SAYS_REDIRECT);
	},
);

test('nor does a redirect without a body', async () => {
	const headers = { location: `${host.sandbox.fileUrl}/v1/credits` };
	host.sandbox.fault({ on: 'credits', respond: { status: 302, headers } });
	expect(await say()).toMatchObject({
		status: 'Error',
		message: expect.stringContaining(SAYS_REDIRECT),
	});
	expect(host.sandbox.requests.filter(({ server }) => server === 'file')).toEqual([]);
});

test.each([
	['a page', '<html><body>Welcome</body></html>'],
	['nothing', ''],
	['JSON of something else', { status: 'ok' }],
	['a list', []],
])('a Base URL that answers 200 with %s is not the API', async (_name, body) => {
	host.sandbox.fault({ on: 'credits', respond: { status: 200, body } });
	const { status, message } = await say();
	expect(status).toBe('Error');
	expect(message).toContain('is not the HappyHorse API');
});

test.each([
	['invalid_api_key', 'HappyHorse did not accept the API key'],
	['ip_not_allowed', 'This n8n’s IP address is not on the API key’s allow-list'],
	['internal_error', 'on the service’s side'],
] as const)('%s is explained', async (error, words) => {
	host.sandbox.fault({ on: 'credits', error });
	const { status, message } = await say();
	expect(status).toBe('Error');
	expect(message).toContain(words);
});

test('an address where nobody is is explained', async () => {
	const { status, message } = await say({ baseUrl: 'http://127.0.0.1:1' });
	expect(status).toBe('Error');
	expect(message).toContain('HappyHorse could not be reached: the connection was refused');
});

test.each([
	['a key without sk-', { apiKey: 'pk-1' }, 'is not a HappyHorse key'],
	['no key', { apiKey: ' ' }, 'is not a HappyHorse key'],
	['a key of two lines', { apiKey: 'sk-test\nx' }, 'is not a HappyHorse key'],
	['no Base URL', { baseUrl: ' ' }, 'is not a URL'],
	['a Base URL of another kind', { baseUrl: 'ftp://example.com' }, 'is not a URL'],
	['one with a login', { baseUrl: 'https://a:b@example.com' }, 'contains more than an address'],
	['one with a query', { baseUrl: 'https://example.com/?a=b' }, 'contains more than an address'],
	[
		'one without encryption',
		{ baseUrl: 'http://api.aivideoapi.ai' },
		'would cross the internet unencrypted',
	],
])('%s is refused, before anything is sent', async (_name, data, words) => {
	const { status, message } = await say(data);
	expect(status).toBe('Error');
	expect(message).toContain(words);
	expect(message).toContain('Nothing was sent.');
	expect(message).not.toContain('pk-1');
	expect(sent()).toEqual([]);
});

describe('n8n’s own HTTP Request node with this credential', () => {
	const request = async (url: string) => {
		const position: [number, number] = [0, 0];
		const trigger = {
			...{ id: 'Start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			...{ typeVersion: 1, position, parameters: {} },
		};
		const node = {
			...{ id: 'HTTP', name: 'HTTP', type: 'n8n-nodes-base.httpRequest' },
			...{ typeVersion: 4.2, position },
			parameters: {
				url,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: CREDENTIAL,
				options: {},
			},
			credentials: { [CREDENTIAL]: { id: host.credentialId, name: 'HappyHorse' } },
		};
		return await host.runWorkflow({
			name: `test ${Math.random()}`,
			nodes: [trigger, node],
			connections: { Start: { main: [[{ node: 'HTTP', type: 'main', index: 0 }]] } },
		});
	};

	test('reaches the API', async () => {
		const execution = await request(`${host.sandbox.url}/v1/credits`);
		expect(errorOf(execution)).toBeUndefined();
		expect(host.sandbox.requests.map(({ status }) => status)).toEqual([200]);
	});

	test('does not take the key to another host, be it by a redirect', async () => {
		expect((await request(`${host.sandbox.fileUrl}/x`)).status).toBe('error');
		expect(sent()).toEqual([]);
		const headers = { location: `${host.sandbox.fileUrl}/v1/credits` };
		host.sandbox.fault({ on: 'credits', respond: { status: 302, headers } });
		expect((await request(`${host.sandbox.url}/v1/credits`)).status).toBe('error');
		expect(host.sandbox.requests.filter(({ server }) => server === 'file')).toEqual([]);
	});
});
