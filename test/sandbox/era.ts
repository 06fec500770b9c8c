/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import { setMaxListeners } from 'node:events';

/** Creates the signal for the next reset. Any number of requests and callbacks may listen to it. */
export function newEra(): AbortController {
	const era = new AbortController();
	setMaxListeners(0, era.signal);
	return era;
}
