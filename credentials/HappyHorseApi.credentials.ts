import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

import { parseCredential } from '../nodes/HappyHorse/contract/credential';

const DEFAULT_BASE_URL = 'https://api.aivideoapi.ai';

/** Options that turn redirects off in n8n's HTTP helper and in the one of its HTTP Request node. */
const NO_REDIRECTS = {
	disableFollowRedirect: true,
	followRedirect: false,
	followAllRedirects: false,
};

export class HappyHorseApi implements ICredentialType {
	name = 'happyHorseApi';

	displayName = 'HappyHorse API';

	icon = {
		light: 'file:../icons/happyhorse.svg',
		dark: 'file:../icons/happyhorse.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/n8n-nodes-happyhorse/n8n-nodes-happyhorse?tab=readme-ov-file#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk-…',
			description:
				'Copy it from <a href="https://aivideoapi.ai/dashboard/api-keys" target="_blank">your HappyHorse dashboard</a> (aivideoapi.ai/dashboard/api-keys). It starts with "sk-".',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: DEFAULT_BASE_URL,
			placeholder: 'e.g. https://api.aivideoapi.ai',
			description:
				'Address of the HappyHorse API. Your API key is sent to this address only. Use https://, unless it is inside your network.',
		},
		{
			displayName: 'Allow Private Addresses',
			name: 'reachesPrivateAddresses',
			type: 'boolean',
			default: false,
			displayOptions: { hide: { baseUrl: [DEFAULT_BASE_URL] } },
			description:
				'Whether to let the service at the ‘Base URL’ fetch files from, and call back to, addresses inside your network. Turn it on only for your own gateway: anyone who fills in a form could enter such an address. Not needed if the ‘Base URL’ is on this machine.',
		},
	];

	/**
	 * Adds the key to a request to the Base URL, without redirects, since n8n would send the key to their host. The nodes
	 * test the credential (`testCredential`), so that its dialog and a run agree.
	 *
	 * @throws UserError for an invalid credential, and for a request to any other address
	 */
	authenticate = async (
		fields: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions & { uri?: string },
	): Promise<IHttpRequestOptions> => {
		const credential = parseCredential(fields);
		if ('code' in credential)
			throw new UserError(`${credential.message}. ${credential.description}`);
		const target = new URL(request.url ?? request.uri, request.baseURL);
		if (target.origin !== new URL(credential.baseUrl).origin)
			throw new UserError('The HappyHorse API key is sent to the Base URL only. Nothing was sent.');
		const headers = { ...request.headers, Authorization: `Bearer ${credential.apiKey}` };
		return { ...request, ...NO_REDIRECTS, headers };
	};
}
