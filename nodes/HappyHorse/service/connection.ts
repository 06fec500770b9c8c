import { createHash } from 'node:crypto';

import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { BoundedMap } from '../common/boundedMap';
import { after } from '../common/time';
import { parseCredential } from '../contract/credential';
import { HappyHorseError } from '../errors/errors';
import { Limiter } from './limiter';
import { StopSwitch } from './stop';

export const CREDENTIAL = 'happyHorseApi';

/** Where requests come from: a run of the node, or a callback that came in. */
export type Context = IExecuteFunctions | IWebhookFunctions;

interface ConnectionOptions {
	/** Bounds the requests to the service that are under way at once. */
	limiter: Limiter;
	/** The same for files, so that a host of files that stands still keeps nobody from the service. By default as many. */
	fileLimiter?: Limiter;
	stop: StopSwitch;
	/** Whether one item's trouble ends the run: no further video is to be started then. */
	stopsAtFirstError: boolean;
}

/** What every request of one run of the node shares. */
export interface Connection extends Required<ConnectionOptions> {
	context: Context;
	/** Tells accounts apart, be it behind the same credential, without giving the key away. */
	account: string;
	/** Takes the API key out of a text. */
	withoutKey: (text: string) => string;
	/** Without a slash at its end. */
	baseUrl: string;
	/** Whether the service is out on the internet, so that nothing at private addresses is for it. */
	isPublic: boolean;
}

/** Milliseconds for which a credential is not read again. */
const KEPT_MS = 5_000;
const MAX_KEPT = 1_000;

type Credential = ReturnType<Context['getCredentials']>;

/** Credentials by workflow and node. */
type Kept = BoundedMap<Credential>;

const newKept = (): Kept => new BoundedMap(MAX_KEPT, KEPT_MS);

/**
 * Reads the credential. Nothing is sent.
 *
 * @param kept what was read lately
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function connect(
	context: Context,
	options: ConnectionOptions,
	kept: Kept = newKept(),
): Promise<Connection> {
	const keeping = keepingCredential(context, kept);
	const access = accessBy(await keeping.getCredentials(CREDENTIAL));
	return {
		fileLimiter: new Limiter(options.limiter.limit),
		...options,
		context: keeping,
		...access,
	};
}

/** What follows from a credential. */
type Access = Pick<Connection, 'account' | 'withoutKey' | 'baseUrl' | 'isPublic'>;

/** Found out once for a credential that is kept. */
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

/** What takes a key out of a text, also where JSON has escaped its slashes; not what is a part of another word, such as an id. */
export function keyRedactor(apiKey: string): (text: string) => string {
	const literal = apiKey.replace(/[^\w-]/g, (sign) =>
		sign === '/' ? String.raw`\\?/` : `\\${sign}`,
	);
	const key = new RegExp(String.raw`(?<![\w-])${literal}(?![\w-])`, 'g');
	return (text) => text.replace(key, 'sk-…');
}

/** Callbacks often come many at a time. */
const keptForCallbacks = newKept();

/**
 * The way to the service for a callback that came in.
 *
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function connectForCallback(
	context: IWebhookFunctions,
	limiter: Limiter,
	fileLimiter = limiter,
): Promise<Connection> {
	const stop = new StopSwitch();
	const options = { limiter, fileLimiter, stop, stopsAtFirstError: false };
	return await connect(context, options, keptForCallbacks);
}

/**
 * The same context, whose credential is not read anew for each request, as n8n's HTTP helper does: from its database, and
 * outside of a run with an expression engine made for it, some 30 ms.
 */
function keepingCredential(context: Context, kept: Kept): Context {
	const { id: node, credentials } = context.getNode();
	const key = `${context.getWorkflow().id} ${node} ${credentials?.[CREDENTIAL]?.id}`;
	const getCredentials = async (): Promise<Awaited<Credential>> => {
		const found = kept.get(key);
		if (found) return await found;
		const credential = context.getCredentials(CREDENTIAL);
		kept.set(key, credential);
		credential.catch(() => kept.delete(key));
		return await credential;
	};
	return Object.create(context, { getCredentials: { value: getCredentials } });
}

/**
 * Works for somebody who can't wait: what takes longer is cut off, also what still waits for its turn.
 *
 * @param ms milliseconds
 * @param work with the connection to use
 * @throws HappyHorseError once the time is up
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
		description: 'It is asked again when the next callback comes.',
		code: 'no_answer',
	});
