import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { HappyHorseError, toDetails } from '../errors/errors';
import { requestError } from '../errors/messages';
import type { RequestFailure } from '../errors/requestFailure';
import type { Credential } from '../contract/credential';
import { parseCredential } from '../contract/credential';
import { creditsSchema } from '../contract/responses';
import { keyRedactor } from './access';
import { ATTEMPT_MS, parseResponse } from './client';
import { connectionErrorOf } from './connectionError';

const call = { method: 'GET', mayExist: false } as const;

/**
 * Tests a credential for its dialog by fetching the balance, which is free. It reads the credential and the answer like
 * a run, and gives the same messages.
 */
export async function testCredential(
	this: ICredentialTestFunctions,
	{ data = {} }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		const credential = parseCredential(data);
		if ('code' in credential) throw new HappyHorseError(credential);
		await fetchBalanceWith(this, credential);
		return { status: 'OK', message: 'Connection successful!' };
	} catch (error) {
		const { message, description } = toDetails(error);
		return { status: 'Error', message: `${message}. ${description}` };
	}
}

async function fetchBalanceWith(
	{ helpers }: ICredentialTestFunctions,
	{ apiKey, baseUrl }: Credential,
): Promise<void> {
	const response: unknown = await helpers
		.request({
			uri: `${baseUrl}/v1/credits`,
			headers: { Accept: 'application/json', Authorization: `Bearer ${apiKey}` },
			timeout: ATTEMPT_MS.GET,
			resolveWithFullResponse: true,
			simple: false,
			// n8n would send the key to the redirect's host
			followRedirect: false,
		})
		.catch((error: unknown) => {
			throw requestError(call, connectionErrorOf(error));
		});
	const attempt = parseResponse(response, creditsSchema, keyRedactor(apiKey));
	if ('failure' in attempt) throw explained(attempt.failure, attempt.said);
}

function explained(failure: RequestFailure, said?: string): HappyHorseError {
	const isForeign =
		failure.kind === 'response' && failure.httpCode < 300 && !failure.envelopeStatus;
	if (!isForeign) return requestError(call, failure, said);
	return new HappyHorseError({
		message: 'The server at the Base URL is not the HappyHorse API',
		description: 'Check the Base URL; the service itself is at https://api.aivideoapi.ai.',
		code: 'unexpected_answer',
	});
}
