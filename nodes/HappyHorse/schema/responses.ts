import { z } from 'zod';

import { endOf } from './ends';
import { parseHttpUrl } from './hosts';

/** Fields that nothing depends on are dropped, not complained about, when they are of another type than the contract says. */
export const lenient = <T extends z.ZodTypeAny>(schema: T) => schema.optional().catch(undefined);

const unwrapped = (answer: unknown): unknown => {
	const wrapped = z.object({ data: z.object({ id: z.string() }).passthrough() }).safeParse(answer);
	return wrapped.success ? wrapped.data.data : answer;
};

/**
 * Whether a text can be a task's id. Nothing, or dots alone, would lead to another address of the service, and half a
 * character to none.
 */
export const isTaskId = (id: string) => /[^.\s]/.test(id) && !/\p{Cs}/u.test(id);

/** POST /v1/videos/generations */
export const createdSchema = z
	.object({ data: z.object({ taskId: z.string().refine(isTaskId) }) })
	.transform(({ data }) => data.taskId);

/** GET /v1/credits */
export const creditsSchema = z
	.object({ data: z.object({ credits: z.number() }) })
	.transform(({ data }) => data.credits);

/** A number, or one as text. */
const numeric = z.preprocess(
	(input) => (typeof input === 'string' && input.trim() !== '' ? Number(input) : input),
	z.number(),
);

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

/** The body of an answer with a status of 4xx or 5xx (contract: "Errors"). */
export const errorSchema = z
	.object({
		error: z.object({ code: z.string(), message: lenient(z.string()) }),
	})
	.transform(({ error }) => error);
