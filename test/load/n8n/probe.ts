/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { join } from 'node:path';

import { freePort, HOST } from '../../support/n8n';
import type { Sample } from '../watch';

export const MEMORY = 'memory (MB)';
/** The gauge whose value is the longest delay since the look before. */
export const LOOP_DELAY = 'event-loop delay (ms)';

/** Objects alive in n8n after a garbage collection. */
export interface Alive {
	heapBytes: number;
	snapshotBytes: number;
	/** Entries of the package's maps. */
	maps: Record<string, number>;
	/** Objects of the package's classes. */
	objects: Record<string, number>;
	signals: number;
}

/** Looks into an n8n from inside. */
export class Probe {
	private constructor(private readonly port: number) {}

	static async onFreePort(): Promise<Probe> {
		return new Probe(await freePort());
	}

	/** Settings of the n8n to look into. */
	get env(): Record<string, string> {
		return {
			NODE_OPTIONS: `--require ${join(__dirname, 'probe.cjs')}`,
			PROBE_PORT: String(this.port),
		};
	}

	/** Memory, open sockets, and the longest delay of the event loop since the last look. */
	async now(): Promise<Sample> {
		return await this.ask('now');
	}

	/** Takes seconds, in which n8n does nothing else. */
	async alive(): Promise<Alive> {
		const alive = await this.ask<Alive>('alive');
		await this.now(); // forgets that delay
		return alive;
	}

	private async ask<Answer>(path: string): Promise<Answer> {
		const response = await fetch(`http://${HOST}:${this.port}/${path}`);
		return JSON.parse(await response.text());
	}
}
