/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

import type { Progress } from './installOnce';
import { cacheDir, install, npm, once } from './installOnce';

/** An installed n8n, and the Node.js that it runs under. */
export interface Host {
	version: string;
	/** Path of the Node.js binary. */
	node: string;
	/** Path of n8n's command. */
	bin: string;
}

/** The versions of n8n that all tests run with. */
export const VERSIONS = ['2.40.7', '1.123.81'];

/** The n8n to run; HAPPYHORSE_N8N names another than the default. */
export const N8N_VERSION = process.env.HAPPYHORSE_N8N ?? VERSIONS[0];

/** What n8n's own package.json needs besides n8n itself: some versions want an xlsx from a host that is not always to be reached. */
const MANIFEST = { overrides: { xlsx: '0.18.5' } };

/** The newest Node.js that a version of n8n allows, of those that are in long-term support. */
const nodeMajorFor = (version: string): number => {
	const [major, minor] = version.split('.').map(Number);
	return major === 1 && minor < 98 ? 22 : 24;
};

/** Installs a Node.js once. */
async function ensureNode(
	major: number,
	progress: Progress,
): Promise<{ bin: string; headers: string }> {
	const dir = join(cacheDir(), `node-${major}`);
	await once(dir, async () => {
		progress(`Installing Node.js ${major} …`);
		await install(dir, {}, [`node@${major}`, '--ignore-scripts=false'], progress);
	});
	const home = join(dir, 'node_modules', 'node');
	return {
		bin: join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
		headers: join(home, 'node_modules', `node-${process.platform}-${process.arch}`),
	};
}

/**
 * The n8n in a folder that somebody has made otherwise: n8n's own, or one that has it among its `node_modules`.
 * It runs under the Node.js of this program where that is new enough, since its parts may be built for that.
 *
 * @throws Error if there is none
 */
async function givenHost(folder: string, progress: Progress): Promise<Host> {
	const home = [join(folder, 'node_modules', 'n8n'), folder]
		.map((path) => resolve(path))
		.find((path) => existsSync(join(path, 'bin', 'n8n')));
	if (home === undefined) throw new Error(`There is no n8n in ${folder} (HAPPYHORSE_N8N_DIR)`);
	const { version, engines }: { version: string; engines?: { node?: string } } = JSON.parse(
		await readFile(join(home, 'package.json'), 'utf8'),
	);
	const least = Number(/\d+/.exec(engines?.node ?? '')?.[0] ?? 0);
	const isNewEnough = Number(process.versions.node.split('.')[0]) >= least;
	const node = isNewEnough
		? process.execPath
		: (await ensureNode(nodeMajorFor(version), progress)).bin;
	return { version, node, bin: join(home, 'bin', 'n8n') };
}

/**
 * Installs an n8n and its Node.js once, and finds them again afterwards. HAPPYHORSE_N8N_DIR names a folder that has
 * an n8n already; it stands for whatever version is asked for.
 *
 * @throws Error if an installation does not succeed
 */
export async function ensureHost(version: string, progress: Progress = () => {}): Promise<Host> {
	const { HAPPYHORSE_N8N_DIR: given } = process.env;
	if (given) return await givenHost(given, progress);
	if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`"${version}" is no version of n8n`);
	const node = await ensureNode(nodeMajorFor(version), progress);
	const dir = join(cacheDir(), `n8n-${version}`);
	await once(dir, async () => {
		progress(`Installing n8n ${version}: about 5 minutes and 3 GB, the first time only …`);
		await install(dir, MANIFEST, [`n8n@${version}`, '--ignore-scripts'], progress);
		progress('Building the database driver …');
		await npm(dir, ['rebuild', 'sqlite3', '--ignore-scripts=false'], progress, {
			PATH: `${join(node.bin, '..')}${delimiter}${process.env.PATH}`,
			npm_config_nodedir: node.headers,
		});
	});
	return { version, node: node.bin, bin: join(dir, 'node_modules', 'n8n', 'bin', 'n8n') };
}
