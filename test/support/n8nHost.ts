/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { delimiter, join } from 'node:path';

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

/** What each n8n's own package.json needs besides n8n itself. */
const MANIFESTS: Record<string, object> = {
	'2.40.7': {},
	// its xlsx comes from a host of its own, which is not always to be reached
	'1.123.81': { overrides: { xlsx: '0.18.5' } },
};

/** The versions of n8n that the package is tested with. */
export const VERSIONS = Object.keys(MANIFESTS);

/** The n8n to run; HAPPYHORSE_N8N names another than the default. */
export const N8N_VERSION = process.env.HAPPYHORSE_N8N ?? '2.40.7';
const NODE_MAJOR = 24;

/**
 * Installs an n8n and its Node.js once, and finds them again afterwards.
 *
 * @throws Error if the version is not known or an installation does not succeed
 */
export async function ensureHost(version: string, progress: Progress = () => {}): Promise<Host> {
	const manifest = MANIFESTS[version];
	if (!manifest) throw new Error(`n8n ${version} is not one of ${VERSIONS.join(', ')}`);
	const nodeDir = join(cacheDir(), `node-${NODE_MAJOR}`);
	const n8nDir = join(cacheDir(), `n8n-${version}`);
	const nodePackage = join(nodeDir, 'node_modules', 'node');
	const host = {
		version,
		node: join(nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'),
		bin: join(n8nDir, 'node_modules', 'n8n', 'bin', 'n8n'),
	};
	await once(nodeDir, async () => {
		progress(`Installing Node.js ${NODE_MAJOR}, which n8n ${version} needs …`);
		await install(nodeDir, {}, [`node@${NODE_MAJOR}`, '--ignore-scripts=false'], progress);
	});
	await once(n8nDir, async () => {
		progress(`Installing n8n ${version}: about 5 minutes and 3 GB, the first time only …`);
		await install(n8nDir, manifest, [`n8n@${version}`, '--ignore-scripts'], progress);
		progress('Building the database driver …');
		const headers = join(nodePackage, 'node_modules', `node-${process.platform}-${process.arch}`);
		await npm(n8nDir, ['rebuild', 'sqlite3', '--ignore-scripts=false'], progress, {
			PATH: `${join(nodePackage, 'bin')}${delimiter}${process.env.PATH}`,
			npm_config_nodedir: headers,
		});
	});
	return host;
}
