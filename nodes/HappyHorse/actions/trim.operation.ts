import { LIMITS } from '../contract/limits';
import { defineOperation } from '../execution/operation';
import { filmInput } from '../files/film';
import type { TrimPlan } from '../film/trim';
import { planTrim } from '../film/trim';
import { FIELDS } from '../form/fields';
import type { Parsed } from '../validation/parse';
import { checkedFields, complaintsOf, mayBeEmpty, numberWithin } from '../validation/parse';
import type { ClipFile } from './clips';
import { forClip, NOT_FOR_TOOLS, readClipFile, rounded, stemOf, writeFilm } from './clips';

const parse = checkedFields({
	startSeconds: mayBeEmpty(numberWithin(LIMITS.cut)),
	endSeconds: mayBeEmpty(numberWithin(LIMITS.cut)),
});

interface Part extends ClipFile {
	plan: TrimPlan;
}

export const trim = defineOperation({
	option: {
		name: 'Trim',
		value: 'trim',
		displayOptions: NOT_FOR_TOOLS,
		action: 'Trim video',
		description: 'Cut a part out of a video file. Free, and nothing is sent to HappyHorse.',
	},
	fields: [FIELDS.clipFile, FIELDS.startSeconds, FIELDS.endSeconds, FIELDS.trimOptions],
	async read(run, values: Record<string, unknown>, item): Promise<Parsed<Part>> {
		const [clip, times] = [readClipFile(run, values, item), parse(values)];
		if (!('value' in clip) || !('value' in times))
			return { complaints: [...complaintsOf(clip), ...complaintsOf(times)] };
		const { file, sound } = clip.value;
		const { startSeconds: start = 0, endSeconds: end } = times.value;
		const plan = await forClip(run, async () => {
			const input = await filmInput(run.context, { clip: 1, name: 'The video' }, file);
			return await planTrim(input, { start, end }, { sound });
		});
		return { value: { plan, ...clip.value } };
	},
	async perform(run, { request: { plan, ...clip } }) {
		const { json, binary } = await forClip(run, async () => {
			return await writeFilm(run, plan, { name: stemOf(clip), from: [clip.file], clip });
		});
		return { output: { json: { start: rounded(plan.start), ...json }, binary } };
	},
});
