/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { Reply } from './reply';
import type { SandboxTask, TaskOutcome } from './types';

/**
 * Three seconds of moving picture with a tone, made with
 * `ffmpeg -f lavfi -i testsrc2=size=320x180:rate=24:duration=3 -f lavfi -i sine=frequency=330:duration=3
 * -c:v libx264 -preset veryslow -pix_fmt yuv420p -crf 38 -c:a aac -b:a 24k -movflags +faststart -map_metadata -1 video.mp4`
 */
export const VIDEO = readFileSync(join(__dirname, 'video.mp4'));

/** Contract: videos are gone 24 hours after completion. */
const LIFETIME_MS = 24 * 60 * 60_000;

const ZEROS = Buffer.alloc(64 * 1024);

const GONE: Reply = {
	status: 403,
	headers: { 'content-type': 'application/xml' },
	body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Expired</Message></Error>',
};

/** The video, and behind it a box that players skip, until it has the size that is wanted. */
async function* padded(bytes: number): AsyncGenerator<Buffer> {
	yield VIDEO;
	const header = Buffer.alloc(8);
	header.writeUInt32BE(bytes - VIDEO.length);
	header.write('free', 4);
	yield header;
	for (let left = bytes - VIDEO.length - header.length; left > 0; left -= ZEROS.length)
		yield left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS;
}

function withRange(range: string | undefined, headers: Record<string, string>): Reply {
	const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
	if (!match) return { status: 200, headers, body: VIDEO };
	const [first, last] = [Number(match[1]), match[2] === '' ? VIDEO.length - 1 : Number(match[2])];
	if (first >= VIDEO.length)
		return { status: 416, headers: { 'content-range': `bytes */${VIDEO.length}` }, body: '' };
	const end = Math.min(last, VIDEO.length - 1);
	return {
		status: 206,
		headers: { ...headers, 'content-range': `bytes ${first}-${end}/${VIDEO.length}` },
		body: VIDEO.subarray(first, end + 1),
	};
}

/** What the file host answers for a task's video. It asks for no key. */
export function fileReply(
	path: string,
	range: string | undefined,
	task: SandboxTask | undefined,
	outcome: TaskOutcome,
): Reply {
	const age = Date.now() - (task?.completedAt ?? 0);
	if (!task || task.status !== 'completed' || age > LIFETIME_MS)
		return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not found' };
	switch (path.includes('moved=1') ? 'video' : outcome.file) {
		case 'gone':
			return GONE;
		case 'html':
			return {
				status: 200,
				headers: { 'content-type': 'text/html; charset=utf-8' },
				body: '<!doctype html><title>Sign in</title>',
			};
		case 'redirect':
			return { status: 302, headers: { location: `${path}?moved=1` }, body: '' };
		case 'octet':
			return withRange(range, { 'content-type': 'application/octet-stream' });
		default: {
			const headers = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' };
			const { fileBytes = 0 } = outcome;
			if (fileBytes <= VIDEO.length + 8) return withRange(range, headers);
			return {
				status: 200,
				headers: { ...headers, 'content-length': String(fileBytes) },
				body: Readable.from(padded(fileBytes)),
			};
		}
	}
}
