import type { Setback } from '../errors/setback';

type Silence = Extract<Setback, { kind: 'silence' }>;

/** Codes of a certificate that is not trusted, which is looked at before anything is sent. */
const CERTIFICATE =
	/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)_|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** What a connection broke with that gave no answer, wherever n8n or its HTTP client put it. */
export function silenceOf(error: unknown): Silence {
	let code: string | undefined;
	for (let level = error; level instanceof Error; level = level.cause) {
		if (level.name.startsWith('SsrfBlocked') || level.constructor.name.startsWith('SsrfBlocked'))
			return { kind: 'silence', code: 'BLOCKED', isUnsent: true };
		if (/wrong version number/i.test(level.message))
			return { kind: 'silence', code: 'NOT_TLS', isUnsent: true };
		if (!('code' in level) || typeof level.code !== 'string') continue;
		if (CERTIFICATE.test(level.code))
			return { kind: 'silence', code: 'CERTIFICATE', isUnsent: true };
		code ??= level.code;
		// the same code may come of a connection that held
		const { syscall } = level as { syscall?: unknown };
		if (syscall === 'connect' || syscall === 'getaddrinfo')
			return { kind: 'silence', code: level.code, isUnsent: true };
	}
	return { kind: 'silence', code };
}
