import { sleep } from 'n8n-workflow';

const LOOK_EVERY_MS = 250;
/** Milliseconds without any change after which nothing more is expected. */
const PATIENCE_MS = 900_000;

export interface Paced<Answer> {
	/** One for each call, in the calls' order. */
	answers: Answer[];
	/** Milliseconds by which the latest call was made behind its time: large where this program was too busy. */
	lateMs: number;
}

/** Open loop: makes each call at its time, answered or not the ones before. Resolves with all answers. */
export async function atRate<Answer>(
	perSecond: number,
	count: number,
	call: (index: number) => Promise<Answer>,
): Promise<Paced<Answer>> {
	const startedAt = Date.now();
	let lateMs = 0;
	const answers = await Promise.all(
		Array.from({ length: count }, async (_, index) => {
			const at = startedAt + (index * 1_000) / perSecond;
			await sleep(at - Date.now());
			lateMs = Math.max(lateMs, Date.now() - at);
			return await call(index);
		}),
	);
	return { answers, lateMs };
}

/** Closed loop: makes the next call as soon as one of those under way is answered. */
export async function atOnce(
	callers: number,
	count: number,
	call: (index: number) => Promise<unknown>,
): Promise<void> {
	let next = 0;
	const work = async () => {
		while (next < count) await call(next++);
	};
	await Promise.all(Array.from({ length: callers }, work));
}

/**
 * Looks until something holds, and gives what was seen then.
 *
 * @throws Error once nothing has changed for 15 minutes
 */
export async function until<Seen>(
	look: () => Promise<Seen>,
	holds: (seen: Seen) => boolean,
): Promise<Seen> {
	let last = '';
	for (let changedAt = Date.now(); ; await sleep(LOOK_EVERY_MS)) {
		const seen = await look();
		if (holds(seen)) return seen;
		const text = JSON.stringify(seen);
		if (text !== last) [last, changedAt] = [text, Date.now()];
		if (Date.now() - changedAt > PATIENCE_MS) throw new Error(`Nothing happens any more: ${text}`);
	}
}
