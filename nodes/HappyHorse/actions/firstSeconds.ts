import type { IBinaryData } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import { withDetails, toDetails } from '../errors/errors';
import type { Run } from '../execution/run';
import { filmInput, storeFilm } from '../files/film';
import { safeFileName } from '../files/names';
import type { TrimPlan } from '../film/trim';
import { planTrimTo } from '../film/trim';
import { forClip } from './clips';

const ADVICE = 'Or take out Use Only the First Seconds under Options.';

/**
 * Plans the first seconds of a clip to edit.
 *
 * @returns undefined for a clip that has no more
 * @throws HappyHorseError for a file that can't be cut
 */
export async function planFirstSeconds(
	run: Run,
	file: IBinaryData,
	seconds: number,
): Promise<TrimPlan | undefined> {
	const { min: atLeast } = LIMITS.inputVideoDuration;
	return await forClip(run, async () => {
		const input = await filmInput(run.context, { clip: 1, name: 'The video' }, file);
		const plan = await planTrimTo(input, seconds, { atLeast });
		return plan.isCut ? plan : undefined;
	}).catch((error: unknown) => {
		const { description } = toDetails(error);
		throw withDetails(error, { description: `${description} ${ADVICE}` });
	});
}

/** Cuts a clip to its first seconds, as a new file; one that has no more stays as it is. */
export async function firstSecondsOf(
	run: Run,
	file: IBinaryData,
	seconds: number,
): Promise<IBinaryData> {
	const plan = await planFirstSeconds(run, file, seconds);
	if (!plan) return file;
	const fileName = safeFileName(`${file.fileName?.replace(/\.\w{2,4}$/, '') ?? 'video'}`, '.mp4');
	const { context, stop } = run;
	return await forClip(
		run,
		async () => await storeFilm(context, plan.write(), { fileName, from: [file], stop }),
	);
}
