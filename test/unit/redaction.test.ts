import { hideSignedUrls, withoutSignedUrls } from '../../nodes/HappyHorse/errors/redaction';

const FILE = 'https://n8n.a.example/rest/binary-data/signed?token=x.y-z';
const RESUME = 'https://n8n.a.example:5678/webhook-waiting/7/happyhorse?signature=abc';
const HIDDEN = '[an address of this n8n]';

const FILE_BESIDES = 'https://n8n.a.example/rest/binary-data/signed?a=1&token=x.y-z&b=2';
const RESUME_BESIDES = 'https://n8n.a.example/webhook-waiting/7/happyhorse?a=1&signature=abc';
const ALL = [FILE, RESUME, FILE_BESIDES, RESUME_BESIDES];

const SPELLINGS: Array<[string, (url: string) => string]> = [
	['as it was sent', (url) => url],
	['in capitals', (url) => url.toUpperCase()],
	['with escaped slashes', (url) => url.replaceAll('/', '\\/')],
	['with slashes that were escaped twice', (url) => url.replaceAll('/', '\\\\\\/')],
	['percent-encoded', encodeURIComponent],
	['percent-encoded twice', (url) => encodeURIComponent(encodeURIComponent(url))],
	['without its scheme', (url) => url.replace('https://', '')],
	['without its host', (url) => new URL(url).pathname + new URL(url).search],
	['with its parameters as HTML joins them', (url) => url.replaceAll('&', '&amp;')],
	['as JSON escapes it', (url) => url.replace(/[/?=:&]/g, (sign) => `\\u00${hex(sign)}`)],
	['as programs escape it', (url) => url.replace(/[/?=:&]/g, (sign) => `\\x${hex(sign)}`)],
	['as HTML names its signs', (url) => url.replace(/[/?=:]/g, (sign) => `&${NAMES[sign]};`)],
	['with a slash before its query', (url) => url.replace('?', '/?')],
	['with two slashes each', (url) => url.replace(/(?<!:)\/(?!\/)/g, '//')],
	['as HTML escapes it', (url) => url.replace(/[/?=:&]/g, (sign) => `&#x${hex(sign)};`)],
];

const NAMES: Record<string, string> = { '/': 'sol', '?': 'quest', '=': 'equals', ':': 'colon' };

const hex = (sign: string) => sign.charCodeAt(0).toString(16);

describe.each(SPELLINGS)('a signed URL %s', (_name, spell) => {
	test.each(ALL)('%s is hidden, and nothing else', (url) => {
		expect(withoutSignedUrls(`Cannot fetch ${spell(url)} now`)).toBe(`Cannot fetch ${HIDDEN} now`);
		expect(withoutSignedUrls(`{"url":"${spell(url)}","n":1}`)).toBe(`{"url":"${HIDDEN}","n":1}`);
		expect(withoutSignedUrls(`请看（${spell(url)}`)).toBe(`请看（${HIDDEN}`);
	});

	test.each(ALL)('%s is hidden as a key', (url) => {
		const answer = { errors: { [spell(url)]: { reason: spell(url) } }, list: [spell(url)] };
		expect(hideSignedUrls(answer)).toEqual({
			errors: { [HIDDEN]: { reason: HIDDEN } },
			list: [HIDDEN],
		});
	});
});

test('other URLs and keys stay', () => {
	const answer = {
		'https://a.example/x?token=1': 'https://a.example/happyhorse?sign=1',
		url: 'https://n8n.a.example/rest/binary-data/signed',
		video: 'https://cdn.a.example/happyhorse/a.mp4?Expires=1&Signature=a&token=b',
		other: 'https://cdn.a.example/happyhorse?Expires=1&Key=a',
	};
	expect(hideSignedUrls({ ...answer })).toEqual(answer);
});
