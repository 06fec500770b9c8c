import { parseCallback } from '../../nodes/HappyHorse/contract/callback';
import {
	createdSchema,
	creditsSchema,
	isTaskId,
	taskSchema,
} from '../../nodes/HappyHorse/contract/responses';
import { quote } from '../../nodes/HappyHorse/errors/messages';
import { inEnglish } from '../../nodes/HappyHorse/errors/reasons';
import { hideSignedUrls, withoutSignedUrls } from '../../nodes/HappyHorse/errors/redaction';
import { safeFileName } from '../../nodes/HappyHorse/files/names';
import { parseResponse } from '../../nodes/HappyHorse/service/client';
import { keyRedactor } from '../../nodes/HappyHorse/service/access';
import { connectionErrorOf } from '../../nodes/HappyHorse/service/connectionError';
import { parseRetryAfter } from '../../nodes/HappyHorse/service/retry';
import { isPublicHost } from '../../nodes/HappyHorse/validation/hosts';
import { fetchableUrl, splitUrls } from '../../nodes/HappyHorse/validation/urls';
import {
	complaintsAboutLost,
	hintsAboutNothing,
} from '../../nodes/HappyHorse/validation/lostExpressions';

const MEGABYTE = 1_000_000;

/** Pieces that the patterns over outside text begin with, repeat, or nearly match. */
const PIECES = [
	...['http://', 'https%3A', 'http', 'https:\\/\\/', 'a', ' ', '\t\n', '\\', '/', '%25', '%', '&#'],
	...['binary-data', 'binary-data/', 'binary-data\\\\', 'binary-data%2525', 'happyhorse'],
	...['/binary-data/signed?token=', 'http://a/binary-data/signed?token=', 'happyhorse?signature'],
	...['http:// /binary-data/signed?token= ', 'n8n/binary-data/signed?token=x '],
	...['sk-', 'sk-a', '-', 'sk-test', 'sk\\/', '?token=', '&token=a', '0', '1.', '0.0', '-1 '],
	...['{{', '{{ $json', '{{ }}', '{{ $(', '[object ', '%5Bobject%20', ' undefined', 'null'],
	...[
		'<',
		'<!',
		'< ',
		' <',
		'"',
		'\u654f',
		'\u{1f40e}',
		'{"a":',
		'[',
		'wrong version number',
		'CERT_',
	],
];

/** A piece repeated, with what keeps a pattern from matching in the end, or with what lets it match at last. */
const TEXTS = PIECES.flatMap((piece) => {
	const text = piece.repeat(MEGABYTE / piece.length);
	return [text, `${text}\u0000`, `${text}/binary-data/signed?token=x`, `happyhorse?${text}`];
});

const READERS: Record<string, (text: string) => unknown> = {
	withoutSignedUrls,
	'hideSignedUrls, a key': (text) => hideSignedUrls({ [text]: text }),
	quote,
	inEnglish,
	keyRedactor: keyRedactor('sk-te/st'),
	complaintsAboutLost: (text) => complaintsAboutLost({ prompt: text }),
	hintsAboutNothing: (text) => hintsAboutNothing({ prompt: '=' }, { prompt: text }),
	'isPublicHost, a label': (text) => isPublicHost({ hostname: text } as URL),
	isTaskId,
	'taskSchema, all its texts': (text) => {
		const error = { code: text, message: text };
		const output = { urls: [text], metadata: { duration: text } };
		return taskSchema.safeParse({
			...{ id: text, status: text, model: text, created_at: text, error, output, msg: text },
		});
	},
	'parseCallback, its texts': (text) =>
		parseCallback({ 'x-event': text }, { id: text, status: text, model: text }),
	creditsSchema: (balance) => creditsSchema.safeParse({ code: balance, data: { balance } }),
	parseRetryAfter: (text) => parseRetryAfter(text, 0),
	connectionErrorOf: (text) =>
		connectionErrorOf(Object.assign(new Error(text), { code: 'EPROTO', syscall: text })),
	'parseResponse, a body': (body) =>
		parseResponse({ statusCode: 200, headers: {}, body }, createdSchema, (text) => text),
	'parseResponse, a message': (message) => {
		const body = JSON.stringify({ error: { code: 'a', message } });
		return parseResponse({ statusCode: 500, headers: {}, body }, createdSchema, (text) => text);
	},
};

test.each(Object.entries(READERS))(
	'%s takes a megabyte of its worst case at once',
	(_name, read) => {
		const times = TEXTS.map((text) => {
			const startedAt = performance.now();
			read(text);
			return performance.now() - startedAt;
		});
		// quadratic work takes minutes
		expect(Math.max(...times)).toBeLessThan(3_000);
	},
);

/** Pieces that the patterns of names and lists of URLs begin with or repeat. */
const OF_NAMES = ['.', '. ', ',', ', ', ', www.', '\n', '<br', '<br ', ' and ', '\\n', '&amp;'];

test.each<[string, (text: string) => unknown]>([
	['safeFileName', (text) => safeFileName(text, '.mp4')],
	['splitUrls', splitUrls],
	['fetchableUrl', (text) => fetchableUrl(true)(`https://example.com/${text}`)],
])('%s takes a megabyte of its worst case in seconds', (_name, read) => {
	for (const piece of OF_NAMES) {
		const startedAt = performance.now();
		read(`${piece.repeat(MEGABYTE / piece.length)}x`);
		// a list of half a million entries takes its time
		expect(performance.now() - startedAt).toBeLessThan(5_000);
	}
});
