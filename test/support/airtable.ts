import type { App, AppAnswer, AppRequest } from './apps';

type Fields = Record<string, unknown>;

interface AirtableRecord {
	id: string;
	createdTime: string;
	fields: Fields;
}

export const AIRTABLE_TOKEN = { accessToken: 'token-of-an-airtable-account' };

const refused = (type: string, message: string) => ({
	status: 422,
	content: { error: { type, message } },
});

/** Plays Airtable as far as n8n's node uses it for one table. */
export class Airtable {
	/** Names of the table's fields. */
	names: string[] = [];

	records: AirtableRecord[] = [];

	/** Content of the attachments, which Airtable fetches when it is given their URLs. */
	readonly attachments = new Map<string, Buffer>();

	/** For startApps(). */
	get apps(): Record<string, App> {
		return { 'api.airtable.com': async (request) => await this.answer(request) };
	}

	fill(names: string[], rows: Fields[]): void {
		this.names = names;
		this.records = rows.map((fields, index) => ({
			id: `rec${index}`,
			createdTime: new Date(2026, 0, 1, 0, index).toISOString(),
			fields,
		}));
	}

	private async answer({ method, url, headers, json }: AppRequest): Promise<AppAnswer> {
		if (headers.authorization !== `Bearer ${AIRTABLE_TOKEN.accessToken}`)
			return { status: 401, content: { error: { type: 'AUTHENTICATION_REQUIRED' } } };
		if (!url.pathname.startsWith('/v0/appBase/tblTable')) return { status: 404, content: {} };
		if (method === 'GET') return this.list(url.searchParams);
		const { records } = json<{ records: Array<{ id: string; fields: Fields }> }>();
		const unknown = this.unknownOf(records.flatMap(({ fields }) => Object.keys(fields)));
		if (unknown) return unknown;
		const changed = records.map(({ id, fields }) => ({ id, fields }));
		for (const { id, fields } of changed) {
			const record = this.records.find((known) => known.id === id);
			if (!record) return { status: 404, content: { error: 'NOT_FOUND' } };
			Object.assign(record.fields, fields);
			for (const [address] of JSON.stringify(fields).matchAll(/http[^"]+\.mp4/g))
				this.attachments.set(id, Buffer.from(await (await fetch(address)).arrayBuffer()));
		}
		const now = this.records.filter(({ id }) => changed.some((record) => record.id === id));
		return { content: { records: now } };
	}

	private unknownOf(names: string[]): AppAnswer | undefined {
		const unknown = names.find((name) => !this.names.includes(name));
		if (unknown === undefined) return undefined;
		return refused('UNKNOWN_FIELD_NAME', `Unknown field name: "${unknown}"`);
	}

	/** Understands formulas that list what is not to be. */
	private list(query: URLSearchParams): AppAnswer {
		const formula = query.get('filterByFormula') ?? '';
		const tests = [...formula.matchAll(/\{([^}]+)\} != '([^']*)'/g)];
		const asked = [...query].flatMap(([key, name]) => (key.startsWith('fields') ? [name] : []));
		const unknown = this.unknownOf([...asked, ...tests.map(([, name]) => name)]);
		if (unknown) return unknown;
		const wanted = this.records.filter(({ fields }) =>
			tests.every(([, name, not]) => (fields[name] ?? '') !== not),
		);
		return { content: { records: wanted.slice(0, Number(query.get('maxRecords') ?? 100)) } };
	}
}
