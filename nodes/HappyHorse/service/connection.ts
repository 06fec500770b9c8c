import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { after } from '../common/time';
import { HappyHorseError } from '../errors/errors';
import type { Access, ReadAccess } from './access';
import { readForCallback } from './access';
import { Limiter } from './limiter';
import { StopSwitch } from './stop';

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
	/** Set if an error fails the execution, for which n8n then offers Retry. */
	offersRetry: boolean;
}

/** Way to one account of the service, for the requests of one item, or of all items that share it. */
export interface Connection
	extends Required<ConnectionOptions>,
		Pick<Access, 'account' | 'isPublic'> {
	context: Context;
	/** Gives the credential for the next request, which follows a key that was changed meanwhile. */
	access: ReadAccess;
}

/**
 * Connects to the service. Sends nothing.
 *
 * @param access reads the credential
 * @throws HappyHorseError for an invalid key or base URL
 */
export async function connect(
	context: Context,
	options: ConnectionOptions,
	access: ReadAccess,
): Promise<Connection> {
	let known = await access();
	const { account, isPublic } = known;
	return {
		fileLimiter: new Limiter(options.limiter.limit),
		...{ ...options, context, account, isPublic },
		// a credential that is gone by now has still paid for tasks
		access: async () => (known = await access().catch(() => known)),
	};
}

/**
 * Connects to the service for a callback. Sends nothing.
 *
 * @throws HappyHorseError for an invalid key or base URL
 */
export async function connectForCallback(
	context: IWebhookFunctions,
	limiter: Limiter,
	fileLimiter = limiter,
): Promise<Connection> {
	const stop = new StopSwitch();
	const options = { limiter, fileLimiter, stop, stopsAtFirstError: false, offersRetry: false };
	return await connect(context, options, readForCallback(context));
}

/**
 * Runs work under a hard deadline that includes time spent queueing.
 *
 * @param ms milliseconds
 * @param work with the connection to use
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
