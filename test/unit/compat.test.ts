import type { Row } from '../e2e/core/page';
import { byVersion, toPage, turned } from '../e2e/core/page';
import { missingOf, reasonOf } from '../e2e/core/runCore';

const row = (n8n: string, more: Partial<Row> = {}): Row => ({
	n8n,
	date: '2026-11-26',
	node: '24.1.0',
	cells: { Install: { result: 'yes' }, Trigger: { result: 'yes' } },
	...more,
});
const broken = { Install: { result: 'yes' }, Trigger: { result: 'no', reason: 'a | b' } } as const;

test('versions stand in their order', () => {
	const sorted = ['2.9.1', '2.10.0', '1.123.81', '2.10.0'].map((n8n) => ({ n8n })).sort(byVersion);
	expect(sorted.map(({ n8n }) => n8n)).toEqual(['1.123.81', '2.9.1', '2.10.0', '2.10.0']);
});

test('the page has a row for each version, and says why a cell is not well', () => {
	const missing = "can't be installed: x@1 is not in the registry";
	const rows = [
		row('2.41.3', { cells: {}, missing, node: undefined }),
		row('2.2.0', { cells: broken }),
	];
	const lines = toPage(rows).split('\n');
	expect(lines).toContain('| n8n | Node.js | Seen | Install | Trigger |');
	expect(lines).toContain('| 2.2.0 | 24.1.0 | 2026-11-26 | yes | no |');
	expect(lines).toContain('| 2.41.3 | – | 2026-11-26 | – | – |');
	expect(lines).toContain('- 2.2.0, Trigger: a | b');
	expect(lines).toContain(`- 2.41.3: ${missing}`);
});

describe('what has turned', () => {
	const missing = "can't be installed: x";

	test.each<[string, Row | undefined, Row, string[]]>([
		['nothing', row('2.2.0'), row('2.2.0'), []],
		[
			'a cell to the worse',
			row('2.2.0'),
			row('2.2.0', { cells: broken }),
			['n8n 2.2.0, Trigger: yes → no: a | b'],
		],
		[
			'a cell to the better',
			row('2.2.0', { cells: broken }),
			row('2.2.0'),
			['n8n 2.2.0, Trigger: no → yes'],
		],
		['what is known already', row('2.2.0', { cells: broken }), row('2.2.0', { cells: broken }), []],
		['a new version that is well', undefined, row('2.2.0'), []],
		[
			'a new version that is not',
			undefined,
			row('2.2.0', { cells: broken }),
			['n8n 2.2.0, Trigger: yes → no: a | b'],
		],
		[
			'what can no more be installed',
			row('2.2.0'),
			row('2.2.0', { cells: {}, missing }),
			[`n8n 2.2.0 ${missing}`],
		],
		[
			'what can be again',
			row('2.2.0', { cells: {}, missing }),
			row('2.2.0'),
			['n8n 2.2.0 can be installed and started now.'],
		],
		[
			'what can still not',
			row('2.2.0', { cells: {}, missing }),
			row('2.2.0', { cells: {}, missing }),
			[],
		],
		[
			'a test that is not run any more',
			row('2.2.0'),
			row('2.2.0', { cells: { Trigger: { result: '–' } } }),
			[],
		],
	])('%s', (_name, before, after, expected) => {
		expect(turned(before, after)).toEqual(expected);
	});
});

describe('reasons are short', () => {
	test('of a test', () => {
		const message = `Error: \u001b[2mexpect(received)\u001b[22m.toBe()\n\nExpected: 1\nReceived: "no such node"\n    at x.ts:1`;
		expect(reasonOf(message)).toBe('"no such node"');
		expect(reasonOf('Error: n8n start did not start.\n    at y.ts')).toBe(
			'n8n start did not start.',
		);
	});

	test('of n8n’s REST API', () => {
		const body = { code: 500, message: 'No "x" there', stacktrace: 'at /home/me/x.js' };
		expect(reasonOf(`Error: POST /x: 500 ${JSON.stringify(body)}`)).toBe(
			'POST /x: 500 No "x" there',
		);
	});

	test('of an installation', () => {
		const stderr =
			'npm error code ETARGET\nnpm error notarget No matching version found for @n8n/agents@0.26.2.\n';
		expect(missingOf({ stderr, message: 'Command failed' })).toBe(
			"can't be installed: @n8n/agents@0.26.2 is not in the registry",
		);
		expect(missingOf(new Error('out of room'))).toBe("can't be installed: out of room");
	});
});
