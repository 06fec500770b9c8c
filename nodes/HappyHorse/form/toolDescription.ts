import type { INodeProperties } from 'n8n-workflow';

import { CREDITS_PER_SECOND, creditsToUsd } from '../contract/cost';
import { LIMITS, RESOLUTIONS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { MODES } from '../contract/modes';
import { PROMPT_GUIDE } from './promptRules';
import { USUAL_WAIT } from './waiting';

const PRICE = RESOLUTIONS.map((resolution) => {
	const credits = CREDITS_PER_SECOND[resolution];
	return `${credits} credits (${creditsToUsd(credits)} USD) at ${resolution}`;
}).join(', ');

const { min, max } = LIMITS.duration;

const USE_WHEN: Record<Mode, string> = {
	textToVideo: 'the user gives no image and no clip',
	imageToVideo: 'the user gives one image that should move',
	referenceToVideo: 'the user gives images of what should appear, but not as the first frame',
	editVideo: 'the user gives a clip to change',
};

const isMode = (operation: string): operation is Mode => MODES.some((mode) => mode === operation);

/** Advice for an AI model: when to use a mode, its limits, price and result. */
function rulesOf(operation: string): string {
	if (!isMode(operation)) return '';
	const seconds =
		operation === 'editVideo'
			? 'the clip and each second of the result'
			: `the video (${min} to ${max} seconds)`;
	return ` Use it when ${USE_WHEN[operation]}. The prompt has at most ${LIMITS.prompt.max} characters. ${PROMPT_GUIDE[operation]} Takes ${USUAL_WAIT}. Costs real money for each second of ${seconds}: ${PRICE}. Call it once for each video that the user asks for, and never again for a video whose taskId you have. Returns videoUrl, which works for ${LIMITS.videoUrlLifetime} hours.`;
}

/**
 * Default description of the node as an AI agent's tool. n8n's own would say only "Generate video from text in
 * HappyHorse", but n8n lets a node's `toolDescription` field replace it.
 */
export const toolDescriptionOf = (
	resource: string,
	option: { value: string; description: string },
): INodeProperties => ({
	displayName: 'Tool Description',
	name: 'toolDescription',
	type: 'string',
	typeOptions: { rows: 4 },
	required: true,
	default: `${option.description.replace(/\.?$/, '.')}${rulesOf(option.value)}`,
	placeholder: 'e.g. Makes a video from a text prompt',
	displayOptions: { show: { '@tool': [true], resource: [resource], operation: [option.value] } },
	description: 'When to use this tool, its limits and its price, for the AI model',
});
