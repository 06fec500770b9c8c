import { readClip, readSound } from './clip';
import { planJoin } from './join';
import type { FilmPlan } from './plan';
import { assemble } from './plan';
import type { FilmInput } from './source';
import { Source } from './source';
import { takeAll } from './take';

/**
 * Plans a clip without its sound or with the sound of another file, which is cut or followed by silence at the
 * picture's end.
 *
 * @throws Refusal; the clip is number 1 and the sound number 2
 */
export async function planReplaceSound(
	input: FilmInput,
	{ sound }: { sound?: FilmInput },
): Promise<FilmPlan> {
	if (!sound) return await planJoin([input], { sound: 'remove' });
	const source = new Source(input, 1);
	const clip = await readClip(source, { sound: false });
	const take = takeAll(clip.picture);
	const track = await readSound(new Source(sound, 2));
	return assemble([{ take, voice: { track, start: 0 }, labels: clip.labels }]);
}
