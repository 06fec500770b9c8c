import type { IBinaryData } from 'n8n-workflow';

import { defineOperation } from '../execution/operation';
import { ItemError } from '../execution/items';
import { filmInput } from '../files/film';
import { planJoin } from '../film/join';
import { Refusal } from '../film/source';
import { CAPTIONS_PROPERTY } from '../form/clips';
import { FIELDS } from '../form/fields';
import type { Parsed } from '../validation/parse';
import { complaintsOf } from '../validation/parse';
import { captionOf, storeCaptions } from './captions';
import type { ClipFile } from './clips';
import {
	clipError,
	NOT_FOR_TOOLS,
	outputComplaint,
	readClipFile,
	rounded,
	stemOf,
	writeFilm,
} from './clips';

/** File of an item, and its text where captions are wanted. */
interface JoinedClip extends ClipFile {
	caption?: string;
}

export const join = defineOperation({
	option: {
		name: 'Join',
		value: 'join',
		displayOptions: NOT_FOR_TOOLS,
		action: 'Join videos',
		description:
			'Make one video of the files of all items, in their order. Free, and nothing is sent to HappyHorse.',
	},
	fields: [FIELDS.clipFile, FIELDS.joinOptions],
	read(run, values: Record<string, unknown>, item): Parsed<JoinedClip> {
		const [clip, caption] = [readClipFile(run, values, item), captionOf(run, values, item)];
		const hasCaptions = 'value' in caption && caption.value !== undefined;
		if (hasCaptions && 'value' in clip && clip.value.output === CAPTIONS_PROPERTY)
			return {
				complaints: [outputComplaint(`must not be ${CAPTIONS_PROPERTY}, where the captions go`)],
			};
		return 'value' in clip && 'value' in caption
			? { value: { ...clip.value, caption: caption.value } }
			: { complaints: [clip, caption].flatMap(complaintsOf) };
	},
	async combine(run, requests) {
		const clips = requests.map(({ request }) => request);
		const from: IBinaryData[] = clips.map(({ file }) => file);
		const [first] = clips;
		const name = stemOf(first, 'film');
		try {
			const inputs = from.map(async (file, index) => {
				const about = { clip: index + 1, name: `Clip ${index + 1}` };
				return await filmInput(run.context, about, file);
			});
			const plan = await planJoin(await Promise.all(inputs), { sound: first.sound });
			const film = await writeFilm(run, plan, { name, from, clip: first });
			const texts = clips.map(({ caption }) => caption);
			const captions = await storeCaptions(run, texts, plan.clips, name);
			const times = plan.clips.map(({ start, end }) => [rounded(start), rounded(end)]);
			return {
				json: { ...film.json, clips: times.map(([start, end]) => ({ start, end })) },
				binary: { ...film.binary, ...captions },
			};
		} catch (error) {
			const at = error instanceof Refusal ? error.clip - 1 : undefined;
			throw at === undefined
				? clipError(error)
				: new ItemError(clipError(error), requests[at].item);
		}
	},
});
