import type { IBinaryData } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import { formOf } from '../execution/parameters';
import type { Run } from '../execution/run';
import { safeFileName } from '../files/names';
import { srt } from '../film/captions';
import { CAPTIONS_PROPERTY } from '../form/clips';
import type { Parsed } from '../validation/parse';
import { preview, textWithin } from '../validation/parse';

const field = 'captions';

/** Text of an item's clip; undefined where no captions are wanted, empty for a clip without any. */
export function captionOf(
	{ context }: Run,
	{ captions: given }: Record<string, unknown>,
	item: number,
): Parsed<string | undefined> {
	if (given === undefined || given === '') return { value: undefined };
	const { json } = context.getInputData()[item];
	const name = String(given ?? '');
	const hasField = Object.keys(json).includes(name);
	const isExpression = String(formOf(context, []).captions ?? '').startsWith('=');
	if (!hasField && !isExpression) {
		const names = Object.keys(json).join(', ') || 'no fields';
		return {
			complaints: [{ field, message: `names ${preview(given)}, but the item has ${names}` }],
		};
	}
	const text = hasField ? json[name] : given;
	if (text === null || text === undefined || String(text).trim() === '') return { value: '' };
	const checked = textWithin(LIMITS.caption)(typeof text === 'number' ? String(text) : text);
	return typeof checked === 'string'
		? { complaints: [{ field, message: `is the text of a clip and ${checked}` }] }
		: checked;
}

/** Writes the clips' texts with their times as an SRT file into n8n's storage, if captions are wanted. */
export async function storeCaptions(
	{ context, ledger }: Run,
	texts: Array<string | undefined>,
	times: Array<{ start: number; end: number }>,
	name: string,
): Promise<Record<string, IBinaryData>> {
	if (texts.every((text) => text === undefined)) return {};
	const captions = srt(times.map((time, clip) => ({ text: texts[clip] ?? '', ...time })));
	if (captions === '') ledger.hint('No clip has a text, so the captions are empty.');
	// n8n stores no file without content
	const content = Buffer.from(captions || '\n');
	const fileName = safeFileName(name, '.srt');
	return {
		[CAPTIONS_PROPERTY]: await context.helpers.prepareBinaryData(
			content,
			fileName,
			'application/x-subrip',
		),
	};
}
