/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureHost } from '../support/n8nHost';

const folder = mkdtempSync(join(tmpdir(), 'happyhorse-host-'));
const given = process.env.HAPPYHORSE_N8N_DIR;
beforeAll(() => {
	for (const home of ['image', join('install', 'node_modules', 'n8n')]) {
		mkdirSync(join(folder, home, 'bin'), { recursive: true });
		writeFileSync(join(folder, home, 'bin', 'n8n'), '');
		const manifest = { version: '3.1.0', engines: { node: '>=18' } };
		writeFileSync(join(folder, home, 'package.json'), JSON.stringify(manifest));
	}
});
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
	if (given === undefined) delete process.env.HAPPYHORSE_N8N_DIR;
	else process.env.HAPPYHORSE_N8N_DIR = given;
});

test.each([
	['n8n’s own folder', 'image', 'image'],
	['one that n8n is installed in', 'install', join('install', 'node_modules', 'n8n')],
])('HAPPYHORSE_N8N_DIR may be %s', async (_name, dir, home) => {
	process.env.HAPPYHORSE_N8N_DIR = join(folder, dir);
	expect(await ensureHost('2.40.7')).toEqual({
		version: '3.1.0',
		node: process.execPath,
		bin: join(folder, home, 'bin', 'n8n'),
	});
});

test('a folder without n8n is told', async () => {
	process.env.HAPPYHORSE_N8N_DIR = folder;
	await expect(ensureHost('2.40.7')).rejects.toThrow(`There is no n8n in ${folder}`);
});

test('nothing is installed for what is no version', async () => {
	delete process.env.HAPPYHORSE_N8N_DIR;
	await expect(ensureHost('latest; rm -rf')).rejects.toThrow('is no version of n8n');
});
