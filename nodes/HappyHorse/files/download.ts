import type { IBinaryData } from 'n8n-workflow';

import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import { LIMITS, MEGABYTE } from '../contract/limits';
import { monotonicNow } from '../common/time';
import type { Task } from '../contract/responses';
import { settlingMs } from '../contract/responses';
import type { Connection, Context } from '../service/connection';
import type { ErrorDetails } from '../errors/errors';
import { HappyHorseError, withDetails } from '../errors/errors';
import { quote, wayTo } from '../errors/messages';
import { formatOf, HEAD } from '../media/formats';
import { safeFileName } from './names';
import type { Readable } from './open';
import { Blocked, openFile, Unavailable } from './open';
import type { Traffic } from './traffic';
import { watchTraffic } from './traffic';

const MAX_ATTEMPTS = 3;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

const FALLBACK_TYPE = 'video/mp4';
const NOT_A_VIDEO = /^(text\/|application\/(json|xml|xhtml))/i;

/** Formats that may be a video; a file of any other is rejected. */
const VIDEO_FORMATS = ['MP4', 'MOV', '3GP', 'WEBM or MKV', 'AVI', 'OGG', 'FLV', 'MPEG', 'unknown'];
const VIDEO_ENDING = /\.(mp4|m4v|mov|3gp|webm|mkv|avi|ogv|flv|mpe?g)$/i;

/** Error of one attempt; a transient one may not recur on the next. */
class DownloadError extends HappyHorseError {}

/** Refusal by the file host, which may only not have the file yet. */
class NotThereError extends DownloadError {}

/**
 * Streams a finished video into n8n's binary storage, without holding it in memory or sending the API key to its host.
 *
 * @param task its completion tells whether the file may still be on its way to its host
 * @param stem the file's name without its ending
 * @throws HappyHorseError with the URL, because the video is paid for
 */
export async function downloadVideo(
	connection: Connection,
	{ videoUrl, task, stem }: { videoUrl: string; task: Task; stem: string },
): Promise<IBinaryData> {
	try {
		const url = parseHttpUrl(videoUrl);
		if (url && !(connection.isPublic && !isPublicHost(url)))
			return await downloadWithin(connection, { url, stem, task });
		throw unavailable('its URL is not a public one', 'invalid_video_url');
	} catch (error) {
		if (!(error instanceof DownloadError)) throw withDetails(error, { videoUrl });
		const description = error.details.description || wayOut(connection.offersRetry);
		throw withDetails(error, { videoUrl, description });
	}
}

/** Tries several times: in the first minute after completion the file may not have reached its host. */
async function downloadWithin(
	connection: Connection,
	{ url, stem, task }: { url: URL; stem: string; task: Task },
): Promise<IBinaryData> {
	const { fileLimiter, stop } = connection;
	const waitMs = settlingMs(task);
	const startedAt = monotonicNow();
	for (let attempt = 1; ; attempt++) {
		try {
			return await fileLimiter.run(
				async () =>
					await stop.during(async (signal) => await attemptOnce(connection, { url, stem, signal })),
				stop,
			);
		} catch (error) {
			stop.throwIfStopped();
			if (!(error instanceof DownloadError)) throw withDetails(error, {});
			const isEarly = monotonicNow() - startedAt < waitMs;
			if (error instanceof NotThereError ? !isEarly : attempt >= MAX_ATTEMPTS || !error.isTransient)
				throw expiredAfter(error, task);
		}
		await stop.pause(Math.min(PAUSE_MS * attempt, LONGEST_PAUSE_MS));
	}
}

async function attemptOnce(
	{ context, isPublic }: Connection,
	{ url, stem, signal }: { url: URL; stem: string; signal: AbortSignal },
): Promise<IBinaryData> {
	// aborts the request, because destroying the stream that n8n's HTTP client wraps has no effect while it waits
	const request = new AbortController();
	const traffic = watchTraffic(() => request.abort());
	try {
		const { statusCode, headers, body } = await openFile(context, url.href, {
			signal: AbortSignal.any([signal, request.signal]),
			publicOnly: isPublic,
		}).catch((error) => {
			if (error instanceof Blocked) throw unavailable(error.message, 'download_refused');
			throw transient(error instanceof Unavailable ? error.message : 'its host returned no file');
		});
		const contentType = String(headers['content-type'] ?? '');
		const objection = objectionTo(statusCode);
		if (objection) throw objection;
		if (Number(headers['content-length']) > LIMITS.download.megabytes * MEGABYTE) throw tooLarge();
		traffic.follow(body);
		const objectionToHead = watchHead(body, contentType, () => request.abort());
		const fileName = safeFileName(stem, endingOf(url));
		const binary = await store(context, body, fileName, contentType).catch((error: unknown) => {
			// checked first, because a wrong format aborts the connection as well
			const notAVideo = objectionToHead();
			if (notAVideo) throw notAVideo;
			if (traffic.stoppedFor) throw STOPPED[traffic.stoppedFor]();
			throw traffic.isBroken ? transient('the connection broke off') : notStored(error);
		});
		if (traffic.received === 0) throw transient('the file is empty');
		const notAVideo = objectionToHead();
		if (notAVideo) throw notAVideo;
		return binary;
	} finally {
		traffic.end();
		request.abort();
	}
}

async function store(context: Context, body: Readable, fileName: string, contentType: string) {
	const mimeType = contentType.startsWith('video/') ? contentType.split(';')[0] : FALLBACK_TYPE;
	return await context.helpers.prepareBinaryData(body, fileName, mimeType);
}

/**
 * Checks a stream's first bytes as they pass, without consuming them. Bytes of no known format are a video's, unless the
 * content type speaks against it: hosts give even videos out as text.
 *
 * @param onObjection called once if they are not a video's
 * @returns function that returns the objection to the bytes so far
 */
function watchHead(
	body: Readable,
	contentType: string,
	onObjection: () => void,
): () => DownloadError | undefined {
	let head: number[] = [];
	const isDoubtful = NOT_A_VIDEO.test(contentType);
	const objection = () => {
		const format = formatOf(Uint8Array.from(head));
		const isUnknown = format === 'unknown';
		if (VIDEO_FORMATS.includes(format) && !(isUnknown && isDoubtful)) return undefined;
		const returned = isUnknown ? contentType.split(';')[0] : format;
		return unavailable(`its URL returned ${returned} instead of a video`, 'not_a_video');
	};
	// doesn't start the stream, see `Traffic.follow`
	body.prependListener('data', (chunk: Uint8Array) => {
		if (head.length >= HEAD) return;
		head = [...head, ...chunk.subarray(0, HEAD)];
		if (head.length >= HEAD && objection()) onObjection();
	});
	return objection;
}

function objectionTo(statusCode: number): DownloadError | undefined {
	if ([202, 403, 404, 410, 425].includes(statusCode))
		return new NotThereError({
			...detailsOf(`the file host answers ${statusCode}`, 'download_refused'),
			httpCode: statusCode,
		});
	if (statusCode === 429 || statusCode >= 500)
		return transient(`the file host answers ${statusCode}`);
	if (statusCode !== 200)
		return unavailable(`the file host answers ${statusCode}`, 'download_refused');
	return undefined;
}

/** A video's extension, by which n8n chooses its preview. */
const endingOf = ({ pathname }: URL) => VIDEO_ENDING.exec(pathname)?.[0].toLowerCase() ?? '.mp4';

const detailsOf = (reason: string, code: string): ErrorDetails => ({
	message: `The video is finished but could not be downloaded: ${reason}`,
	description: '',
	code,
});

/** How to get a paid video all the same. */
const wayOut = (offersRetry: boolean) =>
	`The video is made and paid for, so don’t make it again. Within ${LIMITS.videoUrlLifetime} hours of completion, open the video URL, or ${wayTo(offersRetry, 'the Video: Download operation with its task ID')}.`;

/** Turns the file host's refusal into word that the video's URL has expired, where its time is over. */
function expiredAfter(error: DownloadError, { completed_at: completedAt }: Task): DownloadError {
	const endsAt = ((completedAt ?? Infinity) + LIMITS.videoUrlLifetime * 3_600) * 1_000;
	if (!(error instanceof NotThereError) || Date.now() < endsAt) return error;
	const reason = `its URL no longer works (status ${error.details.httpCode}). Video URLs expire ${LIMITS.videoUrlLifetime} hours after completion`;
	const { message, code } = detailsOf(reason, 'video_expired');
	return new DownloadError({
		...{ message, code },
		description: 'Nobody can fetch it any more. Download videos within that time.',
	});
}

const unavailable = (reason: string, code: string) => new DownloadError(detailsOf(reason, code));
const tooLarge = () => {
	const { message, code } = detailsOf(
		`it is larger than ${LIMITS.download.megabytes} MB`,
		'download_refused',
	);
	const description = `The video is made and paid for, so don’t make it again. Within ${LIMITS.videoUrlLifetime} hours of completion, open the video URL.`;
	return new DownloadError({ message, description, code });
};
const notStored = (error: unknown) =>
	unavailable(
		`n8n could not store the file: ${quote(error instanceof Error ? error.message : '')}`,
		'storage_refused',
	);
const transient = (reason: string) =>
	new DownloadError(detailsOf(reason, 'download_interrupted'), true);

const STOPPED: Record<NonNullable<Traffic['stoppedFor']>, () => DownloadError> = {
	stalling: () => transient('its host sent almost no data for a minute'),
	size: tooLarge,
	time: () =>
		unavailable(
			`its host did not send it within ${LIMITS.download.minutes} minutes`,
			'download_interrupted',
		),
};
