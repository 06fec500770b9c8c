/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packTo } from './pack';

/** Packs the built package for all test files of a run, since `npm start`, which one of them runs, builds it anew. */
export default async function packOnce(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'happyhorse-packed-'));
	process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
	process.env.HAPPYHORSE_PACKED = JSON.stringify(await packTo(folder));
}
