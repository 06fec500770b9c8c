import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import type { Complaint } from '../validation/parse';
import type { Limiter } from '../service/limiter';
import { HEAD } from '../media/formats';
import { Gone, Unavailable } from './open';
import type { Bytes } from '../media/bytes';
import { StreamBytes } from '../media/bytes';
import { readClip } from '../media/clip';
import { readImage } from '../media/image';
import { RemoteBytes } from './remote';
import type { Facts, Role } from '../media/rules';
import { judge, tooShort } from '../media/rules';

/** An image or clip that a video is to be made from. */
export interface Medium {
	role: Role;
	/** How messages call it, such as "Reference Image 2". */
	name: string;
	/** The parameter that it was given in. */
	field: string;
	source: IBinaryData | string;
}

/** What looking at media came to. */
export interface Inspection {
	complaints: Complaint[];
	/** What could not be looked at, in sentences. */
	hints: string[];
	/** Seconds of the clip, where there is one. */
	duration?: number;
}

/** Bytes of a stored file to read at once. */
const CHUNK = 64 * 1024;

/**
 * Looks at media before they are paid for, and compares them with what the service demands. What can't be told is let
 * through with a hint. Only the bytes that are needed are read, and none are kept.
 *
 * @param publicOnly whether URLs may lead to public addresses only
 */
export async function inspect(
	{ context, limiter }: { context: IExecuteFunctions; limiter: Limiter },
	media: Medium[],
	publicOnly: boolean,
): Promise<Inspection> {
	const inspections = await Promise.all(
		media.map(
			async (medium) =>
				await limiter.run(async () => await inspectOne(context, medium, publicOnly)),
		),
	);
	return {
		complaints: inspections.flatMap(({ complaints }) => complaints),
		hints: inspections.flatMap(({ hints }) => hints),
		duration: inspections.find(({ duration }) => duration !== undefined)?.duration,
	};
}

async function inspectOne(
	context: IExecuteFunctions,
	{ role, name, field, source }: Medium,
	publicOnly: boolean,
): Promise<Inspection> {
	const refused = (objections: string[]): Inspection => ({
		complaints: objections.map((message) => ({ field, subject: `${name}:`, message })),
		hints: [],
	});
	let reader: Reader | undefined;
	try {
		reader = await open(context, source, publicOnly);
		const facts: Omit<Facts, 'bytes'> | undefined = await (role === 'video' ? readClip : readImage)(
			reader.bytes,
		);
		const { size } = reader.bytes;
		if (!facts)
			return size !== undefined && size < HEAD
				? refused([tooShort(role, size)])
				: { complaints: [], hints: [`${name} was not checked: it could not be read.`] };
		const { objections, warnings } = judge(role, { bytes: size, ...facts });
		const hints = warnings.map((warning) => `${name}: ${warning}.`);
		return { ...refused(objections), hints, duration: facts.duration };
	} catch (error) {
		if (error instanceof Gone) return refused([error.message]);
		const reason = error instanceof Unavailable ? error.message : 'it could not be read';
		return { complaints: [], hints: [`${name} was not checked: ${reason}.`] };
	} finally {
		reader?.close();
	}
}

interface Reader {
	bytes: Bytes;
	close(): void;
}

async function open(
	context: IExecuteFunctions,
	source: IBinaryData | string,
	publicOnly: boolean,
): Promise<Reader> {
	if (typeof source === 'string') {
		const bytes = new RemoteBytes(context, source, publicOnly);
		return { bytes, close: () => bytes.close() };
	}
	if (source.id === undefined) {
		const content = Buffer.from(source.data, 'base64');
		return { bytes: new StreamBytes(once(content), content.length), close: () => {} };
	}
	const { id } = source;
	const [{ fileSize }, stream] = await Promise.all([
		context.helpers.getBinaryMetadata(id),
		context.helpers.getBinaryStream(id, CHUNK),
	]).catch(() => {
		throw new Gone('n8n has this file no more');
	});
	stream.on('error', () => {}); // whoever reads hears of it
	return { bytes: new StreamBytes(stream, fileSize), close: () => stream.destroy() };
}

/** A file that n8n holds in memory, as a stream. */
async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
	yield content;
}
