import type { Sandbox, SandboxOptions } from '../sandbox';
import { startSandbox } from '../sandbox';
import { shortenWaits } from './clock';
import type { Outcome, Setup, StartedRun } from './engine';
import { prepareEngine, retryByHand, startNode } from './engine';

interface Bench {
	readonly sandbox: Sandbox;
	start(setup: Partial<Setup> & Pick<Setup, 'parameters'>): StartedRun;
	run(setup: Partial<Setup> & Pick<Setup, 'parameters'>): Promise<Outcome>;
	/** Presses n8n's Retry button, with the current workflow. */
	retry(outcome: Outcome, setup: Partial<Setup> & Pick<Setup, 'parameters'>): Promise<Outcome>;
}

/**
 * Sets up a sandbox, new before each test of a file, and runs the node in n8n's engine with a credential for it.
 *
 * @param shorter times that waits are shorter, of tests that don't look at how long they are
 */
export function useSandbox(options: SandboxOptions = {}, { shorter = 1 } = {}): Bench {
	let end: () => void;
	let sandbox: Sandbox;
	beforeAll(async () => {
		await prepareEngine();
		sandbox = await startSandbox({ taskMs: 150, ...options });
	});
	beforeEach(() => {
		end = shortenWaits(shorter);
		sandbox.reset();
	});
	afterEach(() => end());
	afterAll(async () => await sandbox.close());
	const bench: Bench = {
		get sandbox() {
			return sandbox;
		},
		start: (setup) => startNode({ baseUrl: sandbox.url, ...setup }),
		run: async (setup) => await bench.start(setup).outcome,
		retry: async (outcome, setup) => await retryByHand(outcome, { baseUrl: sandbox.url, ...setup }),
	};
	return bench;
}
