import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { isPublicHost, parseHttpUrl } from '../schema/hosts';
import { HappyHorseError } from '../errors/errors';
import { DASHBOARD } from '../errors/messages';
import type { Limiter } from './limiter';
import { StopSwitch } from './stop';

export const CREDENTIAL = 'happyHorseApi';

/** Where requests come from: a run of the node, or a callback that came in. */
export type Context = IExecuteFunctions | IWebhookFunctions;

interface Manners {
	/** Bounds the requests in flight at once. */
	limiter: Limiter;
	stop: StopSwitch;
	/** Whether one item's trouble ends the run: no further video is to be started then. */
	stopsAtFirstError: boolean;
}

/** What every request of one run of the node shares. */
export interface Connection extends Manners {
	context: Context;
	/** Without a slash at its end. */
	baseUrl: string;
	/** Whether the service is out on the internet, so that it can't fetch from private addresses. */
	isPublic: boolean;
}

/**
 * Reads the credential, once for a run. Nothing is sent.
 *
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function connect(context: Context, manners: Manners): Promise<Connection> {
	const { apiKey, baseUrl } = await context.getCredentials<{ apiKey: unknown; baseUrl: unknown }>(
		CREDENTIAL,
	);
	if (typeof apiKey !== 'string' || !apiKey.startsWith('sk-'))
		throw new HappyHorseError({
			message: 'The API Key in the HappyHorse credential is not a HappyHorse key',
			description: `A HappyHorse API key begins with "sk-". Copy it again from your dashboard (${DASHBOARD.apiKeys}) into the credential. Nothing was sent.`,
			code: 'invalid_api_key',
		});
	const url = typeof baseUrl === 'string' ? parseHttpUrl(baseUrl.trim()) : undefined;
	if (!url)
		throw new HappyHorseError({
			message: 'The Base URL in the HappyHorse credential is not a URL',
			description:
				'It begins with http:// or https://; the service itself is at https://api.aivideoapi.ai. Nothing was sent.',
			code: 'invalid_base_url',
		});
	return {
		context,
		baseUrl: url.href.replace(/\/+$/, ''),
		isPublic: isPublicHost(url),
		...manners,
	};
}

/** Milliseconds for which a webhook's credential is not read again. */
const KEPT_MS = 5_000;

type Credential = ReturnType<IWebhookFunctions['getCredentials']>;

/** Credentials of the workflows whose webhooks were called lately, and when they were read (Unix milliseconds). */
const kept = new Map<string, { credential: Credential; at: number }>();

/**
 * The node's credential. Outside of a run n8n makes an expression engine of its own each time it reads one, some 30 ms,
 * and its HTTP helper reads it for each request; callbacks often come many at a time.
 */
async function credentialOf(context: IWebhookFunctions): Promise<Awaited<Credential>> {
	const { id: node, credentials } = context.getNode();
	const key = `${context.getWorkflow().id} ${node} ${credentials?.[CREDENTIAL]?.id}`;
	const found = kept.get(key);
	if (found && found.at > Date.now() - KEPT_MS) return await found.credential;
	// no key is kept that nobody asks for any more
	for (const [other, { at }] of kept) if (at <= Date.now() - KEPT_MS) kept.delete(other);
	const credential = context.getCredentials(CREDENTIAL);
	kept.set(key, { credential, at: Date.now() });
	credential.catch(() => kept.delete(key));
	return await credential;
}

/**
 * The way to the service for a callback that came in.
 *
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function connectForCallback(
	context: IWebhookFunctions,
	limiter: Limiter,
): Promise<Connection> {
	const withKept: IWebhookFunctions = Object.create(context, {
		getCredentials: { value: async () => await credentialOf(context) },
	});
	return await connect(withKept, {
		limiter,
		stop: new StopSwitch(),
		stopsAtFirstError: false,
	});
}

/**
 * Works for somebody who can't wait: what takes longer is cut off, also what still waits for its turn.
 *
 * @param ms milliseconds
 * @param work with the connection to use
 * @throws HappyHorseError once the time is up
 */
export async function inHaste<T>(
	connection: Connection,
	ms: number,
	work: (connection: Connection) => Promise<T>,
): Promise<T> {
	const stop = new StopSwitch();
	AbortSignal.timeout(ms).addEventListener('abort', () => stop.stop(tooLate()));
	return await Promise.race([work({ ...connection, stop }), stop.stopped()]);
}

const tooLate = () =>
	new HappyHorseError({
		message: 'HappyHorse did not answer in time',
		description: 'It is asked again when the next callback comes.',
		code: 'no_answer',
	});
