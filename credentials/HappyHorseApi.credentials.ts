import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { UserError } from 'n8n-workflow';

const DEFAULT_BASE_URL = 'https://api.aivideoapi.ai';

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
				'A key from <a href="https://aivideoapi.ai/dashboard/api-keys" target="_blank">your HappyHorse dashboard</a>. It begins with "sk-".',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: DEFAULT_BASE_URL,
			placeholder: 'e.g. https://api.aivideoapi.ai',
			description: 'Where the HappyHorse API is. The API key is sent to this address only.',
		},
	];

	/**
	 * Adds the key to a request to the base URL.
	 *
	 * @throws UserError for a key that can't be right, and for a request to any other address
	 */
	authenticate = async (
		{ apiKey, baseUrl }: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		if (typeof apiKey !== 'string' || !apiKey.startsWith('sk-'))
			throw new UserError('A HappyHorse API key begins with "sk-". Nothing was sent.');
		const target = new URL(request.url, request.baseURL);
		if (target.origin !== new URL(String(baseUrl)).origin)
			throw new UserError('The HappyHorse API key is sent to the Base URL only. Nothing was sent.');
		return { ...request, headers: { ...request.headers, Authorization: `Bearer ${apiKey}` } };
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.baseUrl}}', url: '/v1/credits' },
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'HappyHorse did not accept this key: it may be mistyped, disabled or deleted, or the account suspended',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message: "This n8n's IP address is not on the key's allow-list",
				},
			},
		],
	};
}
