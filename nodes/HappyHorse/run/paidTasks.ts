import { createHash } from 'node:crypto';

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { VideoRequestBody } from '../schema/requests';

/** A task that was created, and so paid for. */
export interface PaidTask {
	taskId: string;
	/** As last heard from the service. */
	status: string;
	/** The service's answer to its creation. */
	raw: IDataObject;
}

/** What is known of an item's request: its task, or that the answer was lost and a task may exist. */
type Entry = PaidTask | 'lost';

interface Page {
	run: string;
	entries: Record<string, Entry>;
}

const KEY = 'happyHorseTasks';

/** Tells one run of the node from those in other rounds of a loop and in other executions. */
export function runKeyOf(context: IExecuteFunctions): string {
	const { $runIndex } = context.getWorkflowDataProxy(0);
	return `${context.getExecutionId()}:${String($runIndex)}`;
}

/**
 * What a run of the node has paid for, kept from try to try. n8n's "Retry On Fail" runs the whole node again; its
 * context for the node outlives that. Only the present run has a page: another round of a loop, or another
 * execution that begins with this one's data, starts with an empty one.
 */
export class Ledger {
	private readonly page: Page;

	constructor(context: IExecuteFunctions) {
		const store = context.getContext('node') as Record<string, Page | undefined>;
		const run = runKeyOf(context);
		const found = store[KEY];
		this.page = found?.run === run ? found : { run, entries: {} };
		store[KEY] = this.page;
	}

	/** What an earlier try left for the same request of the same item. A task that failed is refunded, so it leaves nothing. */
	find(item: number, body: VideoRequestBody): Entry | undefined {
		const entry = this.page.entries[keyOf(item, body)];
		return typeof entry === 'object' && entry.status === 'failed' ? undefined : entry;
	}

	note(item: number, body: VideoRequestBody, entry: Entry): void {
		this.page.entries[keyOf(item, body)] = entry;
	}

	/** Once a run has delivered everything, the same request is a new one. */
	clear(): void {
		this.page.entries = {};
	}
}

/** The item and what is asked for. A signed URL is signed anew for each try, so its signature does not count. */
function keyOf(item: number, body: VideoRequestBody): string {
	const text = JSON.stringify(body).replace(/([?&]token=)[\w.-]+/g, '$1');
	return `${item}:${createHash('sha256').update(text).digest('hex')}`;
}
