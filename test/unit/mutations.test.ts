/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- it reads the sources */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { transpileModule } from 'typescript';

import { MUTATIONS } from '../support/mutations';

const ROOT = join(__dirname, '..', '..');

test('each rule that `npm run mutate` takes away stands where it says, once', () => {
	for (const [rule, file, there, without] of MUTATIONS) {
		const text = readFileSync(join(ROOT, 'nodes', 'HappyHorse', file), 'utf8');
		expect({ rule, times: text.split(there).length - 1 }).toEqual({ rule, times: 1 });
		expect(without).not.toBe(there);
		// what does not parse would be noticed by every test
		const { diagnostics } = transpileModule(
			text.replace(there, () => without),
			{ reportDiagnostics: true },
		);
		expect({ rule, diagnostics }).toEqual({ rule, diagnostics: [] });
	}
	expect(new Set(MUTATIONS.map(([rule]) => rule)).size).toBe(MUTATIONS.length);
});

test('CONTRIBUTING tells how many there are', () => {
	const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
	expect(text).toContain(`takes each of ${MUTATIONS.length} rules`);
});
