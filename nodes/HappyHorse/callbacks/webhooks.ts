import type { IWebhookDescription } from 'n8n-workflow';

/** Where HappyHorse calls. n8n answers an accepted callback itself, 2.x once it has started the run. */
export const WEBHOOKS: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		path: 'webhook',
		responseMode: 'onReceived',
		responseData: 'noData',
	},
];
