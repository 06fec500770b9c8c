/** Addresses that open a file of n8n's, or take up a run that it has parked, by what is behind their host. */
const SIGNED =
	/https?:\/\/[^\s"'<>]*\/(?:binary-data\/signed\?token|happyhorse\?signature)=[^\s"'<>]*/gi;

const HIDDEN = '[an address of this n8n]';

/** A text without n8n's signed addresses: whoever has one can use it. */
export const withoutSignedUrls = (text: string) => text.replace(SIGNED, HIDDEN);

/** Takes n8n's signed addresses out of all texts in a value, in place; the service may repeat what it was sent. */
export function hideSignedUrls<T>(value: T): T {
	const open: unknown[] = [value];
	// no recursion, since strangers choose how deep a callback is
	while (open.length > 0) {
		const node = open.pop();
		if (typeof node !== 'object' || node === null) continue;
		for (const [key, inner] of Object.entries(node)) {
			if (typeof inner === 'string') Reflect.set(node, key, withoutSignedUrls(inner));
			else open.push(inner);
		}
	}
	return value;
}
