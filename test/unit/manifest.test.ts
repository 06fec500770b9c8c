import type {
	INodeParameters,
	INodeProperties,
	INodePropertyOptions,
	NodeParameterValueType,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { HappyHorseApi } from '../../credentials/HappyHorseApi.credentials';
import { RESOURCES } from '../../nodes/HappyHorse/actions';
import { FIELDS } from '../../nodes/HappyHorse/form/fields';
import { CREDITS_PER_SECOND, creditsToUsd } from '../../nodes/HappyHorse/contract/cost';
import type { Resolution } from '../../nodes/HappyHorse/contract/limits';
import { LIMITS, RESOLUTIONS } from '../../nodes/HappyHorse/contract/limits';
import { formatNumber } from '../../nodes/HappyHorse/validation/parse';
import { MODES } from '../../nodes/HappyHorse/contract/modes';
import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { HappyHorseTrigger } from '../../nodes/HappyHorse/HappyHorseTrigger.node';
import { formHints } from '../support/formHints';
import { VERSION } from '../support/workflows';

const { description } = new HappyHorse();
const { properties } = description;
const asTool = { ...description, name: `${description.name}Tool` };

type Entry = Pick<INodeProperties, 'name' | 'displayName' | 'description' | 'placeholder'>;

/** Every field of both nodes and the credential, with those inside a collection. */
const allFields = [
	...properties,
	...new HappyHorseTrigger().description.properties.filter(({ type }) => type !== 'notice'),
	...new HappyHorseApi().properties,
].flatMap((field): INodeProperties[] => [
	field,
	...(field.type === 'collection' ? ((field.options ?? []) as INodeProperties[]) : []),
]);

/** The names of the fields that the form shows. */
function shownFor(parameters: Record<string, unknown>, of = description): string[] {
	const node = {
		id: '1',
		name: 'HappyHorse',
		type: 'happyHorse',
		typeVersion: 1,
		position: [0, 0] as [number, number],
		parameters: parameters as never,
	};
	const values = NodeHelpers.getNodeParameters(properties, node.parameters, true, false, node, of);
	return properties
		.filter((field) => NodeHelpers.displayParameter(values ?? {}, field, node, of))
		.map(({ name }) => name)
		.filter((name) => name !== 'resource' && name !== 'operation');
}

const GENERATING = ['downloadVideo', 'waitForCompletion', 'waitMethod', 'simplify', 'options'];

test.each([
	['HappyHorse', description],
	['HappyHorse Trigger', new HappyHorseTrigger().description],
])(
	'%s: workflows of its first version go on, and what is added now is of the newest',
	(_name, of) => {
		expect(of.version).toEqual([1, VERSION]);
		expect(of.defaultVersion).toBe(VERSION);
	},
);

describe('a field shows only where it applies', () => {
	test('the cut is offered for a file to edit only', () => {
		const [trimTo] = properties
			.flatMap(({ options = [] }) => options as INodeProperties[])
			.filter(
				({ name, displayOptions }) => name === 'trimTo' && displayOptions?.show?.['/operation'],
			);
		expect(trimTo.displayOptions?.show).toEqual({
			'/operation': ['editVideo'],
			'/videoSource': ['binary'],
		});
	});

	test('Task: Get can wait by polling and parked, since the callback is another node’s', () => {
		const methods = properties
			.filter(
				({ name, displayOptions }) =>
					name === 'waitMethod' && displayOptions?.show?.operation?.includes('get'),
			)
			.flatMap(({ options = [] }) => (options as INodePropertyOptions[]).map(({ value }) => value));
		expect(methods).toEqual(['parked', 'polling']);
	});

	test.each([
		[
			'video',
			'textToVideo',
			{},
			['prompt', 'aspectRatio', 'resolution', 'duration', ...GENERATING],
		],
		[
			'video',
			'imageToVideo',
			{},
			['prompt', 'imageSource', 'imageUrl', 'resolution', 'duration', ...GENERATING],
		],
		[
			'video',
			'referenceToVideo',
			{},
			[
				'prompt',
				'imageSource',
				'imageUrls',
				'aspectRatio',
				'resolution',
				'duration',
				...GENERATING,
			],
		],
		[
			'video',
			'editVideo',
			{},
			[
				'prompt',
				'videoSource',
				'videoUrl',
				'audioSetting',
				'resolution',
				'imageSource',
				'imageUrls',
				...GENERATING,
			],
		],
		[
			'video',
			'textToVideo',
			{ waitForCompletion: false },
			[
				'prompt',
				'aspectRatio',
				'resolution',
				'duration',
				'waitForCompletion',
				'callbackUrl',
				'simplify',
				'options',
			],
		],
		[
			'video',
			'editVideo',
			{ videoSource: 'binary', imageSource: 'binary' },
			[
				'prompt',
				'videoSource',
				'videoBinaryProperty',
				'audioSetting',
				'resolution',
				'imageSource',
				'imageBinaryProperty',
				...GENERATING,
			],
		],
		['video', 'download', {}, ['taskId', 'binaryPropertyName', 'simplify', 'options']],
		['task', 'get', {}, ['taskId', 'waitForCompletion', 'simplify', 'options']],
		['credit', 'getBalance', {}, ['options']],
		['credit', 'estimateCost', {}, ['videoMode', 'resolution', 'duration']],
		[
			'credit',
			'estimateCost',
			{ videoMode: 'editVideo' },
			['videoMode', 'resolution', 'videoSource', 'inputVideoDuration'],
		],
		[
			'credit',
			'estimateCost',
			{ mode: 'editVideo' },
			['mode', 'resolution', 'videoSource', 'inputVideoDuration'],
		],
		[
			'credit',
			'estimateCost',
			{ videoMode: 'editVideo', videoSource: 'binary' },
			['videoMode', 'resolution', 'videoSource', 'videoBinaryProperty', 'options'],
		],
		[
			'credit',
			'estimateCost',
			{ videoMode: 'textToVideo', videoSource: 'url' },
			['videoMode', 'resolution', 'duration'],
		],
	])('%s: %s with %j', (resource, operation, more, fields) => {
		expect(shownFor({ resource, operation, ...more })).toEqual(fields);
	});

	test('a video comes as a file, but for an AI agent, which can’t use one and always polls', () => {
		const { default: byDefault } = FIELDS.downloadVideo;
		expect(byDefault).toBe(true);
		for (const operation of MODES) {
			const inForm = shownFor({ resource: 'video', operation });
			const inTool = shownFor({ resource: 'video', operation }, asTool);
			expect(inForm.filter((name) => !inTool.includes(name))).toEqual([
				'downloadVideo',
				'waitMethod',
			]);
		}
	});

	test('the first thing one sees is text to video', () => {
		expect(shownFor({})).toContain('prompt');
		expect(RESOURCES[0].default.option.value).toBe('textToVideo');
	});

	test('each mode has a prompt with an example of its own, under one name, so that it stays when the mode changes', () => {
		const prompts = MODES.map((mode) =>
			properties.filter(
				({ name, displayOptions }) =>
					name === 'prompt' && displayOptions?.show?.operation?.includes(mode),
			),
		);
		for (const one of prompts)
			expect(one).toEqual([expect.objectContaining({ required: true, displayName: 'Prompt' })]);
		const examples = prompts.map(([{ placeholder }]) => placeholder);
		expect(new Set(examples).size).toBe(MODES.length);
		expect(examples).toContainEqual(expect.stringMatching('e.g. Make it snow'));
		expect(properties.filter(({ name }) => name === 'prompt')).toHaveLength(MODES.length);
	});

	test('what an edit may go without says so', () => {
		const images = properties.filter(
			({ name, displayOptions }) =>
				['imageUrls', 'imageBinaryProperty'].includes(name) &&
				displayOptions?.show?.operation?.includes('editVideo'),
		);
		expect(images).toHaveLength(2);
		for (const { hint, required } of images)
			expect([hint, required ?? false]).toEqual([expect.stringMatching(/^Optional/), false]);
	});
});

describe('words in the editor', () => {
	const operations = RESOURCES.flatMap((resource) => resource.operations);

	test('the actions stand in the order in which people come for them', () => {
		expect(operations.map(({ option }) => option.action)).toEqual([
			'Generate video from text',
			'Generate video from image',
			'Generate video from reference images',
			'Edit video',
			'Download video',
			'Join videos',
			'Replace sound of video',
			'Trim video',
			'Get task',
			'Get credit balance',
			'Estimate credit cost',
		]);
		// n8n lists options that have an action among the node's actions
		for (const { options = [] } of Object.values<INodeProperties>(FIELDS))
			for (const option of options) expect(option).not.toHaveProperty('action');
	});

	test('each operation says what it does', () => {
		for (const { option } of operations) {
			// n8n's guidelines: no articles
			expect(option.action).toMatch(/^[A-Z][a-z](?!.* (an?|the) )/);
			expect(option.description.length).toBeGreaterThan(20);
		}
	});

	test('options of collections are sorted by label', () => {
		for (const field of properties.filter(({ type }) => type === 'collection')) {
			const labels = (field.options ?? []).map((option) => (option as Entry).displayName);
			expect(labels).toEqual([...labels].sort());
		}
	});

	test.each(allFields.map((field): [string, Entry] => [field.name, field]))(
		'%s has a label in title case, a description and an example',
		(name, { displayName, description: text, placeholder }) => {
			for (const word of displayName.replace(/[()]/g, '').split(' '))
				expect(word).toMatch(/^([A-Z\d]|for$|to$|in$|of$|on$|per$|the$)/);
			if (!['resource', 'operation', 'options'].includes(name)) expect(text).toBeTruthy();
			if (placeholder && name !== 'options') expect(placeholder).toMatch(/^e\.g\. /);
		},
	);

	test.each(
		allFields
			.filter(({ type }) => type === 'number')
			.map((field): [string, INodeProperties] => [field.displayName, field]),
	)(
		'%s says what it counts, and how much it may be',
		(_label, { description: words, typeOptions }) => {
			expect(words).toMatch(/second|minute|hour|credit|request|seed/i);
			if (typeOptions?.maxValue !== undefined)
				expect(words).toContain(String(typeOptions.maxValue));
		},
	);

	test('the trigger’s description, with which n8n lists both nodes, speaks of both', () => {
		const { description: words } = new HappyHorseTrigger().description;
		expect(words).toMatch(/make and edit videos .* start a workflow when/);
	});

	test('a description names another field in quotes', () => {
		const labels = allFields.map(({ displayName }) => displayName);
		// labels of one word are words of the language too
		const names = [...new Set(labels)].filter((label) => label.includes(' '));
		for (const { description: text = '' } of allFields)
			for (const name of names.filter((label) => text.includes(label)))
				expect([text, name]).toEqual([expect.stringContaining(`‘${name}’`), name]);
	});

	test('what is typed freely has an example', () => {
		const typed = allFields.filter(({ type }) => type === 'string');
		for (const { name, placeholder } of typed)
			expect([name, placeholder]).toEqual([name, expect.stringMatching(/^e\.g\. /)]);
	});

	test('one sentence has no final period, several have', () => {
		const texts = [
			...allFields.map(({ description: text }) => text),
			...allFields.flatMap(({ options = [] }) =>
				options.map((option) => (option as INodePropertyOptions).description),
			),
			...operations.map(({ option }) => option.description),
		].flatMap((text) => (text ? [text] : []));
		for (const text of texts) {
			const sentences = text.split(/[.?!](?=\s+[A-Z[])/).length;
			expect([text, text.endsWith('.')]).toEqual([text, sentences > 1]);
		}
	});
});

describe('the price before the click', () => {
	const { min, max } = LIMITS.duration;
	const lengths = Array.from({ length: max - min + 1 }, (_, index) => min + index);
	const cases = RESOLUTIONS.flatMap((resolution) =>
		lengths.map((duration): [string, number] => [resolution, duration]),
	);

	test.each(cases)(
		'%s, %i seconds: one price, the same that a run estimates',
		(resolution, duration) => {
			const credits = CREDITS_PER_SECOND[resolution as Resolution] * duration;
			for (const operation of MODES.filter((mode) => mode !== 'editVideo'))
				expect(formHints({ operation, resolution, duration })).toEqual([
					`${duration} seconds at ${resolution}: ${credits} credits (${creditsToUsd(credits).toFixed(2)} USD) for each video of this length`,
				]);
		},
	);

	test.each([...RESOLUTIONS])('an edit at %s: by the clip’s length', (resolution) => {
		expect(formHints({ operation: 'editVideo', resolution, duration: 5 })).toEqual([
			expect.stringContaining(
				`at ${resolution} costs ${20 * CREDITS_PER_SECOND[resolution]} credits`,
			),
		]);
	});

	test.each([
		['720p', 15, 825],
		['1080p', 15, 1455],
		['720p', 40, 1512.5],
		['720p', 14.5, 825],
	])('an edit at %s of the first %s seconds: at most %s credits', (resolution, trimTo, credits) => {
		const options = { trimTo };
		const edit = { operation: 'editVideo', resolution, options };
		expect(formHints({ ...edit, videoSource: 'binary' })).toEqual([
			`The first ${Math.ceil(trimTo)} seconds of a clip at ${resolution}: at most ${formatNumber(credits)} credits (${creditsToUsd(credits).toFixed(2)} USD) for each edit`,
		]);
		expect(formHints({ ...edit, videoSource: 'url' })).toEqual([
			expect.stringContaining('plus those of the result'),
		]);
	});

	test('a length that comes as text has a price too, one that is not known yet has none', () => {
		const at = (duration: string) =>
			formHints({ operation: 'textToVideo', resolution: '720p', duration });
		expect(at('7')).toEqual([expect.stringContaining('192.5 credits')]);
		expect(at('={{ undefined }}')).toEqual([]);
	});

	test.each([2, 16, 4.5, '', 'long', '20'])(
		'a length that can’t be, %j: what it has to be',
		(duration) => {
			for (const resolution of RESOLUTIONS)
				expect(formHints({ operation: 'imageToVideo', resolution, duration })).toEqual([
					'Duration must be a whole number of seconds from 3 to 15',
				]);
		},
	);

	test('a model whose price is not known has none', () => {
		const of = (model: NodeParameterValueType) =>
			['textToVideo', 'editVideo'].flatMap((operation) =>
				formHints({
					operation,
					resolution: '720p',
					duration: 5,
					options: { model } as INodeParameters,
				}),
			);
		const locator = (value: string) => ({ __rl: true as const, mode: 'list', value });
		for (const model of ['', '1.0', 'happyhorse-1.0-video-edit', locator(''), locator('1.0')])
			expect(of(model)).toHaveLength(2);
		for (const model of ['1.1', 'happyhorse-1.1-text-to-video', locator('1.1')])
			expect(of(model)).toEqual([]);
	});

	test('what costs nothing has no price', () => {
		for (const operation of ['download', 'get', 'getBalance', 'estimateCost'])
			expect(formHints({ operation, resolution: '720p', duration: 5 })).toEqual([]);
	});
});

describe('an AI agent is told of its tool', () => {
	const described = RESOURCES.flatMap(({ option: resource, operations }) =>
		operations.map(({ option }): [string, string] => [resource.value, option.value]),
	);
	const wordsOf = (resource: string, operation: string) => {
		const node = { typeVersion: VERSION };
		const fields = properties.filter(
			(field) =>
				field.name === 'toolDescription' &&
				NodeHelpers.displayParameter({ resource, operation }, field, node, asTool),
		);
		expect(fields).toHaveLength(1);
		return String(fields[0].default);
	};

	test.each(described)('%s, %s: when to use it', (resource, operation) => {
		expect(wordsOf(resource, operation).length).toBeGreaterThan(40);
		expect(shownFor({ resource, operation })).not.toContain('toolDescription');
		expect(shownFor({ resource, operation }, asTool)).toContain('toolDescription');
	});

	test.each(MODES)('%s: its limits, its price and how to write a prompt', (mode) => {
		const words = wordsOf('video', mode);
		expect(words).toMatch(/ (camera|moves|each image is|what stays)/);
		if (mode !== 'editVideo') expect(words).toContain('2 words or 3 Chinese characters');
		expect(words).toContain(`at most ${LIMITS.prompt.max} characters`);
		for (const price of Object.values(CREDITS_PER_SECOND))
			expect(words).toContain(`${price} credits (${creditsToUsd(price)} USD)`);
		expect(words).toContain(`works for ${LIMITS.videoUrlLifetime} hours`);
	});
});

describe('n8n’s AI Assistant is told', () => {
	const hints = new Map(
		properties.map(({ name, builderHint }) => [name, builderHint?.propertyHint]),
	);
	const { searchHint = '', relatedNodes = [] } = description.builderHint ?? {};
	const trigger = new HappyHorseTrigger().description;

	test('that the node waits by itself, what it costs, and which trigger belongs to it', () => {
		expect(searchHint).toMatch(/Waits by itself.*no Wait node, no loop/);
		for (const price of Object.values(CREDITS_PER_SECOND))
			expect(searchHint).toContain(`${price} credits`);
		expect(relatedNodes.map(({ nodeType }) => nodeType)).toEqual([
			`n8n-nodes-happyhorse.${trigger.name}`,
		]);
		expect(trigger.builderHint?.relatedNodes?.map(({ nodeType }) => nodeType)).toEqual([
			`n8n-nodes-happyhorse.${description.name}`,
		]);
	});

	test.each([
		'taskId',
		'prompt',
		'imageUrls',
		'duration',
		'waitForCompletion',
		'waitMethod',
		'downloadVideo',
		'callbackUrl',
	])('how to fill in %s', (name) => expect(hints.get(name)).toEqual(expect.any(String)));

	test('of fields and options that there are', () => {
		const words = [searchHint, trigger.builderHint?.searchHint, ...hints.values()].join(' ');
		const names = properties.map(({ name }) => name);
		for (const [word] of words.matchAll(/\b[a-z]+[A-Z]\w+/g))
			expect([...names, 'taskId', 'videoUrl']).toContain(word);
	});
});
