import { contentOf, videoContent } from './content';
import type { Reply } from './reply';
import { sceneVideo } from './sceneVideo';
import type { Outcome, RequestEntry, SandboxTask } from './types';

/** Contract: video URLs expire 24 hours after completion. */
const LIFETIME_MS = 24 * 60 * 60_000;

/** Prefix of the path that a redirect leads to. */
const MOVED = '/moved';

const text = (status: number, type: string, body: string): Reply => ({
	status,
	headers: { 'content-type': type },
	body: contentOf(body),
});

const NOT_FOUND = text(404, 'text/plain', 'Not found');
const NOT_ALLOWED = text(405, 'text/plain', 'Method not allowed');
const HTML = text(200, 'text/html; charset=utf-8', '<!doctype html><title>Sign in</title>');
const GONE = text(
	403,
	'application/xml',
	'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
);

/** Strips the redirect's prefix. */
export const ownPath = (path: string) =>
	path.startsWith(`${MOVED}/`) ? path.slice(MOVED.length) : path;

/** Answers a request for a task's video, without a key. */
export function fileReply(
	{ method, path, headers }: RequestEntry,
	task: SandboxTask | undefined,
	{ file, fileBytes }: Outcome,
): Reply {
	if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED;
	if (!task?.video || Date.now() - (task.completedAt ?? 0) > LIFETIME_MS) return NOT_FOUND;
	const moved = ownPath(path) !== path;
	if (file === 'redirect' && !moved)
		return { status: 302, headers: { location: MOVED + path }, body: contentOf('') };
	if (file === 'gone') return GONE;
	if (file === 'html') return HTML;
	return ranged(
		headers.range,
		sceneVideo(task.video),
		fileBytes,
		file === 'octet' ? 'application/octet-stream' : 'video/mp4',
	);
}

function ranged(
	range: string | undefined,
	video: Buffer,
	size = video.length,
	type: string,
): Reply {
	const headers = { 'content-type': type, 'accept-ranges': 'bytes' };
	const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? ['', '', ''];
	if (from === '' && to === '') return { status: 200, headers, body: videoContent(video, size) };
	const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
	const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
	if (first >= end)
		return { status: 416, headers: { 'content-range': `bytes */${size}` }, body: contentOf('') };
	return {
		status: 206,
		headers: { ...headers, 'content-range': `bytes ${first}-${end - 1}/${size}` },
		body: videoContent(video, size, first, end),
	};
}
