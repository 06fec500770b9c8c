import type { IBinaryData } from 'n8n-workflow';

import { isPublicHost, parseHttpUrl } from '../validation/hosts';
import { LIMITS } from '../contract/limits';
import type { Connection, Context } from '../service/connection';
import type { ErrorDetails } from '../errors/errors';
import { HappyHorseError, withDetails } from '../errors/errors';
import { quote } from '../errors/messages';
import { formatOf, HEAD } from '../media/formats';
import type { Readable } from './open';
import { Blocked, openFile, Unavailable } from './open';
import { watchTraffic } from './traffic';

const MOST_ATTEMPTS = 3;
const PAUSE_MS = 1_000;

const FALLBACK_TYPE = 'video/mp4';
const NOT_A_VIDEO = /^(text\/|application\/(json|xml|xhtml))/i;

/** What a file's first bytes may tell of a video; all else that they tell is no video. */
const VIDEO_FORMATS = ['MP4', 'MOV', '3GP', 'WEBM or MKV', 'AVI', 'OGG', 'FLV', 'MPEG', 'unknown'];
const VIDEO_ENDING = /\.(mp4|m4v|mov|3gp|webm|mkv|avi|ogv|flv|mpe?g)$/i;
/** Of a file's name. */
const MOST_CHARACTERS = 100;

/** An error that another attempt may not have. */
class PassingError extends HappyHorseError {}

/**
 * Streams a finished video into n8n's binary storage; it is never held in memory as a whole. The file's host is
 * not the API: the key is not sent there.
 *
 * @throws HappyHorseError that names the URL, for the video is paid for
 */
export async function downloadVideo(
	connection: Connection,
	videoUrl: string,
): Promise<IBinaryData> {
	const { fileLimiter, stop } = connection;
	const url = parseHttpUrl(videoUrl);
	if (!url || (connection.isPublic && !isPublicHost(url)))
		throw unavailable('its address is not one on the internet', 'invalid_video_url');
	for (let attempt = 1; ; attempt++) {
		try {
			return await fileLimiter.run(
				async () => await stop.during(async (signal) => await attemptOnce(connection, url, signal)),
				stop,
			);
		} catch (error) {
			stop.throwIfStopped();
			if (!(error instanceof PassingError) || attempt === MOST_ATTEMPTS)
				throw withDetails(error, { videoUrl });
		}
		await stop.pause(PAUSE_MS * attempt);
	}
}

async function attemptOnce(
	{ context, isPublic }: Connection,
	url: URL,
	signal: AbortSignal,
): Promise<IBinaryData> {
	// the request itself is what has to end: a stream that n8n's HTTP client wraps can't be destroyed while it waits
	const request = new AbortController();
	const traffic = watchTraffic(() => request.abort());
	try {
		const { statusCode, headers, body } = await openFile(context, url.href, {
			signal: AbortSignal.any([signal, request.signal]),
			publicOnly: isPublic,
		}).catch((error) => {
			if (error instanceof Blocked) throw unavailable(error.message, 'download_refused');
			throw passing(error instanceof Unavailable ? error.message : 'its host gives no file');
		});
		const contentType = String(headers['content-type'] ?? '');
		const objection = objectionTo(statusCode, contentType);
		if (objection) throw objection;
		traffic.follow(body);
		const objectionToHead = watchHead(body, () => request.abort());
		const binary = await store(context, body, url, contentType).catch((error: unknown) => {
			// what shows that it is no video ends the connection, too
			const noVideo = objectionToHead();
			if (noVideo) throw noVideo;
			if (traffic.isStalled) throw passing('its host sent next to nothing for a minute');
			throw traffic.isBroken ? passing('the connection was cut on the way') : refused(error);
		});
		if (traffic.received === 0) throw passing('the file is empty');
		const noVideo = objectionToHead();
		if (noVideo) throw noVideo;
		return binary;
	} finally {
		traffic.end();
		request.abort();
	}
}

async function store(context: Context, body: Readable, url: URL, contentType: string) {
	const mimeType = contentType.startsWith('video/') ? contentType.split(';')[0] : FALLBACK_TYPE;
	return await context.helpers.prepareBinaryData(body, fileNameOf(url), mimeType);
}

/**
 * Looks at a stream's first bytes as they pass, whichever way it is read, and takes nothing from it.
 *
 * @param onObjection called once they show that there is no video to come
 * @returns what there is to say against those that have come
 */
function watchHead(body: Readable, onObjection: () => void): () => HappyHorseError | undefined {
	let head: number[] = [];
	const objection = () => {
		const format = formatOf(Uint8Array.from(head));
		return VIDEO_FORMATS.includes(format)
			? undefined
			: unavailable(`its address leads to no video but to ${format}`, 'not_a_video');
	};
	// like `follow` of the traffic, it leaves the flow to whoever reads
	body.prependListener('data', (chunk: Uint8Array) => {
		if (head.length >= HEAD) return;
		head = [...head, ...chunk.subarray(0, HEAD)];
		if (head.length >= HEAD && objection()) onObjection();
	});
	return objection;
}

function objectionTo(statusCode: number, contentType: string): HappyHorseError | undefined {
	if ([403, 404, 410].includes(statusCode))
		return unavailable(
			`its address no longer works (status ${statusCode}). HappyHorse keeps a video for ${LIMITS.videoUrlLifetime} hours after completion`,
			'video_expired',
		);
	if (statusCode === 429 || statusCode >= 500)
		return passing(`the file host answers ${statusCode}`);
	if (statusCode !== 200)
		return unavailable(`the file host answers ${statusCode}`, 'download_refused');
	if (NOT_A_VIDEO.test(contentType))
		return unavailable(
			`its address leads to ${contentType.split(';')[0]} and not to a video`,
			'not_a_video',
		);
	return undefined;
}

/** The last part of the URL's path, as people will see it in n8n, which goes by its ending. */
function fileNameOf(url: URL): string {
	const last = url.pathname.split('/').pop() ?? '';
	let name = last;
	try {
		name = decodeURIComponent(last);
	} catch {
		// a stray % stays as it is
	}
	const safe = name.replace(/[^\p{L}\p{N}._ -]/gu, '_');
	const [ending] = VIDEO_ENDING.exec(safe) ?? ['.mp4'];
	const stem = safe.replace(VIDEO_ENDING, '').replace(/\.+$/, '') || 'video';
	// by whole characters: n8n serves no file whose name has half of one
	return [...stem].slice(ending.length - MOST_CHARACTERS).join('') + ending;
}

const detailsOf = (reason: string, code: string): ErrorDetails => ({
	message: `The video is finished but could not be downloaded: ${reason}`,
	description:
		'The task itself is completed and paid for, so there is no need to make the video again. Use the Video Download operation with its Task ID within 24 hours of completion, or open the video URL.',
	code,
});

const unavailable = (reason: string, code: string) => new HappyHorseError(detailsOf(reason, code));
/** n8n's storage is full, say, or takes no file of this size. */
const refused = (error: unknown) =>
	unavailable(
		`n8n could not keep the file: ${quote(error instanceof Error ? error.message : '')}`,
		'storage_refused',
	);
const passing = (reason: string) => new PassingError(detailsOf(reason, 'download_interrupted'));
