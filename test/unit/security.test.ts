/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/pack';

const page = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const promises = [...page.matchAll(/\(test\/([\w/]+\.test\.ts)\): “([^\n]+)” *\|/g)].map(
	([, file, title]) => ({ file, title }),
);

test('every promise names its test', () => {
	const [, table] = page.split('| Promise');
	const rows = table.split('\n\n')[0].split('\n').slice(2);
	expect(rows.length).toBeGreaterThan(15);
	expect(promises).toHaveLength(rows.length);
});

test.each(promises)('$file has “$title”', ({ file, title }) => {
	expect(readFileSync(join(ROOT, 'test', file), 'utf8')).toContain(title);
});
