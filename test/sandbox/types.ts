import type { Input, Mode } from './contract';
import type { ErrorCode } from './errors';
import type { listen, Listening } from './listen';
import type { Fetched } from './media';
import type { Traits } from './traits';

export interface SandboxOptions {
	/** The API's port, on 127.0.0.1. Default: a free one. */
	port?: number;
	/** The file host's port. Default: a free one. */
	filePort?: number;
	/** The only key that is let in. Default: `sk-test-sandbox`. */
	apiKey?: string;
	/** The balance to begin with. Default: 100 000. */
	credits?: number;
	/** Milliseconds from a task's creation to its end: the first third pending, then processing. Default: 200. */
	taskMs?: number;
	/** Length of every clip to edit, in seconds: nothing is fetched to find it out. Default: 10. */
	inputVideoSeconds?: number;
	/** Whether parts of a second of a clip to edit are charged as whole ones, which the contract leaves open. */
	wholeSeconds?: boolean;
	/** Multiplies the gaps (3 and 10 minutes) and the time-out (10 s) of callback deliveries. Default: 1. */
	timeScale?: number;
	/** Milliseconds that a callback's receiver has at least, for it runs on the same, busy machine. Default: 500. */
	leastAnswerMs?: number;
	/** Whether models of the next version are offered, at a price of their own: `happyhorse-1.1-text-to-video` and its like. */
	future?: boolean;
	/** Whether images and clips are fetched and compared with the contract: a task whose are not in order fails. */
	fetchMedia?: boolean;
	/** Whether finished tasks are called back. Default: true. */
	callsBack?: boolean;
	/** Takes the place of a port, for tests without a network. */
	listen?: (listener: Parameters<typeof listen>[1]) => Listening;
	/** Called for each request, just before its answer leaves. */
	onRequest?: (entry: RequestEntry) => void;
	/** Called when a task is completed or has failed. */
	onFinish?: (task: SandboxTask) => void;
	/** Called after each attempt to deliver a callback. */
	onDelivery?: (delivery: Delivery) => void;
}

/** A request and what became of it; recorded when that is known, before the answer leaves. */
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
	/** What its video is like, once it is completed. */
	video?: Traits;
	error?: { code: string; message: string };
	/** What it was made from, where the sandbox fetches that. */
	media: Fetched[];
	/** Unix milliseconds of each GET of it, also of those that a fault spoiled. */
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

/** A way to misbehave, for the requests that it matches. Of several, the first told is taken. */
export interface Fault {
	on: 'create' | 'task' | 'credits' | 'file' | 'any';
	/** Only for this task (GETs of it, and of its files). */
	taskId?: string;
	/** Only for requests of which this is true. */
	match?: (entry: Pick<RequestEntry, 'method' | 'path' | 'body' | 'headers'>) => boolean;
	/** Matching requests to let through first. */
	skip?: number;
	/** How many requests it spoils; for ever if not given. */
	times?: number;
	/** Milliseconds by which the request is looked at late. */
	delayMs?: number;
	/** Sent in place of the true answer; an object as JSON. */
	respond?: { status?: number; headers?: Record<string, string>; body?: string | Buffer | object };
	/** A row of the contract's error table. */
	error?: ErrorCode;
	/** Retry-After header of such an answer: seconds or an HTTP date. */
	retryAfter?: string;
	/**
	 * Before the request is looked at: `reset-before` cuts the connection, `hang` never answers. After it took full effect:
	 * `reset-after` and `hang-after` likewise, `half` cuts the answer in its middle, `drip` sends it byte by byte.
	 */
	break?: 'reset-before' | 'reset-after' | 'hang' | 'hang-after' | 'half' | 'drip';
	/** Milliseconds between two bytes of a drip. Default: 50. */
	dripMs?: number;
	/** With `respond` or `error`: whether the request is carried out (and charged) all the same. */
	effect?: boolean;
}

export interface FaultHandle {
	/** Requests that it has spoiled. */
	readonly hits: number;
	remove(): void;
}

/** How the tasks that it matches end; decided when a task is created. Of several, the first told is taken. */
export interface Outcome {
	match?: (task: SandboxTask) => boolean;
	/** How many tasks it decides; all if not given. */
	times?: number;
	taskMs?: number;
	status?: 'failed';
	error?: { code: string; message: string };
	/** Milliseconds from its creation for which GET does not know the task: the reading side lags. */
	lagMs?: number;
	/** Rewrites the task's answer and callback. */
	task?: (body: Record<string, unknown>) => object;
	/** Wraps the answer to GET in `{ code, data }`. */
	wrap?: boolean;
	/** In place of the URL on the file host. */
	videoUrls?: string[];
	/** What the file host has at the task's URLs. */
	file?: 'video' | 'html' | 'gone' | 'octet' | 'redirect';
	/** Size of the file in bytes, 100 kB to 4 GB: the video, and padding that players skip. */
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
	/** API and file requests being answered; one that hangs counts until its connection ends. */
	readonly inFlight: number;
	/** The most at once since the start or the last reset. */
	readonly maxInFlight: number;
	fault(rule: Fault): FaultHandle;
	/** @throws RangeError for a file size that can't be */
	outcome(rule: Outcome): void;
	/** Ends a task now. */
	finish(taskId: string): void;
	/**
	 * The video that a completed task has on the file host, without padding.
	 *
	 * @throws Error if it has none
	 */
	videoOf(taskId: unknown): Buffer;
	/** Resolves as soon as the condition holds; it is looked at after every event. */
	waitFor(condition: () => boolean): Promise<void>;
	/** Forgets everything that happened and every rule; requests that a fault holds back are cut off. */
	reset(): void;
	/** Ends all connections and timers. */
	close(): Promise<void>;
}
