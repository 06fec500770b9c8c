import fc from 'fast-check';

import { keyRedactor } from '../../nodes/HappyHorse/service/access';

test.each([
	['sk-test', 'Incorrect API key: sk-test.', 'Incorrect API key: sk-….'],
	['sk-test', '{"echo":"Bearer sk-test"}', '{"echo":"Bearer sk-…"}'],
	['sk-a/b', String.raw`{"key":"sk-a\/b"}`, '{"key":"sk-…"}'],
	['sk-a.b+c==', 'sk-a.b+c==, sk-axb+c==', 'sk-…, sk-axb+c=='],
])('the key %s in %s', (key, text, expected) => {
	expect(keyRedactor(key)(text)).toBe(expected);
});

test.each(['task-test-1', 'desk-test', 'sk-test-2', 'sk-tests'])(
	'%s is another word than the key sk-test, and may be an id',
	(word) => {
		const text = JSON.stringify({ data: { taskId: word } });
		expect(keyRedactor('sk-test')(text)).toBe(text);
	},
);

test('any key that a credential takes is hidden', () => {
	const key = fc.stringMatching(/^[\x21-\x7e]{1,60}$/).map((rest) => `sk-${rest}`);
	fc.assert(
		fc.property(key, (apiKey) => {
			expect(keyRedactor(apiKey)(`Bearer ${apiKey} `)).toBe('Bearer sk-… ');
		}),
	);
});
