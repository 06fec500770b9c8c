import { isPublicHost, parseHttpUrl } from './hosts';
import type { Check } from './parse';
import { preview } from './parse';
import { sharePageOf } from './sharePages';
import { unescaped, withoutSurroundings } from './urlText';

/** White space and invisible characters around a text, as copied from chats and sheets. */
const BLANK_ENDS = /^[\s\p{Cc}\p{Cf}]+|(?<![\s\p{Cc}\p{Cf}])[\s\p{Cc}\p{Cf}]+$/gu;

/** Quotes and brackets that are copied along with a URL. */
const WRAPPINGS = [
	...[/^"([^"]*)"$/, /^'([^']*)'$/, /^“([^“”]*)”$/, /^<([^<>]*)>$/, /^\(([^()]*)\)$/],
	...[/^`{1,3}([^`]*)`{1,3}$/, /^\*{1,3}([^*]*)\*{1,3}$/],
];

/** Start of the next URL, or the end of the text. */
const NEXT = String.raw`(?=["'“<]?(?:[a-z][a-z\d+.-]*:\/\/|data:|www\.)|$)`;

/** Substitutes for a line break: HTML's tag, an escaped `\n`, and words between URLs. */
const LINE_BREAKS = new RegExp(
	String.raw`<br\s*\/?>|(?<!\\[nr])(?:\\[nr])+${NEXT}|\s(?:&|and)\s+${NEXT}`,
	'giu',
);

/** Characters that separate list entries, Chinese ones included. */
const DELIMITERS = String.raw`\s\p{Cc}\p{Cf};,；，、|`;

/** Boundary between URLs; a comma inside one, as in `…/w_300,h_200/…`, is left alone, and so is a space. */
const BETWEEN_URLS = new RegExp(
	String.raw`[\r\n]+|(?<![${DELIMITERS}])[${DELIMITERS}]+${NEXT}|[,，]\s+`,
	'iu',
);

/** Characters that a single URL would have escaped. */
const NOT_IN_A_URL = /[\s\p{Cc}<>|]/u;

/** Path with a file extension, whose name may contain spaces. */
const FILE = /\.[a-z\d]{2,5}$/i;

/** Text that an expression within other text makes of an object. */
const LOST_OBJECT = /(?:\[|%5B)object(?: |%20)Object(?:\]|%5D)/i;

/** Second URL within a path. After a slash and the like it is legitimate: image CDNs take other images' URLs there. */
const SECOND_URL = /[^/(:=]https?:\/\//i;

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function unwrap(text: string): string {
	const trimmed = text.replace(BLANK_ENDS, '');
	const inner = WRAPPINGS.flatMap((wrapping) => wrapping.exec(trimmed)?.[1] ?? [])[0];
	return inner === undefined ? trimmed : inner.replace(BLANK_ENDS, '');
}

/** Times that a text may be wrapped or escaped: more is made to hold n8n. */
const MOST_LAYERS = 20;

/** Splits text into entries, as JSON if it is an array or object. */
function splitText(text: string, layer = 0): unknown[] {
	const trimmed = unwrap(text);
	if (layer > MOST_LAYERS) return [trimmed];
	if (/^[[{]/.test(trimmed)) {
		try {
			return splitUrls(JSON.parse(trimmed));
		} catch {
			return [trimmed];
		}
	}
	if (/^data:/i.test(trimmed)) return [trimmed];
	const parts = unescaped(trimmed)
		.replace(LINE_BREAKS, '\n')
		.split(BETWEEN_URLS)
		.filter((part) => part !== '');
	// a quoted or bracketed entry may itself have blank ends
	return parts.length === 1 && parts[0] === trimmed
		? [trimmed]
		: parts.flatMap((part) => splitText(part, layer + 1));
}

/** Splits one entry of a list, which may hold several URLs; returns a value without any as it is. */
function entriesIn(entry: unknown): unknown[] {
	const value = isObject(entry) && 'url' in entry ? entry.url : entry;
	const entries = typeof value === 'string' ? splitText(value) : [];
	return entries.length === 0 ? [value] : entries;
}

/**
 * Splits an array, JSON, lines, or a list with commas, semicolons or spaces into URLs. Takes the `url` of objects such as
 * Airtable's attachments `{ id, url, filename }`, and leaves everything else as it is for the check to reject.
 */
export function splitUrls(input: unknown): unknown[] {
	if (input === undefined || input === null) return [];
	if (typeof input === 'string') return splitText(input);
	return Array.isArray(input) ? input.flatMap(entriesIn) : entriesIn(input);
}

/** Describes a value that is no URL, for messages. */
function describe(input: unknown): string {
	if (input === undefined || input === null || input === '') return 'empty';
	if (isObject(input) && 'mimeType' in input)
		return 'a file: choose File From Input to make a video from it';
	if (Array.isArray(input)) return `a list: ${preview(input)}`;
	if (isObject(input)) return `an object without a url: ${preview(input)}`;
	return typeof input === 'string' ? preview(input) : `a ${typeof input}: ${preview(input)}`;
}

/** Objects to text that parses as a URL but was probably not meant as one. */
function objectionTo(text: string, { pathname }: URL): string | undefined {
	if (LOST_OBJECT.test(text))
		return `must be a URL, but an expression inserted an object as text: ${preview(text)}`;
	if (SECOND_URL.test(pathname))
		return `must be one URL, but it looks like two without a comma or line break between them: ${preview(text)}`;
	const [found] = NOT_IN_A_URL.exec(FILE.test(pathname) ? text.replace(/ /g, '') : text) ?? [];
	if (found === undefined) return undefined;
	const [name, escaped] = /\s/.test(found)
		? ['white space', '%20']
		: [preview(found), encodeURIComponent(found)];
	return `must be a URL without ${name}, but it is ${preview(text)}. If it belongs to the URL, write ${escaped}`;
}

/** Checks one entry and normalizes it to the URL that is sent. */
function checkUrl(input: unknown, publicOnly: boolean): { value: string } | string {
	if (typeof input === 'string' && /^data:/i.test(input))
		return 'must be a public URL: HappyHorse does not take Base64 or data: URLs';
	const text = typeof input === 'string' ? withoutSurroundings(input) : undefined;
	const parsed = text === undefined ? undefined : parseHttpUrl(text);
	// a bracket's other half may be escaped by now
	const url = parsed && parseHttpUrl(withoutSurroundings(parsed.href));
	if (text === undefined || !url)
		return `must be a URL that begins with http:// or https://, but it is ${describe(input)}`;
	const objection = objectionTo(text, url);
	if (objection !== undefined) return objection;
	if (publicOnly && !isPublicHost(url))
		return `must be a URL that HappyHorse can reach over the internet, but ${url.hostname} is a local or private address`;
	// HTML escapes & in a query; without a query, assigning it would drop a lone ?
	if (url.search !== '') url.search = url.search.replace(/&(?:amp;)+/gi, '&');
	// a backslash that is left is part of the URL, and would be read as an escape
	return { value: url.href.replace(/\\/g, '%5C') };
}

/** Checks one entry that has to lead to a file. */
function checkFileUrl(input: unknown, publicOnly: boolean): { value: string } | string {
	const checked = checkUrl(input, publicOnly);
	const page = typeof checked === 'string' ? undefined : sharePageOf(new URL(checked.value));
	return page === undefined ? checked : `must be a URL of the file itself, but it is ${page}`;
}

const oneUrl =
	(check: typeof checkUrl) =>
	(publicOnly: boolean): Check<string> =>
	(input) => {
		const entries = splitUrls(input);
		if (entries.length > 1)
			return `must be one URL, but it has ${entries.length}: ${preview(entries)}`;
		if (entries.length === 0)
			return `must be a URL, but it is ${Array.isArray(input) ? 'an empty list' : 'empty'}`;
		return check(entries[0], publicOnly);
	};

/**
 * Accepts one HTTP(S) URL and returns it normalized, non-ASCII characters escaped. Its parameter `publicOnly` rejects private
 * hosts, which a service on the internet can't reach.
 */
export const reachableUrl = oneUrl(checkUrl);

/** Accepts what `reachableUrl` does but pages that show a file instead of being one. */
export const fetchableUrl = oneUrl(checkFileUrl);

interface ListRules {
	min: number;
	max: number;
	publicOnly: boolean;
}

/** Accepts a list of URLs in any form that `splitUrls` takes. */
export function fetchableUrls({ min, max, publicOnly }: ListRules): Check<string[]> {
	const wanted = min === 0 ? `at most ${max} URLs` : `${min} to ${max} URLs`;
	return (input) => {
		const entries = splitUrls(input);
		if (entries.length < min || entries.length > max)
			return `must have ${wanted}, but it has ${entries.length === 0 ? 'none' : entries.length}`;
		const results = entries.map((entry) => checkFileUrl(entry, publicOnly));
		const complaints = results.flatMap((result, index) =>
			typeof result === 'string' ? [`image ${index + 1} ${result}`] : [],
		);
		if (complaints.length > 0) return `is not usable: ${complaints.join('; ')}`;
		return { value: results.flatMap((result) => (typeof result === 'string' ? [] : result.value)) };
	};
}
