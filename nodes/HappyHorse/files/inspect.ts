import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import type { Complaint } from '../validation/parse';
import type { MediaLimits } from '../contract/limits';
import type { Limiter } from '../service/limiter';
import { HEAD } from '../media/formats';
import { Gone, Unavailable } from './open';
import { openStored, storedSize } from './stored';
import type { Bytes } from '../media/bytes';
import { StreamBytes } from '../media/bytes';
import { readClip } from '../media/clip';
import { readImage } from '../media/image';
import { RemoteBytes } from './remote';
import type { Facts, Role } from '../media/rules';
import { judge, LENGTH_TOLERANCE, tooLarge, tooShort } from '../media/rules';

/** Image or clip of a request, as a file or URL. */
export interface Medium {
	role: Role;
	/** Name for messages, such as "Reference Image 2". */
	name: string;
	/** Name of the parameter. */
	field: string;
	source: IBinaryData | string;
}

export interface Inspection {
	complaints: Complaint[];
	/** Sentences about media or properties that could not be checked. */
	hints: string[];
	/** Length of the clip, if any. */
	clip?: ClipLength;
}

export interface ClipLength {
	/** Seconds that it seems to be long. */
	duration: number;
	/** Seconds that it can be long at most; undefined where nothing proves that. */
	atMost?: number;
	/** Set where its parts differ in length. */
	isAbout?: boolean;
}

const WAIVER =
	'To send it as it is, set ‘Media Limits’ under Options to Warn: what HappyHorse refuses is refunded.';

interface How {
	/** Opens URLs on public hosts only. */
	publicOnly: boolean;
	/** Undefined where the user has no such choice. */
	mediaLimits?: MediaLimits;
}

/** Bytes of a stored file per read. */
const CHUNK = 64 * 1024;

/**
 * Checks media against the service's demands before they are paid for, reading only the bytes needed. A medium that can't
 * be read passes with a hint.
 */
export async function inspect(
	{ context, limiter }: { context: IExecuteFunctions; limiter: Limiter },
	media: Medium[],
	how: How,
): Promise<Inspection> {
	const inspections = await Promise.all(
		media.map(
			async (medium) => await limiter.run(async () => await inspectOne(context, medium, how)),
		),
	);
	return {
		complaints: inspections.flatMap(({ complaints }) => complaints),
		hints: inspections.flatMap(({ hints }) => hints),
		clip: inspections.find(({ clip }) => clip !== undefined)?.clip,
	};
}

async function inspectOne(
	context: IExecuteFunctions,
	{ role, name, field, source }: Medium,
	{ publicOnly, mediaLimits }: How,
): Promise<Inspection> {
	const rejected = (objections: string[], advice?: string): Inspection => ({
		complaints: objections.map((message) => ({
			...{ field, subject: `${name}:`, message, advice },
			code: 'unusable_file',
		})),
		hints: [],
	});
	let reader: Reader | undefined;
	try {
		const known = typeof source === 'string' ? undefined : await storedSize(context, source);
		const objection = mediaLimits === 'warn' ? undefined : tooLarge(role, known);
		if (objection !== undefined) return rejected([objection], mediaLimits && WAIVER);
		reader = await open(context, source, publicOnly);
		const facts: Omit<Facts, 'bytes'> | undefined = await (role === 'video' ? readClip : readImage)(
			reader.bytes,
		);
		const { size } = reader.bytes;
		if (!facts)
			return size !== undefined && size < HEAD
				? rejected([tooShort(role, size)])
				: { complaints: [], hints: [`${name} was not checked: it could not be read.`] };
		const judgment = judge(role, { bytes: size, ...facts }, mediaLimits);
		const { objections, warnings, isWaivable } = judgment;
		const hints = warnings.map((warning) => `${name}: ${warning}.`);
		const advice = isWaivable && mediaLimits ? WAIVER : undefined;
		return { ...rejected(objections, advice), hints, clip: lengthOf(facts, source) };
	} catch (error) {
		if (error instanceof Gone) return rejected([error.message]);
		const reason = error instanceof Unavailable ? error.message : 'it could not be read';
		return { complaints: [], hints: [`${name} was not checked: ${reason}.`] };
	} finally {
		await reader?.close();
	}
}

function lengthOf(
	{ duration, pictureDuration = duration, longestDuration }: Omit<Facts, 'bytes'>,
	source: IBinaryData | string,
): ClipLength | undefined {
	if (duration === undefined) return undefined;
	// a stranger's host may show the service another clip
	if (typeof source === 'string' || longestDuration === undefined) return { duration };
	const shortest = Math.min(duration, pictureDuration ?? duration);
	const isAbout = longestDuration - shortest > LENGTH_TOLERANCE;
	return { duration, atMost: longestDuration, ...(isAbout && { isAbout }) };
}

interface Reader {
	bytes: Bytes;
	close(): Promise<void> | void;
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
	const { size, chunks } = await openStored(context, source, CHUNK);
	const bytes = new StreamBytes(chunks, size);
	return { bytes, close: async () => await bytes.close() };
}
