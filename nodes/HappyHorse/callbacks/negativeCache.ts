import type { Connection } from '../service/connection';

/** Ids that strangers may make up; about 200 bytes each. */
const MOST = 10_000;
/** Milliseconds: less than the 3 minutes after which the service calls again. */
const KEPT_MS = 60_000;

/** Ids that the service did not know lately, by account, and when it said so (Unix milliseconds). */
const unknown = new Map<string, number>();

const keyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/** Whether the service said a moment ago that it does not know a task, so that copies of a forged callback cost nothing. */
export const isUnknown = (connection: Connection, taskId: string) =>
	(unknown.get(keyOf(connection, taskId)) ?? 0) > Date.now() - KEPT_MS;

/** Notes that the service does not know a task. The oldest of many gives way. */
export function cacheUnknown(connection: Connection, taskId: string): void {
	const [oldest] = unknown.keys();
	if (unknown.size >= MOST) unknown.delete(oldest);
	unknown.set(keyOf(connection, taskId), Date.now());
}
