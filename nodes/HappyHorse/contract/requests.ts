import type { CostInput, PricedInput } from './cost';
import { ASPECT_RATIOS, AUDIO_SETTINGS, LIMITS, RESOLUTIONS } from './limits';
import type { Mode } from './modes';
import { modelNamed, modelSuffix, modeOf, MODELS, MODES } from './modes';
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
import { fetchableUrl, fetchableUrls, reachableUrl } from '../validation/urls';
import { checkImageNumbers } from './imageNumbers';

/** The body of POST /v1/videos/generations. */
export interface VideoRequestBody {
	model: string;
	input: Record<string, unknown>;
	callback_url?: string;
}

/** A validated request, ready to be sent. */
export interface VideoRequest {
	mode: Mode;
	prompt: string;
	seed?: number;
	body: VideoRequestBody;
	cost: CostInput;
	/** Sentences about input that is allowed but probably unintended. */
	hints: string[];
	/** What the usual model would not take, although another one may. */
	beyond: Complaint[];
}

interface HostRules {
	/** Rejects private addresses, which a service on the internet can't reach. */
	publicOnly: boolean;
}

const resolution = oneOf(RESOLUTIONS);
const duration = numberWithin({ ...LIMITS.duration, integer: true });

/** Fields whose limits may be others for another model. */
const USUAL = {
	prompt: textWithin(LIMITS.prompt),
	resolution,
	aspectRatio: oneOf(ASPECT_RATIOS),
	duration,
};
type Limits = { [Name in keyof typeof USUAL]: Check<Name extends 'duration' ? number : string> };

const text = textWithin({ max: Number.MAX_SAFE_INTEGER });
const ANY: Limits = {
	prompt: text,
	resolution: text,
	aspectRatio: text,
	duration: numberWithin({ min: 1, max: Number.MAX_SAFE_INTEGER, integer: true }),
};

const inputVideoDuration = numberWithin(LIMITS.inputVideoDuration);

const seed = optional(numberWithin({ ...LIMITS.seed, integer: true }));

/** Accepts any model of the mode, known to this package or not. */
const modelFor =
	(mode: Mode): Check<string> =>
	(input) => {
		const name = modelNamed(mode, input);
		return typeof name === 'string' && modeOf(name) === mode && !/\s/.test(name)
			? { value: name }
			: `must be a model for this operation, whose name ends with "${modelSuffix(mode)}", but it is ${preview(input)}`;
	};

const creditsPerSecond = optional(numberWithin(LIMITS.creditsPerSecond));

interface CommonFields {
	prompt: string;
	resolution: string;
	seed?: number;
	callbackUrl?: string;
	model: string;
	creditsPerSecond?: number;
}

/** What makes the price besides resolution and model. */
type Billed =
	| Pick<Extract<CostInput, { duration: number }>, 'mode' | 'duration'>
	| { mode: 'editVideo' };

/** Builds a request, omitting empty fields so that the service's defaults apply. */
function toRequest(
	{ prompt, resolution, seed, callbackUrl, model, creditsPerSecond }: CommonFields,
	modeFields: Record<string, unknown>,
	billed: Billed,
): VideoRequest {
	const usualResolution =
		model === MODELS[billed.mode] && RESOLUTIONS.find((one) => one === resolution);
	const input: Record<string, unknown> = { prompt };
	for (const [name, value] of Object.entries({ ...modeFields, resolution, seed }))
		if (value !== undefined && !(Array.isArray(value) && value.length === 0)) input[name] = value;
	return {
		...{ mode: billed.mode, prompt, seed },
		body: { model, input, ...(callbackUrl && { callback_url: callbackUrl }) },
		cost: usualResolution
			? { ...billed, resolution: usualResolution }
			: { ...billed, resolution, rate: creditsPerSecond || 'unknown' },
		hints: [],
		beyond: [],
	};
}

/** Parsers from the node's parameters to a request, by mode (contract: "Models, one for each mode"). */
function parsersFor({ publicOnly }: HostRules, { aspectRatio, duration, ...limits }: Limits) {
	const url = fetchableUrl(publicOnly);
	const images = (count: { min: number; max: number }) => fetchableUrls({ ...count, publicOnly });
	const callbackUrl = mayBeEmpty(reachableUrl(publicOnly));
	const common = { ...limits, seed, callbackUrl, creditsPerSecond };
	const commonOf = (mode: Mode) => ({ ...common, model: modelFor(mode) });
	return {
		textToVideo: mapParser(
			checkedFields({ ...commonOf('textToVideo'), aspectRatio, duration }),
			(fields) =>
				toRequest(
					fields,
					{ aspect_ratio: fields.aspectRatio, duration: fields.duration },
					{ mode: 'textToVideo', duration: fields.duration },
				),
		),
		imageToVideo: mapParser(
			checkedFields({ ...commonOf('imageToVideo'), imageUrl: url, duration }),
			(fields) =>
				toRequest(
					fields,
					{ image_urls: [fields.imageUrl], duration: fields.duration },
					{ mode: 'imageToVideo', duration: fields.duration },
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
					{ mode: 'referenceToVideo', duration: fields.duration },
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
					{ mode: 'editVideo' },
				),
		),
	};
}

const parsersOf = (limits: Limits) => ({
	publicOnly: parsersFor({ publicOnly: true }, limits),
	anywhere: parsersFor({ publicOnly: false }, limits),
});

const [OF_USUAL, OF_ANY] = [parsersOf(USUAL), parsersOf(ANY)];

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
	const hosts = publicOnly ? 'publicOnly' : 'anywhere';
	const usual = OF_USUAL[hosts][mode](fields);
	const isUsual = modelNamed(mode, fields.model) === MODELS[mode];
	const parsed = isUsual ? usual : OF_ANY[hosts][mode](fields);
	const { complaints: aboutImages, hints } = checkImageNumbers(mode, fields);
	const complaints = [...complaintsOf(parsed), ...aboutImages];
	if (!('value' in parsed) || complaints.length > 0) return { complaints };
	return { value: { ...parsed.value, hints, beyond: complaintsOf(usual) } };
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
