/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as ts from 'typescript';

import { parseCallback } from '../../nodes/HappyHorse/contract/callback';
import {
	createdSchema,
	creditsSchema,
	isTaskId,
	taskSchema,
} from '../../nodes/HappyHorse/contract/responses';
import { checkImageNumbers } from '../../nodes/HappyHorse/contract/imageNumbers';
import { LIMITS } from '../../nodes/HappyHorse/contract/limits';
import { MODES } from '../../nodes/HappyHorse/contract/modes';
import { wordsIn } from '../../nodes/HappyHorse/contract/refusal';
import { quote } from '../../nodes/HappyHorse/errors/messages';
import { inEnglish } from '../../nodes/HappyHorse/errors/reasons';
import { hideSignedUrls, withoutSignedUrls } from '../../nodes/HappyHorse/errors/redaction';
import { listNames } from '../../nodes/HappyHorse/files/find';
import { defaultStem, safeFileName } from '../../nodes/HappyHorse/files/names';
import { rulesBroken } from '../../nodes/HappyHorse/form/promptRules';
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
import { listOf, numberWithin, textWithin } from '../../nodes/HappyHorse/validation/parse';

const MEGABYTE = 1_000_000;

const afterHost = (text: string) => withoutSignedUrls(`happyhorse?${text}`);
/** With what lets the pattern match at last. */
const beforeToken = (text: string) => withoutSignedUrls(`${text}/binary-data/signed?token=x`);

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
		'„',
		'“',
		'«',
		'»',
		'「',
		'『',
		'[image 1] ',
		'[image',
		'a, ',
	],
];

/** A piece repeated, with what keeps a pattern from matching in the end. */
const longOf = (length: number) =>
	PIECES.map((piece) => `${piece.repeat(length / piece.length)}\u0000`);
const [TEXTS, SHORTER] = [longOf(MEGABYTE), longOf(MEGABYTE / 10)];

const READERS: Record<string, (text: string) => unknown> = {
	...{ withoutSignedUrls, 'after a host, withoutSignedUrls': afterHost, beforeToken },
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

/** Readers of what a workflow's own fields hold. */
const OF_FIELDS: Record<string, (text: string) => unknown> = {
	textWithin: textWithin({ max: 2_500 }),
	'textWithin, without a limit': textWithin({ max: Number.MAX_SAFE_INTEGER }),
	numberWithin: numberWithin({ min: 0, max: 1 }),
	listOf: listOf(MODES),
	listNames,
	checkImageNumbers: (text) =>
		checkImageNumbers('editVideo', { prompt: text, imageUrls: 'https://example.com/' }),
	rulesBroken: (text) => MODES.map((mode) => rulesBroken(text, mode, 5, 2, LIMITS.speech)),
	defaultStem: (text) => defaultStem('a', text),
	wordsIn: (text) => wordsIn({ error: [text], detail: text }),
};

test.each([
	...Object.entries(READERS).map(([name, read]) => [name, 'a megabyte', TEXTS, read] as const),
	...Object.entries(OF_FIELDS).map(([name, read]) => [name, 'a tenth', SHORTER, read] as const),
])('%s takes %s of its worst case at once', (_name, _length, texts, read) => {
	const times = texts.map((text) => {
		const startedAt = performance.now();
		read(text);
		return performance.now() - startedAt;
	});
	// quadratic work takes minutes
	expect(Math.max(...times)).toBeLessThan(3_000);
});

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

test.each(['\\u005c', '\\u0026#92;', '&#92;u0026#92;', '\\&quot;'])(
	'what is escaped again and again, as %s, is not unescaped for ever',
	(piece) => {
		const text = piece[0] + piece.slice(1).repeat(100_000 / piece.length);
		const startedAt = performance.now();
		expect(fetchableUrl(true)(text)).toEqual(expect.stringMatching(/^must be (a|one) URL/));
		expect(performance.now() - startedAt).toBeLessThan(3_000);
	},
);

const SHIPPED = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => join(folder, name)),
);

/** All nodes of a kind in the shipped source, with their file. */
function nodesOf<Node extends ts.Node>(is: (node: ts.Node) => node is Node): Array<[string, Node]> {
	return SHIPPED.flatMap((file) => {
		const source = ts.createSourceFile(
			file,
			readFileSync(file, 'utf8'),
			ts.ScriptTarget.Latest,
			true,
		);
		const found: Array<[string, Node]> = [];
		const visit = (node: ts.Node) => {
			if (is(node)) found.push([file, node]);
			ts.forEachChild(node, visit);
		};
		visit(source);
		return found;
	});
}

/** Characters and words that a pattern names, and those of the classes. */
function piecesOf(source: string): string[] {
	const classless = source.replace(/\\[pP]\{[^}]*\}/g, ' ');
	const characters = (classless.match(/\\u[\da-f]{4}|\\x[\da-f]{2}|\\[/.]|[^\\]/gi) ?? []).map(
		(text) =>
			/^\\[ux]/.test(text) ? String.fromCharCode(parseInt(text.slice(2), 16)) : text.slice(-1),
	);
	const words = classless.replace(/\\([/.])/g, '$1').split(/[\\()[\]{}?*+|^$]+/);
	return [
		...new Set([...characters, ...words, ' ', '\n', '\u200b', '-', '_', 'a', 'A', '0']),
	].filter((piece) => piece !== '');
}

/** Characters: work that grows with the square of it takes half a second, and other work milliseconds. */
const LENGTH = 20_000;
const MOST_MS = 200;

test('each pattern of the shipped source takes its worst case at once', () => {
	const slow = nodesOf(ts.isRegularExpressionLiteral).flatMap(([file, { text: literal }]) => {
		const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(literal) ?? [];
		const pattern = new RegExp(source, `g${flags.replace('g', '')}`);
		const isSlow = (text: string) => {
			const startedAt = performance.now();
			text.replace(pattern, '');
			return performance.now() - startedAt > MOST_MS;
		};
		return (
			piecesOf(source)
				.flatMap((piece) =>
					[piece, `${piece}\u0001`].map((end) => piece.repeat(LENGTH / piece.length) + end),
				)
				// once more, since other programs take their time as well
				.filter((text) => isSlow(text) && isSlow(text) && isSlow(text))
				.map((text) => `${file}: ${literal} over ${JSON.stringify(text.slice(0, 20))}`)
		);
	});
	expect(slow).toEqual([]);
});

test('patterns that are put together are known: the readers above use them', () => {
	const made = nodesOf(ts.isNewExpression).filter(
		([, { expression }]) => expression.getText() === 'RegExp',
	);
	expect(made.map(([file]) => file.split('/').at(-1)).sort()).toEqual([
		'access.ts', // keyRedactor
		'formats.ts', // over 30 bytes
		'redaction.ts', // withoutSignedUrls
		'redaction.ts',
		'urls.ts', // splitUrls
		'urls.ts',
	]);
});
