/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { existsSync, readFileSync } from 'node:fs';

import type { Results, Source } from '../bench/report';
import { PAGE, resultsFile, sectionOf, shownSection } from '../bench/report';

const page = readFileSync(PAGE, 'utf8');

const all: Source[] = ['bench', 'queue', 'network', 'siege', 'soak'];
const measured = all.filter((source) => existsSync(resultsFile(source)));

test('the bench, the queue and the bad network have been measured', () => {
	expect(measured).toEqual(expect.arrayContaining(['bench', 'queue', 'network']));
});

test.each(measured)('the page shows what was measured: %s', (source) => {
	const results: Results = JSON.parse(readFileSync(resultsFile(source), 'utf8'));
	expect(results.measures.length).toBeGreaterThan(5);
	expect(shownSection(page, source)).toBe(sectionOf(results));
});
