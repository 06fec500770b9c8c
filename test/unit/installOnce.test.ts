/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { takeLock } from '../support/installOnce';

const folder = mkdtempSync(join(tmpdir(), 'happyhorse-lock-'));
const lock = join(folder, 'lock');
beforeEach(() => rmSync(lock, { force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The id of a process that is over. */
async function someEnded(): Promise<number> {
	const { child } = promisify(execFile)(process.execPath, ['-e', '']);
	await new Promise((resolve) => child.once('close', resolve));
	return child.pid ?? 0;
}

test('a lock is taken once', async () => {
	expect(await takeLock(lock)).toBe(true);
	expect(await takeLock(lock)).toBe(false);
	expect(readFileSync(lock, 'utf8')).toBe(String(process.pid));
});

test('one whose owner is gone, or never wrote its name, is taken over', async () => {
	for (const left of [String(await someEnded()), '']) {
		writeFileSync(lock, left);
		expect(await takeLock(lock)).toBe(true);
		expect(await takeLock(lock)).toBe(false);
	}
	expect(readdirSync(folder)).toEqual(['lock']);
});

test('a folder that can’t be written to is no lock that somebody holds', async () => {
	await expect(takeLock(join(folder, 'missing', 'lock'))).rejects.toThrow('ENOENT');
});
