/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import packageJson from '../../package.json';
import { errorOf, installN8n, itemsOf, useN8n } from '../support/e2e';
import { N8N_VERSION } from '../support/n8nHost';
import { Editor, logIn, startBrowser } from '../support/editor';
import { PACKAGE } from '../support/pack';
import { video } from '../support/parameters';
import type { Registry } from '../support/registry';
import { startRegistry } from '../support/registry';
import { AFTER } from '../support/workflows';

const PREVIOUS = '0.0.1';
const CURRENT = packageJson.version;
const NODES = [`${PACKAGE}.happyHorse`, `${PACKAGE}.happyHorseTrigger`];
/** n8n calls npm several times, and the registry may have to be installed. */
const LIMIT_MS = 5 * 60_000;

/** What the Community Nodes page shows of a package. */
interface Shown {
	packageName: string;
	installedVersion: string;
	installedNodes: Array<{ name: string; type: string }>;
	updateAvailable?: string;
	failedLoading?: boolean;
}

/** What to ask for. The last 1.x finds out which version is the latest only from npm's own registry. */
const wanted = (version: string): { name: string; version?: string } => ({
	name: PACKAGE,
	...(N8N_VERSION.startsWith('1.') && { version }),
});

let registry: Registry;

/** Tasks end when a test says so. */
const host = useN8n({ taskMs: 3_600_000, timeScale: 0.01, leastAnswerMs: 3_000 }, async () => {
	registry = await startRegistry();
	return { env: registry.env, withPackage: false };
});
afterAll(async () => await registry?.close());

const community = async <T>(method: string, body?: object, query = '') =>
	await host.n8n.rest.request<T>(method, `/community-packages${query}`, body);

const offered = async () => {
	const names = (await host.n8n.rest.nodeTypes()).map(({ name }) => name);
	return NODES.filter((name) => names.includes(name));
};

// the tests below are the steps of one package's life, in their order
test(
	'the Community Nodes page installs the package by its name',
	async () => {
		expect(await offered()).toEqual([]);
		await registry.publish(PREVIOUS);
		const browser = await startBrowser();
		try {
			const editor = new Editor(await (await logIn(browser, host.n8n)).newPage());
			const { page, at } = editor;
			await page.goto('/settings/community-nodes');
			await page.getByRole('button', { name: 'Install a community node' }).click();
			const { name, version } = wanted(PREVIOUS);
			await page
				.locator('input[name=packageNameInput]')
				.fill(version ? `${name}@${version}` : name);
			await at('user-agreement-checkbox').click();
			await editor.picture('review/install', page.locator('body'));
			await at('install-community-package-button').click();
			await at('community-package-card').getByText(PACKAGE).waitFor();
		} finally {
			await browser.close();
		}
		const [shown] = await community<Shown[]>('GET');
		expect(shown.installedVersion).toBe(PREVIOUS);
		expect(shown.installedNodes.map(({ type }) => type).sort()).toEqual(NODES);
		expect(await offered()).toEqual(NODES);
	},
	LIMIT_MS,
);

test(
	'an update takes over what the previous version has under way: a parked run, a polled run and a trigger',
	async () => {
		await host.saveCredential();
		const parked = await host.start(video('textToVideo', { waitMethod: 'callback' }));
		await host.n8n.rest.parked(parked);
		const polled = await host.start(video('textToVideo'));
		await host.sandbox.waitFor(() => host.tasks.length === 2);
		const listening = await host.listenForCallbacks();
		const [first, second] = host.tasks;

		await registry.publish();
		const [before] = await community<Shown[]>('GET');
		expect(before).toMatchObject({ installedVersion: PREVIOUS, updateAvailable: CURRENT });
		const updated = await community<Shown>('PATCH', wanted(CURRENT));
		expect(updated.installedVersion).toBe(CURRENT);
		expect(await offered()).toEqual(NODES);

		expect(await host.finish(first)).toEqual([200]);
		host.sandbox.finish(second.id);
		for (const [id, task] of [
			[parked, first],
			[polled, second],
		] as const) {
			const execution = await host.n8n.rest.finished(id);
			expect(errorOf(execution)).toBeUndefined();
			expect(itemsOf(execution, AFTER)[0].json).toMatchObject({
				taskId: task.id,
				status: 'completed',
			});
		}
		expect(host.sandbox.ledger).toHaveLength(2);

		await host.start(
			video('textToVideo', { waitForCompletion: false, callbackUrl: listening.url }),
		);
		await host.sandbox.waitFor(() => host.tasks.length === 3);
		expect(await host.finish(host.tasks[2])).toEqual([200]);
		while ((await host.n8n.rest.executionsOf(listening.workflowId)).length === 0) await sleep(50);
	},
	LIMIT_MS,
);

test(
	'after a restart the package is still there, and makes a video',
	async () => {
		await host.n8n.restart();
		const [shown] = await community<Shown[]>('GET');
		expect(shown.installedVersion).toBe(CURRENT);
		expect(shown.failedLoading ?? false).toBe(false);
		const executionId = await host.start(video('textToVideo'));
		await host.sandbox.waitFor(() => host.tasks.length === 1);
		host.sandbox.finish(host.tasks[0].id);
		expect((await host.n8n.rest.finished(executionId)).status).toBe('success');
	},
	LIMIT_MS,
);

test(
	'uninstalling leaves nothing in the node list, and every workflow as it was',
	async () => {
		const { workflowId } = await host.listenForCallbacks();
		const before = await host.n8n.rest.request<{ nodes: object[] }>(
			'GET',
			`/workflows/${workflowId}`,
		);
		await community('DELETE', undefined, `?name=${PACKAGE}`);
		expect(await offered()).toEqual([]);
		expect(await community<Shown[]>('GET')).toEqual([]);
		const after = await host.n8n.rest.request<{ nodes: object[] }>(
			'GET',
			`/workflows/${workflowId}`,
		);
		expect(after.nodes).toEqual(before.nodes);
		await host.n8n.restart();
		expect(await offered()).toEqual([]);
	},
	LIMIT_MS,
);

test(
	'`npm i` in n8n’s folder, as for workers and images, brings one package and runs there',
	async () => {
		const userFolder = await mkdtemp(join(tmpdir(), 'happyhorse-by-hand-'));
		const nodes = join(userFolder, '.n8n', 'nodes');
		await mkdir(nodes, { recursive: true });
		await promisify(execFile)('npm', ['install', PACKAGE], {
			cwd: nodes,
			shell: process.platform === 'win32',
			env: { ...process.env, ...registry.env, PATH: registry.env.PATH + process.env.PATH },
		});
		const installed = await readdir(join(nodes, 'node_modules'));
		expect(installed.filter((name) => !name.startsWith('.'))).toEqual([PACKAGE]);
		const byHand = await installN8n({ taskMs: 1 }, { userFolder, withPackage: false });
		try {
			await byHand.saveCredential();
			const made = await byHand.run(video('textToVideo'));
			expect(itemsOf(made, AFTER)[0].json).toMatchObject({ status: 'completed' });
			// n8n’s own kind of error is known, though the package has no copy of it
			const failed = await byHand.run(video('textToVideo', { prompt: 'A {{ $json.thing }}' }));
			expect(errorOf(failed)?.message).toMatch(/^Prompt /);
		} finally {
			await byHand.close();
			await rm(userFolder, { recursive: true, force: true });
		}
	},
	LIMIT_MS,
);
