/* eslint-disable @n8n/community-nodes/no-restricted-imports -- servers that nobody can talk to, made of Node's own parts */
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { connectionErrorOf } from '../../nodes/HappyHorse/service/connectionError';
import { UNTRUSTED } from '../support/certificate';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const parameters = video('textToVideo');

let requests = 0;
const count = () => requests++;
const untrusted = createServer(UNTRUSTED, count);
const plain = createPlainServer(count);

const portOf = (server: typeof plain) => (server.address() as AddressInfo).port;

beforeAll(async () => {
	await Promise.all(
		[untrusted, plain].map(
			async (server) => await once(server.listen(0, '127.0.0.1'), 'listening'),
		),
	);
});
beforeEach(() => (requests = 0));
afterAll(() => [untrusted, plain].map((server) => server.close()));

describe('a Base URL at which nothing can be sent', () => {
	const CASES = [
		['with a certificate that is not trusted', () => portOf(untrusted), /certificate/],
		['that does not speak HTTPS', () => portOf(plain), /does not speak HTTPS/],
	] as const;

	test.each(CASES)('%s: that is said, nothing may exist, and it is tried once', async (...row) => {
		const [, port, words] = row;
		const baseUrl = `https://127.0.0.1:${port()}`;
		const { error } = await bench.run({ baseUrl, parameters });
		expect(error?.message).toMatch(words);
		expect(error?.message).toContain('nothing was sent');
		expect(error?.description).not.toContain('may have been created');
		expect(error?.context).not.toHaveProperty('taskMayExist');
		expect(requests).toBe(0);
	});

	test.each(CASES)('%s: once it is put right, Retry makes the video', async (_name, port) => {
		const baseUrl = `https://127.0.0.1:${port()}`;
		const failed = await bench.run({ baseUrl, parameters });
		const { json } = await bench.retry(failed, { parameters });
		expect(json).toMatchObject([{ status: 'completed' }]);
		expect(bench.sandbox.tasks.size).toBe(1);
	});
});

describe('what a connection broke with', () => {
	const wrapped = (cause: object) =>
		new Error('n8n', { cause: Object.assign(new Error('axios'), { cause }) });
	const system = (code: string, syscall: string) =>
		Object.assign(new Error(code), { code, syscall });

	test.each([
		['EHOSTUNREACH', 'connect', true],
		['ENETUNREACH', 'connect', true],
		['ETIMEDOUT', 'connect', true],
		['ENOTFOUND', 'getaddrinfo', true],
		['ECONNRESET', 'read', undefined],
		['EHOSTUNREACH', 'read', undefined],
		['EPIPE', 'write', undefined],
	])('%s while it was to %s: unsent is %p', (code, syscall, isUnsent) => {
		expect(connectionErrorOf(wrapped(system(code, syscall)))).toEqual({
			kind: 'connection',
			code,
			...(isUnsent && { isUnsent }),
		});
	});

	test('TLS that broke once it was spoken: its fate is not known', () => {
		const error = new Error('ssl3_get_record:wrong version number');
		const code = 'ERR_SSL_WRONG_VERSION_NUMBER';
		const broken = connectionErrorOf(wrapped(Object.assign(error, { code })));
		expect(broken).toEqual({ kind: 'connection', code });
	});

	test('n8n’s own protection', () => {
		class SsrfBlockedIpError extends Error {}
		expect(connectionErrorOf(wrapped(new SsrfBlockedIpError('blocked')))).toEqual({
			kind: 'connection',
			code: 'BLOCKED',
			isUnsent: true,
			isPermanent: true,
		});
	});
});
