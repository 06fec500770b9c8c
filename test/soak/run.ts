/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a program for a developer's machine */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { Measure } from '../bench/measure';
import { atMost, forComparison } from '../bench/measure';
import { saveResults, tableOf } from '../bench/report';
import { post } from '../support/calls';
import type { Installed } from '../support/e2e';
import { CREDENTIAL, installN8n } from '../support/e2e';
import { freePort, HOST } from '../support/n8n';
import { runProgram, say, using } from '../support/program';
import { listenForPrompts } from '../support/ways';

/** What is alive in n8n, once garbage is collected. */
interface Alive {
	heapBytes: number;
	snapshotBytes: number;
	maps: Record<string, number>;
	objects: Record<string, number>;
	signals: number;
}

const TASK_MS = 1_000;
/** Milliseconds between two pieces of work. */
const EVERY_MS = 500;
/** Milliseconds until what was begun has ended, and every time limit of a request has passed. */
const REST_MS = 65_000;
/** Runs before the first look, so that everything is loaded and n8n's own memory has settled. */
const WARM_UP = 60;

type Work = (index: number) => Promise<unknown>;

/** Everything that the package is used for, and what strangers do, one after another. */
async function kindsOfWork(host: Installed): Promise<Work[]> {
	const trigger = await host.listenForCallbacks();
	const polled = await listenForPrompts(host, 'polled');
	const parked = await listenForPrompts(host, 'parked');
	const triggered = await listenForPrompts(host, 'triggered', { callbackUrl: trigger.url });
	const { apiKey, url: baseUrl } = host.sandbox;
	const forged = () => ({ id: randomUUID(), status: 'completed' });
	return [
		async (index) => await post(polled.url, { prompt: `polled ${index}` }),
		async (index) => await post(parked.url, { prompt: `parked ${index}` }),
		async (index) => await post(triggered.url, { prompt: `triggered ${index}` }),
		async () =>
			await Promise.all(Array.from({ length: 5 }, async () => await post(trigger.url, forged()))),
		async () => await post(polled.url, { prompt: '' }),
		async (index) => await post(parked.url, { prompt: `bad ${index}` }),
		async () => await post(trigger.url, { id: 'x', more: 'x'.repeat(1_200_000) }).catch(() => 0),
		async () => await host.n8n.rest.testCredential(CREDENTIAL, { apiKey, baseUrl }),
	];
}

async function workUntil(kinds: Work[], isOver: (done: number) => boolean): Promise<number> {
	const open: Array<Promise<unknown>> = [];
	for (let index = 0; !isOver(index); index++) {
		open.push(kinds[index % kinds.length](index));
		await sleep(EVERY_MS);
	}
	const { length } = open;
	await Promise.all(open);
	await sleep(REST_MS);
	return length;
}

const sum = (counts: Record<string, number>) =>
	Object.values(counts).reduce((total, count) => total + count, 0);

const inMB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

const growth = (from: number, to: number) => (to / from - 1) * 100;

function linesOf(minutes: number, pieces: number, looks: Alive[]): Measure[] {
	const [, middle, end] = looks;
	const all = (show: (alive: Alive) => string) => looks.map(show).join(', ');
	const count = ({ objects }: Alive, ...names: string[]) =>
		names.reduce((total, name) => total + (objects[name] ?? 0), 0);
	const switches = (alive: Alive) => count(alive, 'StopSwitch', 'Limiter');
	return [
		forComparison('minutes, and pieces of work', `${minutes}, ${pieces}`),
		forComparison(
			'heap at the start, in the middle, at the end',
			all(({ heapBytes }) => inMB(heapBytes)),
		),
		forComparison(
			'size of a heap snapshot, likewise',
			all(({ snapshotBytes }) => inMB(snapshotBytes)),
		),
		atMost(
			'growth of the snapshot from the middle to the end',
			5,
			growth(middle.snapshotBytes, end.snapshotBytes),
			'%',
			1,
		),
		atMost('runs of the node that are alive when all have ended', 0, count(end, 'Run'), ''),
		forComparison(
			'limiters and stop switches alive, likewise',
			all((alive) => String(switches(alive))),
		),
		atMost(
			'growth of their number from the middle to the end',
			20,
			switches(end) - switches(middle),
			'',
		),
		forComparison(
			'entries of all maps of the package, likewise',
			all(({ maps }) => String(sum(maps))),
		),
		forComparison(
			'abort signals in n8n, likewise',
			all(({ signals }) => String(signals)),
		),
		atMost(
			'growth of the number of abort signals from the middle to the end',
			20,
			end.signals - middle.signals,
			'',
		),
	];
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
	const minutes = Number(values.minutes);
	const port = await freePort();
	const env = {
		NODE_OPTIONS: `--require ${join(__dirname, 'probe.cjs')}`,
		SOAK_PORT: String(port),
	};
	const options = { taskMs: TASK_MS, credits: 100_000_000, leastAnswerMs: 10_000 };
	const measures = await using(installN8n(options, { env }), async (host) => {
		host.sandbox.outcome({
			match: ({ input }) => String(input.prompt).startsWith('bad'),
			status: 'failed',
		});
		const look = async (): Promise<Alive> => {
			const response = await fetch(`http://${HOST}:${port}/snapshot`);
			const seen: Alive = JSON.parse(await response.text());
			say(`heap ${inMB(seen.heapBytes)}; ${JSON.stringify({ ...seen.maps, ...seen.objects })}`);
			return seen;
		};
		const kinds = await kindsOfWork(host);
		let pieces = await workUntil(kinds, (done) => done >= WARM_UP);
		const looks = [await look()];
		for (const half of ['first', 'second']) {
			say(`The ${half} half of ${minutes} minutes …`);
			const until = Date.now() + minutes * 30_000;
			pieces += await workUntil(kinds, () => Date.now() > until);
			looks.push(await look());
		}
		return linesOf(minutes, pieces, looks);
	});
	say(`\n${tableOf(measures)}`);
	if (measures.some(({ met }) => !met)) process.exitCode = 1;
	// only the whole of it is kept
	if (minutes >= 30) await saveResults('soak', measures);
}

runProgram(main);
