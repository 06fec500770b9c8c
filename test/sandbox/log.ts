import type { Delivery, RequestEntry, Sandbox, SandboxTask } from './types';

const line = (at: number, kind: string, text: string) =>
	`${new Date(at).toTimeString().slice(0, 8)}  ${kind.padEnd(8)}  ${text}`;

/** Formats a request, its answer and its charge as one line, without headers, which hold the key. */
export function describeRequest(entry: RequestEntry, sandbox: Sandbox): string {
	const { at, server, method, path, status } = entry;
	const head = line(at, server, `${method} ${path} → ${status}`);
	const charge = sandbox.ledger.at(-1);
	if (server !== 'api' || method !== 'POST' || status !== 200 || !charge) return head;
	const { taskId, credits } = charge;
	return `${head}  task ${taskId}, ${credits} credits charged, ${sandbox.balance} left`;
}

/** Formats the end of a task as one line, with its refund if it failed. */
export function describeEnd(task: SandboxTask, { balance }: Sandbox): string {
	const { id, status, creditsRefunded, completedAt = 0, error } = task;
	const refund = `: ${error?.message}; ${creditsRefunded} credits refunded, ${balance} left`;
	return line(completedAt, 'task', `${id} ${status}${status === 'failed' ? refund : ''}`);
}

/** Formats a callback's delivery attempt as one line. */
export function describeDelivery({ at, taskId, url, status, attempt }: Delivery): string {
	return line(at, 'callback', `${taskId} → ${url} → ${status}  attempt ${attempt} of 3`);
}
