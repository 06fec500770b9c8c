/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { INodeTypeDescription } from 'n8n-workflow';

import { HappyHorse } from '../../nodes/HappyHorse/HappyHorse.node';
import { HappyHorseTrigger } from '../../nodes/HappyHorse/HappyHorseTrigger.node';
import { RESOURCES } from '../../nodes/HappyHorse/actions';
import packageJson from '../../package.json';
import { startBrowser } from '../support/editor';
import { ensureHost, hasSecondEngine, N8N_VERSION } from '../support/n8nHost';
import type { Packed } from '../support/pack';
import { PACKAGE, packTo, ROOT } from '../support/pack';
import type { WorkflowJson } from '../support/restClient';
import { prepareNotes, textHeight } from '../support/notes';
import { VERSION } from '../support/workflows';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'happyhorse-package-'));
const unpacked = join(folder, 'package');
const SCAN_MS = 120_000;

let packed: Packed;
beforeAll(async () => {
	packed = await packTo(folder);
	await run('tar', ['-xzf', packed.tarball, '-C', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tarball holds only what n8n needs', () => {
	const expected =
		/^(package\.json|README\.md|LICENSE\.md|dist\/package\.json|dist\/icons\/happyhorse(\.dark)?\.svg|dist\/nodes\/HappyHorse\/__schema__\/v[\d.]+(\/\w+\/\w+)?\.json|dist\/(credentials|nodes)\/[\w/]+(\.\w+)*\.(js|json))$/;
	expect(packed.files.filter((file) => !expected.test(file))).toEqual([]);
	expect(packed.size).toBeLessThan(160_000);
});

test('what n8n is told to load is there, with its icons', async () => {
	const { nodes, credentials } = packageJson.n8n;
	for (const file of [...nodes, ...credentials])
		expect(existsSync(join(unpacked, file))).toBe(true);
	const source = await readFile(join(unpacked, nodes[0]), 'utf8');
	const icons = [...source.matchAll(/file:([^'"]+\.svg)/g)].map(([, icon]) => icon);
	expect(icons).toHaveLength(2);
	for (const icon of icons) expect(existsSync(join(unpacked, nodes[0], '..', icon))).toBe(true);
});

test('what n8n’s editor offers before the first run is there for each operation and the trigger', () => {
	const schemas = packed.files.flatMap((file) => /__schema__\/(.*)\.json$/.exec(file)?.[1] ?? []);
	const folder = `v${VERSION}.0`;
	const operations = RESOURCES.flatMap(({ option: { value: resource }, operations: all }) =>
		all.map(({ option }) => `${folder}/${resource}/${option.value}`),
	);
	expect(schemas.sort()).toEqual([folder, ...operations].sort());
});

test('it is in English, but for what people may search by', async () => {
	for (const file of packed.files) {
		const text = await readFile(join(unpacked, file), 'utf8');
		expect([file, /\p{Script=Han}/u.test(text)]).toEqual([file, file.endsWith('.node.json')]);
	}
});

test('what is installed brings nothing else along', async () => {
	const shipped = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
	expect(shipped.dependencies).toBeUndefined();
	expect(shipped.optionalDependencies).toBeUndefined();
	expect(shipped.peerDependencies).toEqual({ 'n8n-workflow': '*' });
});

test(
	'n8n’s package scanner has nothing to say, of the sources or of the tarball',
	async () => {
		const scan = join(ROOT, 'test', 'tools', 'release', 'scan.mjs');
		// some of the scanner's rules behave otherwise in a test run
		const env = { ...process.env, NODE_ENV: 'production' };
		const { stdout } = await run(process.execPath, [scan, unpacked], { env, maxBuffer: Infinity });
		expect(JSON.parse(stdout)).toEqual({ sources: { passed: true }, shipped: { passed: true } });
	},
	SCAN_MS,
);

test('the release notes of this version stand in the changelog', async () => {
	const script = join(ROOT, '.github', 'release-notes.mjs');
	const { stdout } = await run(process.execPath, [script, packageJson.version]);
	expect(stdout).toContain('**HappyHorse Trigger**');
	await expect(run(process.execPath, [script, '9.9.9'])).rejects.toThrow('nothing about 9.9.9');
});

/** Part of n8n that its AI Assistant and its MCP server find and describe nodes with; the last 1.x has none. */
const sinceBuilders = hasSecondEngine() ? describe : describe.skip;

sinceBuilders('n8n’s builders', () => {
	let modules: string;
	let engine: { searchByName(phrase: string): Array<{ name: string }> };

	const ours = () =>
		[new HappyHorse(), new HappyHorseTrigger()].map(({ constructor, description }) => {
			const file = join(ROOT, 'nodes', 'HappyHorse', `${constructor.name}.node.json`);
			const codex: object = JSON.parse(readFileSync(file, 'utf8'));
			return { ...description, name: `${PACKAGE}.${description.name}`, codex };
		});

	beforeAll(async () => {
		modules = join(dirname((await ensureHost(N8N_VERSION)).bin), '..', '..');
		// in the order in which n8n loads them: its own first
		const own = ['n8n-nodes-base', '@n8n/n8n-nodes-langchain'].flatMap((name) => {
			const types = readFileSync(join(modules, name, 'dist', 'types', 'nodes.json'), 'utf8');
			const nodes: INodeTypeDescription[] = JSON.parse(types);
			return nodes.map((node) => ({ ...node, name: `${name}.${node.name}` }));
		});
		const catalog = join(modules, '@n8n/ai-utilities/dist/cjs/node-catalog/search-engine.js');
		const { NodeSearchEngine } = jest.requireActual(catalog);
		engine = new NodeSearchEngine([...own, ...ours()]);
	}, 10 * 60_000);

	// n8n scores each word by itself. "edit" finds n8n's own Edit Image and Edit Fields, whose names count for more.
	test.each(
		[
			...['make a video', 'make video', 'text to video', 'image to video', 'AI video'],
			...['generate video', 'create video', 'short video', 'video from prompt', 'video ad'],
			...['reel', 'shorts', 'youtube short', 'UGC', 'captions', 'trim', 'join videos'],
			['edit video', 3] as const,
		].map((row) => (typeof row === 'string' ? ([row, 2] as const) : row)),
	)('find the node by “%s”, at place %i or better', (phrase, place) => {
		const found = engine.searchByName(phrase).map(({ name }) => name);
		const at = found.indexOf(`${PACKAGE}.happyHorse`);
		expect([phrase, at >= 0 && at < place]).toEqual([phrase, true]);
	});

	test('see every field of every operation', () => {
		const [node] = ours();
		const sdk = join(modules, '@n8n/workflow-sdk/dist/generate-types/index.js');
		const types: string = jest.requireActual(sdk).generateSingleVersionTypeFile(node, VERSION);
		for (const { option: resource, operations } of RESOURCES)
			for (const { option, fields } of operations) {
				const [, ...after] = types.split(
					`resource: '${resource.value}';\n  operation: '${option.value}';`,
				);
				const [type] = after.join('').split('\nexport type');
				// the first name of videoMode, for workflows that have it
				for (const { name } of fields.filter((field) => field.name !== 'mode'))
					expect([option.value, type]).toEqual([
						option.value,
						expect.stringMatching(new RegExp(`\\n\\s*${name}\\??: `)),
					]);
			}
	});

	test('notes of the examples show all their text above the nodes, in n8n’s font', async () => {
		const assets = join(modules, 'n8n-editor-ui', 'dist', 'assets');
		const [font] = readdirSync(assets).filter((file) => /^InterVariable-[^I].*woff2$/.test(file));
		const browser = await startBrowser();
		try {
			const page = await browser.newPage();
			await prepareNotes(page, join(assets, font));
			for (const file of readdirSync(join(ROOT, 'examples'))) {
				const text = readFileSync(join(ROOT, 'examples', file), 'utf8');
				const { nodes }: WorkflowJson = JSON.parse(text);
				const isNote = ({ type }: WorkflowJson['nodes'][number]) => type.endsWith('.stickyNote');
				for (const { name, parameters, position } of nodes.filter(isNote)) {
					const [[left, top], width, height] = [
						position,
						Number(parameters.width),
						Number(parameters.height),
					];
					const inside = nodes.filter((node) => {
						const [x, y] = [node.position[0] - left, node.position[1] - top];
						return !isNote(node) && x > 0 && x < width && y > 0 && y < height;
					});
					const room = Math.min(height, ...inside.map((node) => node.position[1] - top));
					const needed = await textHeight(page, String(parameters.content), width);
					expect([file, name, needed <= room]).toEqual([file, name, true]);
				}
			}
		} finally {
			await browser.close();
		}
	});
});
