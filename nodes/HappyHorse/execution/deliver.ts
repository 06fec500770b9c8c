import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { DASHBOARD } from '../contract/dashboard';
import { LIMITS } from '../contract/limits';
import { modeOf } from '../contract/modes';
import type { Task } from '../contract/responses';
import { clipOf, videoUrlsOf } from '../contract/responses';
import type { Connection } from '../service/connection';
import { downloadVideo } from '../files/download';
import type { TaskSettings } from '../ledger/ledger';
import { defaultStem } from '../files/names';
import { HappyHorseError } from '../errors/errors';
import type { Answer } from '../service/client';
import { quote } from '../errors/messages';
import { inEnglish } from '../errors/reasons';

const toIso = (unixSeconds: number | undefined) =>
	unixSeconds === undefined || Number.isNaN(new Date(unixSeconds * 1_000).getTime())
		? undefined
		: new Date(unixSeconds * 1_000).toISOString();

/** Without the fields that are not known: they are left out, never invented. */
export function known(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Facts about a task that this package has and the service does not give. */
interface Own {
	prompt?: string;
	seed?: number;
	cost?: { estimated?: number };
}

/** A task as a workflow uses it: at most ten fields, n8n's rule for Simplify, and the seed where the user set one. */
export function simplify(task: Task, { prompt, seed, cost }: Own = {}): IDataObject {
	const { id: taskId, status, completed_at: completedAt } = task;
	const mode = modeOf(task.model);
	if (status === 'failed') return known({ taskId, status, prompt, mode, error: failureOf(task) });
	const [videoUrl] = videoUrlsOf(task);
	return known({
		...{ taskId, status, videoUrl, prompt, mode },
		...clipOf(task),
		creditsEstimated: cost?.estimated,
		completedAt: toIso(completedAt),
		expiresAt:
			completedAt === undefined
				? undefined
				: toIso(completedAt + LIMITS.videoUrlLifetime * 60 * 60),
		seed,
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
			...(task.mayBeCharged && { mayBeCharged: true as const }),
		});
	}
	if (task.status !== 'completed')
		throw new HappyHorseError({
			...about,
			message: `The video is not ready yet: the task is ${quote(task.status)}`,
			description: `Wait for task ${task.id} to complete, for example with the Task Get operation and ‘Wait for Completion’.`,
			code: 'not_ready',
		});
	const [videoUrl] = videoUrlsOf(task);
	if (videoUrl === undefined)
		throw new HappyHorseError({
			...about,
			message: 'The task is completed, but HappyHorse returned no video for it',
			description: `Check task ${task.id} again later with the Task Get operation and ‘Simplify’ off. If there is still no video, contact HappyHorse: the task is paid for.`,
			code: 'no_video',
		});
	return videoUrl;
}

type OutputChoice = Pick<TaskSettings, 'simplify' | 'fields'>;

/** Settings for the delivery of a finished task, and what is known of it. */
export interface Delivery extends Own {
	settings: OutputChoice & Pick<TaskSettings, 'downloadVideo' | 'binaryPropertyName' | 'fileName'>;
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
	{ settings, ...own }: Delivery,
): Promise<INodeExecutionData> {
	const videoUrl = videoUrlOf(task);
	const json = shaped(settings, () => simplify(task, own), raw);
	if (!settings.downloadVideo) return { json };
	const stem = settings.fileName?.replace(/\.mp4$/i, '') || defaultStem(task.id, own.prompt);
	const video = await downloadVideo(await connect(), { videoUrl, task, stem });
	return { json, binary: { [settings.binaryPropertyName]: video } };
}
