import type { SandboxOptions } from '../sandbox';
import type { Installed } from '../support/e2e';
import { installN8n } from '../support/e2e';
import type { Measure } from './measure';
import type { Sample } from './watch';
import { Watch } from './watch';

/** Enough for every task of a scenario. */
export const CREDITS = 100_000_000;

/** For a sandbox whose tasks end when the scenario says so. */
export const ENDED_BY_HAND: SandboxOptions = { taskMs: 86_400_000 };

/** Numbers that the command line may change: `taskSeconds` is `--task-seconds`. */
export type Settings = Record<string, number>;

/** Settings of n8n to compare. */
export interface Variant {
	name: string;
	env: Record<string, string>;
}

/**
 * By default n8n makes an expression engine for each call of a node, and for each execution; told so, it waits until an
 * expression needs one.
 */
export const ENGINES_ON_DEMAND = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };
export const BOTH_ENGINES: Variant[] = [
	{ name: 'n8n as it is', env: {} },
	{ name: 'expression engines on demand', env: ENGINES_ON_DEMAND },
];

/** One thing to measure. */
export interface Scenario<Own extends Settings = Settings> {
	/** On the command line, and of the file with its results. */
	name: string;
	/** Heading of its section in the page, and the paragraph below. */
	title: string;
	about: string;
	/** With their defaults, which the results in the page are measured with. */
	settings: Own;
	/** Each is measured by itself, with a new n8n. */
	variants?: Variant[];
	measure(trial: Trial<Own>): Promise<Measure[]>;
}

type Special = NonNullable<Parameters<typeof installN8n>[1]>;

/** One run of a scenario: its settings, and all that it has started, which ends with it. */
export class Trial<Own extends Settings = Settings> {
	readonly watches: Watch[] = [];

	private readonly opened: Array<{ close(): Promise<void> }> = [];

	constructor(
		readonly settings: Own,
		private readonly variant?: Variant,
	) {}

	/** Closes something when the trial is over, the newest first. */
	async open<Thing extends { close(): Promise<void> }>(opening: Promise<Thing>): Promise<Thing> {
		const thing = await opening;
		this.opened.push(thing);
		return thing;
	}

	/** Starts a whole n8n with the package, and a sandbox that its credential leads to. */
	async startN8n(sandbox: SandboxOptions = {}, special: Special = {}): Promise<Installed> {
		const env = { ...special.env, ...this.variant?.env };
		return await this.open(installN8n({ credits: CREDITS, ...sandbox }, { ...special, env }));
	}

	/** Samples gauges for the report until the watch is closed, at the latest when the trial is over. */
	watch(name: string, look: () => Promise<Sample>, everyMs?: number): Watch {
		const watch = new Watch([this.variant?.name, name].filter(Boolean).join(': '), look, everyMs);
		this.watches.push(watch);
		return watch;
	}

	async close(): Promise<void> {
		for (const watch of this.watches) await watch.close().catch(() => undefined);
		for (let thing = this.opened.pop(); thing; thing = this.opened.pop()) await thing.close();
	}
}
