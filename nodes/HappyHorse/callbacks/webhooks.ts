import type { IWebhookDescription } from 'n8n-workflow';

import { CALLBACK_PATH } from '../execution/park';

/** n8n answers an accepted callback itself, 2.x once it has saved that the execution starts or goes on. */
const byN8n = {
	name: 'default',
	httpMethod: 'POST',
	responseMode: 'onReceived',
	responseData: 'noData',
} as const;

/** Where HappyHorse calls a trigger. */
export const TRIGGER_WEBHOOKS: IWebhookDescription[] = [{ ...byN8n, path: 'webhook' }];

/** Where it calls an execution that is parked. */
export const PARKED_WEBHOOKS: IWebhookDescription[] = [
	{ ...byN8n, path: CALLBACK_PATH, isFullPath: true, restartWebhook: true },
];
