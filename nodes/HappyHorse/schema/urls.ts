import { isPublicHost, parseHttpUrl } from './hosts';
import type { Check } from './parse';
import { shown } from './parse';

/** A URL that the service can fetch: http or https, and, where `publicOnly` says that the service is out on the internet, no host that only this machine or network knows. */
export function fetchableUrl(publicOnly: boolean): Check<string> {
	return (input) => {
		const text = typeof input === 'string' ? input.trim() : input;
		if (typeof text !== 'string' || text === '') return 'must be a URL, but it is empty';
		if (/^data:/i.test(text))
			return 'must be a public URL: HappyHorse does not take Base64 or data: URLs';
		const url = parseHttpUrl(text);
		if (!url) return `must be a URL that begins with http:// or https://, but it is ${shown(text)}`;
		if (publicOnly && !isPublicHost(url))
			return `must be a URL that HappyHorse can reach over the internet, but ${url.hostname} is a local or private address`;
		return { value: text };
	};
}

/** Commas between URLs, but not those inside one such as `…/w_300,h_200/…`. */
const COMMA_BETWEEN_URLS = /,(?=\s*[a-z][a-z\d+.-]*:)|,\s+|,$/i;

/** The entries of a list that is given as an array, or typed as one URL a line, a comma list or a JSON array. */
export function splitUrls(input: unknown): unknown[] {
	if (input === undefined || input === null) return [];
	if (Array.isArray(input)) return input;
	if (typeof input !== 'string') return [input];
	const text = input.trim();
	if (text.startsWith('[')) {
		try {
			const list: unknown = JSON.parse(text);
			if (Array.isArray(list)) return list;
		} catch {
			return [text];
		}
	}
	if (/^data:/i.test(text)) return [text];
	return text
		.split(/[\r\n]+/)
		.flatMap((line) => line.split(COMMA_BETWEEN_URLS))
		.map((part) => part.trim())
		.filter((part) => part !== '');
}

interface ListRules {
	min: number;
	max: number;
	publicOnly: boolean;
}

/** A list of such URLs, in any form that `splitUrls` takes. */
export function fetchableUrls({ min, max, publicOnly }: ListRules): Check<string[]> {
	const one = fetchableUrl(publicOnly);
	const wanted = min === 0 ? `at most ${max} URLs` : `${min} to ${max} URLs`;
	return (input) => {
		const entries = splitUrls(input);
		if (entries.length < min || entries.length > max)
			return `must have ${wanted}, but it has ${entries.length === 0 ? 'none' : entries.length}`;
		const results = entries.map(one);
		const complaints = results.flatMap((result, index) =>
			typeof result === 'string' ? [`image ${index + 1} ${result}`] : [],
		);
		if (complaints.length > 0) return `is not usable: ${complaints.join('; ')}`;
		return { value: results.flatMap((result) => (typeof result === 'string' ? [] : result.value)) };
	};
}
