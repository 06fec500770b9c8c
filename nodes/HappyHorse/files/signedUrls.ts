import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { StreamBytes } from '../media/bytes';
import { formatOf, HEAD, MIME_TYPES } from '../media/formats';
import type { Role } from '../media/rules';
import { tooLarge } from '../media/rules';
import { isPublicHost } from '../validation/hosts';
import type { Complaint } from '../validation/parse';
import { findFile, jsonFilesHint, listNames } from './find';
import { Gone } from './open';
import { openStored, storedSize } from './stored';

/** Placeholder for a rejected file, so that validation of the other fields goes on; never sent. */
const PLACEHOLDER_URL = 'https://example.com/';

interface FileField {
	/** Name of the parameter, for complaints. */
	field: string;
	/** Value of the field, see `listNames`. */
	names: unknown;
	/** Number of files allowed. */
	count: { min: number; max: number };
	role: Role;
	/** Makes the file to serve out of the one that came in. */
	prepare?: (file: IBinaryData) => Promise<IBinaryData>;
	/** Minutes until the URLs expire. */
	minutes: number;
	/** Requires n8n to have a public address, because the service is on the internet. */
	publicOnly: boolean;
}

/**
 * Creates signed, expiring URLs under which n8n serves an item's files to the service. Each gives access to its file, so it
 * is sent to the service only.
 *
 * @returns one URL per file, in the order of the names, and complaints
 */
export async function signFiles(
	context: IExecuteFunctions,
	item: number,
	{ names, count: { min, max }, ...options }: FileField,
): Promise<{ urls: string[]; files: IBinaryData[]; complaints: Complaint[] }> {
	const list = listNames(names);
	if (list.length < min || list.length > max) {
		const allowed = min === max ? `${min} file` : `${min} to ${max} files`;
		const message = `must name ${allowed}, but it names ${list.length === 0 ? `none${jsonFilesHint(context, item)}` : list.length}`;
		return { urls: [PLACEHOLDER_URL], files: [], complaints: [{ field: options.field, message }] };
	}
	const results = await Promise.all(
		list.map(async (name) => await signFile(context, item, name, options)),
	);
	return {
		urls: results.map((result) => ('url' in result ? result.url : PLACEHOLDER_URL)),
		files: results.flatMap((result) => ('file' in result ? result.file : [])),
		complaints: results.flatMap((result) =>
			'complaint' in result
				? [{ field: options.field, message: result.complaint, code: result.code }]
				: [],
		),
	};
}

/**
 * Copies an upload to permanent storage: n8n moves it when it saves the execution, which would break a URL signed earlier.
 * Copies a file that n8n would serve under another type than its content's, such as one of Telegram's. Stores a file from a
 * Code node or raw body for the first time; its id stays undefined if this n8n keeps files in memory.
 */
async function storeToServe(
	context: IExecuteFunctions,
	file: IBinaryData,
	role: Role,
): Promise<IBinaryData> {
	const { helpers } = context;
	const { id, data, fileName } = file;
	// it is going to be refused unread
	if (id !== undefined && tooLarge(role, await storedSize(context, file)) !== undefined)
		return file;
	const { served, read = file.mimeType } = await typesOf(context, file);
	if (id === undefined)
		return await helpers.prepareBinaryData(Buffer.from(data, 'base64'), fileName, read);
	if (!id.includes('/executions/temp/') && read === served) return file;
	return await helpers.prepareBinaryData(await helpers.getBinaryStream(id), fileName, read);
}

/** Type under which n8n serves a file, and the type of its content if it is one that the service takes. */
async function typesOf(
	context: IExecuteFunctions,
	file: IBinaryData,
): Promise<{ served?: string; read?: string }> {
	const { size, mimeType, chunks } = await openStored(context, file, HEAD);
	const bytes = new StreamBytes(chunks, size);
	try {
		const head = await bytes.at(0, HEAD);
		return { served: mimeType, read: (head && MIME_TYPES[formatOf(head)]) ?? mimeType };
	} finally {
		await bytes.close();
	}
}

async function signFile(
	context: IExecuteFunctions,
	item: number,
	name: unknown,
	{
		role,
		prepare,
		minutes,
		publicOnly,
	}: Pick<FileField, 'role' | 'prepare' | 'minutes' | 'publicOnly'>,
): Promise<{ url: string; file: IBinaryData } | (Pick<Complaint, 'code'> & { complaint: string })> {
	const found = findFile(context, item, name);
	if ('complaint' in found) return found;
	const { label } = found;
	const file = prepare ? await prepare(found.file) : found.file;
	const stored = await storeToServe(context, file, role).catch((error: unknown) => {
		// its inspection says so
		if (error instanceof Gone) return file;
		throw error;
	});
	if (stored.id === undefined)
		return {
			complaint: `names ${label}, which n8n holds in memory only, so HappyHorse can’t fetch it. Set N8N_DEFAULT_BINARY_DATA_MODE to filesystem, or upload the file to S3 or other storage with a node before this one, and give its URL`,
			code: 'not_reachable',
		};
	const url = context.helpers.createBinarySignedUrl(stored, `${Math.ceil(minutes)}m`);
	if (publicOnly && !isPublicHost(new URL(url)))
		return {
			complaint: `names a file that n8n would serve at ${new URL(url).host}, where HappyHorse can’t reach it. Set WEBHOOK_URL and N8N_EDITOR_BASE_URL to n8n’s public address, or upload the file to S3 or other storage with a node before this one, and give its URL`,
			code: 'not_reachable',
		};
	return { url, file };
}
