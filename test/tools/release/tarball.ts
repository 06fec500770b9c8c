/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

import { unpack } from '../../support/pack';

/** A file of a package: its size in bytes, and a sum that tells whether it is the same. */
export interface FileOf {
	size: number;
	sum: string;
}

export type Files = Map<string, FileOf>;

/** What is in a tarball, by the paths that users get. */
export async function filesIn(tarball: string): Promise<Files> {
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-tarball-'));
	try {
		await unpack(tarball, folder);
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const files: Files = new Map();
		for (const entry of entries.filter((one) => one.isFile())) {
			const path = join(entry.parentPath, entry.name);
			const content = await readFile(path);
			const sum = createHash('sha256').update(content).digest('hex');
			files.set(relative(folder, path).split(sep).join('/'), { size: content.length, sum });
		}
		return files;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** What differs from one package to the next, file by file, as lines of text; nothing for what is the same. */
export function compare(before: Files, after: Files): string[] {
	const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
	return paths.flatMap((path) => {
		const [was, is] = [before.get(path), after.get(path)];
		if (!was) return [`+ ${path} (${is?.size} bytes)`];
		if (!is) return [`- ${path}`];
		return was.sum === is.sum ? [] : [`~ ${path} (${was.size} → ${is.size} bytes)`];
	});
}
