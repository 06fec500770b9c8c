/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import { setMaxListeners } from 'node:events';

/** The time between two resets. Any number of requests and callbacks may wait for its end. */
export function newEra(): AbortController {
	const era = new AbortController();
	setMaxListeners(0, era.signal);
	return era;
}
