/** A context whose HTTP helpers abort by this signal instead of the execution's, which they have no parameter for. */
export function withAbortSignal<Context extends object>(
	context: Context,
	signal: AbortSignal,
): Context {
	return Object.create(context, { getExecutionCancelSignal: { value: () => signal } });
}
