import type { IBinaryData, IDisplayOptions, INodeExecutionData } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import { HappyHorseError } from '../errors/errors';
import { quote } from '../errors/messages';
import type { Run } from '../execution/run';
import { storeFilm, StorageRefused } from '../files/film';
import { findFile, jsonFilesHint, listNames } from '../files/find';
import { safeFileName } from '../files/names';
import type { FilmPlan } from '../film/plan';
import { Refusal } from '../film/source';
import { BINARY_PROPERTY, binaryPropertyName as OUTPUT_FIELD } from '../form/options';
import type { Complaint, Parsed } from '../validation/parse';
import { checkedFields, complaintsOf, numberWithin, optional } from '../validation/parse';
import { binaryPropertyName, fileName, soundChoice } from './settings';

/** An agent's call brings no files. */
export const NOT_FOR_TOOLS: IDisplayOptions = { hide: { '@tool': [true] } };

/** File of an item, and how to name what is made of it. */
export interface ClipFile {
	file: IBinaryData;
	sound: 'keep' | 'remove';
	fileName?: string;
	/** Binary field for the new file. */
	output: string;
	/** Hours for which there is to be a link to it. */
	linkHours?: number;
}

const parse = checkedFields({
	sound: soundChoice,
	fileName,
	output: binaryPropertyName,
	linkHours: optional(numberWithin(LIMITS.linkHours)),
});

/** Reads the fields that all operations on files have. */
export function readClipFile(
	run: Run,
	values: Record<string, unknown>,
	item: number,
): Parsed<ClipFile> {
	// a field under Options has the same name, and stands in its place among the values
	const output: unknown = run.context.getNodeParameter(
		'options.binaryPropertyName',
		item,
		BINARY_PROPERTY,
	);
	const found = fileOf(run, item, { field: 'binaryPropertyName', fallback: BINARY_PROPERTY });
	const settings = renamed(parse({ ...values, output }));
	if ('value' in found && 'value' in settings)
		return { value: { file: found.value, ...settings.value } };
	return { complaints: [...complaintsOf(found), ...complaintsOf(settings)] };
}

/** Complaint about the field for the new file, which shares its name with that of the file that comes in. */
export const outputComplaint = (message: string): Complaint => ({
	field: 'binaryPropertyName',
	subject: OUTPUT_FIELD.displayName,
	message,
});

const renamed = <T>(parsed: Parsed<T>): Parsed<T> =>
	'value' in parsed
		? parsed
		: {
				complaints: parsed.complaints.map((complaint) =>
					complaint.field === 'output' ? outputComplaint(complaint.message) : complaint,
				),
			};

/** Finds the one file that a field of an item names. */
export function fileOf(
	{ context }: Run,
	item: number,
	{ field, fallback }: { field: string; fallback: string },
): Parsed<IBinaryData> {
	const names = listNames(context.getNodeParameter(field, item, fallback));
	if (names.length !== 1) {
		const count = names.length === 0 ? `none${jsonFilesHint(context, item)}` : names.length;
		return { complaints: [{ field, message: `must name 1 file, but it names ${count}` }] };
	}
	const found = findFile(context, item, names[0]);
	return 'complaint' in found
		? { complaints: [{ field, message: found.complaint }] }
		: { value: found.file };
}

/** Writes a film under a name without its ending, and gives its item. */
export async function writeFilm(
	run: Run,
	plan: FilmPlan,
	{ name, from, clip }: { name: string; from: IBinaryData[]; clip: ClipFile },
): Promise<INodeExecutionData> {
	const film = { fileName: safeFileName(name, '.mp4'), from, stop: run.stop };
	const stored = await storeFilm(run.context, plan.write(), film);
	const { width, height, hasSound } = plan;
	return {
		json: {
			...{ duration: rounded(plan.duration), width, height, hasSound },
			...(clip.linkHours !== undefined && { url: linkTo(run, stored, clip.linkHours) }),
		},
		binary: { [clip.output]: stored },
	};
}

/** Makes a link under which n8n serves a file to anybody, for some hours. */
function linkTo({ context }: Run, file: IBinaryData, hours: number): string {
	if (file.id !== undefined)
		return context.helpers.createBinarySignedUrl(file, `${Math.ceil(hours * 60)}m`);
	throw new HappyHorseError({
		message: 'There is no link to the new file: n8n holds it in memory only',
		description:
			'Set N8N_DEFAULT_BINARY_DATA_MODE to filesystem, or take out ‘Share Link (Hours)’ under Options.',
		code: 'no_link',
	});
}

/** Runs work about one item's file within the run's concurrency. */
export async function forClip<T>(run: Run, work: () => Promise<T>): Promise<T> {
	return await run.limiter.run(async () => {
		try {
			return await work();
		} catch (error) {
			throw clipError(error);
		}
	}, run.stop);
}

/** A new file's name without its ending: as given, or that of the file it is made of. */
export const stemOf = ({ fileName, file }: ClipFile, fallback = file.fileName) =>
	(fileName?.replace(/\.mp4$/i, '') ?? fallback?.replace(/\.\w{2,4}$/, '')) || 'video';

/** Seconds to three decimals. */
export const rounded = (seconds: number) => Math.round(seconds * 1_000) / 1_000;

/** Converts what is thrown about a file to an error for users, whose first sentence is the message. */
export function clipError(error: unknown): unknown {
	if (error instanceof StorageRefused)
		return new HappyHorseError({
			message: `n8n could not store the new file: ${quote(error.message)}`,
			description:
				'Check that n8n’s storage has room and takes files of this size, then run again.',
			code: 'storage_refused',
		});
	if (!(error instanceof Refusal)) return error;
	const [message, ...advice] = error.reason.split(/(?<=\.) /);
	return new HappyHorseError({
		message: message.replace(/\.$/, ''),
		description: [...advice, 'No file was made.'].join(' '),
		code: 'unusable_file',
	});
}
