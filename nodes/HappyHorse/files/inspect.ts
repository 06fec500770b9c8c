import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import type { Complaint } from '../schema/parse';
import type { Limiter } from '../service/limiter';
import { Unavailable } from './open';
import type { Bytes } from './bytes';
import { StreamBytes } from './bytes';
import { readClip } from './clip';
import { readImage } from './image';
import { RemoteBytes } from './remote';
import type { Facts, Role } from './rules';
import { judge } from './rules';

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
	const reader = await open(context, source, publicOnly);
	try {
		const facts: Omit<Facts, 'bytes'> | undefined = await (role === 'video' ? readClip : readImage)(
			reader.bytes,
		);
		if (!facts)
			return { complaints: [], hints: [`${name} was not checked: it could not be read.`] };
		const { objections, unknown } = judge(role, { bytes: reader.bytes.size, ...facts });
		return {
			complaints: objections.map((message) => ({ field, subject: `${name}:`, message })),
			hints: unknown.map((what) => `${name}: its ${what} could not be determined.`),
			duration: facts.duration,
		};
	} catch (error) {
		const reason = error instanceof Unavailable ? error.message : 'it could not be read';
		return { complaints: [], hints: [`${name} was not checked: ${reason}.`] };
	} finally {
		reader.close();
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
	const stream = await context.helpers.getBinaryStream(source.id, CHUNK);
	stream.on('error', () => {}); // whoever reads hears of it
	// n8n 1.x does not note a file's size beside it
	const size = source.bytes ?? (await context.helpers.getBinaryMetadata(source.id)).fileSize;
	return { bytes: new StreamBytes(stream, size), close: () => stream.destroy() };
}

/** A file that n8n holds in memory, as a stream. */
async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
	yield content;
}
