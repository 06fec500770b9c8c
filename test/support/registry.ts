/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { once as onceEvent } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { cacheDir, install, once } from './installOnce';
import { freePort } from './n8n';
import { packTo } from './pack';

const run = promisify(execFile);

const VERDACCIO = '6.5.2';
const START_LIMIT_MS = 60_000;

/** Local npm registry that has only the packages published to it. */
export interface Registry {
	url: string;
	/** Publishes the built package, by default as its own version. */
	publish(version?: string): Promise<void>;
	/** Settings for an n8n whose npm uses this registry, whichever registry n8n names, and reaches nothing else. */
	env: Record<string, string>;
	close(): Promise<void>;
}

/**
 * Installs verdaccio once, beside the n8n hosts: it needs npm's `overrides`, which a package to be verified by n8n may not
 * contain.
 */
async function ensureVerdaccio(): Promise<string> {
	const dir = join(cacheDir(), `verdaccio-${VERDACCIO}`);
	await once(dir, async () => {
		// one of its plugins requires a dist-tag that some mirrors lack
		const manifest = { overrides: { 'verdaccio-audit': { 'node-fetch': '2.7.0' } } };
		await install(dir, manifest, [`verdaccio@${VERDACCIO}`, '--ignore-scripts'], () => {});
	});
	return join(dir, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
}

/**
 * Puts an npm command first in the path that passes everything on to the real one with another `--registry`, because n8n
 * uses another registry only with a licence.
 */
async function redirectNpm(folder: string, url: string): Promise<void> {
	const { stdout } = await run('which', ['npm']);
	const script = `#!/bin/sh
for argument do
	shift
	case "$argument" in --registry=*) ;; *) set -- "$@" "$argument" ;; esac
done
exec '${stdout.trim()}' "$@" '--registry=${url}'
`;
	await writeFile(join(folder, 'npm'), script, { mode: 0o755 });
}

/** Starts a registry on this machine. */
export async function startRegistry(): Promise<Registry> {
	const bin = await ensureVerdaccio();
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-registry-'));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const config = {
		storage: join(folder, 'storage'),
		packages: { '**': { access: '$anonymous', publish: '$anonymous' } },
		log: { type: 'stdout', format: 'json', level: 'warn' },
		web: { enable: false },
	};
	const configFile = join(folder, 'config.yaml'); // JSON is YAML
	await writeFile(configFile, JSON.stringify(config));
	const running = run(process.execPath, [
		'--require',
		join(__dirname, 'endWithParent.cjs'),
		bin,
		'--config',
		configFile,
		'--listen',
		`127.0.0.1:${port}`,
	]);
	let words = '';
	running.catch((error) => (words = String(error)));
	const { child } = running;
	const close = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			const ended = onceEvent(child, 'exit');
			child.kill();
			await ended;
		}
		await rm(folder, { recursive: true, force: true });
	};
	const isUp = async () =>
		await fetch(`${url}/-/ping`).then(
			(response) => response.ok,
			() => false,
		);
	for (const until = Date.now() + START_LIMIT_MS; !(await isUp()); await sleep(100)) {
		if (child.exitCode === null && Date.now() < until) continue;
		await close();
		throw new Error(`The registry did not start. ${words}`);
	}
	await redirectNpm(folder, url);
	return {
		url,
		async publish(version) {
			const content = await mkdtemp(join(folder, 'package-'));
			const { tarball } = await packTo(content);
			await run('tar', ['-xzf', tarball, '-C', content]);
			const unpacked = join(content, 'package');
			const manifestFile = join(unpacked, 'package.json');
			const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
			if (version !== undefined)
				await writeFile(manifestFile, JSON.stringify({ ...manifest, version }));
			// npm doesn't publish without a token, even if the registry needs none
			const token = `--${url.slice('http:'.length)}/:_authToken=anybody`;
			await run('npm', ['publish', `--registry=${url}`, token, '--ignore-scripts'], {
				cwd: unpacked,
			});
		},
		env: {
			PATH: `${folder}${delimiter}`,
			// loopback only
			HTTPS_PROXY: url,
			HTTP_PROXY: url,
			NO_PROXY: '127.0.0.1,localhost',
			npm_config_update_notifier: 'false',
			npm_config_registry: url,
		},
		close,
	};
}
