import { LIMITS } from '../schema/limits';
import type { Field, Options } from './field';
import { named } from './field';

const { default: TIMEOUT } = LIMITS.timeout;
const { default: POLLING_INTERVAL } = LIMITS.pollingInterval;
const { default: MAX_CONCURRENCY } = LIMITS.maxConcurrency;

/** Where files go unless the user says otherwise, as in n8n's own nodes. */
export const BINARY_PROPERTY = 'data';

export const binaryPropertyName = named({
	displayName: 'Put Output File in Field',
	name: 'binaryPropertyName',
	type: 'string',
	default: BINARY_PROPERTY,
	placeholder: 'e.g. data',
	hint: 'The name of the output binary field to put the file in',
	description: 'The name of the output binary field to put the video in',
});

const timeout = named({
	displayName: 'Timeout (Minutes)',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: LIMITS.timeout.min, maxValue: LIMITS.timeout.max },
	default: TIMEOUT,
	description: `How long to wait for a video, in minutes from ${LIMITS.timeout.min} to ${LIMITS.timeout.max}. A task that takes longer goes on at HappyHorse and stays paid for; its ID is in what the node reports.`,
});

const pollingInterval = named({
	displayName: 'Polling Interval (Seconds)',
	name: 'pollingInterval',
	type: 'number',
	typeOptions: { minValue: LIMITS.pollingInterval.min, maxValue: LIMITS.pollingInterval.max },
	default: POLLING_INTERVAL,
	description: `How many seconds to wait between two status checks of a task where Wait Method is Polling, from ${LIMITS.pollingInterval.min} to ${LIMITS.pollingInterval.max}`,
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
	description: `How many requests to HappyHorse, and as many downloads, this node may have under way at once, from ${LIMITS.maxConcurrency.min} to ${LIMITS.maxConcurrency.max}. The videos themselves are all made at the same time, however low this is.`,
});

const checkBalance = named({
	displayName: 'Check Balance',
	name: 'checkBalance',
	type: 'boolean',
	default: false,
	description:
		'Whether to ask for the balance first, and to send nothing if it does not cover all items of the run',
});

const checkMedia = named({
	displayName: 'Check Media',
	name: 'checkMedia',
	type: 'boolean',
	default: false,
	description:
		'Whether to look at the images and clips behind URLs before paying: their format, size, pixels and length. Files are always looked at.',
});

const maxCredits = named({
	displayName: 'Max Credits',
	name: 'maxCredits',
	type: 'number',
	typeOptions: { minValue: LIMITS.maxCredits.min },
	default: 1000,
	description:
		'How many credits all items of one run together may cost. If the estimate is higher, nothing is sent. An edit of a clip whose length is not known counts as one of the longest clip that is allowed: give the clip as a file, or switch on Check Media, to have it counted exactly.',
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
	description: `Whole number from ${LIMITS.seed.min} to ${LIMITS.seed.max}. The same seed with the same input gives a similar video.`,
});

const collectionOf = <Inner extends string>(options: Array<Field<Inner>>): Options<Inner> => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options,
});

/** What stands under Options, by what the operation does: make a video, look up a task, send one request. */
export const generateOptions = collectionOf([
	checkBalance,
	checkMedia,
	maxConcurrency,
	maxCredits,
	pollingInterval,
	{
		...binaryPropertyName,
		displayOptions: { show: { '/downloadVideo': [true] }, hide: { '@tool': [true] } },
	},
	seed,
	timeout,
]);

export const taskOptions = collectionOf([maxConcurrency, pollingInterval, timeout]);

export const requestOptions = collectionOf([maxConcurrency]);
