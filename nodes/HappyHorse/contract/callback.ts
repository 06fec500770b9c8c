import { z } from 'zod';

import type { FinalStatus } from './finalStatus';
import { finalStatusOf } from './finalStatus';
import type { Mode } from './modes';
import { LIMITS } from './limits';
import { modeOf } from './modes';
import { isTaskId, lenient, unwrapped } from './responses';

/** Content of a callback (contract: "Callback"). It is not signed, so nothing in it is trusted without asking the service. */
export interface Callback {
	taskId: string;
	claim?: FinalStatus;
	mode?: Mode;
}

const bodySchema = z.object({
	id: z
		.string()
		.trim()
		.max(LIMITS.taskId.max)
		.refine((id) => isTaskId(id)),
	status: lenient(z.string()),
	model: lenient(z.string()),
});

const statusOfEvent = (event: unknown) =>
	typeof event === 'string' ? finalStatusOf(event.trim().replace(/^task\./i, '')) : undefined;

/**
 * Parses a callback. `X-Timestamp` is ignored: a forger can set it like everything else.
 *
 * @param headers names in lower case
 * @returns undefined if the body has no task id or contradicts the headers
 */
export function parseCallback(
	headers: Record<string, unknown>,
	body: unknown,
): Callback | undefined {
	const parsed = bodySchema.safeParse(unwrapped(body));
	if (!parsed.success) return undefined;
	const { id: taskId, status, model } = parsed.data;
	const { 'x-task-id': headerId, 'x-event': event } = headers;
	if (headerId !== undefined && headerId !== taskId) return undefined;
	const [byBody, byHeader] = [finalStatusOf(status), statusOfEvent(event)];
	if (byBody && byHeader && byBody !== byHeader) return undefined;
	return { taskId, claim: byBody ?? byHeader, mode: modeOf(model) };
}
