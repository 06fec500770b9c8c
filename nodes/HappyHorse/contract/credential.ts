import { DASHBOARD } from './dashboard';
import { isLoopback, isPublicHost, parseHttpUrl } from '../validation/hosts';

/** A credential as it is used, in runs and where it is tested. */
export interface Credential {
	apiKey: string;
	/** Without a slash at its end. */
	baseUrl: string;
	/** Whether the service can reach addresses that only this machine or network knows. */
	reachesPrivate: boolean;
}

/** Why a credential can't be used, as the user is told. */
export interface Refusal {
	message: string;
	description: string;
	code: 'invalid_api_key' | 'invalid_base_url';
}

const NOTHING_SENT = 'Nothing was sent.';

/** What can stand in a header. */
const KEY = /^sk-[\x21-\x7e]+$/;

const badKey: Refusal = {
	message: 'The API Key in the HappyHorse credential is not a HappyHorse key',
	description: `A HappyHorse API key begins with "sk-". Copy it again from your dashboard (${DASHBOARD.apiKeys}) into the credential. ${NOTHING_SENT}`,
	code: 'invalid_api_key',
};

const badUrl = (what: string, advice: string): Refusal => ({
	message: `The Base URL in the HappyHorse credential ${what}`,
	description: `${advice} ${NOTHING_SENT}`,
	code: 'invalid_base_url',
});

const trimmed = (input: unknown) => (typeof input === 'string' ? input.trim() : '');

/** Reads what stands in a credential, white space around it aside. */
export function parseCredential(fields: Record<string, unknown>): Credential | Refusal {
	const apiKey = trimmed(fields.apiKey);
	if (!KEY.test(apiKey)) return badKey;
	const url = parseHttpUrl(trimmed(fields.baseUrl));
	if (!url)
		return badUrl(
			'is not a URL',
			'It begins with http:// or https://; the service itself is at https://api.aivideoapi.ai.',
		);
	if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
		return badUrl(
			'holds more than an address',
			'Leave out any user name and password, and what follows a ? or #.',
		);
	if (url.protocol === 'http:' && isPublicHost(url))
		return badUrl(
			'begins with http://, so the API key would be sent in clear over the internet',
			'Use https:// in its place. Only an address inside your network may begin with http://.',
		);
	return {
		apiKey,
		baseUrl: url.href.replace(/\/+$/, ''),
		// what runs on this machine reaches what n8n reaches
		reachesPrivate: fields.reachesPrivateAddresses === true || isLoopback(url),
	};
}
