import type { Files } from '../tools/release/tarball';
import { compare } from '../tools/release/tarball';

const files = (entries: Record<string, string>): Files =>
	new Map(Object.entries(entries).map(([path, sum]) => [path, { size: sum.length, sum }]));

test('two packages are compared file by file', () => {
	const before = files({ 'package.json': 'a', 'dist/old.js': 'b', 'dist/same.js': 'c' });
	const after = files({ 'package.json': 'aa', 'dist/new.js': 'b', 'dist/same.js': 'c' });
	expect(compare(before, after)).toEqual([
		'+ dist/new.js (1 bytes)',
		'- dist/old.js',
		'~ package.json (1 → 2 bytes)',
	]);
	expect(compare(after, after)).toEqual([]);
});
