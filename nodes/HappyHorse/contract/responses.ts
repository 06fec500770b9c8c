/**
 * What the service answers. The contract marks with † what its own reference does not say; it is assumed here as follows,
 * and `test/unit/assumptions.test.ts` has each:
 *
 * | assumed | if it is otherwise |
 * | --- | --- |
 * | a task is not wrapped in `data` | a wrapped one is read as well |
 * | an envelope's `code` is 200, as a number or text | there is no success, and `msg` is shown; a task that is named is kept |
 * | the balance is `balance`, a number | `credits` is read instead, and either as text; without both there is no answer |
 * | what was bought and spent is told | it is left out |
 * | what was made is told in `usage`, or beside it as `duration` and `ratio` | it is left out |
 * | a callback has `X-Event` and `X-Timestamp` | the body tells, and the service is asked anyway |
 * | times are in Unix seconds | milliseconds and dates are read as well |
 * | a state has one of the contract's words | other words that plainly say that it is over count, all others are under way |
 * | a refusal of a task has `code` and `message` | the code is `unknown`, and no reason is given |
 * | a video's URL works for 24 hours after completion | the file host's refusal ends a download and names the task; nothing else depends on it |
 * | a credit is 0.005 USD | only what is said in dollars is wrong: budgets and balances are in credits (`cost.ts`) |
 * | the prices stay as they are | estimates and budgets are off until they are changed in `cost.ts` |
 * | the dashboard has pages for API keys and billing | messages link to them; nothing else depends on it (`dashboard.ts`) |
 */

import { z } from 'zod';

import { endOf } from './ends';
import { parseHttpUrl } from '../validation/hosts';

/** Fields that nothing depends on are dropped, not complained about, when they are of another type than the contract says. */
export const lenient = <T extends z.ZodTypeAny>(schema: T) => schema.optional().catch(undefined);

/** A number, given as one or as text. */
const numeric = z.union([
	z.number(),
	z
		.string()
		.regex(/^\s*-?\d+(\.\d+)?\s*$/)
		.transform(Number),
]);

/** Whether the envelope around an answer tells of success; not every answer has one. */
const isSuccess = ({ code }: { code?: unknown }) => code === undefined || Number(code) === 200;

/** An envelope that tells why there is no success, although the status is 200. */
export const complaintSchema = z
	.object({ code: z.unknown(), msg: z.string().min(1) })
	.refine((envelope) => !isSuccess(envelope));

const wrappedSchema = z
	.object({ code: z.unknown(), data: z.object({ id: z.string() }).passthrough() })
	.refine(isSuccess);

const unwrapped = (answer: unknown): unknown => {
	const wrapped = wrappedSchema.safeParse(answer);
	return wrapped.success ? wrapped.data.data : answer;
};

/**
 * Whether a text can be a task's id. Nothing, or dots alone, would lead to another address of the service, and half a
 * character to none.
 */
export const isTaskId = (id: string) => /[^.\s]/.test(id) && !/\p{Cs}/u.test(id);

/** Names under which an answer may hold a task's id. */
const ID = /^(task|id|task_?id)$/i;
const MOST_IDS = 5;

/** Texts and numbers that look like a task's id by their names, wherever they stand in an answer: `taskId 12345`. */
export function idsIn(answer: unknown): string[] {
	const found: string[] = [];
	const open = [answer];
	while (open.length > 0 && found.length < MOST_IDS) {
		const node = open.pop();
		if (typeof node !== 'object' || node === null) continue;
		for (const [name, value] of Object.entries(node)) {
			const isText = typeof value === 'string' || typeof value === 'number';
			if (!isText) open.push(value);
			else if (ID.test(name)) found.push(`${name} ${value}`);
		}
	}
	return found;
}

/** POST /v1/videos/generations. An id counts whatever the envelope says beside it: it may be paid for. */
export const createdSchema = z
	.object({ data: z.object({ taskId: z.string().refine(isTaskId) }) })
	.transform(({ data }) => data.taskId);

/** Amounts of credits. */
export interface Balance {
	credits: number;
	totalPurchased?: number;
	totalConsumed?: number;
}

const amounts = z
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
	.refine((found): found is Balance => found.credits !== undefined);

/** GET /v1/credits */
export const creditsSchema = z
	.object({ code: z.unknown(), data: amounts })
	.refine(isSuccess)
	.transform(({ data }) => data);

/** The latest time that is taken for seconds (the year 5138); what is later is in milliseconds or finer. */
const LATEST_SECONDS = 1e11;

/** Unix seconds, also where the time is given in milliseconds or finer, as text or as a date. */
const unixSeconds = z.preprocess(
	(input) => {
		const isDate = typeof input === 'string' && /^\d{4}-/.test(input);
		return isDate ? Date.parse(input) / 1_000 : input;
	},
	numeric.pipe(z.number().positive().finite()).transform((time) => {
		let seconds = time;
		while (seconds > LATEST_SECONDS) seconds /= 1_000;
		return seconds;
	}),
);

const MOST_STATUS_CHARACTERS = 100;

const taskFields = z.object({
	id: z.string().min(1),
	status: z.string().min(1),
	model: lenient(z.string()),
	/** Unix seconds, as is `completed_at`. */
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
					// in place of `usage`
					duration: lenient(numeric),
					ratio: lenient(z.string()),
				}),
			),
		}),
	),
	error: lenient(z.object({ code: lenient(z.string()), message: lenient(z.string()) })),
});

/** The same task under the contract's words: `completed`, `failed`, or whatever else it is said to be. */
function inOurWords(task: z.output<typeof taskFields>): z.output<typeof taskFields> {
	const word = task.status.trim();
	const status = endOf(word);
	if (!status) return { ...task, status: word.slice(0, MOST_STATUS_CHARACTERS) };
	const isReason = status === 'failed' && !task.error && !/^fail/i.test(word);
	const error = { code: word.toLowerCase(), message: `The task is ${word}` };
	return { ...task, status, ...(isReason && { error }) };
}

/** GET /v1/tasks/{taskId}, wrapped in `data` or not, and the body of a callback. */
export const taskSchema = z.preprocess(unwrapped, taskFields.transform(inOurWords));

export type Task = z.output<typeof taskSchema>;

/** Whether nothing more will happen to a task. A word that does not plainly say so counts as still under way. */
export const isOver = ({ status }: Pick<Task, 'status'>) => endOf(status) !== undefined;

/** The http(s) URLs of a task's videos, in the service's order. */
export function videoUrlsOf({ output }: Task): string[] {
	return (output?.urls ?? []).filter(
		(url): url is string => typeof url === 'string' && parseHttpUrl(url) !== undefined,
	);
}

/** What is told of a finished video: its length in seconds and its shape, in whichever of two forms. */
export function clipOf({ output }: Task): { duration?: number; aspectRatio?: string } {
	const { usage, duration, ratio } = output?.metadata ?? {};
	return {
		duration: usage?.video_duration ?? duration,
		aspectRatio: usage?.video_ratio ?? ratio,
	};
}

/** The body of an answer with a status of 4xx or 5xx (contract: "Errors"). */
export const errorSchema = z
	.object({
		error: z.object({ code: z.string(), message: lenient(z.string()) }),
	})
	.transform(({ error }) => error);
