/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { creditsToUsd, worstCaseCredits } from '../../nodes/HappyHorse/contract/cost';
import type { Sandbox } from '../sandbox';
import { startSandbox } from '../sandbox';
import { heedWords } from '../sandbox/words';
import type { N8n } from './n8n';
import { freePort, startN8n } from './n8n';
import { FIRST_EXAMPLE, importExamples } from './importExamples';
import { cacheDir, takeLock } from './installOnce';
import { ensureHost, N8N_VERSION } from './n8nHost';
import { ROOT } from './pack';
import type { Execution, Login } from './restClient';

const EDITOR_PORT = 5678;
const TASK_SECONDS = 8;
const SERVICE_URL = 'https://api.aivideoapi.ai';
const TRIGGER = 'Start';
/** Seconds to press Ctrl-C before money is spent. */
const SECOND_THOUGHTS_SECONDS = 10;
const REAL_VIDEO_LIMIT_MS = 20 * 60_000;

const say = (line = '') => process.stdout.write(`${line}\n`);

const home = join(cacheDir(), 'demo');
const lock = join(home, 'start.lock');
let sandbox: Sandbox | undefined;
let n8n: N8n | undefined;
/** Unix milliseconds when the shutdown began. */
let endingSince: number | undefined;
/** Tasks that were reported. */
const told = new Set<string>();

async function end(code: number): Promise<void> {
	// one Ctrl-C may arrive twice, from the terminal and from npm; a second key press takes longer
	if (endingSince !== undefined && Date.now() < endingSince + 1_000) return;
	if (endingSince !== undefined) process.exit(1);
	endingSince = Date.now();
	say('Ending …');
	await n8n?.stop();
	tellTasks();
	await sandbox?.close();
	await rm(lock, { force: true });
	process.exit(code);
}

/** Creates the owner's login once, in a file that only this user can read. */
async function login(): Promise<Login> {
	const file = join(home, 'login.json');
	const saved = await readFile(file, 'utf8').catch(() => undefined);
	if (saved !== undefined) return JSON.parse(saved);
	const made = {
		email: 'demo@example.com',
		password: `Aa1${randomBytes(9).toString('base64url')}`,
	};
	await writeFile(file, JSON.stringify(made), { mode: 0o600 });
	return made;
}

async function portOrAnother(port: number): Promise<number> {
	const isFree = await new Promise<boolean>((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
	return isFree ? port : await freePort();
}

/** Runs the first example and reports its progress. */
async function runExample(rest: N8n['rest'], workflowId: string): Promise<Execution> {
	const executionId = await rest.run(workflowId, TRIGGER);
	const startedAt = Date.now();
	let isDone = false;
	const ticker = async () => {
		while (!isDone) {
			await sleep(5_000);
			if (!isDone && endingSince === undefined)
				say(`  … the video is being made: ${Math.round((Date.now() - startedAt) / 1_000)} s`);
		}
	};
	void ticker();
	return await rest.finished(executionId, REAL_VIDEO_LIMIT_MS).finally(() => (isDone = true));
}

async function saveVideo(rest: N8n['rest'], execution: Execution): Promise<[string, string]> {
	const [run] = execution.data.resultData.runData['Make Video'] ?? [];
	const item = run?.data?.main[0]?.[0];
	const file = item?.binary?.data;
	if (!item || !file?.id) {
		const { error } = execution.data.resultData;
		throw new Error(error ? `${error.message} ${error.description ?? ''}` : 'There is no video.');
	}
	const response = await rest.binary(file.id, 'download');
	const path = join(home, 'videos', file.fileName ?? 'video.mp4');
	await mkdir(join(home, 'videos'), { recursive: true });
	await writeFile(path, Buffer.from(await response.arrayBuffer()));
	return [path, String(item.json.videoUrl)];
}

/** Reports each task in n8n's log. */
function tellTasks(): void {
	const price = sandbox ? 'the sandbox charges nothing' : 'paid for, and made even if you stop';
	for (const [, id] of n8n?.logs().matchAll(/HappyHorse task (\S+)(?: \(.*\))? was created/g) ??
		[]) {
		if (!told.has(id)) say(`  A video was started, task ${id} (${price})`);
		told.add(id);
	}
}

async function thinkTwice(): Promise<void> {
	const credits = worstCaseCredits({ mode: 'textToVideo', resolution: '720p', duration: 5 });
	say(
		`HAPPYHORSE_API_KEY is set, so the REAL service is used. The first example costs ${credits} credits (${creditsToUsd(credits)} USD).`,
	);
	say(`Press Ctrl-C within ${SECOND_THOUGHTS_SECONDS} seconds if you do not want that.`);
	await sleep(SECOND_THOUGHTS_SECONDS * 1_000);
}

async function main(): Promise<void> {
	const realKey = process.env.HAPPYHORSE_API_KEY;
	await mkdir(home, { recursive: true });
	if (!(await takeLock(lock))) {
		say(
			'`npm start` is running already. End that one with Ctrl-C first: both would use the same n8n.',
		);
		say(`If there is none, delete ${lock}`);
		process.exit(1);
	}
	say('Building the package …');
	await promisify(execFile)('npx', ['n8n-node', 'build'], {
		cwd: ROOT,
		shell: process.platform === 'win32',
	});
	say(`Looking for n8n ${N8N_VERSION} in ${cacheDir()} …`);
	const host = await ensureHost(N8N_VERSION, say);
	if (realKey === undefined) {
		sandbox = await startSandbox({ taskMs: TASK_SECONDS * 1_000 });
		heedWords(sandbox, TASK_SECONDS * 1_000);
	}
	say('Starting n8n (about 15 seconds) …');
	const owner = await login();
	n8n = await startN8n({
		host,
		userFolder: join(home, 'n8n'),
		port: await portOrAnother(EDITOR_PORT),
		login: owner,
	});
	const { rest, url } = n8n;
	const name = sandbox ? 'HappyHorse Sandbox' : 'HappyHorse';
	const data = { apiKey: sandbox?.apiKey ?? realKey, baseUrl: sandbox?.url ?? SERVICE_URL };
	const { id } = await rest.saveCredential(name, 'happyHorseApi', data);
	const examples = await importExamples(rest, { id, name }, join(home, 'imported.json'));
	say(`Imported ${examples.size} examples.`);
	setInterval(tellTasks, 1_000).unref();
	if (realKey !== undefined) await thinkTwice();
	if (endingSince !== undefined) return;
	say(`Running "${FIRST_EXAMPLE}" …`);
	const execution = await runExample(rest, examples.get(FIRST_EXAMPLE) ?? '');
	if (endingSince !== undefined) return;
	const [path, videoUrl] = await saveVideo(rest, execution);
	say(`
The video is here:      ${path}
and, for a day, at:     ${videoUrl}
${sandbox ? `\nThis is a sandbox in place of HappyHorse (${sandbox.url}). Whatever you ask for, it gives the same sample clip, and nothing costs anything. The credential “${name}” is set up already, so you need no key.\n` : ''}
The editor waits at:    ${url}/workflow/${examples.get(FIRST_EXAMPLE)}
                        (the first example: log in, then press Execute workflow;
                        the house at the top left leads to the other examples)
  Email     ${owner.email}
  Password  ${owner.password}

Ctrl-C ends it all.`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0));

main().catch(async (error: unknown) => {
	if (endingSince !== undefined) return;
	process.stderr.write(
		`\nThis did not work: ${error instanceof Error ? error.message : String(error)}\nRun \`npm start\` again; if it stays, delete ${home} and try once more.\n`,
	);
	await end(1);
});
