import type { IExecuteFunctions } from 'n8n-workflow';
import { z } from 'zod';

import { headersSchema } from '../n8n/requests';
import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import type { Context } from '../service/connection';
import { connectionErrorOf } from '../service/connectionError';

const MAX_REDIRECTS = 5;

/** Reason why a file can't be read, as the end of a sentence. */
export class Unavailable extends Error {}

/** Reason that applies to every reader, HappyHorse included. */
export class Gone extends Unavailable {}

/** Refusal by n8n's SSRF protection. */
export class Blocked extends Unavailable {}

/** Stream that n8n's binary storage accepts. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

const responseSchema = z.object({
	statusCode: z.number(),
	headers: headersSchema,
	body: z.custom<Readable>(
		(body) => typeof body === 'object' && body !== null && 'pipe' in body && 'destroy' in body,
	),
});

export type OpenFile = z.output<typeof responseSchema>;

interface Request {
	headers?: Record<string, string>;
	signal: AbortSignal;
	/** Refuses private addresses, also those that a redirect leads to. */
	publicOnly: boolean;
}

/**
 * Opens a file on a host other than the API's, as it is there, without sending the API key. The body's reader has to handle its errors;
 * without a reader they are ignored.
 *
 * @throws Unavailable without an answer
 */
export async function openFile(
	context: Context,
	address: string,
	{ headers, signal, publicOnly }: Request,
): Promise<OpenFile> {
	let url = parseHttpUrl(address);
	for (let redirect = 0; redirect <= MAX_REDIRECTS; redirect++) {
		if (!url) throw new Unavailable('its URL leads to an address that is not http:// or https://');
		if (publicOnly && !isPublicHost(url))
			throw new Unavailable('its URL leads to a local or private address');
		const answer: unknown = await context.helpers
			.httpRequest({
				url: url.href,
				headers: { ...headers, 'Accept-Encoding': 'identity' },
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				disableFollowRedirect: true,
				abortSignal: signal,
			})
			.catch((error: unknown) => {
				if (connectionErrorOf(error).code === 'BLOCKED')
					throw new Blocked(
						'n8n’s SSRF protection blocks its host; allow it in N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES',
					);
				throw new Unavailable('its host could not be reached in time');
			});
		const response = responseSchema.parse(answer);
		response.body.on('error', () => {});
		const { statusCode } = response;
		const location = String(response.headers.location ?? '');
		if (statusCode < 300 || statusCode >= 400 || location === '') return response;
		url = URL.canParse(location, url.href)
			? parseHttpUrl(new URL(location, url.href).href)
			: undefined;
	}
	throw new Unavailable('its host redirected too many times');
}
