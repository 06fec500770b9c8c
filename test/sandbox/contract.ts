import { Refusal } from './errors';

/**
 * Rules and prices of the service, repeated on purpose: tests measure the package against this table, so it must not import
 * the package's numbers.
 */
export type Mode = 'textToVideo' | 'imageToVideo' | 'referenceToVideo' | 'editVideo';

const MODES_BY_MODEL = new Map<string, Mode>([
	['happyhorse-1.0-text-to-video', 'textToVideo'],
	['happyhorse-1.0-image-to-video', 'imageToVideo'],
	['happyhorse-1.0-reference-to-video', 'referenceToVideo'],
	['happyhorse-1.0-video-edit', 'editVideo'],
]);

/** Models of a next version, with more resolutions and ratios (as other providers have them) and invented prices. */
const MODES_BY_FUTURE_MODEL = new Map<string, Mode>([
	['happyhorse-1.1-text-to-video', 'textToVideo'],
	['happyhorse-1.1-image-to-video', 'imageToVideo'],
	['happyhorse-1.1-reference-to-video', 'referenceToVideo'],
]);

export type Input = Record<string, unknown>;

const RATES: Record<string, number> = { '720p': 27.5, '1080p': 48.5 };
const FUTURE_RATES: Record<string, number> = { '480p': 17, '720p': 31, '1080p': 60.5 };

/** Credits for a request; `inputVideoSeconds` are the charged seconds of the clip to edit. */
export function priceOf(
	{ mode, model, input }: Pick<CreateRequest, 'mode' | 'model' | 'input'>,
	inputVideoSeconds: number,
): number {
	const rates = MODES_BY_FUTURE_MODEL.has(model) ? FUTURE_RATES : RATES;
	const rate = rates[String(input.resolution ?? '720p')];
	const seconds =
		mode === 'editVideo'
			? inputVideoSeconds + Math.min(inputVideoSeconds, 15)
			: Number(input.duration ?? 5);
	return seconds * rate;
}

type Rule = (value: unknown) => string | undefined;

const integer =
	(min: number, max: number): Rule =>
	(value) =>
		Number.isInteger(value) && Number(value) >= min && Number(value) <= max
			? undefined
			: `must be an integer from ${min} to ${max}`;

const oneOf =
	(...values: string[]): Rule =>
	(value) =>
		typeof value === 'string' && values.includes(value)
			? undefined
			: `must be one of ${values.join(', ')}`;

const isHttpUrl = (value: unknown) =>
	typeof value === 'string' && /^https?:\/\/\S+$/i.test(value) && URL.canParse(value);

const urls =
	(min: number, max: number): Rule =>
	(value) => {
		if (!Array.isArray(value) || value.length < min || value.length > max)
			return `must be an array of ${min} to ${max} URLs`;
		return value.every(isHttpUrl) ? undefined : 'must hold public HTTP(S) URLs only';
	};

const prompt: Rule = (value) => {
	if (typeof value !== 'string') return 'must be a string';
	if (value === '') return 'is required';
	return [...value].length > 2500 ? 'must be at most 2500 characters' : undefined;
};

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const aspectRatio = oneOf(...RATIOS);
const common = {
	prompt,
	resolution: oneOf('720p', '1080p'),
	seed: integer(0, 2_147_483_647),
};

const RULES: Record<Mode, Record<string, Rule>> = {
	textToVideo: { ...common, aspect_ratio: aspectRatio, duration: integer(3, 15) },
	imageToVideo: { ...common, image_urls: urls(1, 1), duration: integer(3, 15) },
	referenceToVideo: {
		...common,
		image_urls: urls(1, 9),
		aspect_ratio: aspectRatio,
		duration: integer(3, 15),
	},
	editVideo: {
		...common,
		video_urls: urls(1, 1),
		image_urls: urls(0, 5),
		audio_setting: oneOf('auto', 'origin'),
	},
};

const isBoolean: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be a boolean');
const moreRatios = oneOf(...RATIOS, '4:5', '5:4', '9:21', '21:9');

/** Rules of a service of the next version. */
function futureRules(model: string, mode: Mode): Record<string, Rule> {
	const rules = { ...RULES[mode], watermark: isBoolean };
	return {
		...rules,
		...('aspect_ratio' in rules && { aspect_ratio: moreRatios }),
		...(MODES_BY_FUTURE_MODEL.has(model) && { resolution: oneOf(...Object.keys(FUTURE_RATES)) }),
	};
}

const REQUIRED: Record<Mode, string[]> = {
	textToVideo: ['prompt'],
	imageToVideo: ['prompt', 'image_urls'],
	referenceToVideo: ['prompt', 'image_urls'],
	editVideo: ['prompt', 'video_urls'],
};

export interface CreateRequest {
	mode: Mode;
	model: string;
	input: Input;
	callbackUrl?: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param future accepts the models and fields of the next version
 * @throws Refusal for everything that the contract forbids
 */
export function checkCreate(body: unknown, future: boolean): CreateRequest {
	const refuse = (message: string) => new Refusal('invalid_request', message);
	if (!isObject(body)) throw refuse('The body must be a JSON object.');
	const { model, input, callback_url: callbackUrl, ...unknown } = body;
	if (model === undefined) throw refuse("'model' is required.");
	if (typeof model !== 'string') throw refuse("'model' must be a string.");
	const mode = MODES_BY_MODEL.get(model) ?? (future ? MODES_BY_FUTURE_MODEL.get(model) : undefined);
	if (!mode) throw new Refusal('model_not_found', `The model '${model}' does not exist.`);
	const [extra] = Object.keys(unknown);
	if (extra !== undefined) throw refuse(`'${extra}' is not a known field.`);
	if (input === undefined) throw refuse("'input' is required.");
	if (!isObject(input)) throw refuse("'input' must be an object.");
	if (callbackUrl !== undefined && !isHttpUrl(callbackUrl))
		throw refuse("'callback_url' must be an HTTP(S) URL.");
	for (const field of REQUIRED[mode])
		if (input[field] === undefined) throw refuse(`'input.${field}' is required.`);
	const rules = future ? futureRules(model, mode) : RULES[mode];
	for (const [field, value] of Object.entries(input)) {
		const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
		const objection = rule ? rule(value) : `is not accepted by ${model}`;
		if (objection) throw refuse(`'input.${field}' ${objection}.`);
	}
	return {
		mode,
		model,
		input,
		...(callbackUrl !== undefined && { callbackUrl: String(callbackUrl) }),
	};
}
