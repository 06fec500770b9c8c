/** An object whose field is worked out at the moment when n8n saves it: n8n reads a workflow's static data only then. */
export const computedWhenSaved = (name: string, compute: () => unknown): object =>
	Object.defineProperty({}, name, { enumerable: true, get: compute });
