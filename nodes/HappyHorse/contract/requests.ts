import type { CostInput, PricedInput } from './cost';
import type { Resolution } from './limits';
import { ASPECT_RATIOS, AUDIO_SETTINGS, LIMITS, RESOLUTIONS } from './limits';
import type { Mode } from './modes';
import { modelSuffix, modeOf, MODELS, MODES } from './modes';
import type { Check, Complaint, Parsed } from '../validation/parse';
import {
	checkedFields,
	complaintsOf,
	mapParser,
	mayBeEmpty,
	numberWithin,
	oneOf,
	optional,
	preview,
	textWithin,
} from '../validation/parse';
import { fetchableUrl, fetchableUrls, splitUrls } from '../validation/urls';

/** The body of POST /v1/videos/generations. */
export interface VideoRequestBody {
	model: string;
	input: Record<string, unknown>;
	callback_url?: string;
}

/** A validated request, ready to be sent. */
export interface VideoRequest {
	mode: Mode;
	body: VideoRequestBody;
	cost: CostInput;
	/** Sentences about input that is allowed but probably unintended. */
	hints: string[];
}

interface HostRules {
	/** Rejects private addresses, which a service on the internet can't reach. */
	publicOnly: boolean;
}

const resolution = oneOf(RESOLUTIONS);
const aspectRatio = oneOf(ASPECT_RATIOS);
const duration = numberWithin({ ...LIMITS.duration, integer: true });
const inputVideoDuration = numberWithin(LIMITS.inputVideoDuration);

const prompt = textWithin(LIMITS.prompt);
const seed = optional(numberWithin({ ...LIMITS.seed, integer: true }));

/** Accepts any model of the mode, known to this package or not. */
const modelFor =
	(mode: Mode): Check<string> =>
	(input) => {
		const name = typeof input === 'string' ? input.trim() : undefined;
		return name !== undefined && modeOf(name) === mode && !/\s/.test(name)
			? { value: name }
			: `must be a model for this operation, whose name ends with "${modelSuffix(mode)}", but it is ${preview(input)}`;
	};

const creditsPerSecond = optional(numberWithin(LIMITS.creditsPerSecond));

interface CommonFields {
	prompt: string;
	resolution: Resolution;
	seed?: number;
	callbackUrl?: string;
	model?: string;
	creditsPerSecond?: number;
}

/** Builds a request, omitting empty fields so that the service's defaults apply. */
function toRequest(
	{ prompt, resolution, seed, callbackUrl, model, creditsPerSecond }: CommonFields,
	modeFields: Record<string, unknown>,
	cost: CostInput,
): VideoRequest {
	const isUsual = model === undefined || model === MODELS[cost.mode];
	const rate = isUsual ? undefined : creditsPerSecond || 'unknown';
	const input: Record<string, unknown> = { prompt };
	for (const [name, value] of Object.entries({ ...modeFields, resolution, seed }))
		if (value !== undefined && !(Array.isArray(value) && value.length === 0)) input[name] = value;
	return {
		mode: cost.mode,
		body: {
			model: model ?? MODELS[cost.mode],
			input,
			...(callbackUrl && { callback_url: callbackUrl }),
		},
		cost: rate === undefined ? cost : { ...cost, rate },
		hints: [],
	};
}

/** Parsers from the node's parameters to a request, by mode (contract: "Models, one for each mode"). */
function parsersFor({ publicOnly }: HostRules) {
	const url = fetchableUrl(publicOnly);
	const images = (count: { min: number; max: number }) => fetchableUrls({ ...count, publicOnly });
	const callbackUrl = mayBeEmpty(url);
	const commonOf = (mode: Mode) => ({
		...{ prompt, resolution, seed, callbackUrl, creditsPerSecond },
		model: mayBeEmpty(modelFor(mode)),
	});
	return {
		textToVideo: mapParser(
			checkedFields({ ...commonOf('textToVideo'), aspectRatio, duration }),
			(fields) =>
				toRequest(
					fields,
					{ aspect_ratio: fields.aspectRatio, duration: fields.duration },
					{ mode: 'textToVideo', resolution: fields.resolution, duration: fields.duration },
				),
		),
		imageToVideo: mapParser(
			checkedFields({ ...commonOf('imageToVideo'), imageUrl: url, duration }),
			(fields) =>
				toRequest(
					fields,
					{ image_urls: [fields.imageUrl], duration: fields.duration },
					{ mode: 'imageToVideo', resolution: fields.resolution, duration: fields.duration },
				),
		),
		referenceToVideo: mapParser(
			checkedFields({
				...commonOf('referenceToVideo'),
				imageUrls: images(LIMITS.referenceImages),
				aspectRatio,
				duration,
			}),
			(fields) =>
				toRequest(
					fields,
					{
						image_urls: fields.imageUrls,
						aspect_ratio: fields.aspectRatio,
						duration: fields.duration,
					},
					{ mode: 'referenceToVideo', resolution: fields.resolution, duration: fields.duration },
				),
		),
		editVideo: mapParser(
			checkedFields({
				...commonOf('editVideo'),
				videoUrl: url,
				imageUrls: images(LIMITS.editImages),
				audioSetting: oneOf(AUDIO_SETTINGS),
			}),
			(fields) =>
				toRequest(
					fields,
					{
						video_urls: [fields.videoUrl],
						image_urls: fields.imageUrls,
						audio_setting: fields.audioSetting,
					},
					{ mode: 'editVideo', resolution: fields.resolution },
				),
		),
	};
}

const PARSERS = {
	publicOnly: parsersFor({ publicOnly: true }),
	anywhere: parsersFor({ publicOnly: false }),
};

/** Number of images that `[Image 1]`, `[Image 2]` … can refer to; undefined in modes that don't number their images. */
const imageCount: Record<Mode, (fields: Record<string, unknown>) => number | undefined> = {
	textToVideo: () => undefined,
	imageToVideo: () => undefined,
	referenceToVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
	editVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
};

/** Checks that the images which the prompt mentions exist. */
function checkImageNumbers(
	mode: Mode,
	fields: Record<string, unknown>,
): { complaints: Complaint[]; hints: string[] } {
	const none = { complaints: [], hints: [] };
	if (typeof fields.prompt !== 'string') return none;
	const count = imageCount[mode](fields);
	const mentioned = [...fields.prompt.matchAll(/\[image\s*(\d+)\]/gi)].map((match) =>
		Number(match[1]),
	);
	const missing = [...new Set(mentioned)].filter((number) => number < 1 || number > (count ?? 0));
	if (missing.length === 0) return none;
	const names = missing.map((number) => `[Image ${number}]`).join(', ');
	if (count === undefined)
		return {
			...none,
			hints: [`The prompt mentions ${names}, but this operation has no numbered images.`],
		};
	const last = count === 0 ? 'no image is given' : `the last image is [Image ${count}]`;
	return { ...none, complaints: [{ field: 'prompt', message: `mentions ${names}, but ${last}` }] };
}

/**
 * Turns one item's fields into the service's request. Returns all complaints together, throws none.
 *
 * @param fields the node's parameters by name; those that the mode doesn't take are ignored
 */
export function parseVideoRequest(
	mode: Mode,
	fields: Record<string, unknown>,
	{ publicOnly }: HostRules,
): Parsed<VideoRequest> {
	const parsed = PARSERS[publicOnly ? 'publicOnly' : 'anywhere'][mode](fields);
	const { complaints: aboutImages, hints } = checkImageNumbers(mode, fields);
	const complaints = [...complaintsOf(parsed), ...aboutImages];
	if (!('value' in parsed) || complaints.length > 0) return { complaints };
	return { value: { ...parsed.value, hints } };
}

const generationCost = checkedFields({ resolution, duration });
const editCost = mapParser(checkedFields({ resolution, inputVideoDuration }), (fields) => ({
	...fields,
	longestInput: fields.inputVideoDuration,
}));

const withMode = <M extends Mode, T extends object>(
	mode: M,
	parsed: Parsed<T>,
): Parsed<{ mode: M } & T> => ('value' in parsed ? { value: { mode, ...parsed.value } } : parsed);

/** Parses the fields of an estimate: `mode`, `resolution`, and `duration` or `inputVideoDuration` in seconds. */
export function parseCostInput(fields: Record<string, unknown>): Parsed<PricedInput> {
	const checkedMode = oneOf(MODES)(fields.mode);
	if (typeof checkedMode === 'string')
		return { complaints: [{ field: 'mode', message: checkedMode }] };
	const { value: mode } = checkedMode;
	return mode === 'editVideo'
		? withMode(mode, editCost(fields))
		: withMode(mode, generationCost(fields));
}
