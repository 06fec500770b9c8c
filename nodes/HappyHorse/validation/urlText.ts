/** Characters of HTML by their names; `&amp;` alone may belong to a path. */
const NAMED: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', nbsp: ' ' };

/** Character of HTML by its name or number, also where its ampersand was escaped once more. */
const REFERENCE =
	/&(?:amp;|#0*38;|#x0*26;)*(?:(quot|apos|lt|gt|nbsp)|#0*(\d{1,7})|#x0*([\da-f]{1,6}));/gi;

/** Character by its number in JSON, and a sign that JSON or Markdown escapes. A backslash before a letter is a slash. */
const JSON_NUMBER = /(?<!\\)\\+u00([2-7][\da-f])/gi;
const ESCAPED_SIGN = /(?<!\\)\\+([!-/:-@[\]^_`{-~])/g;

/** Undoes the escapes of JSON, Markdown and HTML. */
export const unescaped = (text: string): string =>
	text
		.replace(REFERENCE, (whole, name?: string, decimal?: string, hex?: string) =>
			name === undefined
				? signOf(decimal ? Number(decimal) : parseInt(hex ?? '', 16), whole)
				: NAMED[name.toLowerCase()],
		)
		.replace(JSON_NUMBER, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
		.replace(ESCAPED_SIGN, '$1');

const signOf = (code: number, otherwise: string) =>
	code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
		? String.fromCodePoint(code)
		: otherwise;

/** Signs that nobody sees, copied along from chats and pages. Between others than ASCII, joiners are part of a name. */
const INVISIBLE =
	/[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|(?<![^\0-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\0-\x7f])/gu;

/** The same at the end of a URL that a browser has escaped, and line breaks that JSON has. */
const INVISIBLE_ESCAPED = ['%E2%80%8B', '%EF%BB%BF', '\\n', '\\r'];

/** What ends a sentence, or a quotation or emphasis in it. */
const PUNCTUATION = '.,;:!?\'"*`\\。，、；：！？…';
const BRACKETS: Record<string, string> = {
	...{ ')': '(', ']': '[', '}': '{', '>': '<', '）': '（', '】': '【', '」': '「', '』': '『' },
	...{ '》': '《', '〉': '〈', '”': '“', '’': '‘', '»': '«' },
};

/** Takes out of a URL what is not seen, and off its end what belongs to the sentence around it. */
export function withoutSurroundings(given: string): string {
	const text = given.replace(INVISIBLE, '');
	const unopened = new Map(
		Object.entries(BRACKETS).map(([close, open]) => [
			close,
			countOf(text, close) - countOf(text, open),
		]),
	);
	let end = text.length;
	for (;;) {
		const last = text[end - 1] ?? '';
		const escaped = INVISIBLE_ESCAPED.find((sign) => text.endsWith(sign, end));
		const left = unopened.get(last) ?? 0;
		if (escaped !== undefined) end -= escaped.length;
		else if (left > 0) unopened.set(last, left - 1);
		else if (last === '' || !PUNCTUATION.includes(last)) return text.slice(0, end);
		if (escaped === undefined) end--;
	}
}

const countOf = (text: string, sign: string) => text.split(sign).length - 1;
