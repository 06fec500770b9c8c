import type {
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { deepCopy } from 'n8n-workflow';

import { fetchTaskOnce } from './singleFlight';
import { deliver, simplify } from '../execution/deliver';
import { BoundedMap } from '../common/boundedMap';
import type { Callback } from '../contract/callback';
import { LIMITS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { modeOf } from '../contract/modes';
import type { Task } from '../contract/responses';
import { isOver, lacksVideo, settlingMs, taskSchema } from '../contract/responses';
import { hideSignedUrls } from '../errors/redaction';
import type { AnswerStatus } from './incoming';
import { answer, ASKING_MS, receiveCallback, RunFailure } from './incoming';
import type { TriggerSettings } from './triggerSettings';
import { isVerificationOff, readTriggerSettings, sentenceOf } from './triggerSettings';
import { connectForCallback, withDeadline } from '../service/connection';
import { HappyHorseError, toErrorJson, toDetails, withDetails } from '../errors/errors';
import { takesFiles } from '../n8n/execution';
import { LimiterGroup } from '../service/limiter';
import type { Answer } from '../service/client';
import { DedupStore, triggerOf } from './dedupStore';
import { isUnknown, cacheUnknown } from './negativeCache';

/** Milliseconds in which one run at most fails for a trigger's credential, and triggers that this is known of. */
const TOLD_MS = 60_000;
const MAX_TOLD = 1_000;
/** Callbacks that may wait for their turn at one trigger: more could not be answered in time. */
const MAX_QUEUED = 1_000;
/** Requests to the service at once, whatever strangers send: for each trigger, and for all of them. */
const CHECKS = new LimiterGroup({ each: 25, all: 100, queued: MAX_QUEUED });
/** Downloads at once: for each trigger, and for all of them. */
const DOWNLOADS = new LimiterGroup({ each: 5, all: 20, queued: MAX_QUEUED });

type Settings = TriggerSettings;

/**
 * Answers a callback and decides whether it starts a run. Nothing in it is trusted unless verification is off: the
 * service confirms the task, and its answer becomes the output.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const received = receiveCallback(context);
	if ('status' in received) return answer(context, received.status);
	const { callback } = received;
	const settings = await settingsFor(context, callback);
	if ('status' in settings) return answer(context, settings.status);
	if (!isWantedEvent(settings, callback.claim) || !isWantedMode(settings, callback.mode))
		return answer(context, 200);
	// people send the same callback to the test URL again and again
	const isTest = context.getMode() === 'manual';
	const dedup = settings.deduplicate && !isTest ? new DedupStore(context) : undefined;
	if (dedup?.has(callback.taskId)) return answer(context, 200);
	const found = await verify(context, settings.verification, callback);
	if ('status' in found) return answer(context, found.status);
	const { value: task } = found.task;
	if (!isWantedEvent(settings, task.status) || !isWantedMode(settings, modeOf(task.model) ?? null))
		return answer(context, 200);
	// an old task may have had a run that is no longer remembered
	if (dedup?.isTooOld(task)) {
		context.logger.warn(
			`HappyHorse task ${task.id} starts no run: by this machine’s clock it is older than the ${LIMITS.startedTasks.days} days for which started tasks are remembered. If it has just ended, set the clock right.`,
		);
		return answer(context, 200);
	}
	if (dedup && !dedup.claim(task.id)) return answer(context, 200);
	if (!settings.downloadVideo || task.status === 'failed') {
		await dedup?.commit(task.id);
		return { workflowData: [[{ json: jsonOf(context, found.task, settings) }]] };
	}
	if (!takesFiles(context)) {
		await dedup?.commit(task.id);
		const json = {
			...jsonOf(context, found.task, settings),
			downloadError: toErrorJson(notTaken()),
		};
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
		message: 'n8n’s second engine takes no files from a trigger',
		description:
			'Turn off ‘Download Video’, and add a HappyHorse node with Video: Download and the task ID after the trigger.',
		code: 'not_supported',
	});

/**
 * Reads the trigger's settings. A callback that would be refused for ever for settings that can't be read starts a run that
 * fails, once the service has confirmed it: strangers start none.
 *
 * @returns the status that rejects a callback which is not confirmed
 * @throws RunFailure
 */
async function settingsFor(
	context: IWebhookFunctions,
	callback: Callback,
): Promise<Settings | { status: AnswerStatus }> {
	const settings = readTriggerSettings(context);
	if ('value' in settings) return settings.value;
	const found = await verify(context, isVerificationOff(context) ? 'none' : 'api', callback);
	if ('status' in found) return found;
	const { id: taskId, status } = found.task.value;
	throw new RunFailure({
		message: sentenceOf(settings.complaints),
		description: `Change this setting of the trigger, or what its expression reads. HappyHorse delivers the callback of task ${taskId} again within minutes. After that, fetch the video with the Task Get operation.`,
		code: 'invalid_input',
		...{ taskId, status },
	});
}

/** Accepts a callback without a status: the service will tell. */
const isWantedEvent = ({ events }: Settings, status: string | undefined) =>
	status === undefined || events.some((event) => event === `task.${status}`);

/** @param mode null if the service names a model that this package does not know */
const isWantedMode = ({ modes }: Settings, mode: Mode | null | undefined) =>
	mode === undefined || modes.length === 0 || (mode !== null && modes.includes(mode));

/** Confirms a callback: gives the finished task, or the status that rejects the callback. */
async function verify(
	context: IWebhookFunctions,
	verification: Settings['verification'],
	{ taskId, claim }: Callback,
): Promise<{ task: Answer<Task> } | { status: AnswerStatus }> {
	if (verification === 'none') {
		const raw = hideSignedUrls(context.getBodyData());
		const parsed = taskSchema.safeParse(raw);
		const isUsable = parsed.success && isOver(parsed.data);
		return isUsable ? { task: { value: parsed.data, raw } } : { status: 400 };
	}
	const connection = await connectForCallback(context, CHECKS.of(triggerOf(context))).catch(
		(error: unknown) => {
			throw ofCredential(context, error);
		},
	);
	if (isUnknown(connection, taskId)) return { status: 403 };
	try {
		const task = await withDeadline(
			connection,
			ASKING_MS,
			async (bounded) => await fetchTaskOnce(bounded, taskId, ASKING_MS),
		);
		// its callback comes again, when the video is there
		if (lacksVideo(task.value) && settlingMs(task.value) > 0) return { status: 503 };
		const isTrue = isOver(task.value) && (claim === undefined || claim === task.value.status);
		return isTrue ? { task } : { status: 403 };
	} catch (error) {
		if (toDetails(error).code === 'task_not_found') {
			cacheUnknown(connection, taskId);
			return { status: 403 };
		}
		throw isOfCredential(error) ? ofCredential(context, error) : withDetails(error, { taskId });
	}
}

/** Codes of errors that only a change of the credential gets around. */
const OF_CREDENTIAL = ['invalid_api_key', 'invalid_base_url', 'ip_not_allowed', 'node_error'];

const isOfCredential = (error: unknown) => OF_CREDENTIAL.includes(toDetails(error).code);

/** Triggers that lately had a run which failed for their credential; strangers may call as often as they like. */
const told = new BoundedMap<true>(MAX_TOLD, TOLD_MS);

/** Lets a run fail for the trigger's credential, once a while: otherwise nobody would see why callbacks are refused. */
function ofCredential(context: IWebhookFunctions, error: unknown): Error {
	const details = toDetails(error);
	const trigger = triggerOf(context);
	if (!isOfCredential(error) || told.has(trigger)) return withDetails(error, {});
	told.set(trigger, true);
	return new RunFailure({
		...details,
		description: `${details.description} Until then no callback can be confirmed, so this trigger starts no runs. HappyHorse delivers callbacks again within minutes; fetch older videos with the Task Get operation.`,
	});
}

/** The task, and the query of the callback URL, which the service can't confirm. */
function jsonOf(
	context: IWebhookFunctions,
	{ value: task, raw }: Answer<Task>,
	settings: Settings,
): IDataObject {
	const json = settings.simplify ? { event: `task.${task.status}`, ...simplify(task) } : raw;
	const query = hideSignedUrls(deepCopy((context.getQueryData() ?? {}) as IDataObject));
	return Object.keys(query).length === 0 ? json : { ...json, callback: { query } };
}

/** Item with the task and its video file. The caller has its answer already, so an error goes into the item. */
async function withVideo(
	context: IWebhookFunctions,
	task: Answer<Task>,
	settings: Settings,
): Promise<INodeExecutionData> {
	const json = jsonOf(context, task, settings);
	try {
		const delivery = { ...settings, downloadVideo: true };
		const connect = async () => await connectForCallback(context, DOWNLOADS.of(triggerOf(context)));
		const { binary } = await deliver(connect, task, { settings: delivery });
		return { json, binary };
	} catch (error) {
		const { id: taskId, status } = task.value;
		const downloadError = toErrorJson(withDetails(error, { taskId, status }));
		return { json: { ...json, downloadError } };
	}
}
