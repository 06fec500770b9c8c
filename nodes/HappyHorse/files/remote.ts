import type { IExecuteFunctions } from 'n8n-workflow';

import { Gone, openFile, Unavailable } from './open';
import type { OpenFile } from './open';
import type { Bytes } from '../media/bytes';
import { StreamBytes } from '../media/bytes';

/** Bytes per range request, enough for the heads of images and clips and for most indexes. */
const WINDOW = 64 * 1024;
/** Bytes to read from a host that ignores ranges. */
const MAX_WITHOUT_RANGES = 8 * 1024 * 1024;
/** Requests about one file, redirects not counted; most take up to four, photographs with large previews more. */
const MAX_REQUESTS = 32;
/** Milliseconds for all requests about one file. */
const TIMEOUT_MS = 10_000;

/** Statuses that HappyHorse would get as well; others may depend on the client. */
const GONE = [404, 410];

function parseSize(text: unknown): number | undefined {
	const number = Number(text ?? NaN);
	return Number.isSafeInteger(number) ? number : undefined;
}

const contentRange = ({ headers }: OpenFile) => String(headers['content-range'] ?? '');

/** Recognizes a 206 answer without a position, which is the requested part unless it has several. */
const hasNoRange = ({ headers }: OpenFile) =>
	headers['content-range'] === undefined &&
	!String(headers['content-type']).startsWith('multipart/');

/**
 * Bytes of a file behind a URL, fetched in ranges as they are needed, within `TIMEOUT_MS` and without the API key.
 * Reading throws `Unavailable` if the host refuses.
 */
export class RemoteBytes implements Bytes {
	private reportedSize?: number;

	private readonly timeout = AbortSignal.timeout(TIMEOUT_MS);

	/** Aborts the request behind `part`. */
	private request = new AbortController();

	private requests = 0;

	/** Last part that was fetched, up to `end`, or the whole file. */
	private part?: { start: number; end: number; bytes: StreamBytes; isWhole: boolean };

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly url: string,
		private readonly publicOnly: boolean,
	) {}

	get size(): number | undefined {
		return this.part?.isWhole ? this.part.bytes.size : this.reportedSize;
	}

	async at(offset: number, length: number): Promise<Uint8Array | undefined> {
		const found = await this.fromPart(offset, length);
		if (found || this.part?.isWhole) return found;
		if (this.size !== undefined && offset + length > this.size) return undefined;
		await this.fetchPart(offset, Math.max(length, WINDOW));
		return await this.fromPart(offset, length);
	}

	close(): void {
		this.request.abort();
	}

	private async fromPart(offset: number, length: number): Promise<Uint8Array | undefined> {
		if (!this.part || offset < this.part.start) return undefined;
		// a host may send more than the part that it was asked for
		if (offset + length > this.part.end) return undefined;
		return await this.part.bytes.at(offset - this.part.start, length).catch(() => undefined);
	}

	private async fetchPart(start: number, length: number): Promise<void> {
		let answer = await this.open({ Range: `bytes=${start}-${start + length - 1}` });
		if (answer.statusCode === 416) {
			const [, size] = /^bytes \*\/(\d+)$/i.exec(contentRange(answer)) ?? [];
			this.reportedSize = parseSize(size);
			// the range starts beyond the end, as for an empty file
			if (this.reportedSize !== undefined && this.reportedSize <= start) return;
			answer = await this.open({});
		}
		const { statusCode, headers, body } = answer;
		if (statusCode === 206) {
			const [, first, size] = /^bytes (\d+)-\d*\/(\d+|\*)$/i.exec(contentRange(answer)) ?? [];
			if (parseSize(first) !== start && !(start === 0 && hasNoRange(answer)))
				throw new Unavailable('its host returned a different part of it');
			this.reportedSize = parseSize(size);
			const end = start + length;
			this.part = { start, end, bytes: new StreamBytes(body), isWhole: false };
		} else if (statusCode === 200) {
			this.part = {
				...{ start: 0, end: MAX_WITHOUT_RANGES },
				bytes: new StreamBytes(body, parseSize(headers['content-length'])),
				isWhole: true,
			};
		} else if (GONE.includes(statusCode)) {
			throw new Gone(`its host answers ${statusCode}, so HappyHorse can’t fetch it either`);
		} else throw new Unavailable(`its host answers ${statusCode}`);
	}

	/** Aborts the current request and starts another. */
	private async open(headers: Record<string, string>): Promise<OpenFile> {
		this.close();
		if (++this.requests > MAX_REQUESTS) throw new Unavailable('it takes too many requests to read');
		this.request = new AbortController();
		return await openFile(this.context, this.url, {
			headers,
			signal: AbortSignal.any([this.request.signal, this.timeout]),
			publicOnly: this.publicOnly,
		});
	}
}
