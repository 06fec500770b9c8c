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
import { HappyHorseError, toErrorJson, toDetails, withDetails } from '../errors/errors';
import { takesFiles } from '../n8n/execution';
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
 * Answers a callback and decides whether it starts a run. Nothing in it is trusted unless verification is off: the
 * service confirms the task, and its answer becomes the output.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const { callback } = received;
	const settings = settingsOf(context);
	if (!isWantedEvent(settings, callback.claim) || !isWantedMode(settings, callback.mode))
		return answer(context, 200);
	// people send the same callback to the test URL again and again
	const isTest = context.getMode() === 'manual';
	const dedup = settings.options.deduplicate && !isTest ? new DedupStore(context) : undefined;
	if (dedup?.has(callback.taskId)) return answer(context, 200);
	const found = await verify(context, settings, callback);
	if ('status' in found) return answer(context, found.status);
	const { value: task } = found.task;
	if (!isWantedEvent(settings, task.status) || !isWantedMode(settings, modeOf(task.model) ?? null))
		return answer(context, 200);
	// an old task may have had a run that is no longer remembered
	if (dedup?.isTooOld(task)) return answer(context, 200);
	if (dedup && !dedup.claim(task.id)) return answer(context, 200);
	if (!settings.downloadVideo || task.status === 'failed') {
		await dedup?.commit(task.id);
		return { workflowData: [[{ json: jsonOf(found.task, settings) }]] };
	}
	if (!takesFiles(context)) {
		await dedup?.commit(task.id);
		const json = { ...jsonOf(found.task, settings), downloadError: toErrorJson(notTaken()) };
		return { workflowData: [[{ json }]] };
	}
	const answered = answer(context, 200);
	// the caller won't deliver it again if n8n stops before the run begins
	context.logger.info(`HappyHorse task ${task.id} is finished; downloading its video for a run`);
	const item = await withVideo(context, found.task, settings);
	await dedup?.commit(task.id);
	return { ...answered, workflowData: [[item]] };
}

const notTaken = () =>
	new HappyHorseError({
		message: "n8n's second engine takes no files from a trigger",
		description:
			'Turn off Download Video, and add a HappyHorse node with Video: Download and the Task ID after the trigger.',
		code: 'not_supported',
	});

function settingsOf(context: IWebhookFunctions): Settings {
	const names = ['events', 'simplify', 'downloadVideo', 'options'];
	return settingsSchema.parse(
		Object.fromEntries(names.map((name) => [name, context.getNodeParameter(name)])),
	);
}

/** Accepts a callback without a status: the service will tell. */
const isWantedEvent = ({ events }: Settings, status: string | undefined) =>
	status === undefined || events.includes(`task.${status}`);

/** @param mode null if the service names a model that this package does not know */
const isWantedMode = ({ options: { modes } }: Settings, mode: Mode | null | undefined) =>
	mode === undefined || modes.length === 0 || (mode !== null && modes.includes(mode));

/** Confirms a callback: gives the finished task, or the status that rejects the callback. */
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

/** Item with the task and its video file. The caller has its answer already, so an error goes into the item. */
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
		const { binary } = await deliver(connect, task, { settings: delivery });
		return { json, binary };
	} catch (error) {
		return { json: { ...json, downloadError: toErrorJson(error) } };
	}
}
