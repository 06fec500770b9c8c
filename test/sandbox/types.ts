import type { Input, Mode } from './contract';
import type { ErrorCode } from './errors';
import type { listen, Listening } from './listen';
import type { Fetched } from './media';
import type { Traits } from './traits';

export interface SandboxOptions {
	/** Port of the API on 127.0.0.1. Default: a free one. */
	port?: number;
	/** Port of the file host. Default: a free one. */
	filePort?: number;
	/** The only valid key. Default: `sk-test-sandbox`. */
	apiKey?: string;
	/** Keys of other accounts, which don't see each other's tasks. */
	otherKeys?: string[];
	/** Initial balance. Default: 100 000. */
	credits?: number;
	/** Milliseconds from a task's creation to its end: the first third pending, then processing. Default: 200. */
	taskMs?: number;
	/** Assumed length of every clip to edit, in seconds. Default: 10. */
	inputVideoSeconds?: number;
	/** Charges fractions of a clip's seconds as whole ones, which the contract leaves open. */
	wholeSeconds?: boolean;
	/** Multiplies the gaps (3 and 10 minutes) and the time-out (10 s) of callback deliveries. Default: 1. */
	timeScale?: number;
	/** Least milliseconds for a callback's receiver, which runs on the same busy machine. Default: 500. */
	leastAnswerMs?: number;
	/** Offers models of a next version at other prices, such as `happyhorse-1.1-text-to-video`, more ratios and `watermark`. */
	future?: boolean;
	/** Fetches images and clips; those that break the contract fail their task. */
	fetchMedia?: boolean;
	/** Sends callbacks. Default: true. */
	callsBack?: boolean;
	/** Replaces the ports in tests without a network. */
	listen?: (listener: Parameters<typeof listen>[1]) => Listening;
	/** Called for each request, just before it is answered. */
	onRequest?: (entry: RequestEntry) => void;
	/** Called when a task is completed or has failed. */
	onFinish?: (task: SandboxTask) => void;
	/** Called after each attempt to deliver a callback. */
	onDelivery?: (delivery: Delivery) => void;
}

/** Request and its outcome, recorded just before it is answered. */
export interface RequestEntry {
	/** Unix milliseconds of its arrival. */
	at: number;
	server: 'api' | 'file';
	method: string;
	/** Includes the query. */
	path: string;
	headers: Record<string, string>;
	/** Parsed if it is JSON. */
	body: unknown;
	status: number | 'reset' | 'hang';
}

export interface SandboxTask {
	id: string;
	/** Key that it was created with. */
	apiKey: string;
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
	/** Properties of its video, once it is completed. */
	video?: Traits;
	error?: { code: string; message: string };
	/** Images and clip that it was made from, with `fetchMedia`. */
	media: Fetched[];
	/** Unix milliseconds of each GET, including those that a fault spoiled. */
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

/** Fault of the requests that it matches. If several match, the first one added wins. */
export interface Fault {
	on: 'create' | 'task' | 'credits' | 'file' | 'any';
	/** Limits the fault to GETs of this task and its files. */
	taskId?: string;
	/** Limits the fault to some requests. */
	match?: (entry: Pick<RequestEntry, 'method' | 'path' | 'body' | 'headers'>) => boolean;
	/** Matching requests to let through first. */
	skip?: number;
	/** Number of requests to spoil. Default: all. */
	times?: number;
	/** Milliseconds of delay before the request is processed. */
	delayMs?: number;
	/** Replaces the real answer; an object is sent as JSON. */
	respond?: { status?: number; headers?: Record<string, string>; body?: string | Buffer | object };
	/** Answers with a row of the contract's error table. */
	error?: ErrorCode;
	/** Retry-After header of such an answer: seconds or an HTTP date. */
	retryAfter?: string;
	/**
	 * Before the request is processed, `reset-before` cuts the connection and `hang` never answers. After it took effect,
	 * `reset-after` and `hang-after` do the same, `half` cuts the answer in the middle, `drip` sends it byte by byte.
	 */
	break?: 'reset-before' | 'reset-after' | 'hang' | 'hang-after' | 'half' | 'drip';
	/** Milliseconds between two bytes of a drip. Default: 50. */
	dripMs?: number;
	/** With `respond` or `error`: carries the request out (and charges it) all the same. */
	effect?: boolean;
}

export interface FaultHandle {
	/** Number of requests spoiled so far. */
	readonly hits: number;
	remove(): void;
}

/** Outcome of the tasks that it matches at their creation. If several match, the first one added wins. */
export interface Outcome {
	match?: (task: SandboxTask) => boolean;
	/** Number of tasks it applies to. Default: all. */
	times?: number;
	taskMs?: number;
	status?: 'failed';
	error?: { code: string; message: string };
	/** Milliseconds after creation during which GET does not find the task, because reads lag behind writes. */
	lagMs?: number;
	/** Rewrites the task's answer and callback. */
	task?: (body: Record<string, unknown>) => object;
	/** Milliseconds by which the task is said to be completed earlier. Default: 25 hours for a file that is gone. */
	completedAgoMs?: number;
	/** Wraps the answer to GET in `{ code, data }`. */
	wrap?: boolean;
	/** Replaces the URL on the file host. */
	videoUrls?: string[];
	/** Answer of the file host at the task's URLs. */
	file?: 'video' | 'html' | 'gone' | 'octet' | 'redirect';
	/** Size of the file in bytes, 100 kB to 4 GB, reached by padding that players skip. */
	fileBytes?: number;
}

export interface Sandbox {
	url: string;
	/** Base URL of the file host. */
	fileUrl: string;
	apiKey: string;
	requests: RequestEntry[];
	tasks: Map<string, SandboxTask>;
	ledger: LedgerEntry[];
	deliveries: Delivery[];
	readonly balance: number;
	/** API and file requests being answered; one that hangs counts until its connection ends. */
	readonly inFlight: number;
	/** Highest `inFlight` since the start or the last reset. */
	readonly maxInFlight: number;
	fault(rule: Fault): FaultHandle;
	/** @throws RangeError for an impossible file size */
	outcome(rule: Outcome): void;
	/** Ends a task now. */
	finish(taskId: string): void;
	/**
	 * Returns a completed task's video, without padding.
	 *
	 * @throws Error if it has none
	 */
	videoOf(taskId: unknown): Buffer;
	/** Resolves as soon as the condition holds, which is checked after every event. */
	waitFor(condition: () => boolean): Promise<void>;
	/** Forgets all events and rules, and cuts off requests that a fault holds back. */
	reset(): void;
	/** Ends all connections and timers. */
	close(): Promise<void>;
}
