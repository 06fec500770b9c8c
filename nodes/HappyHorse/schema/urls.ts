import { isPublicHost, parseHttpUrl } from './hosts';
import type { Check } from './parse';
import { shown } from './parse';

/** White space at the ends, and what shows as nothing: chats and sheets put it there. */
const BLANK_ENDS = /^[\s\p{Cc}\p{Cf}]+|(?<![\s\p{Cc}\p{Cf}])[\s\p{Cc}\p{Cf}]+$/gu;

/** What people copy along with a URL, as pairs around it. */
const WRAPPINGS = [/^"([^"]*)"$/, /^'([^']*)'$/, /^“([^“”]*)”$/, /^<([^<>]*)>$/];

/**
 * What stands between URLs: line breaks, white space, semicolons or commas before another one, and commas that no URL would
 * have. Those inside one, such as `…/w_300,h_200/…`, are left alone, and so are spaces.
 */
const BETWEEN_URLS =
	/[\r\n]+|(?<![\s\p{Cc}\p{Cf};,])[\s\p{Cc}\p{Cf};,]+(?=["'“<]?(?:[a-z][a-z\d+.-]*:\/\/|data:|www\.)|$)|,\s+/iu;

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
	const parts = trimmed.split(BETWEEN_URLS).filter((part) => part !== '');
	// what was between quotes or brackets may have ends of its own
	return parts.length === 1 && parts[0] === trimmed ? [trimmed] : parts.flatMap(splitText);
}

/** What one entry of a list, or what stands in place of a list, has for URLs; itself where it can have none. */
function entriesIn(entry: unknown): unknown[] {
	if (isObject(entry) && 'url' in entry) return [entry.url];
	const entries = typeof entry === 'string' ? splitText(entry) : [];
	return entries.length === 0 ? [entry] : entries;
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

/** The one place where a URL is read, judged and brought to the form in which it is checked and sent. */
function judgedUrl(input: unknown, publicOnly: boolean): { value: string } | string {
	if (typeof input === 'string' && /^data:/i.test(input))
		return 'must be a public URL: HappyHorse does not take Base64 or data: URLs';
	const url = typeof input === 'string' ? parseHttpUrl(input) : undefined;
	if (!url) return `must be a URL that begins with http:// or https://, but it is ${kindOf(input)}`;
	if (publicOnly && !isPublicHost(url))
		return `must be a URL that HappyHorse can reach over the internet, but ${url.hostname} is a local or private address`;
	return { value: url.href };
}

/**
 * A URL that the service can fetch: http or https, and, where `publicOnly` says that the service is out on the internet, no
 * host that only this machine or network knows. Its value is the URL as it was read: spaces and other letters are escaped.
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
