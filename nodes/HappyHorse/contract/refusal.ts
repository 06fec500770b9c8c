/** Names under which services say why they refuse something, the likeliest first. */
const NAMES = [
	...['message', 'msg', 'detail', 'reason', 'fail_reason', 'failure_reason'],
	...['error_description', 'error_message', 'error_msg', 'error'],
];

/** A name as `NAMES` writes it: some services have `failReason` or `Message`. */
const spelledAsInNames = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();

const fieldsOf = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null ? { ...value } : {};

/** Reads a text, or a list of texts. */
function textOf(value: unknown): string | undefined {
	const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
	const text = isList ? value.join(', ') : value;
	return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

function wordsUnder(value: unknown): string | undefined {
	const fields = Object.fromEntries(
		Object.entries(fieldsOf(value)).map(([name, inner]) => [spelledAsInNames(name), inner]),
	);
	return NAMES.map((name) => textOf(fields[name])).find((text) => text !== undefined);
}

/** The words of a refusal, in the contract's form `{ error: { message } }` or any other that services use. */
export const wordsIn = (answer: unknown): string | undefined =>
	wordsUnder(fieldsOf(answer).error) ?? wordsUnder(answer);

/** The code of a refusal in the contract's form; elsewhere, the status alone tells what it is. */
export function codeIn(answer: unknown): string | undefined {
	const { code } = fieldsOf(fieldsOf(answer).error);
	return typeof code === 'string' && /\D/.test(code) ? code : undefined;
}

/** The status in an envelope that reports a refusal, such as `{ code: 402, msg }`, which may arrive with HTTP status 200. */
export function statusIn(answer: unknown): number | undefined {
	const status = Number(fieldsOf(answer).code);
	return status >= 400 && status < 600 ? status : undefined;
}

/** Leaves out fields that say nothing. */
const withoutEmpty = (fields: Record<string, unknown>) =>
	Object.fromEntries(
		Object.entries(fields).filter(
			([, value]) => value instanceof Object && Object.keys(value).length > 0,
		),
	);

/** Writes a list or object as JSON, unless it is empty or nested too deeply. */
function jsonOf(value: unknown): string | undefined {
	if (Object.keys(fieldsOf(value)).length === 0) return undefined;
	try {
		return JSON.stringify(value);
	} catch {
		return undefined;
	}
}

/**
 * Brings the reason of a failed task into the contract's form.
 *
 * @param task as the service describes it
 */
export function withReason(task: unknown): unknown {
	const { error, output } = fieldsOf(task);
	const { code, ...rest } = fieldsOf(error);
	const said =
		wordsIn(task) ??
		wordsIn(output) ??
		(code === undefined ? jsonOf(error) : jsonOf(withoutEmpty(rest))) ??
		jsonOf(fieldsOf(task).errors);
	if (code === undefined && said === undefined) return task;
	const isCode = typeof code === 'string' || typeof code === 'number';
	return { ...fieldsOf(task), error: { ...(isCode && { code: String(code) }), message: said } };
}

const PAGE = /^\s*(?:<\?xml[^>]*>\s*)?<(?:!|html|head|body)/i;

/** Recognizes a web page, as proxies send it. */
export const isPageText = (body: string) => PAGE.test(body);

/** A body whose words can't be told from the rest: of XML its text, a page not at all, all else as it is. */
export function asQuote(body: string): string | undefined {
	if (isPageText(body)) return undefined;
	const isXml = /^\s*<(?:\?xml|[a-z]*error)\b/i.test(body);
	if (!isXml && /^\s*</.test(body)) return undefined;
	const text = isXml ? body.replace(/<[^<>]*>/g, ' ').replace(/\s+/g, ' ') : body;
	return text.trim() || undefined;
}
