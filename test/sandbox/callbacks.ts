/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a server for a developer's machine, made of Node's own parts */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Delivery } from './types';

/** Contract: "Callback". Milliseconds. */
const GAPS = [0, 3 * 60_000, 10 * 60_000];
const ANSWER_LIMIT = 10_000;

/**
 * Delivers a callback as the service does: at most three times, until it is answered with 2xx.
 *
 * @param timeScale multiplies all times
 * @param leastAnswerMs least milliseconds to wait for the receiver's answer
 * @param signal ends the deliveries
 * @param report called after each attempt
 */
export async function deliver(
	url: string,
	{ id, body, failed }: { id: string; body: object; failed: boolean },
	{ timeScale, leastAnswerMs }: { timeScale: number; leastAnswerMs: number },
	signal: AbortSignal,
	report: (delivery: Delivery) => void,
): Promise<void> {
	for (const [index, gap] of GAPS.entries()) {
		try {
			await sleep(gap * timeScale, undefined, { signal, ref: false });
		} catch {
			return; // the sandbox was reset or closed
		}
		const at = Date.now();
		const limit = AbortSignal.timeout(Math.max(leastAnswerMs, Math.ceil(ANSWER_LIMIT * timeScale)));
		const status = await fetch(url, {
			method: 'POST',
			headers: {
				'Content-Type': 'application/json',
				'X-Event': failed ? 'task.failed' : 'task.completed',
				'X-Task-Id': id,
				'X-Timestamp': String(Math.floor(at / 1000)),
			},
			body: JSON.stringify(body),
			redirect: 'manual',
			signal: AbortSignal.any([signal, limit]),
		}).then(
			async (response) => {
				await response.body?.cancel();
				return response.status;
			},
			() => (limit.aborted ? ('timeout' as const) : ('unreachable' as const)),
		);
		if (signal.aborted) return;
		report({ taskId: id, url, status, attempt: index + 1, at });
		if (typeof status === 'number' && status >= 200 && status < 300) return;
	}
}
