import type { IDataObject } from 'n8n-workflow';
import { z } from 'zod';

import { WAIT_METHODS } from '../contract/limits';
import type { ErrorDetails } from '../errors/errors';

/** The version that is written. A change that an older package could misread takes the next number. */
export const VERSION = 2;

const object = <T extends object>() =>
	z.custom<T>((value) => typeof value === 'object' && value !== null);

/** Settings for waiting and delivery, as set by the user when the task was created. */
const taskSettingsSchema = z.object({
	waitForCompletion: z.boolean(),
	waitMethod: z.enum(WAIT_METHODS),
	/** Minutes. */
	timeout: z.number(),
	/** Seconds. */
	pollingInterval: z.number(),
	simplify: z.boolean(),
	/** Names of the fields that a tool selects. */
	fields: z.array(z.string()).optional(),
	downloadVideo: z.boolean(),
	binaryPropertyName: z.string(),
	fileName: z.string().optional(),
	includeInputFields: z.boolean().optional(),
	label: z.string().optional(),
});

const paidTaskSchema = z.object({
	taskId: z.string(),
	/** As last reported by the service. */
	status: z.string(),
	settings: taskSettingsSchema,
	/** Unix milliseconds. */
	startedAt: z.number(),
	/** Unix milliseconds at which waiting ends. */
	deadline: z.number(),
	/** Set for a failed task whose credits the contract does not promise back. */
	mayBeCharged: z.boolean().optional(),
	/** As sent, for tasks that this node created. */
	prompt: z.string().optional(),
	seed: z.number().optional(),
	/** The item's output where the node does not wait. */
	output: object<IDataObject>().optional(),
	/** Credits, for tasks that this node created; no estimate where the price is not known beforehand. */
	cost: z
		.object({
			estimated: z.number().optional(),
			atMost: z.number().optional(),
			/** Set where the price may be another than the estimate. */
			isAbout: z.boolean().optional(),
		})
		.optional(),
	/** Unix milliseconds since which the service answers that it does not know the task. */
	unknownSince: z.number().optional(),
	/** Unix milliseconds since which the task is completed without a video. */
	withoutVideoSince: z.number().optional(),
	/** Set for a task of another execution, which gets the callback. */
	isAdopted: z.boolean().optional(),
});

/** A hash of each field that decides which task comes out: of the form's text and of the item's value. */
const fingerprintSchema = z.record(z.string(), z.object({ form: z.string(), value: z.string() }));

/** A request for a new task: counted against the budget, on its way, or without an answer. */
const attemptSchema = z.object({
	state: z.enum(['reserved', 'sent', 'lost']),
	/** Credits that the task costs at most. */
	credits: z.number().optional(),
	/** Why the answer was lost. */
	reason: object<ErrorDetails>().optional(),
});

/** A run of an AI agent, and one of n8n's tries of it. */
const agentTrySchema = z.object({
	run: z.string(),
	/** Where `turn` is set, an id of one request of the try: all calls that the agent makes at once. */
	try: z.string(),
	/** Earlier calls that the agent remembers. */
	turn: z.number().optional(),
});

const entrySchema = z.object({
	fingerprint: fingerprintSchema.optional(),
	/** Tasks created for the item by this execution. */
	created: z.number(),
	task: paidTaskSchema.optional(),
	attempt: attemptSchema.optional(),
	/** Why the item has no task. */
	refusal: object<ErrorDetails>().optional(),
	/** Set for an entry of the execution that a user's Retry started from, until it is compared with the present request. */
	isOfPriorExecution: z.boolean().optional(),
	/** Set once an agent has received this entry's result. */
	isAnswered: z.boolean().optional(),
	/** The try of the agent that received it. */
	answeredTo: agentTrySchema.optional(),
});

/** Everything the node knows of one run. n8n saves it with the execution. */
export const ledgerSchema = z.object({
	version: z.literal(VERSION),
	executionId: z.string(),
	runIndex: z.number(),
	/** By item; for an agent's tool by item, run index and call. */
	entries: z.record(z.string(), entrySchema),
	/** Sentences shown beside the output. */
	hints: z.array(z.string()),
	maxConcurrency: z.number().optional(),
	/** Set where one item's error does not end the run. */
	continues: z.boolean().optional(),
	/** Set while the execution is parked; the time in Unix milliseconds. */
	suspension: z
		.object({
			id: z.string(),
			resumesAt: z.number(),
			/** Set where the entry of n8n's stack that goes on has the id, too. */
			isOnStack: z.boolean().optional(),
		})
		.optional(),
});

export type TaskSettings = z.output<typeof taskSettingsSchema>;
export type PaidTask = z.output<typeof paidTaskSchema>;
export type Fingerprint = z.output<typeof fingerprintSchema>;
export type AgentTry = z.output<typeof agentTrySchema>;
export type Entry = z.output<typeof entrySchema>;
export type Ledger = z.output<typeof ledgerSchema>;

/** The deadline in Unix milliseconds of a wait that begins now. */
export const deadlineOf = ({ timeout }: Pick<TaskSettings, 'timeout'>, now = Date.now()) =>
	now + timeout * 60_000;
