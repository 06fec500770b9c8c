import type { IBinaryData } from 'n8n-workflow';

import { defineOperation } from '../execution/operation';
import { filmInput } from '../files/film';
import type { FilmPlan } from '../film/plan';
import { planReplaceSound } from '../film/replaceSound';
import { SOUND_PROPERTY } from '../form/clips';
import { FIELDS } from '../form/fields';
import type { Parsed } from '../validation/parse';
import { checkedFields, complaintsOf, oneOf } from '../validation/parse';
import type { ClipFile } from './clips';
import { fileOf, forClip, NOT_FOR_TOOLS, readClipFile, stemOf, writeFilm } from './clips';

const parse = checkedFields({ soundSource: oneOf(['binary', 'remove']) });

interface Scored extends ClipFile {
	plan: FilmPlan;
	from: IBinaryData[];
}

export const replaceSound = defineOperation({
	option: {
		name: 'Replace Sound',
		value: 'replaceSound',
		displayOptions: NOT_FOR_TOOLS,
		action: 'Replace sound of video',
		description:
			'Put another sound under a video file, or take its sound out. Free, and nothing is sent to HappyHorse.',
	},
	fields: [FIELDS.clipFile, FIELDS.soundSource, FIELDS.soundFile, FIELDS.replaceSoundOptions],
	async read(run, values: Record<string, unknown>, item): Promise<Parsed<Scored>> {
		const clip = readClipFile(run, values, item);
		const settings = parse(values);
		const about = { field: 'soundBinaryProperty', fallback: SOUND_PROPERTY };
		const found = values.soundSource === 'binary' ? fileOf(run, item, about) : { value: undefined };
		if (!('value' in clip) || !('value' in settings) || !('value' in found))
			return { complaints: [clip, settings, found].flatMap(complaintsOf) };
		const { file } = clip.value;
		const plan = await forClip(run, async () => {
			const { context } = run;
			const input = await filmInput(context, { clip: 1, name: 'The video' }, file);
			const sound =
				found.value && (await filmInput(context, { clip: 2, name: 'The sound file' }, found.value));
			return await planReplaceSound(input, { sound });
		});
		return { value: { plan, from: [file, ...(found.value ? [found.value] : [])], ...clip.value } };
	},
	async perform(run, { request: { plan, from, ...clip } }) {
		const name = stemOf(clip);
		return {
			output: await forClip(run, async () => await writeFilm(run, plan, { name, from, clip })),
		};
	},
});
