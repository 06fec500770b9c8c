import type { NodeHint } from 'n8n-workflow';

import { creditsToUsd, estimateCredits } from '../contract/cost';
import type { Resolution } from '../contract/limits';
import { LIMITS, RESOLUTIONS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { MODES } from '../contract/modes';
import { formatNumber } from '../validation/parse';
import { PROMPT_ADVICE, rulesBroken } from './promptRules';
import { USUAL_WAIT } from './waiting';

/** Length of the example clip in an edit's price. */
const CLIP_SECONDS = LIMITS.inputVideoDuration.default;

const { min: LEAST, max: MOST } = LIMITS.inputVideoDuration;

/** Seconds that a clip can be cut to. */
const TRIMMED = Array.from({ length: MOST - LEAST + 1 }, (_, index) => LEAST + index);

/** Use Only the First Seconds, which counts for a file only. */
const TRIM_TO =
	'($parameter["videoSource"] === "binary" ? Number(($parameter["options"] ?? {})["trimTo"]) : 0)';

const GENERATIONS = MODES.filter((mode) => mode !== 'editVideo');

const DURATIONS = Array.from(
	{ length: LIMITS.duration.max - LIMITS.duration.min + 1 },
	(_, index) => LIMITS.duration.min + index,
);

const priceOf = (credits = 0) =>
	`${formatNumber(credits)} credits (${creditsToUsd(credits).toFixed(2)} USD)`;

const isOneOf = (modes: Mode[]) => `${JSON.stringify(modes)}.includes($parameter["operation"])`;

/** Model under Options, by its version or name, as text or as a resource locator. */
const MODEL = '(($parameter["options"] ?? {})["model"] ?? "")';

/** True for the model whose prices and limits are known. */
const IS_USUAL = `/^(|1\\.0|happyhorse-1\\.0-.*)$/.test(String(${MODEL}["value"] ?? ${MODEL}).trim())`;

const isAt = (resolution: Resolution) =>
	`$parameter["resolution"] === ${JSON.stringify(resolution)}`;

/** Hint that is shown while all conditions hold. An expression's result, often a number as text, counts as the value. */
const hint = (
	message: string,
	conditions: string[],
	type: NodeHint['type'] = 'info',
): NodeHint => ({
	message,
	type,
	location: 'ndv',
	whenToDisplay: 'always',
	displayCondition: `={{ ${conditions.join(' && ')} }}`,
});

function generationHints(resolution: Resolution): NodeHint[] {
	return DURATIONS.map((duration) => {
		const credits = estimateCredits({ mode: 'textToVideo', resolution, duration });
		return hint(
			`${duration} seconds at ${resolution}: ${priceOf(credits)} for each video of this length`,
			[
				isOneOf(GENERATIONS),
				IS_USUAL,
				isAt(resolution),
				`Number($parameter["duration"]) === ${duration}`,
			],
		);
	});
}

function editHint(resolution: Resolution): NodeHint {
	const credits = estimateCredits({
		mode: 'editVideo',
		resolution,
		inputVideoDuration: CLIP_SECONDS,
	});
	return hint(
		`An edit costs the seconds of your clip plus those of the result: a clip of ${CLIP_SECONDS} seconds at ${resolution} costs ${priceOf(credits)}`,
		[isOneOf(['editVideo']), IS_USUAL, isAt(resolution), `!(${TRIM_TO} > 0)`],
	);
}

/** Prices of edits whose clip is cut first, and what they are at most where the seconds are no whole number. */
function trimmedHints(resolution: Resolution): NodeHint[] {
	return TRIMMED.map((seconds) => {
		const credits = estimateCredits({
			...{ mode: 'editVideo', resolution, inputVideoDuration: seconds },
		});
		return hint(
			`The first ${seconds} seconds of a clip at ${resolution}: at most ${priceOf(credits)} for each edit`,
			[isOneOf(['editVideo']), IS_USUAL, isAt(resolution), `Math.ceil(${TRIM_TO}) === ${seconds}`],
		);
	});
}

/** Replaces the price while the duration is invalid. An expression without a result yet is fine. */
export const DURATION_HINT: NodeHint = hint(
	`Duration must be a whole number of seconds from ${LIMITS.duration.min} to ${LIMITS.duration.max}`,
	[
		isOneOf(GENERATIONS),
		IS_USUAL,
		'["number", "string"].includes(typeof $parameter["duration"])',
		`!${JSON.stringify(DURATIONS)}.includes(Number($parameter["duration"]))`,
	],
	'warning',
);

/** Prices before a run, one hint per resolution and duration, because n8n doesn't evaluate a hint's text. */
export const PRICE_HINTS: NodeHint[] = RESOLUTIONS.flatMap((resolution) => [
	...generationHints(resolution),
	editHint(resolution),
	...trimmedHints(resolution),
]);

const IMAGES = `($parameter["imageSource"] === "binary"
	? String($parameter["imageBinaryProperty"] ?? "").split(",").filter((name) => name.trim() !== "")
	: String($parameter["imageUrls"] ?? "").match(/https?:/g) ?? []).length`;

/** Advice on a prompt that is typed in. For one by an expression the same is said after the run. */
export const PROMPT_HINTS: NodeHint[] = Object.entries(PROMPT_ADVICE).map(([rule, advice]) =>
	hint(advice, [
		isOneOf([...MODES]),
		'typeof $rawParameter["prompt"] === "string"',
		'!$rawParameter["prompt"].startsWith("=")',
		`(${String(rulesBroken)})($rawParameter["prompt"], $parameter["operation"], Number($parameter["duration"]), ${IMAGES}, ${JSON.stringify(LIMITS.speech)}).includes(${JSON.stringify(rule)})`,
	]),
);

/** Shown until the node has run, so also while it polls: n8n itself only shows that it is executing. */
export const WAITING_HINT: NodeHint = {
	message: `A video usually takes ${USUAL_WAIT}; long ones at 1080p take the longest. Stopping the execution does not cancel it: it is still made and charged. To get it, find its task ID in your HappyHorse dashboard or in n8n’s server log, and use the Video: Download operation`,
	type: 'info',
	location: 'outputPane',
	whenToDisplay: 'beforeExecution',
	displayCondition: `={{ ${isOneOf([...MODES])} && $parameter["waitForCompletion"] === true }}`,
};
