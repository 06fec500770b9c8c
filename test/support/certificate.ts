/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Untrusted certificate for localhost and its key, for the tests' own servers only. */
export const UNTRUSTED = {
	key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgS+i1bJVzvvJveyIr
QFoPR2VsfexY5sTyzEln6wv9BUehRANCAAQ2ERkSV8VKyfNJI2Bpl0tImvw11Pe7
XW+FUKBtfYh1sOW2YRBesGnTLtRofDkLMl2IXcDKbaqPe5SrealBpCxB
-----END PRIVATE KEY-----`,
	cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUELpQ4Nx/07eLCGqYiK7OmVP6jJ4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjIxMTc0N1oYDzIxMjYxMTAy
MjExNzQ3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ2ERkSV8VKyfNJI2Bpl0tImvw11Pe7XW+FUKBtfYh1sOW2YRBesGnT
LtRofDkLMl2IXcDKbaqPe5SrealBpCxBo28wbTAdBgNVHQ4EFgQUGfcOokSxeB16
ugSBl8o8REzLMawwHwYDVR0jBBgwFoAUGfcOokSxeB16ugSBl8o8REzLMawwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAJ36sxn/zvf4C44nmwqBk6iqpjLcCjeYfPk6Dkoo8QdlAiB7
AA5khDjoG8YX2i3tKO4KORtlrEslJ/n9lUM4ctiuPg==
-----END CERTIFICATE-----`,
};

export interface Certificate {
	key: Buffer;
	cert: Buffer;
	/** PEM file of the certificate, for NODE_EXTRA_CA_CERTS. */
	certFile: string;
	remove(): Promise<void>;
}

/** Makes a certificate for hosts that tests play, and its key. */
export async function makeCertificate(hosts: string[]): Promise<Certificate> {
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-tls-'));
	const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	const names = hosts.map((host) => `DNS:${host}`).join(',');
	await promisify(execFile)('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
		...['-subj', '/CN=happyhorse', '-addext', `subjectAltName=${names}`],
		...['-days', '2', '-keyout', keyFile, '-out', certFile],
	]);
	return {
		key: await readFile(keyFile),
		cert: await readFile(certFile),
		certFile,
		remove: async () => await rm(folder, { recursive: true, force: true }),
	};
}
