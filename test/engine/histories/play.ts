/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine only, where n8n's engine is at hand */
import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';

import type { RequestEntry, Sandbox } from '../../sandbox';
import { startSandbox } from '../../sandbox';
import { prepareEngine } from '../../support/engine';
import type { Package } from '../../support/engine';
import { Clock } from '../../support/clock';
import type { Execution } from './executions';
import { Executions } from './executions';
import type { Course, History } from './history';
import { wrongOf } from './history';
import { loadCopies } from './process';
import { OTHER_KEY, SECOND } from './setup';
import { Wire } from './wire';

/** All that happened. */
export interface Played {
	executions: Execution[];
	requests: RequestEntry[];
	/** Bodies of requests that may have created a task without giving its id, by the contract alone. */
	lost: Set<unknown>;
	/** What n8n's log says. */
	log: string;
	/** That it did not end, if so. */
	stuck?: string;
}

/** Histories after which the package is loaded anew. */
const MOST_REMEMBERED = 250;

/** When nothing is said of a task. */
const USUAL: Course = { seconds: 20, fails: false, lag: 0 };

/** Where histories are played, one after the other. */
export class Stage {
	private readonly clock = new Clock();

	private readonly wire = new Wire();

	private sandbox!: Sandbox;

	private packages: Package[] = [];

	private played = 0;

	async open(): Promise<void> {
		await prepareEngine();
		// the storage of files is not what this is about
		jest
			.spyOn(Container.get(BinaryDataService), 'store')
			.mockImplementation(async (_location, body, binary) => {
				let bytes = 0;
				for await (const chunk of body as AsyncIterable<Buffer>) bytes += chunk.length;
				return { ...binary, bytes };
			});
		this.sandbox = await startSandbox({
			...{ listen: this.wire.listen, callsBack: false },
			otherKeys: [OTHER_KEY],
		});
	}

	async close(): Promise<void> {
		await this.sandbox.close();
	}

	async play(history: History): Promise<Played> {
		const { clock, wire, sandbox } = this;
		// the clock begins anew with each history, so that what the package remembers never gets old
		if (this.played++ % MOST_REMEMBERED === 0) this.packages = loadCopies();
		jest.clearAllMocks();
		clock.start(history.seed);
		wire.plugIn();
		const log: string[] = [];
		const executions = new Executions(history, {
			...{ clock, sandbox, log: (text) => log.push(text) },
			load: () => this.load(),
		});
		try {
			const lost = this.prepare(history);
			const stuck = await executions.live().then(
				() => undefined,
				(error: unknown) => String(error),
			);
			const { all } = executions;
			const requests = [...sandbox.requests];
			return { executions: all, requests, lost, log: log.join('\n'), stuck };
		} finally {
			sandbox.reset();
			wire.unplug();
			clock.stop();
		}
	}

	/**
	 * Tells the sandbox how everything goes.
	 *
	 * @returns the bodies of requests that may have created a task without giving its id
	 */
	private prepare({ troubles, courses, creationSeconds }: History): Set<unknown> {
		const lost = new Set<unknown>();
		for (const { on, what, skip, times } of troubles) {
			const { fault } = wrongOf(what);
			const { effect, ...plain } = fault;
			let seen = 0;
			const match = (entry: Pick<RequestEntry, 'body'>) => {
				const isHit = seen >= skip && seen < skip + times;
				seen++;
				if (isHit && on === 'create' && !wrongOf(what).provesNothingDone) lost.add(entry.body);
				return isHit;
			};
			this.sandbox.fault({ on, match, ...plain, ...(on === 'create' && { effect }) });
		}
		if (creationSeconds) this.sandbox.fault({ on: 'create', delayMs: creationSeconds * SECOND });
		for (const { seconds, fails, lag } of [...courses, USUAL])
			this.sandbox.outcome({
				...(courses.length > 0 && { times: 1 }),
				taskMs: seconds * SECOND,
				lagMs: lag * SECOND,
				...(fails && { status: 'failed' as const }),
			});
		this.sandbox.outcome({ taskMs: USUAL.seconds * SECOND });
		return lost;
	}

	/** The package in the memory of a new process: the copy that was used the longest time ago. */
	private load(): Package {
		const [copy, ...others] = this.packages;
		this.packages = [...others, copy];
		return copy;
	}
}
