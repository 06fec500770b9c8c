import type { CostInput, PricedInput } from './cost';
import type { Resolution } from './limits';
import { ASPECT_RATIOS, AUDIO_SETTINGS, LIMITS, RESOLUTIONS } from './limits';
import type { Mode } from './modes';
import { endingOf, modeOf, MODELS, MODES } from './modes';
import type { Check, Complaint, Parsed } from '../validation/parse';
import {
	checkedFields,
	complaintsOf,
	making,
	mayBeEmpty,
	numberWithin,
	oneOf,
	optional,
	shown,
	textWithin,
} from '../validation/parse';
import { fetchableUrl, fetchableUrls, splitUrls } from '../validation/urls';

/** The body of POST /v1/videos/generations. */
export interface VideoRequestBody {
	model: string;
	input: Record<string, unknown>;
	callback_url?: string;
}

/** A request that keeps every rule of the contract, ready to be sent, and what its price depends on. */
export interface VideoRequest {
	mode: Mode;
	body: VideoRequestBody;
	cost: CostInput;
	/** What is allowed but likely not meant, in sentences. */
	hints: string[];
}

/** Where the service is, seen from the media: a public service cannot fetch from a private address. */
interface Reach {
	publicOnly: boolean;
}

const resolution = oneOf(RESOLUTIONS);
const aspectRatio = oneOf(ASPECT_RATIOS);
const duration = numberWithin({ ...LIMITS.duration, integer: true });
const inputVideoDuration = numberWithin(LIMITS.inputVideoDuration);

const prompt = textWithin(LIMITS.prompt);
const seed = optional(numberWithin({ ...LIMITS.seed, integer: true }));

/** Another model than the one that this package knows; its name tells the mode that it is for. */
const modelFor =
	(mode: Mode): Check<string> =>
	(input) => {
		const name = typeof input === 'string' ? input.trim() : undefined;
		return name !== undefined && modeOf(name) === mode && !/\s/.test(name)
			? { value: name }
			: `must be a model for this operation, whose name ends with "${endingOf(mode)}", but it is ${shown(input)}`;
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

/** The body without what was left empty: the service's own defaults apply there. */
function toRequest(
	{ prompt, resolution, seed, callbackUrl, model, creditsPerSecond: given }: CommonFields,
	more: Record<string, unknown>,
	cost: CostInput,
): VideoRequest {
	const rate = model === undefined || model === MODELS[cost.mode] ? undefined : given || 'unknown';
	const input: Record<string, unknown> = { prompt };
	for (const [name, value] of Object.entries({ ...more, resolution, seed }))
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

/**
 * What each mode takes, by the names of the node's parameters, and what is sent for it (contract: "Models, one for each
 * mode").
 */
function parsersFor({ publicOnly }: Reach) {
	const url = fetchableUrl(publicOnly);
	const images = (count: { min: number; max: number }) => fetchableUrls({ ...count, publicOnly });
	const callbackUrl = mayBeEmpty(url);
	const commonOf = (mode: Mode) => ({
		...{ prompt, resolution, seed, callbackUrl, creditsPerSecond },
		model: mayBeEmpty(modelFor(mode)),
	});
	return {
		textToVideo: making(
			checkedFields({ ...commonOf('textToVideo'), aspectRatio, duration }),
			(fields) =>
				toRequest(
					fields,
					{ aspect_ratio: fields.aspectRatio, duration: fields.duration },
					{ mode: 'textToVideo', resolution: fields.resolution, duration: fields.duration },
				),
		),
		imageToVideo: making(
			checkedFields({ ...commonOf('imageToVideo'), imageUrl: url, duration }),
			(fields) =>
				toRequest(
					fields,
					{ image_urls: [fields.imageUrl], duration: fields.duration },
					{ mode: 'imageToVideo', resolution: fields.resolution, duration: fields.duration },
				),
		),
		referenceToVideo: making(
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
		editVideo: making(
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

/** How many images an item gives for `[Image 1]`, `[Image 2]` … to stand for; undefined where it is mere text. */
const imageCount: Record<Mode, (fields: Record<string, unknown>) => number | undefined> = {
	textToVideo: () => undefined,
	imageToVideo: () => undefined,
	referenceToVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
	editVideo: ({ imageUrls }) => splitUrls(imageUrls).length,
};

/** What there is to say of a prompt that names images which are not there. */
function lookAtImageNumbers(
	mode: Mode,
	fields: Record<string, unknown>,
): { complaints: Complaint[]; hints: string[] } {
	const nothing = { complaints: [], hints: [] };
	if (typeof fields.prompt !== 'string') return nothing;
	const count = imageCount[mode](fields);
	const named = [...fields.prompt.matchAll(/\[image\s*(\d+)\]/gi)].map((match) => Number(match[1]));
	const most = count ?? 0;
	const missing = [...new Set(named)].filter((number) => number < 1 || number > most);
	if (missing.length === 0) return nothing;
	const names = missing.map((number) => `[Image ${number}]`).join(', ');
	if (count === undefined)
		return {
			...nothing,
			hints: [`The prompt names ${names}, which stands for no image in this mode.`],
		};
	const given = count === 0 ? 'no image is given' : `the last image given is [Image ${count}]`;
	return { ...nothing, complaints: [{ field: 'prompt', message: `names ${names}, but ${given}` }] };
}

/**
 * Checks one item's fields against the contract and makes the service's request of them.
 * All complaints come back at once; none is thrown.
 *
 * @param fields the node's parameters by name; those the mode does not take are ignored
 * @param publicOnly whether media must be on public hosts
 */
export function parseVideoRequest(
	mode: Mode,
	fields: Record<string, unknown>,
	{ publicOnly }: Reach,
): Parsed<VideoRequest> {
	const parsed = PARSERS[publicOnly ? 'publicOnly' : 'anywhere'][mode](fields);
	const { complaints: named, hints } = lookAtImageNumbers(mode, fields);
	const complaints = [...complaintsOf(parsed), ...named];
	if (!('value' in parsed) || complaints.length > 0) return { complaints };
	return { value: { ...parsed.value, hints } };
}

const generatedCost = checkedFields({ resolution, duration });
const editedCost = checkedFields({ resolution, inputVideoDuration });

const withMode = <M extends Mode, T extends object>(
	mode: M,
	parsed: Parsed<T>,
): Parsed<{ mode: M } & T> => ('value' in parsed ? { value: { mode, ...parsed.value } } : parsed);

/** What an estimate is made from: `mode`, `resolution`, and the length of what is generated or edited. */
export function parseCostInput(fields: Record<string, unknown>): Parsed<PricedInput> {
	const checkedMode = oneOf(MODES)(fields.mode);
	if (typeof checkedMode === 'string')
		return { complaints: [{ field: 'mode', message: checkedMode }] };
	const { value: mode } = checkedMode;
	return mode === 'editVideo'
		? withMode(mode, editedCost(fields))
		: withMode(mode, generatedCost(fields));
}
