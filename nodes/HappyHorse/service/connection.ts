import { createHash } from 'node:crypto';

import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import { after } from '../common/time';
import { parseCredential } from '../contract/credential';
import { HappyHorseError } from '../errors/errors';
import { Limiter } from './limiter';
import { StopSwitch } from './stop';

export const CREDENTIAL = 'happyHorseApi';

/** n8n's context of a run of the node, or of a callback. */
export type Context = IExecuteFunctions | IWebhookFunctions;

interface ConnectionOptions {
	/** Bounds the concurrent requests to the service. */
	limiter: Limiter;
	/** Bounds concurrent downloads separately, so that a stalled file host blocks no request to the service. Same limit by default. */
	fileLimiter?: Limiter;
	stop: StopSwitch;
	/** Set if one item's error ends the run, so that no further video may start. */
	stopsAtFirstError: boolean;
}

/** Connection that all requests of a run, or of a callback, share. */
export interface Connection extends Required<ConnectionOptions> {
	context: Context;
	/** Hash that tells accounts apart, even behind one credential. */
	account: string;
	/** Hides the API key in a text. */
	withoutKey: (text: string) => string;
	/** URL without a trailing slash. */
	baseUrl: string;
	/** Set if the service is on the internet, so that it must not fetch from private addresses. */
	isPublic: boolean;
}

/** Milliseconds for which a credential is cached. */
const CACHED_MS = 5_000;
const MAX_CACHED = 1_000;

type Credential = ReturnType<Context['getCredentials']>;

/** Credentials by workflow and node. */
type CredentialCache = BoundedMap<Credential>;

const newCache = (): CredentialCache => new BoundedMap(MAX_CACHED, CACHED_MS);

/**
 * Makes a connection from the node's credential. Sends nothing.
 *
 * @param cache credentials that were read lately
 * @throws HappyHorseError for an invalid key or base URL
 */
export async function connect(
	context: Context,
	options: ConnectionOptions,
	cache: CredentialCache = newCache(),
): Promise<Connection> {
	const caching = withCachedCredential(context, cache);
	const access = accessBy(await caching.getCredentials(CREDENTIAL));
	return {
		fileLimiter: new Limiter(options.limiter.limit),
		...options,
		context: caching,
		...access,
	};
}

/** Part of a connection that follows from the credential. */
type Access = Pick<Connection, 'account' | 'withoutKey' | 'baseUrl' | 'isPublic'>;

/** Access by cached credential. */
const accesses = new WeakMap<object, Access>();

function accessBy(given: Record<string, unknown>): Access {
	const known = accesses.get(given);
	if (known) return known;
	const credential = parseCredential(given);
	if ('code' in credential) throw new HappyHorseError(credential);
	const { apiKey, baseUrl, reachesPrivate } = credential;
	const access = {
		account: createHash('sha256').update(`${apiKey} ${baseUrl}`).digest('base64url'),
		withoutKey: keyRedactor(apiKey),
		baseUrl,
		isPublic: !reachesPrivate,
	};
	accesses.set(given, access);
	return access;
}

/** Makes a function that hides a key in a text, also with slashes escaped as in JSON, but not inside a longer word such as an id. */
export function keyRedactor(apiKey: string): (text: string) => string {
	const literal = apiKey.replace(/[^\w-]/g, (sign) =>
		sign === '/' ? String.raw`\\?/` : `\\${sign}`,
	);
	const key = new RegExp(String.raw`(?<![\w-])${literal}(?![\w-])`, 'g');
	return (text) => text.replace(key, 'sk-…');
}

/** Cache for callbacks, which often arrive many at a time. */
const callbackCache = newCache();

/**
 * Makes a connection for a callback. Sends nothing.
 *
 * @throws HappyHorseError for an invalid key or base URL
 */
export async function connectForCallback(
	context: IWebhookFunctions,
	limiter: Limiter,
	fileLimiter = limiter,
): Promise<Connection> {
	const stop = new StopSwitch();
	const options = { limiter, fileLimiter, stop, stopsAtFirstError: false };
	return await connect(context, options, callbackCache);
}

/**
 * Context with a cached credential. n8n's HTTP helper would read it for each request from the database, and for a
 * callback with a new expression engine, which takes some 30 ms.
 */
function withCachedCredential(context: Context, cache: CredentialCache): Context {
	const { id: node, credentials } = context.getNode();
	const key = `${context.getWorkflow().id} ${node} ${credentials?.[CREDENTIAL]?.id}`;
	const getCredentials = async (): Promise<Awaited<Credential>> => {
		const found = cache.get(key);
		if (found) return await found;
		const credential = context.getCredentials(CREDENTIAL);
		cache.set(key, credential);
		credential.catch(() => cache.delete(key));
		return await credential;
	};
	return Object.create(context, { getCredentials: { value: getCredentials } });
}

/**
 * Runs work under a hard deadline that includes time spent queueing.
 *
 * @param ms milliseconds
 * @param work gets a connection whose requests stop at the deadline
 * @throws HappyHorseError at the deadline
 */
export async function withDeadline<T>(
	connection: Connection,
	ms: number,
	work: (connection: Connection) => Promise<T>,
): Promise<T> {
	const stop = new StopSwitch();
	const cancel = after(ms, () => stop.stop(tooLate()));
	try {
		return await Promise.race([work({ ...connection, stop }), stop.stopped()]);
	} finally {
		cancel();
	}
}

const tooLate = () =>
	new HappyHorseError({
		message: 'HappyHorse did not answer in time',
		description: 'The next callback asks again.',
		code: 'no_answer',
	});
