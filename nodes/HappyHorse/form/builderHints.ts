import type { IBuilderHint, INodeProperties } from 'n8n-workflow';

import { CREDITS_PER_SECOND, creditsToUsd } from '../contract/cost';
import { LIMITS, RESOLUTIONS } from '../contract/limits';
import { PROMPT_GUIDE } from './promptRules';

const PRICE = RESOLUTIONS.map((resolution) => {
	const credits = CREDITS_PER_SECOND[resolution];
	return `${credits} credits (${creditsToUsd(credits)} USD) per second at ${resolution}`;
}).join(', ');

/** Hints for n8n's AI Assistant, which builds workflows. */
export const NODE_HINT: IBuilderHint = {
	searchHint: `Makes and edits videos. Waits by itself until they are finished, which takes minutes, and outputs their URLs and files: add no Wait node, no loop and no HTTP Request node that polls. Each input item makes one video, all at the same time: add no Loop Over Items. Each item costs real money, ${PRICE}: set Max Credits under Options unless the number of items is fixed, and do not turn on Retry On Fail to retry a prompt that was refused. Also joins video files from earlier nodes into one, trims them and replaces their sound, for free and without a credential: add no ffmpeg, no code and no other service for that.`,
	relatedNodes: [
		{
			nodeType: 'n8n-nodes-happyhorse.happyHorseTrigger',
			relationHint:
				'Starts another workflow when a video is finished. Needed only if waitForCompletion is false, with its production URL as callbackUrl; a node that waits needs no trigger.',
		},
	],
};

export const TRIGGER_HINT: IBuilderHint = {
	searchHint:
		'Starts a workflow when a HappyHorse node in another workflow has finished a video or could not make it. That node needs waitForCompletion false and this trigger’s production URL as callbackUrl. To use a video in the workflow that makes it, add no trigger: the HappyHorse node waits by itself.',
	relatedNodes: [
		{
			nodeType: 'n8n-nodes-happyhorse.happyHorse',
			relationHint: 'Makes the videos that this trigger reports.',
		},
	],
};

/** Hints on fields, by name, in addition to their descriptions. */
const FIELD_HINTS = new Map(
	Object.entries({
		taskId: 'Take it from the output of an earlier HappyHorse node: `={{ $json.taskId }}`.',
		prompt: `From text: ${PROMPT_GUIDE.textToVideo} With a first frame: say what moves, never what the image shows. With reference images: first say what each one is, as [Image 1], [Image 2] with the space, and only as many as are given. For an edit: ${PROMPT_GUIDE.editVideo}`,
		imageUrls:
			'An expression that returns an array of URLs, or a comma-separated list. For files from earlier nodes, set imageSource to `binary`.',
		duration: `A whole number of seconds from ${LIMITS.duration.min} to ${LIMITS.duration.max}. Each second is charged, so keep it as short as the user allows.`,
		waitForCompletion:
			'Keep true if the same workflow uses the video. If false, the node outputs only a taskId.',
		waitMethod:
			'`polling` keeps the execution running, which suits tests and single videos. Any other value parks it in the database without occupying a worker, which suits many videos and production.',
		downloadVideo:
			'Set to true if a later node takes a file, such as an upload or an email; it is in the binary field `data`. If a link is enough, use videoUrl, which works for a day.',
		binaryPropertyName:
			'Join, Trim, Replace Sound: the binary field with the video, `data` after an operation with downloadVideo true. Join makes one item of all input items: give it all clips at once, in order, without a loop.',
		startSeconds: 'Seconds from the beginning of the video.',
		endSeconds:
			'Seconds from the beginning of the video, not a length. Leave empty to go to the end.',
		soundSource:
			'`remove` for a silent video; for `binary`, a second file comes in with the same item.',
		callbackUrl:
			'The production URL of a HappyHorse Trigger in another workflow. Leave it empty unless waitForCompletion is false.',
	}),
);

/** Adds the AI Assistant's hints to fields. */
export const withBuilderHints = (fields: INodeProperties[]): INodeProperties[] =>
	fields.map((field) => {
		const propertyHint = FIELD_HINTS.get(field.name);
		return propertyHint === undefined ? field : { ...field, builderHint: { propertyHint } };
	});
