/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- a server for a developer's machine, made of Node's own parts */
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { listen } from '../sandbox/listen';

/** Image or clip made by `npm run generate -- media`. */
export const mediaFile = (name: string) =>
	readFileSync(join(__dirname, '..', 'fixtures', 'media', name));

/** File of the kinds that real users upload. */
export const zooFile = (name: string) =>
	readFileSync(join(__dirname, '..', 'fixtures', 'zoo', name));

const anyFile = (name: string) => {
	try {
		return mediaFile(name);
	} catch {
		return zooFile(name);
	}
};

export interface MediaHost {
	url: string;
	/** Chunks of 64 kB that endless parts have sent. */
	readonly sent: number;
	/** Path and headers of each request. */
	requests: Array<{ path: string; headers: IncomingHttpHeaders }>;
	close(): Promise<void>;
}

const BOX = 100_000;

/** Answers with a part of an MP4 that never comes to its index. */
function sendHostile(
	where: 'boxes' | 'endless',
	range: string | undefined,
	response: ServerResponse,
	onSent: () => void,
) {
	const first = Number(/^bytes=(\d+)/.exec(range ?? '')?.[1] ?? 0);
	const part = Buffer.alloc(65_536);
	const box = Buffer.from('\0\0\0\0freeisom');
	if (first === 0) box.write('ftyp', 4);
	box.writeUInt32BE(where === 'boxes' ? BOX : 2 ** 31);
	if (first % BOX === 0 || where === 'endless') box.copy(part);
	response.writeHead(206, { 'content-range': `bytes ${first}-${first + 65_535}/1000000000000` });
	if (where === 'boxes') {
		response.end(part);
		return;
	}
	const more = () => {
		while (!response.destroyed && response.write(part)) onSent();
	};
	response.on('drain', more);
	more();
}

/**
 * Starts a host for the tests' and the zoo's images and clips at `/<name>`. `/whole/<name>` ignores ranges, `/no-ranges/<name>`
 * answers them with 416, `/5/<name>` redirects five times, `/hang` never answers, `/status/<status>` has no body. Ranges at
 * `/unknown-size/` lack the file's size, at `/other-case/` the unit is in capitals, at `/unnamed/` they lack their position, and
 * at `/multipart/` they claim to have several parts. `/boxes` is an MP4 of nothing but boxes of 100 kB, `/endless` one whose
 * parts never end.
 */
export async function startMediaHost(): Promise<MediaHost> {
	const requests: MediaHost['requests'] = [];
	let sent = 0;
	const server = await listen(0, (request, response) => {
		const { url: path = '', headers } = request;
		requests.push({ path, headers });
		const [, where, name = where] = path.split('/');
		if (where === 'hang') return;
		if (where === 'boxes' || where === 'endless') {
			sendHostile(where, headers.range, response, () => sent++);
			return;
		}
		if (where === 'status') {
			response.writeHead(Number(name)).end('Forbidden');
			return;
		}
		if (Number(where) > 0) {
			const next = Number(where) - 1;
			response.writeHead(302, { location: next > 0 ? `/${next}/${name}` : `/${name}` }).end();
			return;
		}
		let content: Buffer;
		try {
			content = anyFile(name);
		} catch {
			response.writeHead(404).end();
			return;
		}
		if (where === 'no-ranges' && headers.range !== undefined) {
			response.writeHead(416).end();
			return;
		}
		const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
		if (where === 'whole' || !range) {
			response.writeHead(200, { 'content-length': String(content.length) }).end(content);
			return;
		}
		const part = content.subarray(Number(range[1]), Number(range[2]) + 1);
		if (part.length === 0) {
			response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
			return;
		}
		const last = Number(range[1]) + part.length - 1;
		const size = where === 'unknown-size' ? '*' : content.length;
		const isUnnamed = ['unnamed', 'multipart'].includes(where);
		const unit = where === 'other-case' ? 'Bytes' : 'bytes';
		response
			.writeHead(206, {
				'content-length': String(part.length),
				...(where === 'multipart' && { 'content-type': 'multipart/byteranges; boundary=x' }),
				...(!isUnnamed && { 'content-range': `${unit} ${range[1]}-${last}/${size}` }),
			})
			.end(part);
	});
	return {
		...{ url: server.url, requests, close: server.close },
		get sent() {
			return sent;
		},
	};
}
