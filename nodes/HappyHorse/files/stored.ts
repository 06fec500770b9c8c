import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { Gone } from './open';

/** File of n8n's, opened from its beginning. */
export interface Stored {
	/** Bytes. */
	size: number;
	/** Type under which n8n serves it. */
	mimeType?: string;
	/** Its chunks; ends early with `return()`, which closes the stream. */
	chunks: AsyncIterable<Uint8Array>;
}

/**
 * Opens a file that n8n holds in its storage, or in memory if it has no id.
 *
 * @param chunkSize bytes of one chunk
 * @throws Gone if n8n no longer has it
 */
export async function openStored(
	{ helpers }: IExecuteFunctions,
	{ id, data }: IBinaryData,
	chunkSize: number,
): Promise<Stored> {
	if (id === undefined) {
		const content = Buffer.from(data, 'base64');
		return { size: content.length, chunks: singleChunk(content) };
	}
	const [{ fileSize, mimeType }, stream] = await Promise.all([
		helpers.getBinaryMetadata(id),
		helpers.getBinaryStream(id, chunkSize),
	]).catch(() => {
		throw new Gone('n8n no longer has this file');
	});
	stream.on('error', () => {}); // the reader gets it as well; unhandled, it would crash n8n
	return { size: fileSize, mimeType, chunks: stream };
}

/** Size in bytes; undefined if it is not known, as for a file that is gone, which shows when it is opened. */
export async function storedSize(
	{ helpers }: IExecuteFunctions,
	{ id, data }: IBinaryData,
): Promise<number | undefined> {
	if (id === undefined) return Buffer.byteLength(data, 'base64');
	const metadata = await helpers.getBinaryMetadata(id).catch(() => undefined);
	return metadata?.fileSize;
}

async function* singleChunk(content: Uint8Array): AsyncGenerator<Uint8Array> {
	yield content;
}
