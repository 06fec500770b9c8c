import { BoundedMap } from '../common/boundedMap';
import type { Connection } from '../service/connection';

/** Number of ids, which strangers may make up; each takes about 200 bytes. */
const MAX_IDS = 10_000;
/** Milliseconds; shorter than the 3 minutes after which the service delivers a callback again. */
const LIFETIME_MS = 60_000;

/** Task ids that the service did not know lately, by account. */
const unknownIds = new BoundedMap<true>(MAX_IDS, LIFETIME_MS);

const keyOf = ({ account }: Connection, taskId: string) => `${account} ${taskId}`;

/** Tells whether the service said a moment ago that it does not know a task, so that repeated forgeries cost no requests. */
export const isUnknown = (connection: Connection, taskId: string) =>
	unknownIds.has(keyOf(connection, taskId));

/** Records that the service does not know a task. */
export const cacheUnknown = (connection: Connection, taskId: string) =>
	unknownIds.set(keyOf(connection, taskId), true);
