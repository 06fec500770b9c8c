/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { INodeProperties } from 'n8n-workflow';

import { HappyHorseApi } from '../../credentials/HappyHorseApi.credentials';
import packageJson from '../../package.json';
import { RESOURCES } from '../../nodes/HappyHorse/actions';
import { FIELDS } from '../../nodes/HappyHorse/form/fields';
import { rulesBroken } from '../../nodes/HappyHorse/form/promptRules';
import { generateOptions } from '../../nodes/HappyHorse/form/options';
import { deliver, simplify } from '../../nodes/HappyHorse/execution/deliver';
import {
	CREDITS_PER_SECOND,
	creditsToUsd,
	estimateCredits,
	USD_PER_CREDIT,
} from '../../nodes/HappyHorse/contract/cost';
import { LIMITS, RESOLUTIONS } from '../../nodes/HappyHorse/contract/limits';
import type { Mode } from '../../nodes/HappyHorse/contract/modes';
import { MODELS, MODES } from '../../nodes/HappyHorse/contract/modes';
import { parseVideoRequest } from '../../nodes/HappyHorse/contract/requests';
import { taskSchema } from '../../nodes/HappyHorse/contract/responses';
import { ANSWERS } from '../../nodes/HappyHorse/callbacks/incoming';
import type { Connection } from '../../nodes/HappyHorse/service/connection';
import { toErrorJson } from '../../nodes/HappyHorse/errors/errors';
import { properties as trigger } from '../../nodes/HappyHorse/form/trigger';
import type { Results } from '../load/report';
import { VERSIONS } from '../support/n8nHost';
import type { WorkflowJson } from '../support/restClient';

const ROOT = join(__dirname, '..', '..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const README = read('README.md');

/** What the README leads to, each page with its purpose in its first lines. */
const PAGES = [
	'README.md',
	...['modes', 'prompts', 'files', 'waiting', 'trigger', 'ai-agents'].map(
		(name) => `docs/${name}.md`,
	),
	...['costs', 'troubleshooting', 'n8n-versions'].map((name) => `docs/${name}.md`),
];

const ENGLISH = PAGES.map(read).join('\n');

/** The files that a page leads to, in their order. */
const filesOf = (file: string) =>
	[...read(file).matchAll(/(?:\]\(|src="|srcset=")([\w./-]+)(?:#[^)]*)?(?:\)|")/g)].map(
		([, path]) => join(dirname(file), path),
	);

/** The rows of the table under a heading, cell by cell, by the text of its first cell. */
function tableAfter(heading: string, firstCell: string): string[][] {
	const section = ENGLISH.slice(ENGLISH.indexOf(`\n${heading}\n`));
	const lines = section.split('\n');
	const start = lines.findIndex((line) => line.startsWith('|') && line.includes(firstCell));
	const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
	return lines.slice(start + 2, end).map((line) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim()),
	);
}

const blocks = (language: string) =>
	[...ENGLISH.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, found, text]) =>
		found === language ? [text] : [],
	);

const isMode = (name: unknown): name is Mode => MODES.some((mode) => mode === name);

const labelsOf = ({ options = [] }: INodeProperties) =>
	options.flatMap((option) => ('displayName' in option ? [option.displayName] : []));

test('the README fits on a few screens', () => {
	expect(README.split('\n').length).toBeLessThanOrEqual(141);
});

test('it leads to every page', () => {
	const led = filesOf('README.md');
	const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
	for (const file of pages) {
		const isLedTo = file === 'zh-CN.md' || led.includes(join('docs', file));
		expect([file, isLedTo]).toEqual([file, true]);
	}
});

describe.each([...PAGES, 'docs/zh-CN.md', 'docs/review/README.md'])('%s', (file) => {
	test('leads to files that exist', () => {
		for (const path of filesOf(file))
			expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
	});

	test('leads to headings that are there', () => {
		for (const [, path, anchor] of read(file).matchAll(/\]\(([\w./-]*)#([^)]+)\)/g)) {
			const page = path === '' ? read(file) : read(join(dirname(file), path));
			const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
				heading.toLowerCase().replace(/ /g, '-').replace(/['’]/g, ''),
			);
			expect([anchor, anchors.includes(anchor)]).toEqual([anchor, true]);
		}
	});
});

test('what n8n looks at is in English only', () => {
	for (const file of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md', 'AGENTS.md'])
		expect([file, /\p{Script=Han}/u.test(read(file))]).toEqual([file, false]);
});

describe('what contributors are told', () => {
	const [contributing, agents, review] = [
		...['CONTRIBUTING.md', 'AGENTS.md', 'docs/review/README.md'],
	].map(read);
	const NODES = join('nodes', 'HappyHorse');
	const sources = readdirSync(join(ROOT, NODES), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file): [string, string] => [file, read(join(NODES, file))]);

	test('is short', () => {
		expect(Buffer.byteLength(contributing)).toBeLessThanOrEqual(9_000);
		expect(Buffer.byteLength(agents)).toBeLessThanOrEqual(3_500);
	});

	test('names folders and files that are there, all folders of the nodes among them', () => {
		for (const [, path] of `${contributing}${agents}${review}`.matchAll(
			/`([\w./-]+\/[\w./-]*|\w+\.md)`/g,
		)) {
			const isThere = [ROOT, join(ROOT, NODES)].some((folder) => existsSync(join(folder, path)));
			expect([path, isThere]).toEqual([path, true]);
		}
		const told = [...contributing.matchAll(/^\| `(\w+)\/` /gm)].map(([, name]) => name);
		const folders = readdirSync(join(ROOT, NODES), { withFileTypes: true })
			.filter((entry) => entry.isDirectory() && entry.name !== '__schema__')
			.map(({ name }) => name);
		expect(told.sort()).toEqual(folders.sort());
	});

	test('quotes an operation from the code', () => {
		const [, code] = /```ts\n([\s\S]*?)```/.exec(contributing) ?? [];
		expect(code).toBe(read(join(NODES, 'actions', 'getBalance.operation.ts')));
	});

	test('has every command', () => {
		const told = [...agents.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name]) => name);
		expect([...new Set(told)].sort()).toEqual(Object.keys(packageJson.scripts).sort());
	});

	test('holds: no dependency at run time, no "any", no rule switched off, no long file', () => {
		expect(Object.keys(packageJson)).not.toContain('dependencies');
		for (const [file, text] of sources) {
			expect([file, /eslint-disable|\bas any\b|: any\b|<any>/.test(text)]).toEqual([file, false]);
			expect([file, text.split('\n').length <= 300]).toEqual([file, true]);
		}
	});

	test('holds: a person approves a release, and no action can change behind its tag', () => {
		const folder = join('.github', 'workflows');
		for (const file of readdirSync(join(ROOT, folder)))
			for (const [, used] of read(join(folder, file)).matchAll(/uses: (\S+)/g))
				expect([file, used]).toEqual([file, expect.stringMatching(/@[\da-f]{40}$/)]);
		expect(read(join(folder, 'publish.yml'))).toMatch(/environment: npm\n/);
	});
});

type Node = WorkflowJson['nodes'][number];

/** Room of a node or note on the canvas, in pixels; an agent is wide. */
function boxOf({ position: [left, top], type, parameters }: Node) {
	const width = Number(parameters.width ?? (/\.(agent|mcpTrigger)$/.test(type) ? 256 : 96));
	return { left, top, right: left + width, bottom: top + Number(parameters.height ?? 96) };
}

const overlapping = (one: Node, all: Node[]): string[] =>
	all
		.filter((other) => {
			const [a, b] = [boxOf(one), boxOf(other)];
			return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
		})
		.flatMap((other) => (other === one ? [] : other.name));

/** Pixels that n8n needs for a note's text, of a font with 7 for a character, and 20 for a line. */
function textHeight({ parameters: { content, width } }: Node): number {
	const lines = String(content)
		.split('\n')
		.filter((line) => line !== '')
		.map((line) =>
			line.startsWith('#') ? 1.5 : Math.ceil((line.length * 7) / (Number(width) - 56)),
		);
	return lines.reduce((sum, count) => sum + count * 20, 40);
}

const isNote = ({ type }: Node) => type === 'n8n-nodes-base.stickyNote';

describe('what is said is so:', () => {
	const video = RESOURCES.find(({ option }) => option.value === 'video');
	const modes = video?.operations.filter(({ option }) => isMode(option.value)) ?? [];

	test('every example is in the table of examples', () => {
		const named = tableAfter('## Examples', 'Workflow').map(([cell]) => /\[(.*)\]/.exec(cell)?.[1]);
		expect([...named].sort()).toEqual(readdirSync(join(ROOT, 'examples')).sort());
	});

	test.each(readdirSync(join(ROOT, 'examples')))('%s follows n8n’s rules for templates', (file) => {
		const text = read(join('examples', file));
		const { name, nodes, ...rest }: WorkflowJson = JSON.parse(text);
		expect(name).toMatch(/^HappyHorse: /);
		const [overview, ...sections] = nodes.filter(isNote);
		const others = nodes.filter((node) => !isNote(node));
		const wordsOf = ({ parameters }: Node) => String(parameters.content).split(/\s+/).length;
		expect(overview.parameters.color).toBeUndefined();
		expect(String(overview.parameters.content)).toMatch(
			/^## .+\n\*\*First\*\* .+\n\n### How it works\n[\s\S]+\n\n### Setup\n/,
		);
		expect(wordsOf(overview)).toBeGreaterThanOrEqual(100);
		expect(wordsOf(overview)).toBeLessThanOrEqual(300);
		for (const section of sections) {
			expect(section.parameters).toMatchObject({
				color: 7,
				content: expect.stringMatching(/^### /),
			});
			expect(wordsOf(section)).toBeLessThan(50);
		}
		// each node stands in one section, below its text, and over no other node
		const texts = new Map([overview, ...sections].map((note) => [note, textHeight(note)]));
		for (const node of others) {
			const { left, right, top, bottom } = boxOf(node);
			const around = sections.filter((section) => {
				const box = boxOf(section);
				const below = box.top + (texts.get(section) ?? 0);
				return box.left < left && right < box.right && below < top && bottom < box.bottom;
			});
			expect([node.name, around.length]).toEqual([node.name, 1]);
		}
		for (const [note, height] of texts) {
			expect([note.name, Number(note.parameters.height) >= height]).toEqual([note.name, true]);
			expect(overlapping(note, [overview, ...sections])).toEqual([]);
		}
		for (const node of others) expect(overlapping(node, others)).toEqual([]);
		// renamed to their purpose, but for what an AI agent is made of
		const defaults =
			/^(HappyHorse( Trigger)?|When clicking.*|Code\d*|If\d*|Form\d*|Webhook|HTTP Request\d*)$/;
		expect(others.filter((node) => defaults.test(node.name))).toEqual([]);
		// code only where nobody has to change it
		const hasCode = others.some(({ type }) => type === 'n8n-nodes-base.code');
		expect(hasCode).toBe(
			['approve-before-posting.json', 'nightly-report.json', 'script-to-film.json'].includes(file),
		);
		// nothing of whoever made it
		expect(Object.keys(rest).sort()).toEqual(['connections', 'settings']);
		for (const node of nodes) expect(node).not.toHaveProperty('credentials');
		expect(text).not.toMatch(
			/sk-\w|Bearer (?!Auth)\w|instanceId|[\w.]+@(?!example\.)[\w-]+\.\w|"(id|webhookId)": "(?!a1f5c1de-)[\w-]{10,}"/,
		);
	});

	test('the modes, their limits and prices', () => {
		const rows = tableAfter('## Modes', 'Operation');
		expect(rows.map(([name]) => name).sort()).toEqual(
			modes.map(({ option }) => option.name).sort(),
		);
		const { duration, referenceImages, inputVideoDuration, editImages, editedVideoDuration } =
			LIMITS;
		const of = Object.fromEntries(rows.map(([name, ...cells]) => [name, cells]));
		const prices = Object.values(CREDITS_PER_SECOND).join(', ');
		for (const [name, [, , length, price]] of Object.entries(of)) {
			expect(price).toContain(prices);
			if (name !== 'Edit Video') expect(length).toBe(`${duration.min} to ${duration.max} seconds`);
		}
		expect(of['Reference to Video'][0]).toBe(
			`${referenceImages.min} to ${referenceImages.max} images`,
		);
		expect(of['Edit Video'][0]).toBe(
			`one clip of ${inputVideoDuration.min} to ${inputVideoDuration.max} seconds, up to ${editImages.max} images`,
		);
		expect(of['Edit Video'][2]).toContain(`at most ${editedVideoDuration.max} seconds`);
	});

	test('the limits in prose', () => {
		expect(ENGLISH).toContain(
			`a prompt has at most ${LIMITS.prompt.max.toLocaleString('en')} characters`,
		);
		expect(ENGLISH).toContain(`JPEG, PNG or WEBP of at most ${LIMITS.image.megabytes} MB`);
		expect(ENGLISH).toContain(`MP4 or MOV of at most ${LIMITS.video.megabytes} MB`);
		expect(ENGLISH).toContain(`works for ${LIMITS.videoUrlLifetime} hours`);
		expect(ENGLISH).toContain(`One credit is ${USD_PER_CREDIT} USD`);
	});

	test('what media have to be like', () => {
		const { image, firstFrame, referenceImage, editImage, inputVideoDuration } = LIMITS;
		const { megabytes, maxLongSide, minShortSide, frameRateAbove } = LIMITS.video;
		const ratio = `1:${LIMITS.mediaAspectRatio.max} to ${LIMITS.mediaAspectRatio.max}:1`;
		const images = `at most ${image.megabytes} MB`;
		expect(tableAfter('## Images and clips', 'First frame').slice(1)).toEqual([
			['Size', images, images, images, `at most ${megabytes} MB`],
			[
				'Pixels',
				`both sides ≥ ${firstFrame.minSide}`,
				`short side ≥ ${referenceImage.minShortSide}`,
				`both sides ≥ ${editImage.minSide}`,
				`long side ≤ ${maxLongSide}, short side ≥ ${minShortSide}`,
			],
			['Aspect ratio', ratio, '–', ratio, ratio],
			[
				'Length, rate',
				'–',
				'–',
				'–',
				`${inputVideoDuration.min} to ${inputVideoDuration.max} seconds, more than ${frameRateAbove} frames per second`,
			],
		]);
	});

	test('the options and their defaults', () => {
		const rows = tableAfter('## Options', 'Option ');
		expect(rows.map(([label]) => label)).toEqual(labelsOf(generateOptions));
		const defaults = Object.fromEntries(rows.map(([label, value]) => [label, value]));
		expect(defaults).toMatchObject({
			'Max Concurrency': String(LIMITS.maxConcurrency.default),
			'Polling Interval (Seconds)': String(LIMITS.pollingInterval.default),
			'Timeout (Minutes)': String(LIMITS.timeout.default),
		});
		expect(ENGLISH).toContain(`${LIMITS.seed.min} to ${LIMITS.seed.max}.`);
	});

	test('the other operations', () => {
		const others = RESOURCES.flatMap(({ option: { name }, operations }) =>
			operations
				.filter(({ option }) => !isMode(option.value))
				.map(({ option }) => `${name}: ${option.name}`),
		);
		const told = tableAfter('## Other operations', 'Resource').map(
			([resource, operation]) => `${resource}: ${operation}`,
		);
		expect(told.sort()).toEqual(others.sort());
	});

	test('the credential', () => {
		const rows = tableAfter('## Credential', 'Field');
		const { properties } = new HappyHorseApi();
		expect(rows.map(([label]) => label)).toEqual(properties.map(({ displayName }) => displayName));
		const baseUrl = properties.find(({ name }) => name === 'baseUrl');
		expect(rows[1][1]).toContain(`\`${String(baseUrl?.default)}\``);
	});

	test('the ways of waiting', () => {
		const [head] = tableAfter('## Ways to wait', 'Meanwhile the execution');
		expect(head).toHaveLength(5);
		const { waitMethod, waitForCompletion } = FIELDS;
		const { options = [] } = waitMethod;
		const names = options.map(({ name }) => name);
		const byDefault = options.find(
			(option) => 'value' in option && option.value === waitMethod.default,
		)?.name;
		for (const name of names)
			expect(ENGLISH).toContain(
				`${waitMethod.displayName}: ${name}${name === byDefault ? ' (default)' : ''} `,
			);
		expect(ENGLISH).toContain(`${waitForCompletion.displayName} off`);
	});

	test('the trigger’s fields and what they are by default', () => {
		const told = tableAfter('## Set it up', 'Field');
		const fields = trigger.filter(({ type }) => type !== 'notice' && type !== 'collection');
		const options = trigger.find(({ type }) => type === 'collection');
		expect(told.map(([label]) => label)).toEqual([
			...fields.map(({ displayName }) => displayName),
			...labelsOf(options ?? { ...trigger[0] }),
		]);
		const words = new Map<unknown, string>([
			['true', 'on'],
			['false', 'off'],
			['api', 'ask'],
			['', 'all'],
			['task.completed,task.failed', 'both'],
			['data', '`data`'],
		]);
		const all = [...fields, ...(options?.options ?? [])];
		expect(told.map(([, byDefault]) => byDefault)).toEqual(
			all.map((field) =>
				'default' in field && field.default !== '' ? words.get(String(field.default)) : '–',
			),
		);
	});

	test('what the trigger answers', () => {
		const told = tableAfter('## Set it up', 'What arrives');
		const statuses = told.map(([, answer]) => answer.slice(0, 3));
		expect([...new Set(statuses)].sort()).toEqual(Object.keys(ANSWERS).sort());
		const starting = told.filter(([, , starts]) => starts === 'yes');
		expect(starting.map(([, answer]) => answer)).toEqual(['200']);
		expect(ENGLISH).toContain(
			`The last ${LIMITS.startedTasks.max.toLocaleString('en')} tasks of ${LIMITS.startedTasks.days} days`,
		);
	});

	test('the output', () => {
		const [output] = blocks('json')
			.map((text): Record<string, unknown> => JSON.parse(text))
			.filter(({ taskId }) => taskId !== undefined);
		const toSeconds = (date: unknown) => Date.parse(String(date)) / 1_000;
		const { taskId, videoUrl, prompt, duration, aspectRatio, completedAt } = output;
		const task = taskSchema.parse({
			id: taskId,
			status: 'completed',
			model: MODELS.textToVideo,
			completed_at: toSeconds(completedAt),
			output: {
				urls: [videoUrl],
				metadata: { usage: { video_duration: duration, video_ratio: aspectRatio } },
			},
		});
		const creditsEstimated = estimateCredits({
			mode: 'textToVideo',
			resolution: '720p',
			duration: Number(duration),
		});
		const own = { prompt: String(prompt), cost: { estimated: creditsEstimated } };
		expect(output).toEqual(simplify(task, own));
	});

	test('the item of a video that could not be made', async () => {
		const [{ error = {} }] = blocks('json')
			.map((text): { error?: Record<string, unknown> } => JSON.parse(text))
			.filter((json) => json.error !== undefined);
		const { taskId, code } = error;
		const [, message] = String(error.message).split('video: ');
		const value = taskSchema.parse({ id: taskId, status: 'failed', error: { code, message } });
		const settings = { simplify: true, downloadVideo: false, binaryPropertyName: 'data' };
		const connect = async () => ({}) as Connection;
		const made = deliver(connect, { value, raw: {} }, { settings });
		const trouble = await made.then(() => ({}), toErrorJson);
		const [told] = String(error.description).split(' …');
		expect({ ...error, description: told }).toEqual({
			...trouble,
			description: expect.stringContaining(told),
		});
	});

	test('how long it takes', () => {
		const { min, max } = LIMITS.usualWait;
		const examples = readdirSync(join(ROOT, 'examples')).map((file) => join('examples', file));
		for (const file of ['README.md', ...examples, 'docs/waiting.md', 'docs/ai-agents.md']) {
			const told = [...read(file).matchAll(/(?:about|takes?|Wait) (\d[^.,:;]*) minutes/g)];
			for (const [, minutes] of told) expect([file, minutes]).toEqual([file, `${min} to ${max}`]);
		}
		for (const page of [README, read('docs/waiting.md')])
			expect(page).toContain(`${min} to ${max} minutes`);
	});

	test('what was measured', () => {
		const { measures }: Results = JSON.parse(read('test/load/results/items.json'));
		const faster = measures.find(({ measure }) => measure.startsWith('10 items: times faster'));
		expect(README).toContain(`took ${faster?.measured} times as long`);
	});

	test('the costs', () => {
		const rows = tableAfter('## What you pay', 'Resolution');
		expect(rows).toEqual(
			RESOLUTIONS.map((resolution) => {
				const credits = estimateCredits({ mode: 'textToVideo', resolution, duration: 5 }) ?? 0;
				const usd = creditsToUsd(credits).toFixed(2);
				return [
					resolution,
					String(CREDITS_PER_SECOND[resolution]),
					`${credits} credits, ${usd} USD`,
				];
			}),
		);
		const edit = estimateCredits({ mode: 'editVideo', resolution: '720p', inputVideoDuration: 10 });
		expect(ENGLISH).toContain(`(10 + 10) × ${CREDITS_PER_SECOND['720p']} = ${edit} credits`);
	});

	test('the parameters in JSON are in order', () => {
		const all = blocks('json')
			.map((text): Record<string, unknown> => JSON.parse(text))
			.filter(({ operation }) => operation !== undefined);
		expect(all).toHaveLength(modes.length + 6);
		for (const { resource, operation, ...parameters } of all) {
			expect(resource).toBe('video');
			const mode = modes.find(({ option }) => option.value === operation);
			const names = mode?.fields.map(({ name }) => name);
			for (const name of Object.keys(parameters)) expect(names).toContain(name);
			if (!isMode(operation)) throw new Error(`${String(operation)} is no mode`);
			const parsed = parseVideoRequest(operation, parameters, { publicOnly: true });
			if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
			const { prompt, duration, image_urls: images = [] } = parsed.value.body.input;
			const count = (images as string[]).length;
			const isRecipe = read('docs/prompts.md').includes(JSON.stringify(prompt));
			const broken = rulesBroken(String(prompt), operation, Number(duration), count, LIMITS.speech);
			if (isRecipe) expect([prompt, broken]).toEqual([prompt, []]);
		}
	});

	test('every message of the table stands in the code', () => {
		const sources = readdirSync(join(ROOT, 'nodes'), { recursive: true, encoding: 'utf8' })
			.filter((file) => file.endsWith('.ts'))
			.map((file) => read(join('nodes', file)))
			.join('\n')
			.replace(/\$\{[^}]*\}/g, '…');
		for (const [message] of tableAfter('## When something goes wrong', 'Message')) {
			const fixed = message
				.replace(/^(First Frame:|Prompt) | \[Item \d\]$/g, '')
				.replace(/\d+( × \d+)?/g, '…')
				.split(/…|; /)
				.map((part) => part.trim())
				.filter((part) => part.length > 3);
			for (const part of fixed) expect([message, sources.includes(part)]).toEqual([message, true]);
		}
	});

	test('every command is there', () => {
		for (const text of blocks('bash'))
			for (const [, script = 'start'] of text.matchAll(/npm (?:run )?([\w:]+)/g))
				expect(Object.keys(packageJson.scripts)).toContain(script);
	});

	test('the versions of n8n that it is tested with', () => {
		const section = read('docs/n8n-versions.md');
		for (const version of VERSIONS) expect(section).toContain(version);
		const workflow = read('.github/workflows/ci.yml');
		for (const version of VERSIONS) expect(workflow).toContain(version);
	});

	test('the number of faults', () => {
		const rows = read('docs/evidence/faults.md')
			.split('\n')
			.filter((line) => line.startsWith('| '));
		// without the table's head
		expect(ENGLISH).toContain(`has ${rows.length - 2} faults`);
		expect(README).toContain(`[${rows.length - 2} faults]`);
	});
});
