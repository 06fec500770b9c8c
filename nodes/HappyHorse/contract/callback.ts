import { z } from 'zod';

import type { End } from './ends';
import { endOf } from './ends';
import type { Mode } from './modes';
import { modeOf } from './modes';
import { isTaskId, lenient } from './responses';

/** What a callback says (contract: "Callback"). Nobody signs it, so it is a hint and no more. */
export interface Callback {
	taskId: string;
	/** How the task is said to have ended. */
	claim?: End;
	/** The mode whose task it is said to be. */
	mode?: Mode;
}

const MOST_ID_CHARACTERS = 200;

const bodySchema = z.object({
	id: z
		.string()
		.trim()
		.max(MOST_ID_CHARACTERS)
		.refine((id) => isTaskId(id)),
	status: lenient(z.string()),
	model: lenient(z.string()),
});

/** The end that `X-Event` names. */
const eventEnd = (event: unknown) =>
	typeof event === 'string' ? endOf(event.trim().replace(/^task\./i, '')) : undefined;

/**
 * Reads a callback. `X-Timestamp` is not looked at: whoever forges the rest can forge it too.
 *
 * @param headers by their names in lower case
 * @returns undefined for what can't be a callback: no task, or headers and body that don't agree
 */
export function parseCallback(
	headers: Record<string, unknown>,
	body: unknown,
): Callback | undefined {
	const parsed = bodySchema.safeParse(body);
	if (!parsed.success) return undefined;
	const { id: taskId, status, model } = parsed.data;
	const { 'x-task-id': headerId, 'x-event': event } = headers;
	if (headerId !== undefined && headerId !== taskId) return undefined;
	const [byBody, byHeader] = [endOf(status), eventEnd(event)];
	if (byBody && byHeader && byBody !== byHeader) return undefined;
	return { taskId, claim: byBody ?? byHeader, mode: modeOf(model) };
}
