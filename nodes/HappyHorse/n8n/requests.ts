import { z } from 'zod';

/** Headers as n8n's HTTP helpers return them: an object of a class of their own, which zod 4 takes for no record. */
export const headersSchema = z.custom<Record<string, unknown>>(
	(headers) => typeof headers === 'object' && headers !== null,
);

/** A context whose HTTP helpers abort by this signal instead of the execution's, which they have no parameter for. */
export function withAbortSignal<Context extends object>(
	context: Context,
	signal: AbortSignal,
): Context {
	return Object.create(context, { getExecutionCancelSignal: { value: () => signal } });
}
