import type { Complaint } from '../validation/parse';
import { splitUrls } from '../validation/urls';
import type { Mode } from './modes';

/** Number of images that `[Image 1]`, `[Image 2]` … can refer to; undefined in modes that don't number their images. */
const imageCount: Record<Mode, (fields: Record<string, unknown>) => number | undefined> = {
	textToVideo: () => undefined,
	imageToVideo: () => undefined,
	referenceToVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
	editVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
};

/** `[Image 1]` and what is surely meant for it, which the model does not understand. */
const MENTION = /\[\s*image[\s#_-]*(\d+)\s*\]/gi;
const UNDERSTOOD = /^\[image \d+\]$/i;

const nameOf = (number: number) => `[Image ${number}]`;

/** Checks that the prompt mentions images as the model understands it, and only those that are given. */
export function checkImageNumbers(
	mode: Mode,
	fields: Record<string, unknown>,
): { complaints: Complaint[]; hints: string[] } {
	const none = { complaints: [], hints: [] };
	if (typeof fields.prompt !== 'string') return none;
	const count = imageCount[mode](fields);
	const mentions = new Map(
		[...fields.prompt.matchAll(MENTION)].map(([text, number]) => [text, Number(number)]),
	);
	const missing = [...new Set(mentions.values())].filter(
		(number) => number < 1 || number > (count ?? 0),
	);
	const names = missing.map(nameOf).join(', ');
	if (count === undefined)
		return missing.length === 0
			? none
			: {
					...none,
					hints: [`The prompt mentions ${names}, but this operation has no numbered images.`],
				};
	const last = count === 0 ? 'no image is given' : `the last image is ${nameOf(count)}`;
	const misspelled = [...mentions].filter(([text]) => !UNDERSTOOD.test(text));
	const found = misspelled.map(([text]) => text).join(', ');
	const right = misspelled.map(([, number]) => nameOf(number)).join(', ');
	const messages = [
		misspelled.length > 0 &&
			`contains ${found}, which HappyHorse does not understand; write ${right}`,
		missing.length > 0 && `mentions ${names}, but ${last}`,
	];
	return {
		...none,
		complaints: messages.flatMap((message) => (message ? [{ field: 'prompt', message }] : [])),
	};
}
