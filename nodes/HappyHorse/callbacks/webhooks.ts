import type { IWebhookDescription } from 'n8n-workflow';

import { CALLBACK_PATH } from '../execution/park';

/** Lets n8n answer an accepted callback; 2.x does so once it has saved that the execution starts or resumes. */
const byN8n = {
	name: 'default',
	httpMethod: 'POST',
	responseMode: 'onReceived',
	responseData: 'noData',
} as const;

/** Webhook of a trigger. */
export const TRIGGER_WEBHOOKS: IWebhookDescription[] = [{ ...byN8n, path: 'webhook' }];

/** Webhook of a parked execution. */
export const PARKED_WEBHOOKS: IWebhookDescription[] = [
	{ ...byN8n, path: CALLBACK_PATH, isFullPath: true, restartWebhook: true },
];
