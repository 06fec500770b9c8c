/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

import type { Progress } from './installOnce';
import { cacheDir, install, npm, once } from './installOnce';

/** Installed n8n and its Node.js. */
export interface Host {
	version: string;
	/** Path of the Node.js binary. */
	node: string;
	/** Path of n8n's command. */
	bin: string;
}

/** Versions of n8n that all tests run with. */
export const VERSIONS = ['2.40.7', '1.123.81'];

/** Version of n8n to run; HAPPYHORSE_N8N names another. */
export const N8N_VERSION = process.env.HAPPYHORSE_N8N ?? VERSIONS[0];

const isSince = (from: number, version: string): boolean => {
	const [major, minor] = version.split('.').map(Number);
	return major > 2 || (major === 2 && minor >= from);
};

/** Tells if a version of n8n has a second engine, as all since 2.37 do. */
export const hasSecondEngine = (version = N8N_VERSION): boolean => isSince(37, version);

/** Tells if a version of n8n resumes an execution once for each time that it was parked, as all since 2.14 do. */
export const canPark = (version = N8N_VERSION): boolean => isSince(14, version);

/** Overrides for the host's package.json: some versions of n8n need an xlsx from a host that is often unreachable. */
const MANIFEST = { overrides: { xlsx: '0.18.5' } };

/** Newest LTS version of Node.js that a version of n8n allows. */
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
 * Finds an n8n that was installed by other means, in its own folder or in `node_modules`. It runs under this program's
 * Node.js if that is new enough, because its native modules may be built for it.
 *
 * @throws Error if the folder has none
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
 * Installs an n8n and its Node.js once and returns them from then on. HAPPYHORSE_N8N_DIR names a folder with an n8n that is
 * used for every version.
 *
 * @throws Error if an installation fails
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
