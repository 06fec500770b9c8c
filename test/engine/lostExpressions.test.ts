import type { Outcome } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox();
const { run } = bench;

const hintsOf = ({ taskData }: Outcome) => (taskData.hints ?? []).map(({ message }) => message);

const LOST = 'A video of {{ $json.p }}';
const task = { resource: 'task', operation: 'get' };
const estimate = { resource: 'credit', operation: 'estimateCost', mode: 'editVideo' };
const files = { imageSource: 'binary' };

describe('an expression that n8n did not evaluate is refused by name in every field:', () => {
	test.each([
		['Prompt', video('textToVideo', { prompt: LOST })],
		['Prompt', video('textToVideo', { prompt: "{{ $('Form').item.json.prompt }}" })],
		['Prompt', video('textToVideo', { prompt: '{{$now.toISO()}} in the city' })],
		['Prompt', video('textToVideo', { prompt: 'A day of {{ $input.first().json.day }}' })],
		['Prompt', video('textToVideo', { prompt: '{{ $fromai("prompt") }}' })],
		['Prompt', video('textToVideo', { prompt: 'On {{ DateTime.now().toISO() }}' })],
		['First Frame URL', video('imageToVideo', { imageUrl: 'https://a.example/{{ $json.p }}' })],
		...[
			'%7B%7B%20%24json.p%20%7D%7D.png',
			'&#123;&#123; &#36;json.p &#125;&#125;',
			String.raw`\{\{ \$json.p \}\}`,
			'｛｛ ＄json.p ｝｝',
		].map((lost): [string, ReturnType<typeof video>] => [
			'First Frame URL',
			video('imageToVideo', { imageUrl: `https://a.example/${lost}` }),
		]),
		[
			'Reference Image URLs',
			video('referenceToVideo', {
				imageUrls: [{ url: 'https://a.example/{{$json.p}}.png' }],
			}),
		],
		[
			'Reference Image URLs',
			video('referenceToVideo', { imageUrls: 'https://a.example/{{$json.p}}.png' }),
		],
		[
			'Reference Image URLs',
			video('editVideo', { imageUrls: ['https://a.example/{{$json.p}}.png'] }),
		],
		['Video URL', video('editVideo', { videoUrl: '{{ $json.clip }}' })],
		[
			'Callback URL',
			video('textToVideo', {
				waitForCompletion: false,
				callbackUrl: 'https://a.example/{{ $execution.id }}',
			}),
		],
		[
			'Image Field Name',
			video('imageToVideo', { ...files, imageBinaryProperty: '{{ $json.file }}' }),
		],
		[
			'Put Output File in Field',
			video('textToVideo', {
				downloadVideo: true,
				options: { binaryPropertyName: '{{ $json.name }}' },
			}),
		],
		['Model', video('textToVideo', { options: { model: '{{ $vars.model }}-text-to-video' } })],
		['Task ID', { ...task, taskId: '{{ $json.taskId }}' }],
		['Task ID', { ...task, taskId: '{{ $json.taskId }}', waitForCompletion: true }],
		['Task ID', { resource: 'video', operation: 'download', taskId: '{{ $json.taskId }}' }],
		['Video URL', { ...estimate, videoSource: 'url', videoUrl: 'https://a.example/{{ $json.p }}' }],
	])('%s', async (label, parameters) => {
		const { error } = await run({ parameters });
		expect(error?.message).toMatch(
			new RegExp(`${label} contains "\\{\\{.*which n8n did not evaluate`),
		);
		expect(error?.context.code).toBe('invalid_input');
		expect(bench.sandbox.requests).toEqual([]);
	});
});

test.each(['$json.prompt', '=$json.prompt', '{ $json["my prompt"] }', '{$node["A"].json.p}'])(
	'an expression without its braces is refused: %s',
	async (prompt) => {
		const { error } = await run({ parameters: video('textToVideo', { prompt }) });
		expect(error?.message).toMatch(/^Prompt is ".*", which n8n did not evaluate; .* write \{\{/);
		expect(bench.sandbox.requests).toEqual([]);
	},
);

describe('an object that became text is refused by name:', () => {
	const json = { p: { a: 1 }, list: [{ a: 1 }, { b: 2 }] };

	test.each([
		['Prompt', video('textToVideo', { prompt: '[object Object]' })],
		['Prompt', video('textToVideo', { prompt: '=A video of {{ $json.p }}' })],
		['Prompt', video('textToVideo', { prompt: '=A video of {{ $json.list }}' })],
		['Prompt', video('textToVideo', { prompt: '[object Object],[object Object]' })],
		['Prompt', video('textToVideo', { prompt: 'A video of [object Promise]' })],
		['Prompt', video('textToVideo', { prompt: '=A video of {{ $json.list.map }}' })],
		['First Frame URL', video('imageToVideo', { imageUrl: '=https://a.example/{{ $json.p }}' })],
		[
			'Reference Image URLs',
			video('referenceToVideo', { imageUrls: 'https://a.example/%5Bobject%20Object%5D' }),
		],
		['Task ID', { ...task, taskId: '[object Object]' }],
		[
			'Callback URL',
			video('textToVideo', {
				waitForCompletion: false,
				callbackUrl: '=https://a.example/?x={{ $json.p }}',
			}),
		],
	])('%s', async (label, parameters) => {
		const { error } = await run({ items: [{ json }], parameters });
		expect(error?.message).toContain(`${label} contains "`);
		expect(error?.message).toContain('inserted an object as text');
		expect(bench.sandbox.requests).toEqual([]);
	});
});

test('with On Error: Continue only the item with the lost expression is refused', async () => {
	const { json } = await run({
		items: [{ json: { p: 'A horse' } }, { json: { p: LOST } }],
		settings: { onError: 'continueRegularOutput' },
		parameters: video('textToVideo', { prompt: '={{ $json.p }}' }),
	});
	expect(json).toMatchObject([{ status: 'completed' }, { error: { code: 'invalid_input' } }]);
});

test.each([
	'A sign that reads {{ welcome }}',
	'A screen with {{name}}, { a: 1 } and $5',
	'{"shot": {"camera": {"move": "pan"}}}',
	'{{ unfinished $json',
	'A heap of $json files and }} braces {{',
	'$json.files on a desk',
	'An object of art [object]',
])('a prompt of its own braces passes: %s', async (prompt) => {
	const { error, json } = await run({ parameters: video('textToVideo', { prompt }) });
	expect(error).toBeUndefined();
	expect(json).toMatchObject([{ status: 'completed' }]);
});

describe('“undefined” and “null” alone at the end of what an expression gives are a hint:', () => {
	const SAYS = 'its expression may read a field that does not exist';

	test.each([
		["={{ 'A video of ' + $json.missing }}", 'undefined'],
		["={{ 'A video of ' + null }}", 'null'],
		['={{ String($json.missing) }}', 'undefined'],
		["=A day in {{ DateTime.fromISO('x') }}", 'Invalid DateTime'],
	])('%s', async (prompt, word) => {
		const outcome = await run({ parameters: video('textToVideo', { prompt }) });
		expect(outcome.json).toMatchObject([{ status: 'completed' }]);
		expect(hintsOf(outcome)).toContain(`Prompt ends with "${word}": ${SAYS}.`);
	});

	test('before an extension', async () => {
		const imageUrl = '=https://a.com/{{ String($json.missing) }}.png';
		const outcome = await run({ parameters: video('imageToVideo', { imageUrl }) });
		expect(hintsOf(outcome)).toContain(`First Frame URL ends with "undefined": ${SAYS}.`);
	});

	test.each([
		['=https://a.com/{{ String($json.missing) }}/1.png', 'contains "undefined"'],
		['=https://a.com/1.png?id={{ String($json.missing) }}&v=1', 'contains "undefined"'],
		['=https://a.com/{{ $json.missing }}', 'has nothing behind a host'],
	])('within a URL: %s', async (imageUrl, words) => {
		const outcome = await run({ parameters: video('imageToVideo', { imageUrl }) });
		expect(hintsOf(outcome)).toContain(`First Frame URL ${words}: ${SAYS}.`);
	});

	test.each(['A void that is undefined', '={{ "undefined shapes in fog" }}', '={{ "nonnull" }}'])(
		'not: %s',
		async (prompt) => {
			const outcome = await run({ parameters: video('textToVideo', { prompt }) });
			expect(hintsOf(outcome).join(' ')).not.toContain(SAYS);
		},
	);
});
