/* eslint-disable @n8n/community-nodes/no-restricted-imports -- stands for n8n's process, on a developer's machine */
import { AsyncLocalStorage } from 'node:async_hooks';

import * as n8nWorkflow from 'n8n-workflow';
import * as zod from 'zod';

import type { Package } from '../../support/engine';

/** Copies of the package, each with memory of its own; more than processes of one history. */
const COPIES = 8;

/** A new one for each who waits, since what waits is kept with it. */
const never = async () => await new Promise<never>(() => {});

const running = new AsyncLocalStorage<Process>();

/** A process of n8n: what the package remembers in it is gone with it, and nothing of what it does comes to anything then. */
export class Process {
	isDead = false;

	/** POSTs that have left and were not answered. */
	unanswered = 0;

	private ended = () => {};

	private readonly end = new Promise<undefined>((resolve) => {
		this.ended = () => resolve(undefined);
	});

	/**
	 * @param onRequest says what happens as a request leaves
	 */
	constructor(
		readonly loaded: Package,
		private readonly onRequest: () => 'goes on' | 'dies before' | 'dies after',
	) {}

	/** The process in which this is called. */
	static get present(): Process | undefined {
		return running.getStore();
	}

	kill(): void {
		this.isDead = true;
		this.ended();
	}

	/** Does something in this process; undefined where that is killed in its middle. */
	async run<T>(work: () => Promise<T>): Promise<T | undefined> {
		return await Promise.race([running.run(this, work), this.end]);
	}

	/** Lets a request leave and its answer come in, as long as the process lives. */
	async request<T>(method: string, send: () => Promise<T>): Promise<T> {
		if (this.isDead) return await never();
		const what = this.onRequest();
		if (what === 'dies before') {
			this.kill();
			return await never();
		}
		const posts = method.toUpperCase() === 'POST' ? 1 : 0;
		this.unanswered += posts;
		const answer = send();
		if (what === 'dies after') this.kill();
		try {
			return await answer;
		} finally {
			if (this.isDead) await never();
			this.unanswered -= posts;
		}
	}
}

/** Loads the package as one process after another does: its own modules anew, n8n's and zod as they are. */
export function loadCopies(): Package[] {
	return Array.from({ length: COPIES }, () => {
		let copy: Package | undefined;
		jest.isolateModules(() => {
			jest.doMock('n8n-workflow', () => n8nWorkflow);
			jest.doMock('zod', () => zod);
			copy = jest.requireActual<{ HappyHorse: Package }>(
				'../../../nodes/HappyHorse/HappyHorse.node',
			).HappyHorse;
		});
		if (!copy) throw new Error('The package was not loaded');
		return copy;
	});
}
