/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { sceneVideo } from '../sandbox/sceneVideo';
import { importExamples } from '../support/importExamples';
import { cacheDir } from '../support/installOnce';
import { ensureHost, N8N_VERSION } from '../support/n8nHost';
import { ROOT } from '../support/pack';
import type { WorkflowJson } from '../support/restClient';
import { RestClient } from '../support/restClient';

const LIMIT_MS = 5 * 60_000;

let home: string;
beforeAll(async () => {
	await ensureHost(N8N_VERSION);
	// a folder of its own beside the one that a developer may be using, with the same n8n
	home = await mkdtemp(join(tmpdir(), 'happyhorse-start-'));
	for (const name of await readdir(cacheDir()))
		if (/^(n8n|node)-/.test(name)) await symlink(join(cacheDir(), name), join(home, name));
}, LIMIT_MS);
afterAll(async () => await rm(home, { recursive: true, force: true }));

test(
	'`npm start` leads to a video on the disk and an editor to log in to, and Ctrl-C ends it all',
	async () => {
		const env = { ...process.env, HAPPYHORSE_CACHE: home, HAPPYHORSE_N8N: N8N_VERSION };
		// whatever the developer has set, no real video is made here
		delete (env as NodeJS.ProcessEnv).HAPPYHORSE_API_KEY;
		delete (env as NodeJS.ProcessEnv).HAPPYHORSE_PACKED;
		const start = ['--import', 'tsx', join('test', 'support', 'start.ts')];
		const running = promisify(execFile)(process.execPath, start, { cwd: ROOT, env });
		const ended = running.catch((error) => error as { code: number });
		let said = '';
		const told = async () =>
			await new Promise<void>((resolve, reject) => {
				running.child.stdout?.on('data', (chunk) => {
					said += chunk;
					if (said.includes('Ctrl-C ends it all')) resolve();
				});
				running.child.once('exit', () => reject(new Error(said)));
			});
		await told();
		const of = (label: RegExp) => label.exec(said)?.[1] ?? '';
		const path = of(/The video is here:\s+(\S+)/);
		const url = new URL(of(/The editor waits at:\s+(\S+)/)).origin;
		const login = { email: of(/Email\s+(\S+)/), password: of(/Password\s+(\S+)/) };
		const made = sceneVideo({ ratio: '16:9', resolution: '720p', length: 5 });
		expect((await readFile(path)).equals(made)).toBe(true);
		const examples = await readdir(join(ROOT, 'examples'));
		expect(said).toContain(`Imported ${examples.length} examples`);
		const rest = new RestClient(url);
		await rest.logIn(login);
		expect(await rest.workflows()).toHaveLength(examples.length);

		// as the next start does it
		const record = join(home, 'demo', 'imported.json');
		const [edited, stays] = (await rest.workflows()).slice(0, 2);
		const credential = await rest.saveCredential('HappyHorse Sandbox 2', 'happyHorseApi', {});
		const workflowOf = async (id: string) =>
			await rest.request<WorkflowJson & { versionId: string }>('GET', `/workflows/${id}`);
		const before = await workflowOf(edited.id);
		const nodes = before.nodes.slice(1);
		await rest.request('PATCH', `/workflows/${edited.id}`, { ...before, nodes, connections: {} });
		await importExamples(rest, credential, record);
		expect(await rest.workflows()).toHaveLength(examples.length);
		// another package, whose examples are other ones
		const known = JSON.parse(await readFile(record, 'utf8'));
		for (const example of Object.values<{ content: string }>(known)) example.content = 'old';
		await writeFile(record, JSON.stringify(known));
		await importExamples(rest, credential, record);
		expect((await workflowOf(edited.id)).nodes).toHaveLength(nodes.length);
		const names = (await rest.workflows()).map(({ name }) => name);
		expect(names).toHaveLength(examples.length + 1);
		expect(names).toContain(`${edited.name} 2`);
		expect((await workflowOf(stays.id)).name).toBe(stays.name);

		// a second one would use the same n8n
		const second = await promisify(execFile)(process.execPath, start, { cwd: ROOT, env }).catch(
			(error) => error as { code: number; stdout: string },
		);
		expect(second).toMatchObject({
			code: 1,
			stdout: expect.stringContaining('is running already'),
		});

		running.child.kill('SIGINT');
		await ended;
		await expect(fetch(url)).rejects.toThrow('fetch failed');
	},
	LIMIT_MS,
);
