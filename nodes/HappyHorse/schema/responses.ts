import { z } from 'zod';

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

/** GET /v1/tasks/{taskId}, wrapped in `data` or not, and the body of a callback. */
export const taskSchema = z.preprocess(
	unwrapped,
	z.object({
		id: z.string().min(1),
		status: z.string().min(1),
		model: lenient(z.string()),
		/** Unix seconds, as is `completed_at`. */
		created_at: lenient(z.number()),
		completed_at: lenient(z.number()),
		output: lenient(
			z.object({
				urls: lenient(z.array(z.unknown())),
				metadata: lenient(
					z.object({
						usage: lenient(
							z.object({
								video_duration: lenient(z.number()),
								video_ratio: lenient(z.string()),
							}),
						),
					}),
				),
			}),
		),
		error: lenient(z.object({ code: lenient(z.string()), message: lenient(z.string()) })),
	}),
);

export type Task = z.output<typeof taskSchema>;

/** Whether nothing more will happen to a task. A status that this package does not know counts as still under way. */
export const isOver = ({ status }: Pick<Task, 'status'>) =>
	status === 'completed' || status === 'failed';

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
