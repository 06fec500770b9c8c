import nock from 'nock';

import { HappyHorseApi } from '../../credentials/HappyHorseApi.credentials';
import { prepareEngine, runNode } from '../support/engine';
import { video } from '../support/parameters';

beforeAll(prepareEngine);
afterEach(() => nock.cleanAll());
// other tests of the same process have the real HTTP client
afterAll(() => nock.restore());

/** A gateway inside the network, for which n8n may send the key in clear. */
const GATEWAY = 'http://10.1.2.3:8080';
const URLS = ['http://10.0.0.9/a.png', 'http://127.0.0.1/a.png', 'http://169.254.169.254/a.png'];

const start = async (imageUrl: string, reachesPrivateAddresses?: boolean) =>
	await runNode({
		baseUrl: GATEWAY,
		reachesPrivateAddresses,
		parameters: video('imageToVideo', { imageUrl, waitForCompletion: false }),
	});

test.each(URLS)(
	'a gateway’s own address lets nobody reach another one in the network: %s',
	async (url) => {
		const sent = nock(GATEWAY).post('/v1/videos/generations').reply(200, {});
		const { error } = await start(url);
		expect(error?.message).toContain('is a local or private address');
		expect(sent.isDone()).toBe(false);
	},
);

test.each(URLS)('unless the credential says that it is for it: %s', async (url) => {
	const sent = nock(GATEWAY)
		.post('/v1/videos/generations', ({ input }) => input.image_urls[0] === url)
		.reply(200, { code: 200, data: { taskId: 'a' } });
	const { json } = await start(url, true);
	expect(json).toEqual([expect.objectContaining({ taskId: 'a' })]);
	expect(sent.isDone()).toBe(true);
});

test('a video at a private address is not fetched from a gateway’s network', async () => {
	const urls = ['http://10.0.0.9/a.mp4'];
	nock(GATEWAY).get('/v1/tasks/a').reply(200, { id: 'a', status: 'completed', output: { urls } });
	const fetched = nock('http://10.0.0.9').get('/a.mp4').reply(200, 'video');
	const { error } = await runNode({
		baseUrl: GATEWAY,
		parameters: { resource: 'video', operation: 'download', taskId: 'a' },
	});
	expect(error?.message).toContain('its URL is not a public one');
	expect(fetched.isDone()).toBe(false);
});

test.each([
	['http://api.aivideoapi.ai', 'would cross the internet unencrypted'],
	['http://8.8.8.8', 'would cross the internet unencrypted'],
	['https://a:b@api.aivideoapi.ai', 'contains more than an address'],
	['https://api.aivideoapi.ai?x=1', 'contains more than an address'],
])('with %s as its Base URL nothing is sent', async (baseUrl, words) => {
	const sent = nock(/./).get(/./).reply(200, {});
	const { error } = await runNode({
		baseUrl,
		parameters: { resource: 'credit', operation: 'getBalance' },
	});
	expect(error?.message).toContain(words);
	expect(sent.isDone()).toBe(false);
});

test.each(['sk-a b', 'sk-a\nb', 'sk-ä', 'pk-a'])(
	'with %j as its key nothing is sent',
	async (apiKey) => {
		const sent = nock(GATEWAY).get(/./).reply(200, {});
		const { error } = await runNode({
			...{ baseUrl: GATEWAY, apiKey },
			parameters: { resource: 'credit', operation: 'getBalance' },
		});
		expect(error?.message).toContain('is not a HappyHorse key');
		expect(sent.isDone()).toBe(false);
	},
);

test.each(['/v1', '/v1/', '/', '//v1//'])(
	'a Base URL that ends in %s is taken as it is meant',
	async (ending) => {
		nock(GATEWAY)
			.get('/v1/credits')
			.reply(200, { code: 200, data: { balance: 7 } });
		const { error } = await runNode({
			baseUrl: GATEWAY + ending,
			parameters: { resource: 'credit', operation: 'getBalance' },
		});
		expect(error).toBeUndefined();
		expect(nock.isDone()).toBe(true);
	},
);

describe('the credential, which other nodes may use too,', () => {
	const fields = { apiKey: 'sk-test', baseUrl: 'https://api.aivideoapi.ai' };
	const authenticate = async (request: object) =>
		await new HappyHorseApi().authenticate(fields, request as { url: string });

	// n8n's older helper, that of its HTTP Request node, calls it uri
	test.each(['url', 'uri'])('gives the key to its Base URL, by %s', async (name) => {
		const { headers } = await authenticate({ [name]: `${fields.baseUrl}/v1/credits` });
		expect(headers).toEqual({ Authorization: 'Bearer sk-test' });
	});

	test.each([
		'https://a.example/v1/credits',
		'https://api.aivideoapi.ai:8443/v1/credits',
		'http://api.aivideoapi.ai/v1/credits',
	])('and not to %s', async (url) => {
		await expect(authenticate({ url })).rejects.toThrow('is sent to the Base URL only');
	});
});
