import type { INodeProperties } from 'n8n-workflow';

import { CREDITS_PER_SECOND, creditsToUsd } from '../contract/cost';
import { LIMITS, RESOLUTIONS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { MODES } from '../contract/modes';

const PRICE = RESOLUTIONS.map((resolution) => {
	const credits = CREDITS_PER_SECOND[resolution];
	return `${credits} credits (${creditsToUsd(credits)} USD) at ${resolution}`;
}).join(', ');

const { min, max } = LIMITS.duration;

const WHEN: Record<Mode, string> = {
	textToVideo: 'the user gives no image and no clip',
	imageToVideo: 'the user gives one image that should move',
	referenceToVideo: 'the user gives images of what should appear, but not as the first frame',
	editVideo: 'the user gives a clip to change',
};

const isMode = (operation: string): operation is Mode => MODES.some((mode) => mode === operation);

/** When a model should use a mode, and what it has to know beyond what the mode says of itself. */
function rulesOf(operation: string): string {
	if (!isMode(operation)) return '';
	const seconds =
		operation === 'editVideo'
			? 'the clip and each second of the result'
			: `the video (${min} to ${max} seconds)`;
	return ` Use it when ${WHEN[operation]}. The prompt has at most ${LIMITS.prompt.max} characters. Takes about ${LIMITS.usualWait} minutes. Costs real money for each second of ${seconds}: ${PRICE}. Call it once for each video that the user asks for, and never again for one that you have a taskId of. Returns videoUrl, which works for ${LIMITS.videoUrlLifetime} hours.`;
}

/**
 * What an AI agent is told of the node as its tool, if the user doesn't say otherwise. n8n would say only "Generate a
 * video from text in HappyHorse"; where a node has this field of its own, n8n leaves it in charge.
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
