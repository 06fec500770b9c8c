/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort, HOST } from './n8n';

const run = promisify(execFile);

const START_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 50;
/** Where Debian puts PostgreSQL's programs, by version. */
const DEBIAN = '/usr/lib/postgresql';
const USER = 'n8n';

/** A service of the machine, on a free port and with data of its own, which go with it. */
export interface Service {
	port: number;
	close(): Promise<void>;
}

export interface Redis extends Service {
	lengthOf(list: string): Promise<number>;
}

export interface Database extends Service {
	user: string;
	name: string;
	/** The answer to a query, a line for each row and a bar between two columns. */
	query(sql: string): Promise<string>;
}

async function programsOfPostgres(): Promise<string[]> {
	const versions = await readdir(DEBIAN).catch(() => []);
	const newest = versions.sort((a, b) => Number(b) - Number(a));
	return newest.map((version) => join(DEBIAN, version, 'bin'));
}

async function find(program: string, debianPackage: string): Promise<string> {
	const folders = [
		...(await programsOfPostgres()),
		...(process.env.PATH ?? '').split(delimiter),
		'/usr/sbin',
	];
	const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
	if (found) return found;
	throw new Error(
		`${program} is not there: install it (Debian: apt-get install ${debianPackage}), and run this again`,
	);
}

/** The user for programs that refuse to run as root; undefined for anybody else. */
async function otherUser(): Promise<{ uid: number; gid: number } | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const id = async (what: string) => Number((await run('id', [what, 'postgres'])).stdout);
	return { uid: await id('-u'), gid: await id('-g') };
}

/** Runs a program until the input ends, as it does when whoever started it is gone, however that ended. */
const WHILE_INPUT_IS_OPEN = '"$@" & cat > /dev/null; kill -INT $!; wait $!';

/** Starts a program that serves until it is closed. */
async function serve(
	folder: string,
	command: string[],
	{ as, isUp }: { as?: { uid: number; gid: number }; isUp: () => Promise<unknown> },
): Promise<() => Promise<void>> {
	const { child } = run('sh', ['-c', WHILE_INPUT_IS_OPEN, 'sh', ...command], {
		...as,
		cwd: folder,
		maxBuffer: Infinity,
	});
	let words = '';
	child.stderr?.on('data', (chunk) => (words = (words + chunk).slice(-2_000)));
	const ended = once(child, 'exit');
	const close = async () => {
		child.stdin?.end();
		await ended;
		await rm(folder, { recursive: true, force: true });
	};
	const up = async () =>
		await isUp().then(
			() => true,
			() => false,
		);
	for (const until = Date.now() + START_LIMIT_MS; !(await up()); await sleep(LOOK_EVERY_MS)) {
		if (Date.now() < until) continue;
		await close();
		throw new Error(`${command[0]} did not start. ${words}`);
	}
	return close;
}

/** Starts a Redis that keeps nothing. */
export async function startRedis(): Promise<Redis> {
	const port = await freePort();
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-redis-'));
	const [server, client] = [
		await find('redis-server', 'redis-server'),
		await find('redis-cli', 'redis-tools'),
	];
	const command = [server, '--port', String(port), '--bind', HOST, '--save', '', '--dir', folder];
	const ask = async (...words: string[]) =>
		(await run(client, ['-h', HOST, '-p', String(port), ...words])).stdout;
	const close = await serve(folder, command, { isUp: async () => await ask('ping') });
	return { port, close, lengthOf: async (list) => Number(await ask('llen', list)) };
}

/** Starts a PostgreSQL with an empty database for n8n. */
export async function startPostgres(): Promise<Database> {
	const port = await freePort();
	const folder = await mkdtemp(join(tmpdir(), 'happyhorse-postgres-'));
	const data = join(folder, 'data');
	const as = await otherUser();
	if (as) await chown(folder, as.uid, as.gid);
	const [initdb, postgres, psql] = await Promise.all(
		['initdb', 'postgres', 'psql'].map(async (name) => await find(name, 'postgresql')),
	);
	await run(initdb, ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-sync'], {
		...as,
		cwd: folder,
	});
	const ask = async (database: string, sql: string) => {
		const args = ['-h', HOST, '-p', String(port), '-U', USER, '-d', database, '-tAc', sql];
		return (await run(psql, args)).stdout.trim();
	};
	const settings = ['max_connections=200', `unix_socket_directories=${folder}`];
	const command = [postgres, '-D', data, '-h', HOST, '-p', String(port)];
	const close = await serve(
		folder,
		[...command, ...settings.flatMap((setting) => ['-c', setting])],
		{ as, isUp: async () => await ask('postgres', 'select 1') },
	);
	await ask('postgres', `create database ${USER}`);
	return {
		port,
		user: USER,
		name: USER,
		query: async (sql) => await ask(USER, sql),
		close,
	};
}
