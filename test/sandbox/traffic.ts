/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import type { ServerResponse } from 'node:http';

import type { RequestEntry } from './types';

/** Requests received and in flight. */
export class Traffic {
	readonly requests: RequestEntry[] = [];

	maxInFlight = 0;

	private readonly open = new Set<ServerResponse>();

	private readonly held = new Set<ServerResponse>();

	constructor(
		private readonly onRequest: ((entry: RequestEntry) => void) | undefined,
		private readonly changed: () => void,
	) {}

	get inFlight(): number {
		return this.open.size;
	}

	/** Counts a request until it is answered or its connection ends. */
	begin(response: ServerResponse): void {
		this.open.add(response);
		this.maxInFlight = Math.max(this.maxInFlight, this.open.size);
		response.on('close', () => {
			this.open.delete(response);
			this.held.delete(response);
			this.changed();
		});
		this.changed();
	}

	record(entry: RequestEntry, status: RequestEntry['status']): void {
		entry.status = status;
		this.requests.push(entry);
		this.onRequest?.(entry);
		this.changed();
	}

	/** Holds a request's answer back until `release` or `clear`. */
	hold(response: ServerResponse): void {
		this.held.add(response);
	}

	release(response: ServerResponse): void {
		this.held.delete(response);
	}

	/** Forgets all requests and cuts off those held back. */
	clear(): void {
		this.requests.length = 0;
		for (const response of this.held) {
			response.destroy();
			this.open.delete(response);
		}
		this.held.clear();
		this.maxInFlight = this.open.size;
	}
}
