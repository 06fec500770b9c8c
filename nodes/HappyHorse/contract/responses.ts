/**
 * Schemas of the service's answers. Facts that the contract marks with † are assumptions, each tested in
 * `test/unit/assumptions.test.ts`:
 *
 * | assumption | otherwise |
 * | --- | --- |
 * | a task is not wrapped in `data` | a wrapped one is read as well |
 * | a successful envelope has `code` 200, a number or text | the request fails with `msg`; a task id in it is kept |
 * | the balance is `balance`, a number | `credits` is read instead, and either as text; with neither the answer is unreadable |
 * | the balance comes with the totals bought and spent | the totals are omitted |
 * | a video's length and shape are in `usage`, or beside it as `duration` and `ratio` | they are omitted |
 * | a callback has `X-Event` and `X-Timestamp` | the body counts, and the service is asked anyway |
 * | times are in Unix seconds | milliseconds and dates are read as well |
 * | a status is one of the contract's words | known synonyms of a final status count as final, all other words as in progress |
 * | a failed task has `code` and `message` | its reason is read in other forms too (`refusal.ts`); without any the code is `unknown` |
 * | a video's URL works for 24 hours after completion | the file host's refusal ends the download and names the task |
 * | a credit is 0.005 USD | only amounts in dollars are wrong: budgets and balances are in credits (`cost.ts`) |
 * | prices don't change | estimates and budgets are off until `cost.ts` is updated |
 * | the dashboard has pages for API keys and billing | only the links in messages break (`dashboard.ts`) |
 */

import { z } from 'zod';

import { finalStatusOf } from './finalStatus';
import { withReason } from './refusal';
import { parseHttpUrl } from '../validation/hosts';

/** Drops an inessential field of the wrong type instead of rejecting the whole answer. */
export const lenient = <T extends z.ZodTypeAny>(schema: T) => schema.optional().catch(undefined);

/** A number, possibly as text. */
const numeric = z.union([
	z.number(),
	z
		.string()
		.regex(/^\s*-?\d+(\.\d+)?\s*$/)
		.transform(Number),
]);

/** Reads an envelope's `code`; an answer without one counts as a success. */
const isSuccess = ({ code }: { code?: unknown }) => code === undefined || Number(code) === 200;

const wrappedSchema = z
	.object({ code: z.unknown(), data: z.object({ id: z.string() }).passthrough() })
	.refine(isSuccess);

/** The task in an answer or callback that holds it in `data`, else the answer itself. */
export const unwrapped = (answer: unknown): unknown => {
	const wrapped = wrappedSchema.safeParse(answer);
	return wrapped.success ? wrapped.data.data : answer;
};

/** Rejects ids that are unsafe in a URL's path: empty or dots alone, which lead elsewhere, and lone surrogates. */
export const isTaskId = (id: string) => /[^.\s]/.test(id) && !/\p{Cs}/u.test(id);

const ID_NAME = /^(task|id|task_?id)$/i;
const MAX_IDS = 5;

/** Finds values at any depth whose names suggest a task id, as name and value: `taskId 12345`. */
export function idsIn(answer: unknown): string[] {
	const found: string[] = [];
	const pending = [answer];
	while (pending.length > 0 && found.length < MAX_IDS) {
		const node = pending.pop();
		if (typeof node !== 'object' || node === null) continue;
		for (const [name, value] of Object.entries(node)) {
			const isScalar = typeof value === 'string' || typeof value === 'number';
			if (!isScalar) pending.push(value);
			else if (ID_NAME.test(name)) found.push(`${name} ${value}`);
		}
	}
	return found;
}

/** POST /v1/videos/generations. An id counts even in an envelope that reports no success: the task may be paid for. */
export const createdSchema = z
	.object({ data: z.object({ taskId: z.string().refine(isTaskId) }) })
	.transform(({ data }) => data.taskId);

/** Amounts in credits. */
export interface Balance {
	credits: number;
	totalPurchased?: number;
	totalConsumed?: number;
}

const balanceSchema = z
	.object({
		balance: lenient(numeric),
		credits: lenient(numeric),
		total_purchased: lenient(numeric),
		total_consumed: lenient(numeric),
	})
	.transform(({ balance, credits, total_purchased: purchased, total_consumed: consumed }) => ({
		credits: balance ?? credits,
		...(purchased !== undefined && { totalPurchased: purchased }),
		...(consumed !== undefined && { totalConsumed: consumed }),
	}))
	.refine((balance): balance is Balance => balance.credits !== undefined);

/** GET /v1/credits */
export const creditsSchema = z
	.object({ code: z.unknown(), data: balanceSchema })
	.refine(isSuccess)
	.transform(({ data }) => data);

/** Year 5138; anything later must be in milliseconds or a finer unit. */
const MAX_SECONDS = 1e11;

/** Unix seconds, from seconds or a finer unit, as a number or text, or from an ISO date. */
const unixSeconds = z.preprocess(
	(input) => {
		const isDate = typeof input === 'string' && /^\d{4}-/.test(input);
		return isDate ? Date.parse(input) / 1_000 : input;
	},
	numeric.pipe(z.number().positive().finite()).transform((time) => {
		let seconds = time;
		while (seconds > MAX_SECONDS) seconds /= 1_000;
		return seconds;
	}),
);

const MAX_STATUS_LENGTH = 100;

const taskFields = z.object({
	id: z.string().min(1),
	status: z.string().min(1),
	model: lenient(z.string()),
	created_at: lenient(unixSeconds),
	completed_at: lenient(unixSeconds),
	output: lenient(
		z.object({
			urls: lenient(
				z.preprocess(
					(input) => (typeof input === 'string' ? [input] : input),
					z.array(z.unknown()),
				),
			),
			metadata: lenient(
				z.object({
					usage: lenient(
						z.object({
							video_duration: lenient(numeric),
							video_ratio: lenient(z.string()),
						}),
					),
					// instead of `usage`
					duration: lenient(numeric),
					ratio: lenient(z.string()),
				}),
			),
		}),
	),
	error: lenient(z.object({ code: lenient(z.string()), message: lenient(z.string()) })),
});

/** Replaces synonyms of a final status by the contract's word; one such as `cancelled` becomes the reason as well. */
function normalizeStatus(task: z.output<typeof taskFields>): z.output<typeof taskFields> & {
	/** Set where the contract promises no refund: it does so for `failed` alone. */
	mayBeCharged?: true;
} {
	const word = task.status.trim();
	const status = finalStatusOf(word);
	if (!status) return { ...task, status: word.slice(0, MAX_STATUS_LENGTH) };
	if (status === 'completed' || /^fail/i.test(word)) return { ...task, status };
	const error = { code: word.toLowerCase(), message: `The task is ${word}`, ...task.error };
	return { ...task, status, error, mayBeCharged: true };
}

/** GET /v1/tasks/{taskId}, wrapped in `data` or not, and the body of a callback. */
export const taskSchema = z.preprocess(
	(answer) => withReason(unwrapped(answer)),
	taskFields.transform(normalizeStatus),
);

export type Task = z.output<typeof taskSchema>;

/** Recognizes a final status; an unknown word counts as in progress. */
export const isOver = ({ status }: Pick<Task, 'status'>) => finalStatusOf(status) !== undefined;

/** HTTP(S) URLs of a task's videos, in the service's order. */
export function videoUrlsOf({ output }: Task): string[] {
	return (output?.urls ?? []).filter(
		(url): url is string => typeof url === 'string' && parseHttpUrl(url) !== undefined,
	);
}

/** Seconds for which what belongs to a completed task, its URL and the file behind it, may follow its end. */
export const SETTLING_SECONDS = 60;

/** Milliseconds that are left of the time in which a completed task's video may still appear; 0 if that is over or unknown. */
export function settlingMs({ completed_at: completedAt }: Task, now = Date.now()): number {
	if (completedAt === undefined) return 0;
	const settlesInMs = (completedAt + SETTLING_SECONDS) * 1_000 - now;
	return Math.min(Math.max(settlesInMs, 0), SETTLING_SECONDS * 1_000);
}

/** Recognizes a completed task that lists no video. */
export const lacksVideo = ({ status, output }: Task) =>
	finalStatusOf(status) === 'completed' && (output?.urls ?? []).length === 0;

/** Length in seconds and aspect ratio of a finished video, from either of the two known forms. */
export function clipOf({ output }: Task): { duration?: number; aspectRatio?: string } {
	const { usage, duration, ratio } = output?.metadata ?? {};
	return {
		duration: usage?.video_duration ?? duration,
		aspectRatio: usage?.video_ratio ?? ratio,
	};
}
