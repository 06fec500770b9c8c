import type { Outcome, Sandbox } from './types';

/** Words in a prompt that make its task go wrong, so that users can see their workflow's reaction. */
export const WORDS: Array<[word: string, meaning: string, outcome: Outcome]> = [
	[
		'[fail]',
		'the task fails and is refunded',
		{
			status: 'failed',
			error: { code: 'upstream_error', message: 'InvalidParameter: prompt 包含敏感词' },
		},
	],
	['[html]', 'the video URL leads to a web page', { file: 'html' }],
	['[gone]', 'the video URL has expired', { file: 'gone' }],
];

/** Makes a task take ten times as long, in addition to another word's outcome. */
export const SLOW = '[slow]';

export function heedWords(sandbox: Sandbox, taskMs: number): void {
	for (const slow of [[SLOW], []])
		for (const [words, outcome] of [
			...WORDS.map(([word, , change]) => [[...slow, word], change] as const),
			[slow, {}] as const,
		])
			sandbox.outcome({
				match: ({ input }) => words.every((word) => String(input.prompt).includes(word)),
				...(slow.length > 0 && { taskMs: taskMs * 10 }),
				...outcome,
			});
}
