/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Refusal } from '../../../nodes/HappyHorse/film/source';
import { runProgram, say, using } from '../../support/program';
import { judgeJoin, judgeNewSound } from './films';
import { run } from './make';
import type { Player } from './players';
import { serveFilms, startChromium, startFirefox } from './players';
import type { FilmResult, RefusalResult, Results } from './report';
import { JOIN_ROWS, REFUSAL_ROWS, SOUND_ROWS, TRIM_ROWS } from './rows';
import type { RefusalRow } from './rows';
import { judgeTrims } from './trims';
import type { Trimmed } from './trims';
import type { Weight } from './weight';
import { weigh } from './weight';

const RESULTS = join(__dirname, 'results.json');

/** `npm run generate -- films`: all rows; with names, only these, and nothing is kept of them. */
async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		options: { folder: { type: 'string' }, 'no-players': { type: 'boolean' } },
		allowPositionals: true,
	});
	const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'film-'));
	mkdirSync(folder, { recursive: true });
	const isWanted = ({ name }: { name: string }) =>
		positionals.length === 0 || positionals.includes(name);
	try {
		const results = await using(serveFilms(folder), async ({ url }) => {
			const players = values['no-players'] ? [] : await startPlayers(url);
			try {
				return {
					versions: await versions(players),
					joins: await all(JOIN_ROWS.filter(isWanted), async (row) =>
						told(await judgeJoin(row, folder, players)),
					),
					sounds: await all(SOUND_ROWS.filter(isWanted), async (row) =>
						told(await judgeNewSound(row, folder, players)),
					),
					trims: await all(TRIM_ROWS.filter(isWanted), async (row) =>
						toldTrims(await judgeTrims(row, folder, players)),
					),
					refusals: await all(
						positionals.length > 0 ? [] : REFUSAL_ROWS,
						async (row) => await judgeRefusal(row, folder),
					),
					weights: positionals.length > 0 ? [] : (await weigh(folder)).map(toldWeight),
				} satisfies Results;
			} finally {
				for (const player of players) await player.close();
			}
		});
		const judged = [...results.joins, ...results.sounds, ...results.trims, ...results.weights];
		const isMet = judged.every((result) => result.isMet);
		if (!isMet) process.exitCode = 1;
		// what is not met is shown as well
		if (positionals.length === 0 && !values['no-players'])
			writeFileSync(RESULTS, `${JSON.stringify(results, null, '\t')}\n`);
	} finally {
		if (!values.folder) rmSync(folder, { recursive: true, force: true });
	}
}

async function startPlayers(url: string): Promise<Player[]> {
	const players = [await startChromium(url), await startFirefox(url)];
	return players.filter((player) => player !== undefined);
}

async function all<Row, Result>(
	rows: Row[],
	judge: (row: Row) => Promise<Result>,
): Promise<Result[]> {
	const results: Result[] = [];
	for (const row of rows) results.push(await judge(row));
	return results;
}

function told(result: FilmResult): FilmResult {
	const { what, frames, sound, read, players, isMet } = result;
	const cells = [
		frames,
		sound,
		read,
		...Object.entries(players).map(([name, said]) => `${name}: ${said}`),
	];
	say(`${isMet ? '     ' : 'NOT: '}${what}: ${cells.join(' | ')}`);
	return result;
}

const toldTrims = (result: Trimmed): Trimmed => toldAsIs(result);
const toldWeight = (result: Weight): Weight => toldAsIs(result);

function toldAsIs<Result extends { isMet: boolean }>(result: Result): Result {
	say(`${result.isMet ? '     ' : 'NOT: '}${JSON.stringify(result)}`);
	return result;
}

async function judgeRefusal(
	{ what, says, plan }: RefusalRow,
	folder: string,
): Promise<RefusalResult> {
	const refusal: unknown = await plan(folder).catch((error: unknown) => error);
	if (!(refusal instanceof Refusal))
		throw new Error(`${what}: not refused, but ${String(refusal)}`);
	const isAsExpected = says.test(refusal.reason);
	if (!isAsExpected) process.exitCode = 1;
	say(`${isAsExpected ? '     ' : 'NOT: '}${what}: ${refusal.reason}`);
	return { what, says: refusal.reason };
}

async function versions(players: Player[]): Promise<Record<string, string>> {
	const { stdout } = await run('ffmpeg', ['-version']);
	return {
		ffmpeg: /version (\d[\d.]*)/.exec(stdout)?.[1] ?? '',
		...Object.fromEntries(players.map(({ name, version }) => [name, version])),
	};
}

runProgram(main);
