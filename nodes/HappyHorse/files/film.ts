import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { withDetails } from '../errors/errors';
import type { FilmInput } from '../film/source';
import { Refusal } from '../film/source';
import type { StopSwitch } from '../service/stop';
import { openStored, storedSize } from './stored';

/** Bytes of a stored file per read: media data is copied whole, and reads of this size take half the time of small ones. */
export const CHUNK = 512 * 1024;

/**
 * Prepares a file of n8n's for a film.
 *
 * @param about its place among the film's files, from 1, and the name that begins the sentences about it
 */
export async function filmInput(
	context: IExecuteFunctions,
	{ clip, name }: { clip: number; name: string },
	file: IBinaryData,
): Promise<FilmInput> {
	// opened when it is read first: a stream that nobody has begun to read is not closed either
	const open = async function* () {
		const { chunks } = await openStored(context, file, CHUNK).catch(() => {
			throw new Refusal(clip, `${name} is gone: n8n no longer has this file.`);
		});
		yield* chunks;
	};
	return { name, size: await storedSize(context, file), open };
}

interface NewFilm {
	fileName: string;
	/** Files that it is made of. */
	from: IBinaryData[];
	stop: StopSwitch;
}

/**
 * Writes a film into n8n's storage as a stream. Where none of its parts is in the storage, all are in memory, and so is
 * the film.
 *
 * @throws the reason why the film does not come to its end, whatever n8n makes of it
 */
export async function storeFilm(
	{ helpers }: IExecuteFunctions,
	bytes: AsyncGenerator<Uint8Array>,
	{ fileName, from, stop }: NewFilm,
): Promise<IBinaryData> {
	const film = new WatchedBytes(bytes, stop);
	const id = from.find((file) => file.id !== undefined)?.id;
	const store = async () => {
		// n8n's storages take a stream of Node.js only, which a node can't make but out of another one
		const content =
			id === undefined
				? await collect(film.pass())
				: (await helpers.getBinaryStream(id, 1)).take(1).flatMap(() => film.pass());
		return await helpers.prepareBinaryData(content, fileName, 'video/mp4');
	};
	const stored = await store().catch((error: unknown) => {
		throw film.reason ?? new StorageRefused(error instanceof Error ? error.message : '');
	});
	if (!film.isWhole) throw new StorageRefused('it did not take the whole file');
	return stored;
}

/** Refusal by n8n's storage, such as a full disk. */
export class StorageRefused extends Error {}

/** Passes bytes on and notes how they end, since some of n8n's storages hide the reason. */
class WatchedBytes {
	isWhole = false;

	reason?: unknown;

	constructor(
		private readonly bytes: AsyncGenerator<Uint8Array>,
		private readonly stop: StopSwitch,
	) {}

	async *pass(): AsyncGenerator<Uint8Array> {
		try {
			for (let next = await this.next(); !next.done; next = await this.next()) yield next.value;
			this.isWhole = true;
		} finally {
			await this.bytes.return(undefined);
		}
	}

	private async next(): Promise<IteratorResult<Uint8Array>> {
		try {
			this.stop.throwIfStopped();
			return await this.bytes.next();
		} catch (error) {
			this.reason = error;
			throw withDetails(error, {});
		}
	}
}

async function collect(bytes: AsyncGenerator<Uint8Array>): Promise<Buffer> {
	const pieces: Uint8Array[] = [];
	for await (const piece of bytes) pieces.push(piece);
	return Buffer.concat(pieces);
}
