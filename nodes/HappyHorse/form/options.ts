import { LIMITS } from '../contract/limits';
import type { Field, Options } from './field';
import { named } from './field';

const { default: TIMEOUT } = LIMITS.timeout;
const { default: POLLING_INTERVAL } = LIMITS.pollingInterval;
const { default: MAX_CONCURRENCY } = LIMITS.maxConcurrency;
const { max: TRIM_TO } = LIMITS.editedVideoDuration;

/** Default binary field, the same as in n8n's own nodes. */
export const BINARY_PROPERTY = 'data';

export const binaryPropertyName = named({
	displayName: 'Put Output File in Field',
	name: 'binaryPropertyName',
	type: 'string',
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	hint: 'The name of the output binary field to put the file in',
	description: 'Name of the binary field for the video file',
});

const timeout = named({
	displayName: 'Timeout (Minutes)',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: LIMITS.timeout.min, maxValue: LIMITS.timeout.max },
	default: TIMEOUT,
	description: `How long to wait for a video, in minutes (${LIMITS.timeout.min}–${LIMITS.timeout.max}). The longest at 1080p take about ${LIMITS.usualWait.max}. A video that takes longer than this is still made and charged; the node reports its task ID.`,
});

const pollingInterval = named({
	displayName: 'Polling Interval (Seconds)',
	name: 'pollingInterval',
	type: 'number',
	typeOptions: { minValue: LIMITS.pollingInterval.min, maxValue: LIMITS.pollingInterval.max },
	default: POLLING_INTERVAL,
	description: `Seconds between two status checks when ‘Wait Method’ is Polling (${LIMITS.pollingInterval.min}–${LIMITS.pollingInterval.max})`,
});

const maxConcurrency = named({
	displayName: 'Max Concurrency',
	name: 'maxConcurrency',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.maxConcurrency.min,
		maxValue: LIMITS.maxConcurrency.max,
		numberPrecision: 0,
	},
	default: MAX_CONCURRENCY,
	description: `How many requests to HappyHorse, and how many downloads, may run at once (${LIMITS.maxConcurrency.min}–${LIMITS.maxConcurrency.max}). HappyHorse makes all videos at the same time either way.`,
});

const checkBalance = named({
	displayName: 'Check Balance',
	name: 'checkBalance',
	type: 'boolean',
	default: false,
	description: 'Whether to check your balance first and send nothing if it doesn’t cover all items',
});

const checkMedia = named({
	displayName: 'Check Media',
	name: 'checkMedia',
	type: 'boolean',
	default: false,
	description:
		'Whether to check the format, size, pixels and length of images and clips at URLs before you pay. Files are always checked. A host may show HappyHorse something else than n8n.',
});

const maxCredits = named({
	displayName: 'Max Credits',
	name: 'maxCredits',
	type: 'number',
	typeOptions: { minValue: LIMITS.maxCredits.min },
	default: 1000,
	description:
		'Budget for all items of one run together, in credits. If the run could cost more, nothing is sent. A clip to edit at a URL counts as the longest allowed, even with ‘Check Media’: its host may show HappyHorse a longer one than n8n. A file counts by its length.',
});

const mediaLimits = named({
	displayName: 'Media Limits',
	name: 'mediaLimits',
	type: 'options',
	options: [
		{ name: 'Refuse', value: 'refuse', description: 'Send nothing' },
		{
			name: 'Warn',
			value: 'warn',
			description: 'Send them, and say so beside the output. HappyHorse refunds what it refuses.',
		},
	],
	default: 'refuse',
	displayOptions: { hide: { '/operation': ['textToVideo'] } },
	description:
		'What to do about images and clips whose megabytes, pixels, shape or frame rate HappyHorse does not promise to take, such as 4K clips from a phone. Format and length are always checked.',
});

const model = named({
	displayName: 'Model',
	name: 'model',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchModels' },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. happyhorse-1.1-text-to-video',
		},
	],
	description:
		'Another model than HappyHorse 1.0 for the same operation. If HappyHorse doesn’t offer it, nothing is charged. This node knows neither its limits, so they become hints (other resolutions and ratios come from an expression), nor its price: set ‘Credits per Second’.',
});

const creditsPerSecond = named({
	displayName: 'Credits per Second',
	name: 'creditsPerSecond',
	type: 'number',
	typeOptions: { minValue: LIMITS.creditsPerSecond.min },
	default: 0,
	description:
		'Price of one second with the ‘Model’ you set, in credits. Used by ‘Max Credits’, ‘Check Balance’ and the estimate. 0 means unknown.',
});

const seed = named({
	displayName: 'Seed',
	name: 'seed',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.seed.min,
		maxValue: LIMITS.seed.max,
		numberPrecision: 0,
	},
	default: 0,
	description: `Whole number (${LIMITS.seed.min}–${LIMITS.seed.max}). The same seed and input give a similar video.`,
});

export const fileName = named({
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. my-film.mp4',
	description:
		'Name of the new file, with or without .mp4. Leave empty for the first words of the prompt and the first characters of the task ID.',
});

const includeInputFields = named({
	displayName: 'Include Input Fields',
	name: 'includeInputFields',
	type: 'boolean',
	default: false,
	displayOptions: { hide: { '@tool': [true] } },
	description:
		'Whether to add the fields of the input item to the output, such as a title or an email address. A field of the video wins over one with the same name.',
});

const label = named({
	displayName: 'Label',
	name: 'label',
	type: 'string',
	default: '',
	placeholder: 'e.g. Customer 42',
	description: `A name for your own accounts, such as a customer or a campaign (up to ${LIMITS.label.max} characters). It comes out again with the video, in what the node reports, in the execution’s custom data and in n8n’s log. HappyHorse doesn’t get it.`,
});

export const collectionOf = <Inner extends string>(
	options: Array<Field<Inner>>,
): Options<Inner> => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options,
});

/** Only for a file: a clip at a URL would have to come through n8n first. */
export const trimTo = named({
	displayName: 'Use Only the First Seconds',
	name: 'trimTo',
	type: 'number',
	typeOptions: {
		minValue: LIMITS.inputVideoDuration.min,
		maxValue: LIMITS.inputVideoDuration.max,
	},
	default: TRIM_TO,
	description: `Cut the clip to so many seconds (${LIMITS.inputVideoDuration.min}–${LIMITS.inputVideoDuration.max}) and pay for these only. The file itself stays as it is. Not for a clip at a URL, which n8n would have to download first.`,
});

const whileDownloading = { show: { '/downloadVideo': [true] }, hide: { '@tool': [true] } };

export const generateOptions = collectionOf([
	checkBalance,
	checkMedia,
	creditsPerSecond,
	{ ...fileName, displayOptions: whileDownloading },
	includeInputFields,
	label,
	maxConcurrency,
	maxCredits,
	mediaLimits,
	model,
	pollingInterval,
	{ ...binaryPropertyName, displayOptions: whileDownloading },
	seed,
	timeout,
	{
		...trimTo,
		displayOptions: { show: { '/operation': ['editVideo'], '/videoSource': ['binary'] } },
	},
]);

export const taskOptions = collectionOf([
	includeInputFields,
	maxConcurrency,
	pollingInterval,
	timeout,
]);

export const requestOptions = collectionOf([maxConcurrency]);

export const downloadOptions = collectionOf([fileName, includeInputFields, maxConcurrency]);
