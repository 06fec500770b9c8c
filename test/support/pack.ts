/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(__dirname, '..', '..');
export const PACKAGE = 'n8n-nodes-happyhorse';

/** Report of `npm pack`. */
export interface Packed {
	tarball: string;
	version: string;
	/** Size of the tarball in bytes. */
	size: number;
	/** The files in it. */
	files: string[];
}

/**
 * Packs the built package as npm would publish it, or copies what `packOnce` has packed.
 *
 * @throws Error if it has not been built
 */
export async function packTo(folder: string): Promise<Packed> {
	const { HAPPYHORSE_PACKED: given } = process.env;
	if (given !== undefined) {
		const packed: Packed = JSON.parse(given);
		const tarball = join(folder, basename(packed.tarball));
		await copyFile(packed.tarball, tarball);
		return { ...packed, tarball };
	}
	if (!existsSync(join(ROOT, 'dist', 'nodes'))) throw new Error('Run `npm run build` first');
	const { stdout } = await promisify(execFile)(
		'npm',
		['pack', '--json', '--loglevel=error', '--pack-destination', folder],
		{ cwd: ROOT, shell: process.platform === 'win32' },
	);
	const [{ filename, version, size, files }]: Array<{
		filename: string;
		version: string;
		size: number;
		files: Array<{ path: string }>;
	}> = JSON.parse(stdout);
	return {
		tarball: join(folder, filename),
		version,
		size,
		files: files.map(({ path }) => path),
	};
}

/** Unpacks a tarball into a folder. */
export async function unpack(tarball: string, folder: string): Promise<void> {
	await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}
