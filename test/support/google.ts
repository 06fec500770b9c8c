import type { App, AppAnswer, AppRequest } from './apps';

/** Cell as the Sheets API gives it. */
type Cell = string | number;

/** Spreadsheet with one sheet. */
export interface Spreadsheet {
	id: string;
	title: string;
	rows: Cell[][];
}

export interface DriveFile {
	id: string;
	name: string;
	mimeType: string;
	folder: string;
	content: Buffer;
}

export interface YouTubeVideo {
	id: string;
	snippet: { title: string; description?: string; categoryId: string };
	status: { privacyStatus?: string };
	content: Buffer;
}

/** Upload under way. */
interface Upload {
	metadata: { name?: string; parents?: string[] } & Partial<YouTubeVideo>;
	mimeType: string;
	content: Buffer;
}

const TOKEN = 'token-of-a-google-account';
/** Parts of a resumable upload, but for the last, are multiples of it. */
const PART = 256 * 1024;

/** Saves the credential of a connected Google account, for RestClient.saveCredential. */
export const GOOGLE_ACCOUNT = {
	clientId: 'id-of-a-client',
	clientSecret: 'secret-of-a-client',
	oauthTokenData: { access_token: TOKEN, refresh_token: 'refresh', token_type: 'Bearer' },
};

const notFound = { status: 404, content: { error: { code: 404, message: 'Not found.' } } };

const about = ({ id, name, mimeType }: DriveFile) => ({
	...{ id, name, mimeType },
	webViewLink: `https://drive.google.com/file/d/${id}/view`,
});

const columnOf = (letters: string) =>
	[...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

/** Plays Google Sheets, Drive and YouTube as far as n8n's nodes use them for one account. */
export class Google {
	sheets: Spreadsheet[] = [];

	files: DriveFile[] = [];

	videos: YouTubeVideo[] = [];

	/** Titles that YouTube refuses. */
	refusedTitles: string[] = [];

	private readonly uploads = new Map<string, Upload>();

	private made = 0;

	/** For startApps(). */
	get apps(): Record<string, App> {
		const app = (request: AppRequest) => {
			const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
			// the address of an upload is its own permission
			if (!isKnown && !request.url.searchParams.has('upload_id'))
				return { status: 401, content: { error: { code: 401, message: 'Who is it?' } } };
			return this.answer(request);
		};
		return { 'sheets.googleapis.com': app, 'www.googleapis.com': app };
	}

	/** Rows of a spreadsheet as objects, without the header. */
	tableOf(id: string): Array<Record<string, Cell>> {
		const [header = [], ...rows] = this.sheets.find((sheet) => sheet.id === id)?.rows ?? [];
		return rows.map((row) =>
			Object.fromEntries(
				header.map((name, index): [string, Cell] => [`${name}`, row[index] ?? '']),
			),
		);
	}

	private answer(request: AppRequest): AppAnswer {
		const { pathname } = request.url;
		if (pathname.startsWith('/v4/')) return this.sheet(request);
		if (pathname.startsWith('/upload/')) return this.upload(request);
		return this.drive(request);
	}

	private sheet({ method, url, json }: AppRequest): AppAnswer {
		const [, id = '', what = '', range = ''] =
			/^\/v4\/spreadsheets\/([^/:]+)(?:\/(values[^/]*))?(?:\/(.+))?$/.exec(url.pathname) ?? [];
		const found = this.sheets.find((sheet) => sheet.id === id);
		if (!found) return notFound;
		const { rows, title } = found;
		if (what === '')
			return { content: { sheets: [{ properties: { sheetId: 0, title, sheetType: 'GRID' } }] } };
		if (method === 'GET') return { content: { range, values: this.values(rows, range) } };
		if (method === 'PUT') {
			const [, number] = /!(\d+):\d+$/.exec(decodeURIComponent(range)) ?? [];
			[rows[Number(number) - 1]] = json<{ values: Cell[][] }>().values;
			return { content: { updatedRange: range } };
		}
		if (method !== 'POST' || what !== 'values:batchUpdate')
			return { status: 400, content: { error: { code: 400, message: `${method} ${what}` } } };
		const { data } = json<{ data: Array<{ range: string; values: Cell[][] }> }>();
		for (const { range: cell, values } of data) {
			const [, letters, number] = /!([A-Z]+)(\d+)$/.exec(cell) ?? [];
			const row = (rows[Number(number) - 1] ??= []);
			[[row[columnOf(letters)]]] = values;
		}
		return { content: { totalUpdatedCells: data.length } };
	}

	/** Without the empty cells at the end of a row, as Google does it. */
	private values(rows: Cell[][], range: string): Cell[][] | undefined {
		const [, number] = /!(\d+):\d+$/.exec(decodeURIComponent(range)) ?? [];
		const wanted = number === undefined ? rows : [rows[Number(number) - 1] ?? []];
		const filled = wanted.map((row) => {
			const cells = Array.from(row, (cell) => cell ?? '');
			while (cells[cells.length - 1] === '') cells.pop();
			return cells;
		});
		return filled.some((row) => row.length > 0) ? filled : undefined;
	}

	private drive({ method, url }: AppRequest): AppAnswer {
		const query = url.searchParams;
		const [, id] = /^\/drive\/v3\/files\/(.+)$/.exec(url.pathname) ?? [];
		if (id === undefined) {
			const wanted = query.get('q') ?? '';
			const [, folder] = /'([^']+)' in parents/.exec(wanted) ?? [];
			if (wanted.includes('google-apps.spreadsheet'))
				return { content: { files: this.sheets.map((sheet) => ({ ...sheet, name: sheet.id })) } };
			const files = this.files.filter((file) => folder === undefined || file.folder === folder);
			return { content: { files: files.map(about) } };
		}
		const found = this.files.find((file) => file.id === id);
		if (!found) return notFound;
		if (method === 'GET' && query.get('alt') === 'media')
			return { headers: { 'content-type': found.mimeType }, content: found.content };
		return { content: about(found) };
	}

	/** Takes a file in parts, by Google's resumable protocol. */
	private upload({ method, url, headers, body, json }: AppRequest): AppAnswer {
		const isVideo = url.pathname.startsWith('/upload/youtube/');
		if (method === 'POST') {
			const metadata = json<Upload['metadata']>();
			if (this.refusedTitles.includes(metadata.snippet?.title ?? ''))
				return { status: 400, content: { error: { code: 400, message: 'uploadLimitExceeded' } } };
			const upload = String(++this.made);
			const mimeType = String(headers['x-upload-content-type']);
			this.uploads.set(upload, { metadata, mimeType, content: Buffer.alloc(0) });
			const location = `https://www.googleapis.com${url.pathname}?upload_id=${upload}`;
			return { headers: { location }, content: {} };
		}
		const upload = this.uploads.get(url.searchParams.get('upload_id') ?? '');
		const [, from, to, total] =
			/^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '')?.map(Number) ?? [];
		const isLast = to + 1 === total;
		if (!upload || from !== upload.content.length || body.length !== to + 1 - from) return notFound;
		if (!isLast && body.length % PART !== 0)
			return {
				status: 400,
				content: { error: { code: 400, message: 'Not a multiple of 256 KB' } },
			};
		const { metadata, mimeType } = upload;
		upload.content = Buffer.concat([upload.content, body]);
		if (!isLast) return { status: 308, headers: { range: `bytes=0-${to}` } };
		const id = `made-${this.made}`;
		const { content } = upload;
		if (isVideo) this.videos.push({ ...(metadata as YouTubeVideo), id, content });
		else {
			const [folder = 'root'] = metadata.parents ?? [];
			this.files.push({ id, name: metadata.name ?? '', mimeType, folder, content });
		}
		return { content: { id } };
	}
}
