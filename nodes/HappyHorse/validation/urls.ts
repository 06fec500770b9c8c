import { isPublicHost, parseHttpUrl } from './hosts';
import type { Check } from './parse';
import { shown } from './parse';

/** White space at the ends, and what shows as nothing: chats and sheets put it there. */
const BLANK_ENDS = /^[\s\p{Cc}\p{Cf}]+|(?<![\s\p{Cc}\p{Cf}])[\s\p{Cc}\p{Cf}]+$/gu;

/** What people copy along with a URL, as pairs around it. */
const WRAPPINGS = [/^"([^"]*)"$/, /^'([^']*)'$/, /^“([^“”]*)”$/, /^<([^<>]*)>$/];

/** How another URL begins, or the end of the text. */
const NEXT = String.raw`(?=["'“<]?(?:[a-z][a-z\d+.-]*:\/\/|data:|www\.)|$)`;

/** What stands for a line break: HTML's, the two characters by which code writes one, and words between URLs. */
const LINE_BREAKS = new RegExp(
	String.raw`<br\s*\/?>|(?<!\\[nr])(?:\\[nr])+${NEXT}|\s(?:&|and)\s+${NEXT}`,
	'giu',
);

/** Characters that part a list, also the Chinese ones. */
const PARTING = String.raw`\s\p{Cc}\p{Cf};,；，、|`;

/**
 * What stands between URLs: line breaks, such characters before another one, and commas that no URL would have. Those inside
 * one, such as `…/w_300,h_200/…`, are left alone, and so are spaces.
 */
const BETWEEN_URLS = new RegExp(
	String.raw`[\r\n]+|(?<![${PARTING}])[${PARTING}]+${NEXT}|[,，]\s+`,
	'iu',
);

/** What is left in a text that is more than one URL, unless it is escaped. */
const NOT_IN_A_URL = /[\s\p{Cc}<>|]/u;

/** A path that ends as a file does: a space before that belongs to its name. */
const FILE = /\.[a-z\d]{2,5}$/i;

/** What an expression within a text makes of an object. */
const LOST_OBJECT = /(?:\[|%5B)object(?: |%20)Object(?:\]|%5D)/i;

/** A second URL in a path. What fetches other URLs, such as an image CDN, has it as the rest of its path, behind a slash. */
const SECOND_URL = /[^/]https?:\/\//i;

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function unwrapped(text: string): string {
	const trimmed = text.replace(BLANK_ENDS, '');
	const inner = WRAPPINGS.flatMap((wrapping) => wrapping.exec(trimmed)?.[1] ?? [])[0];
	return inner === undefined ? trimmed : inner.replace(BLANK_ENDS, '');
}

/** A text as the values that it was typed for: JSON where it is an array or object, else URLs with something between them. */
function splitText(text: string): unknown[] {
	const trimmed = unwrapped(text);
	if (/^[[{]/.test(trimmed)) {
		try {
			return splitUrls(JSON.parse(trimmed));
		} catch {
			return [trimmed];
		}
	}
	if (/^data:/i.test(trimmed)) return [trimmed];
	const parts = trimmed
		.replace(LINE_BREAKS, '\n')
		.split(BETWEEN_URLS)
		.filter((part) => part !== '');
	// what was between quotes or brackets may have ends of its own
	return parts.length === 1 && parts[0] === trimmed ? [trimmed] : parts.flatMap(splitText);
}

/** What one entry of a list, or what stands in place of a list, has for URLs; itself where it can have none. */
function entriesIn(entry: unknown): unknown[] {
	const value = isObject(entry) && 'url' in entry ? entry.url : entry;
	const entries = typeof value === 'string' ? splitText(value) : [];
	return entries.length === 0 ? [value] : entries;
}

/**
 * The entries of what is given for URLs: an array, JSON, one URL a line, a list with commas, semicolons or spaces. Of objects
 * such as `{ id, url, filename }`, which Airtable gives for attachments, the `url`. What can be no URL is left as it is.
 */
export function splitUrls(input: unknown): unknown[] {
	if (input === undefined || input === null) return [];
	if (typeof input === 'string') return splitText(input);
	return Array.isArray(input) ? input.flatMap(entriesIn) : entriesIn(input);
}

/** What stands in the place of a URL, for messages. */
function kindOf(input: unknown): string {
	if (input === undefined || input === null || input === '') return 'empty';
	if (isObject(input) && 'mimeType' in input)
		return 'a file: choose File From Input to make a video from it';
	if (Array.isArray(input)) return `a list: ${shown(input)}`;
	if (isObject(input)) return `an object without a url: ${shown(input)}`;
	return typeof input === 'string' ? shown(input) : `a ${typeof input}: ${shown(input)}`;
}

/** What shows that a text which can be read as a URL was not meant as this one. */
function doubtAbout(text: string, { pathname }: URL): string | undefined {
	if (LOST_OBJECT.test(text))
		return `must be a URL, but an expression put an object into it as text: ${shown(text)}`;
	if (SECOND_URL.test(pathname))
		return `must be one URL, but it seems to be two with no comma or line break between them: ${shown(text)}`;
	const [found] = NOT_IN_A_URL.exec(FILE.test(pathname) ? text.replace(/ /g, '') : text) ?? [];
	if (found === undefined) return undefined;
	const [name, escaped] = /\s/.test(found)
		? ['white space', '%20']
		: [shown(found), encodeURIComponent(found)];
	return `must be a URL without ${name}, but it is ${shown(text)}. Write ${escaped} where it belongs to the URL`;
}

/** The one place where a URL is read, judged and brought to the form in which it is checked and sent. */
function judgedUrl(input: unknown, publicOnly: boolean): { value: string } | string {
	if (typeof input === 'string' && /^data:/i.test(input))
		return 'must be a public URL: HappyHorse does not take Base64 or data: URLs';
	const url = typeof input === 'string' ? parseHttpUrl(input) : undefined;
	if (typeof input !== 'string' || !url)
		return `must be a URL that begins with http:// or https://, but it is ${kindOf(input)}`;
	const doubt = doubtAbout(input, url);
	if (doubt !== undefined) return doubt;
	if (publicOnly && !isPublicHost(url))
		return `must be a URL that HappyHorse can reach over the internet, but ${url.hostname} is a local or private address`;
	// as HTML writes what parts a query; a lone ? would be lost
	if (url.search !== '') url.search = url.search.replace(/&(?:amp;)+/gi, '&');
	return { value: url.href };
}

/**
 * A URL that the service can fetch: http or https, and, where `publicOnly` says that the service is out on the internet, no
 * host that only this machine or network knows. Its value is the URL as it was read: other letters are escaped.
 */
export function fetchableUrl(publicOnly: boolean): Check<string> {
	return (input) => {
		const entries = splitUrls(input);
		if (entries.length > 1)
			return `must be one URL, but it has ${entries.length}: ${shown(entries)}`;
		if (entries.length === 0)
			return `must be a URL, but it is ${Array.isArray(input) ? 'an empty list' : 'empty'}`;
		return judgedUrl(entries[0], publicOnly);
	};
}

interface ListRules {
	min: number;
	max: number;
	publicOnly: boolean;
}

/** A list of such URLs, in any form that `splitUrls` takes. */
export function fetchableUrls({ min, max, publicOnly }: ListRules): Check<string[]> {
	const wanted = min === 0 ? `at most ${max} URLs` : `${min} to ${max} URLs`;
	return (input) => {
		const entries = splitUrls(input);
		if (entries.length < min || entries.length > max)
			return `must have ${wanted}, but it has ${entries.length === 0 ? 'none' : entries.length}`;
		const results = entries.map((entry) => judgedUrl(entry, publicOnly));
		const complaints = results.flatMap((result, index) =>
			typeof result === 'string' ? [`image ${index + 1} ${result}`] : [],
		);
		if (complaints.length > 0) return `is not usable: ${complaints.join('; ')}`;
		return { value: results.flatMap((result) => (typeof result === 'string' ? [] : result.value)) };
	};
}
