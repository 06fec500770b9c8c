/* eslint-disable @n8n/community-nodes/no-restricted-imports -- a program for a developer's machine */
import { setTimeout as sleep } from 'node:timers/promises';

import type { IBinaryData } from 'n8n-workflow';

import { HappyHorseError } from '../../nodes/HappyHorse/errors/errors';
import { downloadVideo } from '../../nodes/HappyHorse/files/download';
import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { creditsToUsd, estimateCredits } from '../../nodes/HappyHorse/contract/cost';
import { parseVideoRequest } from '../../nodes/HappyHorse/contract/requests';
import { isOver, videoUrlsOf } from '../../nodes/HappyHorse/contract/responses';
import type { Task } from '../../nodes/HappyHorse/contract/responses';
import { postGeneration, fetchTask } from '../../nodes/HappyHorse/service/client';
import { checkCallback } from './callback';
import type { Patience } from './free';
import { balanceOf, spentBetween } from './free';
import type { Listener } from './listener';
import type { Report } from './report';
import { fieldsOf, timeOf, typeOf } from './shape';
import type { Wire } from './wire';

/** The cheapest video there is. */
const VIDEO = {
	prompt: 'A horse gallops along a beach at sunrise',
	aspectRatio: '16:9',
	resolution: '720p',
	duration: 3,
};

/** The same as it is sent. */
export const VIDEO_BODY = {
	model: 'happyhorse-1.0-text-to-video',
	input: { prompt: VIDEO.prompt, aspect_ratio: '16:9', resolution: '720p', duration: 3 },
};

const ORDER = ['pending', 'processing', 'completed'];

export interface Spending extends Patience {
	/** The most credits that may be spent. */
	spend: number;
	/** Public URL of a clip of 3840 × 2160 and 3 seconds, to be edited. */
	clip?: string;
	/** Milliseconds between two looks at the task. */
	lookEveryMs: number;
	/** Milliseconds until nobody waits any more. */
	giveUpMs: number;
	/** Where callbacks are to go, and who takes them there. */
	callback?: { url: string; listener: Listener };
	/** Milliseconds of a minute, less in tests. */
	minuteMs: number;
}

/** A task from its creation to its end, as looks at it have shown it. */
interface Watched {
	/** The last answer, as it came. */
	raw: unknown;
	task: Task;
	/** Each status, and milliseconds after the creation at which it was first seen. */
	states: Array<{ status: string; ms: number }>;
	/** Looks that did not find it at first. */
	missed: number;
	foundAfterMs: number;
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** Looks until the task has ended; undefined if it does not in time. */
export async function watch(
	wire: Wire,
	taskId: string,
	report: Report,
	{ lookEveryMs, giveUpMs, patienceMs }: Spending,
): Promise<Watched | undefined> {
	const startedAt = Date.now();
	const since = () => Date.now() - startedAt;
	const states: Watched['states'] = [];
	let missed = 0;
	let foundAfterMs = 0;
	for (; since() < giveUpMs; await sleep(lookEveryMs)) {
		const answer = await fetchTask(wire.connection, taskId, patienceMs).catch((error: unknown) => {
			const isMissing = error instanceof HappyHorseError && error.details.code === 'task_not_found';
			report.say(`  not found yet, after ${seconds(since())}`);
			return isMissing ? undefined : Promise.reject(error);
		});
		if (!answer) {
			missed++;
			continue;
		}
		if (states.length === 0) foundAfterMs = since();
		const { value: task, raw } = answer;
		if (states.at(-1)?.status !== task.status) {
			states.push({ status: task.status, ms: since() });
			report.say(`  ${task.status} after ${seconds(since())}`);
		}
		if (isOver(task)) return { raw, task, states, missed, foundAfterMs };
	}
	return undefined;
}

/** What a task went through, without when; the same as expected if it is a part of it that ends as it does. */
const isInOrder = (states: Watched['states']) => {
	const places = states.map(({ status }) => ORDER.indexOf(status));
	return (
		places.at(-1) === ORDER.length - 1 &&
		places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1]))
	);
};

function checkTask({ raw, task, states, missed, foundAfterMs }: Watched, report: Report): void {
	const where = 'GET /v1/tasks/{taskId}';
	const add = (line: {
		id: string;
		what: string;
		expected: string;
		came: string;
		same?: boolean;
	}) => report.add({ where, ...line });
	add({
		id: 'found',
		what: 'The first look after the creation',
		expected: 'finds the task',
		came:
			missed === 0
				? 'finds the task'
				: `look ${missed + 1} finds it, after ${seconds(foundAfterMs)}`,
	});
	add({
		id: 'states',
		what: 'Its states',
		expected: ORDER.join(' → '),
		came: states.map(({ status, ms }) => `${status} (${seconds(ms)})`).join(' → '),
		same: isInOrder(states),
	});
	const isWrapped = 'data' in fieldsOf(raw);
	add({
		id: 'not wrapped',
		what: 'The answer',
		expected: 'the task, not in an envelope',
		came: isWrapped ? 'the task, in an envelope' : 'the task, not in an envelope',
	});
	const body = isWrapped ? fieldsOf(fieldsOf(raw).data) : fieldsOf(raw);
	add({
		id: 'model',
		what: 'Its model',
		expected: 'happyhorse-1.0-text-to-video',
		came: String(body.model),
	});
	add({
		id: 'times',
		what: 'created_at, completed_at',
		expected: 'Unix seconds, Unix seconds',
		came: `${timeOf(body.created_at)}, ${timeOf(body.completed_at)}`,
	});
	const { urls, metadata } = fieldsOf(body.output);
	const addresses = videoUrlsOf(task);
	add({
		id: 'urls',
		what: 'output.urls',
		expected: '1 address',
		came: `${addresses.length} ${addresses.length === 1 ? 'address' : 'addresses'}${Array.isArray(urls) ? '' : `, ${typeOf(urls)}`}`,
	});
	const { usage, duration, ratio } = fieldsOf(metadata);
	const { video_duration: length = duration, video_ratio: shape = ratio } = fieldsOf(usage);
	add({
		id: 'metadata',
		what: 'output.metadata',
		expected: '3 seconds, 16:9, in usage or beside it',
		came: `${JSON.stringify(length)} seconds, ${shape}, ${usage === undefined ? 'not in usage' : 'in usage'}`,
		same: length === VIDEO.duration && shape === VIDEO.aspectRatio,
	});
}

/** What a downloaded clip is, read from where n8n keeps it. */
async function clipIn({ connection }: Wire, { id = '', bytes }: IBinaryData) {
	const stream = await connection.context.helpers.getBinaryStream(id);
	try {
		return await readClip(new StreamBytes(stream, bytes));
	} finally {
		stream.destroy();
	}
}

/** Downloads a task's video. */
export const fileOf = async ({ connection }: Wire, task: Task): Promise<IBinaryData> =>
	await downloadVideo(connection, {
		...{ videoUrl: videoUrlsOf(task)[0] ?? '', task, stem: 'live' },
	});

async function checkFile(wire: Wire, task: Task, report: Report): Promise<IBinaryData | undefined> {
	const [url = ''] = videoUrlsOf(task);
	const add = (line: {
		id: string;
		what: string;
		expected: string;
		came: string;
		same?: boolean;
	}) => report.add({ where: 'Callback', ...line });
	try {
		const file = await fileOf(wire, task);
		const { status, headers = {} } = wire.last ?? {};
		const { host } = new URL(url);
		add({
			id: 'file',
			what: 'The file, asked for without the key',
			expected: '200 video/mp4',
			came: `${status} ${headers['content-type']}`,
		});
		add({
			id: 'host',
			what: 'Its host',
			expected: 'another than the API’s',
			came: host,
			same: host !== new URL((await wire.connection.access()).baseUrl).host,
		});
		const clip = await clipIn(wire, file);
		const { format, duration = NaN, width = NaN, height = NaN } = clip ?? {};
		const isWide = Math.abs(width / height - 16 / 9) < 0.02;
		add({
			id: 'clip',
			what: 'The clip',
			expected: 'MP4 of 3 seconds, 16:9',
			came: `${format} of ${duration} seconds, ${width} × ${height}, ${file.fileSize}`,
			same: format === 'MP4' && Math.abs(duration - VIDEO.duration) <= 0.5 && isWide,
		});
		return file;
	} catch (error) {
		const came = error instanceof Error ? error.message : String(error);
		add({ id: 'file', what: 'The file', expected: '200 video/mp4', came });
		return undefined;
	}
}

/**
 * Makes the cheapest video, and watches it from its creation to its end.
 *
 * @returns its file, and the credits that are left to spend; undefined unless it was completed
 *
 * @throws HappyHorseError that names the task, where it can't be watched any more
 */
export async function checkPaid(
	wire: Wire,
	report: Report,
	spending: Spending,
): Promise<{ first?: IBinaryData; left: number } | undefined> {
	const { isPublic: publicOnly } = wire.connection;
	const { callback } = spending;
	const request = parseVideoRequest(
		'textToVideo',
		{ ...VIDEO, callbackUrl: callback?.url },
		{ publicOnly },
	);
	if (!('value' in request))
		return void report.stop(
			request.complaints.map(({ field, message }) => `${field} ${message}`).join('; '),
		);
	const { body, cost } = request.value;
	const price = estimateCredits(cost) ?? NaN;
	const before = await balanceOf(wire, spending);
	report.say(
		`The next request makes a video and costs ${price} credits (${creditsToUsd(price)} USD), of ${spending.spend} that may be spent; the balance is ${before}.`,
	);
	if (!(price <= spending.spend && price <= before))
		return void report.stop('That is more than there is to spend, so nothing is sent.');
	const { value: taskId } = await postGeneration(wire.connection, body, spending.patienceMs);
	const { status, body: created } = wire.last ?? {};
	const { code, msg } = fieldsOf(created);
	report.add({
		id: 'created',
		what: 'A video of 3 seconds at 720p',
		expected: '200, code 200, msg "success", data.taskId',
		where: 'POST /v1/videos/generations',
		came: `${status}, code ${JSON.stringify(code)}, msg ${JSON.stringify(msg)}, data.taskId`,
	});
	report.say(`The task is ${taskId}.`);
	const addPrice = async (id: string, what: string, expected: number) =>
		report.add({
			id,
			what,
			expected: `${expected} credits less`,
			where: 'Price',
			came: `${spentBetween(before, await balanceOf(wire, spending))} credits less`,
		});
	await addPrice('charged', 'The balance after the creation', price);
	const watched = await watch(wire, taskId, report, spending);
	if (!watched)
		return void report.stop(
			`Task ${taskId} has not ended in ${seconds(spending.giveUpMs)}. It goes on, and is already paid for.`,
		);
	checkTask(watched, report);
	const { status: end } = watched.task;
	const first = end === 'completed' ? await checkFile(wire, watched.task, report) : undefined;
	await addPrice('price', `The balance once the task is ${end}`, end === 'failed' ? 0 : price);
	if (callback) {
		const { raw } = watched;
		await checkCallback(callback.listener, fieldsOf(raw).data ?? raw, report, spending.minuteMs);
	}
	return end === 'completed' ? { first, left: spentBetween(spending.spend, price) } : undefined;
}
