import { DASHBOARD } from './dashboard';
import { isLoopback, isPublicHost, parseHttpUrl } from '../validation/hosts';

export interface Credential {
	apiKey: string;
	/** Has neither a trailing slash nor the version with which every path begins. */
	baseUrl: string;
	/** Allows media at private addresses, because the service runs on this machine or network. */
	reachesPrivate: boolean;
}

/** Reason why a credential can't be used, worded for the user. */
export interface Refusal {
	message: string;
	description: string;
	code: 'invalid_api_key' | 'invalid_base_url';
}

const NOTHING_SENT = 'Nothing was sent.';

/** Printable ASCII only: other characters are invalid in a header. */
const KEY = /^sk-[\x21-\x7e]+$/;

const badKey: Refusal = {
	message: 'The API Key in the HappyHorse credential is not a HappyHorse key',
	description: `A HappyHorse API key begins with "sk-". Copy it again from your dashboard (${DASHBOARD.apiKeys}) into the credential. ${NOTHING_SENT}`,
	code: 'invalid_api_key',
};

const badUrl = (objection: string, advice: string): Refusal => ({
	message: `The Base URL in the HappyHorse credential ${objection}`,
	description: `${advice} ${NOTHING_SENT}`,
	code: 'invalid_base_url',
});

const trimmed = (input: unknown) => (typeof input === 'string' ? input.trim() : '');

/** Parses a credential's fields after trimming them. */
export function parseCredential(fields: Record<string, unknown>): Credential | Refusal {
	const apiKey = trimmed(fields.apiKey);
	if (!KEY.test(apiKey)) return badKey;
	const url = parseHttpUrl(trimmed(fields.baseUrl));
	if (!url)
		return badUrl(
			'is not a URL',
			'It must begin with http:// or https://. HappyHorse itself is at https://api.aivideoapi.ai.',
		);
	if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
		return badUrl(
			'contains more than an address',
			'Remove any user name and password, and everything from a ? or # on.',
		);
	if (url.protocol === 'http:' && isPublicHost(url))
		return badUrl(
			'begins with http://, so the API key would cross the internet unencrypted',
			'Use https:// instead. Only an address inside your network may begin with http://.',
		);
	return {
		apiKey,
		baseUrl: url.href.replace(/(?<![:/])\/+(?:v1\/*)?$/, ''),
		// a service on this machine reaches every address that n8n reaches
		reachesPrivate: fields.reachesPrivateAddresses === true || isLoopback(url),
	};
}
