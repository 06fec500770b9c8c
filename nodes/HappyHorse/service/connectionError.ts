import type { RequestFailure } from '../errors/requestFailure';

type ConnectionError = Extract<RequestFailure, { kind: 'connection' }>;

/** Codes of an untrusted certificate, which is checked before anything is sent. */
const CERTIFICATE =
	/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** Codes and system calls that fail only before there is a connection; other codes may come at any time. */
const BEFORE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];
const CALLS_BEFORE = ['connect', 'getaddrinfo'];

const permanent = (code: string): ConnectionError => ({
	kind: 'connection',
	code,
	isUnsent: true,
	isPermanent: true,
});

/** Classifies a thrown connection error, wherever n8n or its HTTP client put its code. */
export function connectionErrorOf(error: unknown): ConnectionError {
	let found: ConnectionError = { kind: 'connection' };
	for (let level = error; level instanceof Error; level = level.cause) {
		if (level.constructor.name.startsWith('SsrfBlocked')) return permanent('BLOCKED');
		const { code, syscall = '' } = level as { code?: unknown; syscall?: string };
		if (typeof code !== 'string') continue;
		if (CERTIFICATE.test(code)) return permanent('CERTIFICATE');
		// the request was still unsent when the server turned out not to speak TLS
		if (code === 'EPROTO' && /wrong version number/i.test(level.message))
			return permanent('NOT_TLS');
		if (BEFORE.includes(code) || CALLS_BEFORE.includes(syscall))
			return { kind: 'connection', code, isUnsent: true };
		if (found.code === undefined) found = { kind: 'connection', code };
	}
	return found;
}
