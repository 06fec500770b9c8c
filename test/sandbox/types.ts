import type { ErrorCode, Input, Mode } from './contract';

export interface SandboxOptions {
	/** Default: a free one. */
	port?: number;
	/** The file host's port. Default: a free one. */
	filePort?: number;
	apiKey?: string;
	/** The balance to begin with. */
	credits?: number;
	/** Milliseconds from a task's creation to its end: the first third pending, then processing. */
	taskMs?: number;
	/** Length of every clip to edit, in seconds. */
	inputVideoSeconds?: number;
	/** Multiplies the time-out and the gaps of callback deliveries (10 s; 3 and 10 minutes). */
	timeScale?: number;
	/** Called when a request has been answered. */
	onRequest?: (entry: RequestEntry) => void;
}

/** A request as it arrived, and what became of it. */
export interface RequestEntry {
	/** Unix milliseconds of its arrival. */
	at: number;
	server: 'api' | 'file';
	method: string;
	/** With its query. */
	path: string;
	headers: Record<string, string>;
	/** Parsed where it is JSON. */
	body: unknown;
	status: number | 'reset' | 'hang';
}

export interface SandboxTask {
	id: string;
	mode: Mode;
	model: string;
	input: Input;
	callbackUrl?: string;
	status: 'pending' | 'processing' | 'completed' | 'failed';
	/** Unix milliseconds, as is `completedAt`. */
	createdAt: number;
	completedAt?: number;
	creditsCharged: number;
	creditsRefunded: number;
	videoUrls: string[];
	error?: { code: string; message: string };
	/** Unix milliseconds of each look at it. */
	polls: number[];
}

export interface LedgerEntry {
	kind: 'charge' | 'refund';
	credits: number;
	taskId: string;
	/** Unix milliseconds. */
	at: number;
}

export interface Delivery {
	taskId: string;
	url: string;
	status: number | 'unreachable' | 'timeout';
	/** 1 to 3. */
	attempt: number;
	/** Unix milliseconds. */
	at: number;
}

/** A way to misbehave, for the requests that it matches. */
export interface Fault {
	on: 'create' | 'task' | 'credits' | 'file' | 'any';
	/** Only for this task. */
	taskId?: string;
	/** Matching requests to let through first. */
	skip?: number;
	/** How many requests it spoils; for ever if not given. */
	times?: number;
	/** Milliseconds by which the answer is late. */
	delayMs?: number;
	respond?: { status?: number; headers?: Record<string, string>; body?: string | object };
	/** A row of the contract's error table. */
	error?: ErrorCode;
	/** Retry-After header of such an answer. */
	retryAfter?: string;
	/**
	 * `reset-before` and `hang` before anything is done; the others do everything first: `reset-after` and `hang-after`
	 * without an answer, `half` with half of it, `drip` byte by byte.
	 */
	break?: 'reset-before' | 'reset-after' | 'hang' | 'hang-after' | 'half' | 'drip';
	/** Milliseconds between two bytes of a drip. */
	dripMs?: number;
	/** With `respond` or `error`: whether the request is carried out all the same. */
	effect?: boolean;
}

export interface FaultHandle {
	/** Requests that it has spoiled. */
	readonly hits: number;
	remove(): void;
}

/** How the tasks that it matches end. */
export interface TaskOutcome {
	match?: (task: SandboxTask) => boolean;
	/** How many tasks it decides; all if not given. */
	times?: number;
	taskMs?: number;
	status?: 'failed';
	error?: { code: string; message: string };
	/** Rewrites the task's answer and callback. */
	task?: (body: Record<string, unknown>) => object;
	/** Wraps the answer to GET in `{ code, data }`. */
	wrap?: boolean;
	/** What the file host has at the video's URL. */
	file?: 'video' | 'html' | 'gone' | 'octet' | 'redirect';
	/** Size of the file in bytes: the video, and padding that players skip. */
	fileBytes?: number;
}

export interface Sandbox {
	url: string;
	/** Another origin than the API's. */
	fileUrl: string;
	apiKey: string;
	requests: RequestEntry[];
	tasks: Map<string, SandboxTask>;
	ledger: LedgerEntry[];
	deliveries: Delivery[];
	readonly balance: number;
	/** Requests being answered. */
	readonly inFlight: number;
	/** The most at once. */
	readonly maxInFlight: number;
	fault(rule: Fault): FaultHandle;
	outcome(rule: TaskOutcome): void;
	/** Ends a task now. */
	finish(taskId: string): void;
	/** Resolves as soon as the condition holds; it is looked at after every event. */
	waitFor(condition: () => boolean): Promise<void>;
	/** Forgets everything that happened and every rule. */
	reset(): void;
	/** Ends all connections and timers. */
	close(): Promise<void>;
}
