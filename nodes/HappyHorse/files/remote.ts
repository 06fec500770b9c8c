import type { IExecuteFunctions } from 'n8n-workflow';

import { Gone, openFile, Unavailable } from './open';
import type { OpenFile } from './open';
import type { Bytes } from '../media/bytes';
import { StreamBytes } from '../media/bytes';

/** Bytes to ask for at once: the heads of images and clips, and most indexes, are in it. */
const WINDOW = 64 * 1024;
/** Bytes to read where a host can't give a part of a file. */
const MOST_WITHOUT_RANGES = 8 * 1024 * 1024;
/** Milliseconds for all requests about one file. */
const PATIENCE_MS = 10_000;

/** Statuses that mean the same to everybody, while others may depend on who asks. */
const GONE = [404, 410];

/** A number of bytes, where the host tells it. */
function numberIn(text: unknown): number | undefined {
	const number = Number(text ?? NaN);
	return Number.isSafeInteger(number) ? number : undefined;
}

const contentRange = ({ headers }: OpenFile) => String(headers['content-range'] ?? '');

/** Whether a part comes without a word on which one it is: then it is the one that was asked for, unless there are several. */
const isUnnamed = ({ headers }: OpenFile) =>
	headers['content-range'] === undefined &&
	!String(headers['content-type']).startsWith('multipart/');

/**
 * The bytes of a file behind a URL: only those that are needed, bounded in number and time. The API key is not sent.
 * Reading throws `Unavailable` where nothing can be had.
 */
export class RemoteBytes implements Bytes {
	private told?: number;

	private readonly patience = AbortSignal.timeout(PATIENCE_MS);

	/** Ends the request that gives the present part. */
	private request = new AbortController();

	/** The part that was fetched last, or the whole file from its beginning. */
	private part?: { start: number; bytes: StreamBytes; isWhole: boolean };

	/**
	 * @param publicOnly whether addresses that only this machine or network knows are not to be opened
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly url: string,
		private readonly publicOnly: boolean,
	) {}

	get size(): number | undefined {
		return this.part?.isWhole ? this.part.bytes.size : this.told;
	}

	async at(offset: number, length: number): Promise<Uint8Array | undefined> {
		const found = await this.fromPart(offset, length);
		if (found || this.part?.isWhole) return found;
		if (this.size !== undefined && offset + length > this.size) return undefined;
		await this.fetchPart(offset, Math.max(length, WINDOW));
		return await this.fromPart(offset, length);
	}

	/** Ends what is still under way. */
	close(): void {
		this.request.abort();
	}

	private async fromPart(offset: number, length: number): Promise<Uint8Array | undefined> {
		if (!this.part || offset < this.part.start) return undefined;
		if (this.part.isWhole && offset + length > MOST_WITHOUT_RANGES) return undefined;
		return await this.part.bytes.at(offset - this.part.start, length).catch(() => undefined);
	}

	private async fetchPart(start: number, length: number): Promise<void> {
		let answer = await this.open({ Range: `bytes=${start}-${start + length - 1}` });
		if (answer.statusCode === 416) {
			const [, size] = /^bytes \*\/(\d+)$/i.exec(contentRange(answer)) ?? [];
			this.told = numberIn(size);
			// what is beyond the end, such as the first byte of an empty file, is not there
			if (this.told !== undefined && this.told <= start) return;
			answer = await this.open({});
		}
		const { statusCode, headers, body } = answer;
		if (statusCode === 206) {
			const [, first, size] = /^bytes (\d+)-\d*\/(\d+|\*)$/i.exec(contentRange(answer)) ?? [];
			if (numberIn(first) !== start && !(start === 0 && isUnnamed(answer)))
				throw new Unavailable('its host gives another part of it');
			this.told = numberIn(size);
			this.part = { start, bytes: new StreamBytes(body), isWhole: false };
		} else if (statusCode === 200) {
			this.part = {
				start: 0,
				bytes: new StreamBytes(body, numberIn(headers['content-length'])),
				isWhole: true,
			};
		} else if (GONE.includes(statusCode)) {
			throw new Gone(`its host answers ${statusCode}, and HappyHorse will not get it either`);
		} else throw new Unavailable(`its host answers ${statusCode}`);
	}

	/** Opens the file anew, and ends what is under way. */
	private async open(headers: Record<string, string>): Promise<OpenFile> {
		this.close();
		this.request = new AbortController();
		return await openFile(this.context, this.url, {
			headers: { ...headers, 'Accept-Encoding': 'identity' },
			signal: AbortSignal.any([this.request.signal, this.patience]),
			publicOnly: this.publicOnly,
		});
	}
}
