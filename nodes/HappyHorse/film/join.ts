import { readClip } from './clip';
import type { FilmPlan, Scene } from './plan';
import { assemble } from './plan';
import type { FilmInput } from './source';
import { Source } from './source';
import { takeAll } from './take';

/** Whether the clips' sound comes along. */
export interface SoundChoice {
	sound?: 'keep' | 'remove';
}

/**
 * Plans one film of several clips. Reads their indexes, one after the other.
 *
 * @throws Refusal for a clip that can't be used or differs from the first
 */
export async function planJoin(
	inputs: FilmInput[],
	{ sound = 'keep' }: SoundChoice = {},
): Promise<FilmPlan> {
	const scenes: Scene[] = [];
	for (const [number, input] of inputs.entries())
		scenes.push(await sceneOf(new Source(input, number + 1), sound));
	return assemble(scenes);
}

async function sceneOf(source: Source, sound: 'keep' | 'remove'): Promise<Scene> {
	const clip = await readClip(source, { sound: sound === 'keep' });
	const take = takeAll(clip.picture);
	const voice = clip.sound && { track: clip.sound, start: take.start };
	return { take, voice, labels: clip.labels };
}
