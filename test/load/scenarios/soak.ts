import { randomUUID } from 'node:crypto';
import { sleep } from 'n8n-workflow';

import { post } from '../../support/calls';
import type { Installed } from '../../support/e2e';
import { CREDENTIAL } from '../../support/e2e';
import { say } from '../../support/program';
import { listenForPrompts } from '../../support/ways';
import { line, shown, sum } from '../measure';
import type { Alive } from '../n8n/probe';
import { Probe } from '../n8n/probe';
import { atRate } from '../pace';
import type { Scenario } from '../scenario';

const TASK_MS = 1_000;
/** Pieces of work a second. */
const RATE = 2;
/** Milliseconds until what was begun has ended, and every time limit of a request has passed. */
const REST_MS = 65_000;
/** Pieces of work before the first look, so that everything is loaded and n8n's own memory has settled. */
const WARM_UP = 60;

type Work = (index: number) => Promise<unknown>;

/** Everything that the package is used for, and what strangers do, one after another. */
async function kindsOfWork(installed: Installed): Promise<Work[]> {
	const trigger = await installed.listenForCallbacks();
	const polled = await listenForPrompts(installed, 'polled');
	const parked = await listenForPrompts(installed, 'parked');
	const triggered = await listenForPrompts(installed, 'triggered', { callbackUrl: trigger.url });
	const { apiKey, url: baseUrl } = installed.sandbox;
	const forge = async () => await post(trigger.url, { id: randomUUID(), status: 'completed' });
	return [
		async (index) => await post(polled.url, { prompt: `polled ${index}` }),
		async (index) => await post(parked.url, { prompt: `parked ${index}` }),
		async (index) => await post(triggered.url, { prompt: `triggered ${index}` }),
		async () => await Promise.all([forge(), forge(), forge(), forge(), forge()]),
		async () => await post(polled.url, { prompt: '' }),
		async (index) => await post(parked.url, { prompt: `bad ${index}` }),
		async () => await post(trigger.url, { id: 'x', more: 'x'.repeat(1_200_000) }).catch(() => 0),
		async () => await installed.n8n.rest.testCredential(CREDENTIAL, { apiKey, baseUrl }),
	];
}

const inMB = (bytes: number) => shown(bytes / 2 ** 20, 'MB');

export const soak: Scenario<{ minutes: number }> = {
	name: 'soak',
	title: 'A long life',
	about:
		'One n8n with mixed work, two pieces a second: polled, parked and triggered videos, some that fail, forged callbacks, oversized ones, tests of the credential. Then what is still alive.',
	settings: { minutes: 30 },

	async measure(trial) {
		const { minutes } = trial.settings;
		const probe = await Probe.onFreePort();
		const installed = await trial.startN8n(
			{ taskMs: TASK_MS, leastAnswerMs: 10_000 },
			{ env: probe.env },
		);
		installed.sandbox.outcome({
			match: ({ input }) => String(input.prompt).startsWith('bad'),
			status: 'failed',
		});
		const kinds = await kindsOfWork(installed);
		const work = async (name: string, pieces: number): Promise<Alive> => {
			const watch = trial.watch(name, async () => await probe.now(), 5_000);
			await atRate(RATE, pieces, async (index) => await kinds[index % kinds.length](index));
			await sleep(REST_MS);
			await watch.close();
			const seen = await probe.alive();
			say(`heap ${inMB(seen.heapBytes)}; ${JSON.stringify({ ...seen.maps, ...seen.objects })}`);
			return seen;
		};
		const half = Math.round(minutes * 30 * RATE);
		const start = await work('the warm-up', WARM_UP);
		const middle = await work('the first half', half);
		const end = await work('the second half', half);

		const all = (show: (alive: Alive) => unknown) => [start, middle, end].map(show).join(', ');
		const switches = ({ objects }: Alive) => (objects.StopSwitch ?? 0) + (objects.Limiter ?? 0);
		const growth = (end.snapshotBytes / middle.snapshotBytes - 1) * 100;
		return [
			line('minutes, and pieces of work').is(`${minutes}, ${WARM_UP + 2 * half}`),
			line('heap at the start, in the middle, at the end').is(
				all(({ heapBytes }) => inMB(heapBytes)),
			),
			line('size of a heap snapshot, likewise').is(all((seen) => inMB(seen.snapshotBytes))),
			line('growth of the snapshot from the middle to the end').atMost(5, growth, '%'),
			line('runs of the node that are alive when all have ended').none(end.objects.Run ?? 0),
			line('limiters and stop switches alive, likewise').is(all(switches)),
			line('growth of their number from the middle to the end').atMost(
				20,
				switches(end) - switches(middle),
			),
			line('entries of all maps of the package, likewise').is(
				all(({ maps }) => sum(Object.values(maps))),
			),
			line('abort signals in n8n, likewise').is(all(({ signals }) => signals)),
			line('growth of the number of abort signals from the middle to the end').atMost(
				20,
				end.signals - middle.signals,
			),
		];
	},
};
