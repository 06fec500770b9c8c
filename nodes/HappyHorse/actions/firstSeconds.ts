import type { IBinaryData } from 'n8n-workflow';

import { LIMITS } from '../contract/limits';
import { withDetails, toDetails } from '../errors/errors';
import type { Run } from '../execution/run';
import { filmInput, storeFilm } from '../files/film';
import { safeFileName } from '../files/names';
import type { TrimPlan } from '../film/trim';
import { planTrimTo } from '../film/trim';
import { formatNumber } from '../validation/parse';
import { forClip } from './clips';

/** Seconds that an edit list may hide without a word: some programs hide a frame. */
const HIDDEN = 0.1;

const ADVICE = 'Or take out ‘Use Only the First Seconds’ under Options.';

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
		if (plan.isCut && plan.start < -HIDDEN)
			run.ledger.hint(
				`The part to edit begins ${formatNumber(-plan.start)} s before what players show of the video: its edit list hides that, but a part has to begin with a key frame.`,
			);
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
