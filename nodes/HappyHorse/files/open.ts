import type { IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import type { Context } from '../service/connection';
import { connectionErrorOf } from '../service/connectionError';

const MOST_REDIRECTS = 5;

/** A file that can't be had; the message says why. */
export class Unavailable extends Error {}

/** A file that nobody can have any more. */
export class Gone extends Unavailable {}

/** A file that n8n itself does not let be opened. */
export class Blocked extends Unavailable {}

/** A stream as n8n's binary storage takes it. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

const responseSchema = z.object({
	statusCode: z.number(),
	headers: z.record(z.unknown()),
	body: z.custom<Readable>(
		(body) => typeof body === 'object' && body !== null && 'pipe' in body && 'destroy' in body,
	),
});

export type OpenFile = z.output<typeof responseSchema>;

interface Request {
	headers?: Record<string, string>;
	signal: AbortSignal;
	/** Whether addresses that only this machine or network knows are not to be opened. */
	publicOnly: boolean;
}

/**
 * Opens a file on a host that is not the API's: the key is not sent. Each address that a redirect leads to is looked
 * at before it is opened. Whoever reads the body hears of what breaks; where nobody reads, it is of no interest.
 *
 * @throws Unavailable where there is no answer
 */
export async function openFile(
	context: Context,
	address: string,
	{ headers, signal, publicOnly }: Request,
): Promise<OpenFile> {
	let url = parseHttpUrl(address);
	for (let redirect = 0; redirect <= MOST_REDIRECTS; redirect++) {
		if (!url || (publicOnly && !isPublicHost(url)))
			throw new Unavailable('it leads to a local or private address');
		const answer: unknown = await context.helpers
			.httpRequest({
				url: url.href,
				headers,
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				disableFollowRedirect: true,
				abortSignal: signal,
			})
			.catch((error: unknown) => {
				if (connectionErrorOf(error).code === 'BLOCKED')
					throw new Blocked(
						'n8n’s own SSRF protection blocks its host (N8N_SSRF_ALLOWED_HOSTNAMES and N8N_SSRF_ALLOWED_IP_RANGES allow it)',
					);
				throw new Unavailable('its host could not be reached in time');
			});
		const response = responseSchema.parse(answer);
		response.body.on('error', () => {});
		const { statusCode, headers: answered } = response;
		if (statusCode < 300 || statusCode >= 400) return response;
		const location = String(answered.location ?? '');
		url = URL.canParse(location, url.href)
			? parseHttpUrl(new URL(location, url.href).href)
			: undefined;
	}
	throw new Unavailable('it is sent on from one address to the next');
}
