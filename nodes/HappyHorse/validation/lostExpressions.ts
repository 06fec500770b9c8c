import type { Complaint } from './parse';
import { preview } from './parse';

/** Names that n8n's expressions begin with; other braces are a text's own. */
const OF_N8N =
	/\$(?:json|node|nodeId|nodeVersion|input|now|today|vars|env|binary|workflow|execution|item|items|itemIndex|thisItem|runIndex|prevNode|parameter|fromAI|fromAi|fromai|jmespath|if|ifEmpty|max|min|secrets|evaluateExpression|resumeWebhookUrl|agentInfo)\b|\$\(|\bDateTime\./;

/** A short text that is nothing but an expression without its two braces, which n8n never evaluates. */
const WITHOUT_BRACES =
	/^[={\s]*(\$(?:json|input|node|vars|env)(?=[.[])(?:[^\s{}[]|\[[^\]{}]*\])+)[\s}]*$/;

/** Text that an expression within other text makes of an object or a function, also in a URL. */
const OBJECT = /(?:\[|%5B)(?:object(?: |%20)[A-Z][A-Za-z]*|native(?: |%20)code)(?:\]|%5D)/i;

/** End of a text whose expression read something that does not exist, in a URL also before an extension. */
const NOTHING =
	/(?:^|[\s/=:,"'])(undefined|null|NaN|Invalid Date(?:Time)?)(?:\.[a-z\d]{2,5}|["'.!?])?\s*$/;

/** Part of a URL that such an expression left, or a URL that ends with its host. */
const NOTHING_IN_URL = /^https?:\/\/(?:[^?#]*\/|[^#]*=)(undefined|null|NaN)(?:[/?&#]|$)/;
const NOTHING_BUT_HOST = /^https?:\/\/[^/?#]+\/?$/;

/** Signs of an expression in the spellings of URLs, HTML, escaped texts and Chinese keyboards. */
const SPELLINGS: Array<[RegExp, string]> = [
	[/%7B|&#(?:123|x7b);|&l(?:brace|cub);|\\\{|｛/gi, '{'],
	[/%7D|&#(?:125|x7d);|&r(?:brace|cub);|\\\}|｝/gi, '}'],
	[/%24|&#(?:36|x24);|&dollar;|\\\$|＄/gi, '$'],
];

/** Fields that name files, whose complaint about an object tells how to give the file itself. */
const OF_FILES = /BinaryProperty$/;

type Values = Record<string, unknown>;

/** Finds n8n's expression syntax in a text, as it was typed or escaped on its way. */
function expressionIn(text: string): string | undefined {
	const plain = SPELLINGS.reduce(
		(read, [spelling, sign]) => read.replace(spelling, () => sign),
		text,
	);
	for (const part of plain.split('{{').slice(1)) {
		const end = part.indexOf('}}');
		if (end < 0) continue;
		const inner = part.slice(0, end);
		if (OF_N8N.test(inner)) return `{{${inner}}}`;
	}
	return undefined;
}

/** Lists the texts in a value: itself, or those of a list, where objects such as attachments have a URL. */
const textsIn = (value: unknown): string[] =>
	[value]
		.flat()
		.map((entry: unknown) => (entry instanceof Object && 'url' in entry ? entry.url : entry))
		.filter((entry) => typeof entry === 'string');

function objectionTo(field: string, text: string): string | undefined {
	const expression = expressionIn(text);
	if (expression !== undefined)
		return `contains ${preview(expression)}, which n8n did not evaluate; switch the field from Fixed to Expression, or begin it with =`;
	const [, bare] = (text.length < 200 && WITHOUT_BRACES.exec(text.trim())) || [];
	if (bare !== undefined)
		return `is ${preview(bare)}, which n8n did not evaluate; switch the field to Expression and write {{ ${bare} }}`;
	const [object] = OBJECT.exec(text) ?? [];
	if (object === undefined || OF_FILES.test(field)) return undefined;
	return `contains ${preview(object)}: an expression inserted an object as text. Take one of its fields, such as {{ $json.name }}`;
}

/** Complains about texts in which an expression was lost, whatever their field. */
export function complaintsAboutLost(values: Values): Complaint[] {
	return Object.entries(values).flatMap(([field, value]) => {
		const [message] = textsIn(value).flatMap((text) => objectionTo(field, text) ?? []);
		return message === undefined ? [] : [{ field, message }];
	});
}

/** Describes where an expression in a text read nothing. */
function nothingIn(text: string): string | undefined {
	const [, atEnd] = NOTHING.exec(text.slice(-100)) ?? [];
	if (atEnd !== undefined) return `ends with "${atEnd}"`;
	const urls = text.split(/[\s,]+/);
	const [inside] = urls.flatMap((url) => NOTHING_IN_URL.exec(url)?.[1] ?? []);
	if (inside !== undefined) return `contains "${inside}"`;
	return urls.some((url) => NOTHING_BUT_HOST.test(url)) ? 'has nothing behind a host' : undefined;
}

/**
 * Finds texts in which "undefined", "null" or nothing stands where an expression made them.
 *
 * @param form the fields as they stand in the form
 * @returns hints, each the rest of a sentence that starts with the field's label
 */
export function hintsAboutNothing(form: Values, values: Values): Complaint[] {
	return Object.entries(values).flatMap(([field, value]) => {
		const { [field]: given } = form;
		if (typeof given !== 'string' || !given.startsWith('=')) return [];
		const [found] = textsIn(value).flatMap((text) => nothingIn(text) ?? []);
		return found === undefined
			? []
			: [{ field, message: `${found}: its expression may read a field that does not exist` }];
	});
}
