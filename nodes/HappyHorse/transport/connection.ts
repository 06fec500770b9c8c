import type { IExecuteFunctions } from 'n8n-workflow';

import { isPublicHost, parseHttpUrl } from '../schema/hosts';
import { HappyHorseError } from './errors';
import { Limiter } from './limiter';
import type { StopSwitch } from './stop';

export const CREDENTIAL = 'happyHorseApi';

/** What every request of one run of the node shares. */
export interface Connection {
	context: IExecuteFunctions;
	/** Without a slash at its end. */
	baseUrl: string;
	/** Whether the service is out on the internet, so that it can't fetch from private addresses. */
	isPublic: boolean;
	limiter: Limiter;
	stop: StopSwitch;
	/** Whether one item's trouble ends the run: no further video is to be started then. */
	stopsAtFirstTrouble: boolean;
}

/**
 * Reads the credential, once for a run. Nothing is sent.
 *
 * @param maxConcurrency requests in flight at once
 * @throws HappyHorseError for a key or base URL that can't be right
 */
export async function connect(
	context: IExecuteFunctions,
	maxConcurrency: number,
	stop: StopSwitch,
): Promise<Connection> {
	const { apiKey, baseUrl } = await context.getCredentials<{ apiKey: unknown; baseUrl: unknown }>(
		CREDENTIAL,
	);
	if (typeof apiKey !== 'string' || !apiKey.startsWith('sk-'))
		throw new HappyHorseError({
			message: 'The API Key in the HappyHorse credential is not a HappyHorse key',
			description:
				'A HappyHorse API key begins with "sk-". Copy it again from your HappyHorse dashboard into the credential. Nothing was sent.',
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
		limiter: new Limiter(maxConcurrency),
		stop,
		stopsAtFirstTrouble: !context.continueOnFail(),
	};
}
