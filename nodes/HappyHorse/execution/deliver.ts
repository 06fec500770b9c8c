import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { DASHBOARD } from '../contract/dashboard';
import { LIMITS } from '../contract/limits';
import { modeOf } from '../contract/modes';
import type { Task } from '../contract/responses';
import { clipOf, videoUrlsOf } from '../contract/responses';
import type { Connection } from '../service/connection';
import { downloadVideo } from '../files/download';
import type { TaskSettings } from '../ledger/ledger';
import { HappyHorseError } from '../errors/errors';
import type { Answer } from '../service/client';
import { quote } from '../errors/messages';
import { inEnglish } from '../errors/reasons';

const toIso = (unixSeconds: number | undefined) =>
	unixSeconds === undefined || Number.isNaN(new Date(unixSeconds * 1_000).getTime())
		? undefined
		: new Date(unixSeconds * 1_000).toISOString();

/** Without the fields that are not known: they are left out, never invented. */
function known(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/**
 * A task as a workflow uses it.
 *
 * @param more what this package knows besides, such as the estimated price
 */
export function simplify(task: Task, more: { creditsEstimated?: number } = {}): IDataObject {
	const { completed_at: completedAt } = task;
	const common = {
		taskId: task.id,
		status: task.status,
		mode: modeOf(task.model),
		model: task.model,
	};
	const { creditsEstimated } = more;
	const createdAt = toIso(task.created_at);
	if (task.status === 'failed')
		return known({ ...common, error: failureOf(task), creditsEstimated, createdAt });
	const videoUrls = videoUrlsOf(task);
	return known({
		...common,
		videoUrl: videoUrls[0],
		videoUrls: videoUrls.length > 0 ? videoUrls : undefined,
		...clipOf(task),
		creditsEstimated,
		createdAt,
		completedAt: toIso(completedAt),
		expiresAt:
			completedAt === undefined
				? undefined
				: toIso(completedAt + LIMITS.videoUrlLifetime * 60 * 60),
	});
}

/** Output as the user wants it: as the service gave it, simplified, or some fields of that. */
export const shaped = (choice: OutputChoice, simplified: () => IDataObject, raw: IDataObject) =>
	choice.simplify ? selected(simplified(), choice) : raw;

/** Keeps the selected fields, besides the task's id and the reason why there is no video. */
export const selected = (json: IDataObject, { fields }: Pick<OutputChoice, 'fields'>) =>
	fields === undefined
		? json
		: Object.fromEntries(
				Object.entries(json).filter(([name]) => ['taskId', 'error', ...fields].includes(name)),
			);

const failureOf = ({ error }: Task) => ({
	code: error?.code ?? 'unknown',
	message: error?.message ?? 'HappyHorse gave no reason',
});

/** The contract promises a refund for the status `failed` alone. */
const refundOf = ({ id, mayBeCharged }: Task) =>
	mayBeCharged
		? `HappyHorse does not say whether the credits for task ${id} are refunded: compare the balance in your dashboard (${DASHBOARD.billing}) before you make the video again.`
		: `Credits for task ${id} were refunded.`;

/**
 * The URL of a finished task's video.
 *
 * @throws HappyHorseError if the task failed, is not finished, or has no video to give
 */
function videoUrlOf(task: Task): string {
	const about = { taskId: task.id, status: task.status };
	if (task.status === 'failed') {
		const { code, message } = failureOf(task);
		throw new HappyHorseError({
			...about,
			message: `HappyHorse could not make this video: ${inEnglish(quote(message))}`,
			description: `${refundOf(task)} If the reason names the prompt or an image, change it. Otherwise run the item again later.`,
			code,
		});
	}
	if (task.status !== 'completed')
		throw new HappyHorseError({
			...about,
			message: `The video is not ready yet: the task is ${quote(task.status)}`,
			description: `Wait for task ${task.id} to complete, for example with the Task Get operation and Wait for Completion.`,
			code: 'not_ready',
		});
	const [videoUrl] = videoUrlsOf(task);
	if (videoUrl === undefined)
		throw new HappyHorseError({
			...about,
			message: 'The task is completed, but HappyHorse returned no video for it',
			description: `Check task ${task.id} again later with the Task Get operation and Simplify off. If there is still no video, contact HappyHorse: the task is paid for.`,
			code: 'no_video',
		});
	return videoUrl;
}

type OutputChoice = Pick<TaskSettings, 'simplify' | 'fields'>;

/** Settings for the delivery of a finished task, and its estimated cost. */
export interface Delivery {
	settings: OutputChoice & Pick<TaskSettings, 'downloadVideo' | 'binaryPropertyName'>;
	cost?: { estimated?: number };
}

/**
 * Makes the item of a finished task, with its video as a file if set.
 *
 * @param connect connects to the service, for the limits of a download
 * @throws HappyHorseError if there is no video to deliver
 */
export async function deliver(
	connect: () => Promise<Connection>,
	{ value: task, raw }: Answer<Task>,
	{ settings, cost }: Delivery,
): Promise<INodeExecutionData> {
	const videoUrl = videoUrlOf(task);
	const simplified = () => simplify(task, { creditsEstimated: cost?.estimated });
	const json = shaped(settings, simplified, raw);
	if (!settings.downloadVideo) return { json };
	const video = await downloadVideo(await connect(), videoUrl, task);
	return { json, binary: { [settings.binaryPropertyName]: video } };
}
