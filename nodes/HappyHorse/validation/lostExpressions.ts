import type { Complaint } from './parse';
import { preview } from './parse';

/** Names that n8n's expressions begin with; other braces are a text's own. */
const OF_N8N =
	/\$(?:json|node|input|now|today|vars|env|binary|workflow|execution|item|items|itemIndex|runIndex|prevNode|parameter|fromAI|jmespath|if|ifEmpty|max|min|secrets|evaluateExpression)\b|\$\(/;

/** Text that an expression within other text makes of an object, also in a URL. */
const OBJECT = /(?:\[|%5B)object(?: |%20)[A-Z][A-Za-z]*(?:\]|%5D)/i;

/** End of a text whose expression read something that does not exist. */
const NOTHING = /(?:^|[\s/=:,"'])(undefined|null|NaN)["'.!?]?\s*$/;

/** Fields that name files, whose complaint about an object tells how to give the file itself. */
const OF_FILES = /BinaryProperty$/;

type Values = Record<string, unknown>;

/** Finds n8n's expression syntax in a text, as it was typed. */
function expressionIn(text: string): string | undefined {
	for (const part of text.split('{{').slice(1)) {
		const end = part.indexOf('}}');
		if (end < 0) continue;
		const inner = part.slice(0, end);
		if (OF_N8N.test(inner)) return `{{${inner}}}`;
	}
	return undefined;
}

/** Lists the texts in a value: itself, or those of a list. */
const textsIn = (value: unknown): string[] =>
	[value].flat().filter((entry) => typeof entry === 'string');

function objectionTo(field: string, text: string): string | undefined {
	const expression = expressionIn(text);
	if (expression !== undefined)
		return `contains ${preview(expression)}, which n8n did not evaluate; switch the field from Fixed to Expression, or begin it with =`;
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

/**
 * Finds texts that end with "undefined" or "null", where an expression made them.
 *
 * @param form the fields as they stand in the form
 * @returns hints, each the rest of a sentence that starts with the field's label
 */
export function hintsAboutNothing(form: Values, values: Values): Complaint[] {
	return Object.entries(values).flatMap(([field, value]) => {
		const { [field]: given } = form;
		if (typeof value !== 'string' || typeof given !== 'string' || !given.startsWith('=')) return [];
		const [, word] = NOTHING.exec(value.slice(-100)) ?? [];
		return word === undefined
			? []
			: [
					{
						field,
						message: `ends with "${word}": its expression may read a field that does not exist`,
					},
				];
	});
}
