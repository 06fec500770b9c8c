import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { z } from 'zod';

import { fetchTaskOnce } from './singleFlight';
import { deliver, simplify } from '../execution/deliver';
import type { Callback } from '../contract/callback';
import type { Mode } from '../contract/modes';
import { modeOf } from '../contract/modes';
import type { Task } from '../contract/responses';
import { isOver, taskSchema } from '../contract/responses';
import { hideSignedUrls } from '../errors/redaction';
import type { AnswerStatus } from './incoming';
import { answer, ASKING_MS, receiveCallback } from './incoming';
import { connectForCallback, withDeadline } from '../service/connection';
import { toErrorJson, toDetails, withDetails } from '../errors/errors';
import { LimiterGroup } from '../service/limiter';
import type { Answer } from '../service/client';
import { DedupStore, triggerOf } from './dedupStore';
import { isUnknown, cacheUnknown } from './negativeCache';

/** Callbacks that may wait for their turn at one trigger: more could not be answered in time. */
const MAX_QUEUED = 1_000;
/** Requests to the service at once, whatever strangers send: for each trigger, and for all of them. */
const CHECKS = new LimiterGroup({ each: 25, all: 100, queued: MAX_QUEUED });
/** Downloads at once: for each trigger, and for all of them. */
const DOWNLOADS = new LimiterGroup({ each: 5, all: 20, queued: MAX_QUEUED });

const settingsSchema = z.object({
	events: z.array(z.string()),
	simplify: z.boolean(),
	downloadVideo: z.boolean(),
	options: z.object({
		modes: z.array(z.string()).default([]),
		verification: z.enum(['api', 'none']).default('api'),
		deduplicate: z.boolean().default(true),
		binaryPropertyName: z.string().default('data'),
	}),
});

type Settings = z.output<typeof settingsSchema>;

/**
 * Answers a callback and decides whether it starts a run. Unless the user says otherwise nothing in it is believed:
 * the service is asked about the task, and the output is made of its answer.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const { callback } = received;
	const settings = settingsOf(context);
	if (!isWantedEvent(settings, callback.claim) || !isWantedMode(settings, callback.mode))
		return answer(context, 200);
	// who listens to the test URL sends the same callback again and again
	const isTest = context.getMode() === 'manual';
	const dedup = settings.options.deduplicate && !isTest ? new DedupStore(context) : undefined;
	if (dedup?.has(callback.taskId)) return answer(context, 200);
	const found = await verify(context, settings, callback);
	if ('status' in found) return answer(context, found.status);
	const { value: task } = found.task;
	if (!isWantedEvent(settings, task.status) || !isWantedMode(settings, modeOf(task.model) ?? null))
		return answer(context, 200);
	// an old one may have had its run without being remembered any more
	if (dedup?.isTooOld(task)) return answer(context, 200);
	if (dedup && !dedup.claim(task.id)) return answer(context, 200);
	if (!settings.downloadVideo || task.status === 'failed') {
		await dedup?.commit(task.id);
		return { workflowData: [[{ json: jsonOf(found.task, settings) }]] };
	}
	const answered = answer(context, 200);
	// n8n may end before the run begins, and then nobody calls again
	context.logger.info(
		`HappyHorse task ${task.id} is finished, and its video is downloaded for a run`,
	);
	const item = await withVideo(context, found.task, settings);
	await dedup?.commit(task.id);
	return { ...answered, workflowData: [[item]] };
}

function settingsOf(context: IWebhookFunctions): Settings {
	const names = ['events', 'simplify', 'downloadVideo', 'options'];
	return settingsSchema.parse(
		Object.fromEntries(names.map((name) => [name, context.getNodeParameter(name)])),
	);
}

/** What a callback leaves out is not held against it: the service will say. */
const isWantedEvent = ({ events }: Settings, status: string | undefined) =>
	status === undefined || events.includes(`task.${status}`);

/** @param mode null where the service names a model that this package does not know */
const isWantedMode = ({ options: { modes } }: Settings, mode: Mode | null | undefined) =>
	mode === undefined || modes.length === 0 || (mode !== null && modes.includes(mode));

/** The finished task that a callback is about, or the status with which to turn the callback down. */
async function verify(
	context: IWebhookFunctions,
	{ options: { verification } }: Settings,
	{ taskId, claim }: Callback,
): Promise<{ task: Answer<Task> } | { status: AnswerStatus }> {
	if (verification === 'none') {
		const raw = hideSignedUrls(context.getBodyData());
		const parsed = taskSchema.safeParse(raw);
		const isUsable = parsed.success && isOver(parsed.data);
		return isUsable ? { task: { value: parsed.data, raw } } : { status: 400 };
	}
	const deadline = Date.now() + ASKING_MS;
	const connection = await connectForCallback(context, CHECKS.of(triggerOf(context)));
	if (isUnknown(connection, taskId)) return { status: 403 };
	try {
		const task = await withDeadline(
			connection,
			ASKING_MS,
			async (bounded) => await fetchTaskOnce(bounded, taskId, deadline),
		);
		const isTrue = isOver(task.value) && (claim === undefined || claim === task.value.status);
		return isTrue ? { task } : { status: 403 };
	} catch (error) {
		if (toDetails(error).code === 'task_not_found') {
			cacheUnknown(connection, taskId);
			return { status: 403 };
		}
		throw withDetails(error, { taskId });
	}
}

function jsonOf({ value: task, raw }: Answer<Task>, settings: Settings) {
	return settings.simplify ? { event: `task.${task.status}`, ...simplify(task) } : raw;
}

/** The task with its video as a file. The caller has been answered, so what goes wrong is told in the item. */
async function withVideo(
	context: IWebhookFunctions,
	task: Answer<Task>,
	settings: Settings,
): Promise<INodeExecutionData> {
	const json = jsonOf(task, settings);
	try {
		const { binaryPropertyName } = settings.options;
		const delivery = { simplify: settings.simplify, downloadVideo: true, binaryPropertyName };
		const connect = async () => await connectForCallback(context, DOWNLOADS.of(triggerOf(context)));
		const { binary } = await deliver({ connect }, task, { settings: delivery });
		return { json, binary };
	} catch (error) {
		return { json: { ...json, downloadError: toErrorJson(error) } };
	}
}
