/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { readFileSync } from 'node:fs';

import { PAGE, renderedPage, resultsOf } from '../load/report';
import { SCENARIOS } from '../load/scenarios';

test('every scenario has been measured', () => {
	for (const scenario of SCENARIOS)
		expect([scenario.name, resultsOf(scenario)?.measures.length]).toEqual([
			scenario.name,
			expect.any(Number),
		]);
});

test('the page shows what was measured', () => {
	expect(readFileSync(PAGE, 'utf8')).toBe(renderedPage());
});
