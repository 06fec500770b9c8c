import type { IBuilderHint, INodeProperties } from 'n8n-workflow';

import { CREDITS_PER_SECOND, creditsToUsd } from '../contract/cost';
import { LIMITS, RESOLUTIONS } from '../contract/limits';

const PRICE = RESOLUTIONS.map((resolution) => {
	const credits = CREDITS_PER_SECOND[resolution];
	return `${credits} credits (${creditsToUsd(credits)} USD) per second at ${resolution}`;
}).join(', ');

/** What n8n's AI Assistant is told of the node when it builds a workflow. */
export const NODE_HINT: IBuilderHint = {
	searchHint: `Makes and edits videos. It waits by itself until they are finished, which takes minutes, and puts out their URLs and files: add no Wait node, no loop and no HTTP Request node that polls. Each input item makes one video, all of them at the same time: add no Loop Over Items. It costs real money, ${PRICE}, for each item: set Max Credits under Options where the number of items is not fixed, and do not switch on Retry On Fail in order to get another try of a prompt that was refused.`,
	relatedNodes: [
		{
			nodeType: 'n8n-nodes-happyhorse.happyHorseTrigger',
			relationHint:
				'Starts another workflow when a video is finished. Needed only where waitForCompletion is false and callbackUrl is its production URL; a node that waits needs no trigger.',
		},
	],
};

/** The same of the trigger. */
export const TRIGGER_HINT: IBuilderHint = {
	searchHint:
		'Starts a workflow when a video of a HappyHorse node in another workflow is finished or could not be made. It needs such a node, with waitForCompletion false and this trigger’s production URL as callbackUrl. To use a video in the workflow that makes it, no trigger is needed: the HappyHorse node waits by itself.',
	relatedNodes: [
		{
			nodeType: 'n8n-nodes-happyhorse.happyHorse',
			relationHint: 'Makes the videos whose end this trigger reports.',
		},
	],
};

/** What it is told of a field, by the field's name, beyond the description that people read. */
const FIELD_HINTS = new Map(
	Object.entries({
		taskId: 'Take it from the output of an earlier HappyHorse node: `={{ $json.taskId }}`.',
		prompt: 'Say [Image 1], [Image 2] only where as many images are given.',
		imageUrls:
			'An expression that gives an array of URLs, or a comma list. For files of earlier nodes set imageSource to `binary`.',
		duration: `A whole number of seconds from ${LIMITS.duration.min} to ${LIMITS.duration.max}. Each second is charged, so keep it as short as the user allows.`,
		waitForCompletion:
			'Keep true wherever the video is used in the same workflow. With false the node puts out a taskId only.',
		waitMethod:
			'`polling` keeps the execution running, which is right for tests and for single videos. Any other value parks it in the database, which holds no worker: right for workflows that make many videos or run in production.',
		downloadVideo:
			'Set true where a following node takes a file, such as an upload or an e-mail; it comes in the binary field `data`. Where a link is enough, use videoUrl, which works for a day.',
		callbackUrl:
			'The production URL of a HappyHorse Trigger in another workflow. Leave it empty unless waitForCompletion is false.',
	}),
);

/** Fields with what n8n's AI Assistant is told of them. */
export const withBuilderHints = (fields: INodeProperties[]): INodeProperties[] =>
	fields.map((field) => {
		const propertyHint = FIELD_HINTS.get(field.name);
		return propertyHint === undefined ? field : { ...field, builderHint: { propertyHint } };
	});
