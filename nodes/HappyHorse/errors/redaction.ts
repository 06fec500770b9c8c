const HIDDEN = '[an address of this n8n]';

/** Names of signs in HTML. */
const NAMED: Record<string, string> = { '/': 'sol', '?': 'quest', '=': 'equals' };

/** Pattern for a sign as such, percent-encoded (several times), or as JSON, programs or HTML escape it. */
function spelled(sign: string): string {
	const code = sign.charCodeAt(0);
	const hex = code.toString(16);
	return String.raw`(?:\\*[${sign}]|%(?:25)*(?:u00)?${hex}|\\+(?:u00|x)${hex}|&(?:#(?:x0*${hex}|0*${code})|${NAMED[sign]});)`;
}

const [SLASH, QUERY, EQUALS] = ['/', '?', '='].map(spelled);

/** Paths of n8n's URLs of files and of parked executions. Each begins with a word, so it is found in linear time. */
const PATH = new RegExp(`(?:binary-data${SLASH}+signed|happyhorse)(?=${SLASH}*${QUERY})`, 'i');

/** Parameter that signs them, wherever it stands in the query. */
const SIGNATURE = new RegExp(`(?:token|signature)${EQUALS}`, 'i');

/** Stretches that a URL never reaches beyond. */
const STRETCH = /[^\s"'<>]+/g;

const SCHEME = /https?(?::|%(?:25)*3a|\\+(?:u00|x)3a|&(?:#(?:x3a|58)|colon);)/gi;

/** Characters of a URL's host and path in any spelling. */
const BEFORE_SIGNATURE = /[\w.:%/\\@~&#;-]/;

function hideIn(stretch: string): string {
	const path = PATH.exec(stretch);
	if (!path || !SIGNATURE.test(stretch.slice(path.index))) return stretch;
	const before = stretch.slice(0, path.index);
	let start = [...before.matchAll(SCHEME)].at(-1)?.index ?? before.length;
	// without a scheme, as far as host and path reach
	if (start === before.length)
		while (start > 0 && BEFORE_SIGNATURE.test(before[start - 1])) start--;
	return `${before.slice(0, start)}${HIDDEN}`;
}

/** Hides n8n's signed URLs in a text, since anyone who has one can use it. */
export const withoutSignedUrls = (text: string): string =>
	PATH.test(text) ? text.replace(STRETCH, hideIn) : text;

/**
 * Hides n8n's signed URLs in all texts and keys of a value, in place: the service may repeat what it was sent.
 *
 * @returns the same value
 */
export function hideSignedUrls<T>(value: T): T {
	const open: unknown[] = [value];
	// no recursion, since strangers choose how deep a callback is
	while (open.length > 0) {
		const node = open.pop();
		if (typeof node !== 'object' || node === null) continue;
		for (const [key, inner] of Object.entries(node)) {
			const safeKey = withoutSignedUrls(key);
			const safe: unknown = typeof inner === 'string' ? withoutSignedUrls(inner) : inner;
			if (safeKey !== key) Reflect.deleteProperty(node, key);
			if (safeKey !== key || safe !== inner) Reflect.set(node, safeKey, safe);
			open.push(safe);
		}
	}
	return value;
}
