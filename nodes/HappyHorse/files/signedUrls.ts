import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { isPublicHost } from '../validation/hosts';
import type { Complaint } from '../validation/parse';
import { findFile, hintAtJson, listNames } from './find';

/** Stands in for the URL of a file that there is a complaint about, so that the rest can be checked; it is never sent. */
const NO_URL = 'https://unavailable.invalid/';

interface Wanted {
	/** The parameter that names the files, for complaints. */
	field: string;
	/** What the field has, see `listNames`. */
	names: unknown;
	/** How many files there may be. */
	count: { min: number; max: number };
	/** Minutes for which the service may need the file. */
	minutes: number;
	/** Whether the service is out on the internet. */
	publicOnly: boolean;
}

/**
 * URLs under which the service can fetch files that came in with an item: n8n serves them itself, signed and for a
 * limited time. Whoever has such a URL has the file, so it goes to the service and nowhere else.
 *
 * @returns for each file its URL, in the order of the names, and what is wrong with them
 */
export async function signFiles(
	context: IExecuteFunctions,
	item: number,
	{ names, count: { min, max }, ...wanted }: Wanted,
): Promise<{ urls: string[]; files: IBinaryData[]; complaints: Complaint[] }> {
	const list = listNames(names);
	if (list.length < min || list.length > max) {
		const allowed = min === max ? `${min} file` : `${min} to ${max} files`;
		const message = `must name ${allowed}, but it names ${list.length === 0 ? `none${hintAtJson(context, item)}` : list.length}`;
		return { urls: [NO_URL], files: [], complaints: [{ field: wanted.field, message }] };
	}
	const results = await Promise.all(
		list.map(async (name) => await signFile(context, item, name, wanted)),
	);
	return {
		urls: results.map((result) => ('url' in result ? result.url : NO_URL)),
		files: results.flatMap((result) => ('file' in result ? result.file : [])),
		complaints: results.flatMap((result) =>
			'complaint' in result ? [{ field: wanted.field, message: result.complaint }] : [],
		),
	};
}

/**
 * The file where it stays. What a webhook or form took in lies in a makeshift place until n8n saves the execution, be
 * it to park it, and then moves: a URL of that place would stop working before the service has come for the file. What a
 * Code node or a raw body gives is in no storage yet, and in one only if this n8n has one.
 */
async function settle({ helpers }: IExecuteFunctions, file: IBinaryData): Promise<IBinaryData> {
	const { id, data, fileName, mimeType } = file;
	if (id === undefined)
		return await helpers.prepareBinaryData(Buffer.from(data, 'base64'), fileName, mimeType);
	if (!id.includes('/executions/temp/')) return file;
	return await helpers.prepareBinaryData(await helpers.getBinaryStream(id), fileName, mimeType);
}

async function signFile(
	context: IExecuteFunctions,
	item: number,
	name: unknown,
	{ minutes, publicOnly }: Pick<Wanted, 'minutes' | 'publicOnly'>,
): Promise<{ url: string; file: IBinaryData } | { complaint: string }> {
	const found = findFile(context, item, name);
	if ('complaint' in found) return found;
	const { file, called } = found;
	const lasting = await settle(context, file);
	if (lasting.id === undefined)
		return {
			complaint: `names ${called}, which n8n holds in memory only, so that HappyHorse can't fetch it. Set N8N_DEFAULT_BINARY_DATA_MODE to filesystem, or give a URL instead`,
		};
	const url = context.helpers.createBinarySignedUrl(lasting, `${Math.ceil(minutes)}m`);
	if (publicOnly && !isPublicHost(new URL(url)))
		return {
			complaint: `names a file that n8n would serve at ${new URL(url).host}, where HappyHorse can't reach it. Set WEBHOOK_URL and N8N_EDITOR_BASE_URL to n8n's public address, or give a URL instead`,
		};
	return { url, file };
}
