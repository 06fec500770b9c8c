import { findFile, listNames } from '../files/find';
import type { ClipLength, Medium } from '../files/inspect';
import { inspect } from '../files/inspect';
import type { Run } from '../execution/run';
import type { PricedInput } from '../contract/cost';
import {
	billedSeconds,
	CREDITS_PER_SECOND,
	creditsToUsd,
	estimateCredits,
	isExact,
	worstCaseCredits,
} from '../contract/cost';
import type { Complaint, Parsed } from '../validation/parse';
import { formatNumber } from '../validation/parse';
import { parseCostInput } from '../contract/requests';
import { fetchableUrl } from '../validation/urls';
import { FIELDS } from '../form/fields';
import { defineOperation } from '../execution/operation';
import type { TrimPlan } from '../film/trim';
import { planFirstSeconds } from './firstSeconds';
import { trimTo } from './settings';

export const estimateCost = defineOperation({
	option: {
		name: 'Estimate Cost',
		value: 'estimateCost',
		action: 'Estimate credit cost',
		description:
			'Calculate how many credits a video would cost, without making it. Free, and nothing is sent to HappyHorse.',
	},
	fields: [
		FIELDS.videoMode,
		FIELDS.mode,
		FIELDS.resolution,
		FIELDS.estimateDuration,
		FIELDS.estimateSource,
		FIELDS.estimateSourceByMode,
		FIELDS.estimateUrl,
		FIELDS.estimateUrlByMode,
		FIELDS.estimateFile,
		FIELDS.estimateFileByMode,
		FIELDS.estimateLength,
		FIELDS.estimateLengthByMode,
		FIELDS.estimateOptions,
		FIELDS.estimateOptionsByMode,
	],
	async read(run, { videoMode, ...given }, item): Promise<Parsed<PricedInput>> {
		const values = { ...given, mode: given.mode || videoMode };
		const source = values.mode === 'editVideo' ? clipOf(run, values, item) : undefined;
		if (source === undefined) return parseCostInput(values);
		if ('complaint' in source) return { complaints: [source.complaint] };
		const cut = await cutOf(run, values, source.medium);
		if ('complaints' in cut) return cut;
		if (cut.value) {
			const { duration } = cut.value;
			const priced = parseCostInput({ ...values, inputVideoDuration: duration });
			return withLength(priced, { duration, atMost: duration });
		}
		// without a credential nobody knows of a service that could reach private addresses
		const { complaints, clip } = await inspect(run, [source.medium], { publicOnly: true });
		if (complaints.length > 0) return { complaints };
		if (clip)
			return withLength(parseCostInput({ ...values, inputVideoDuration: clip.duration }), clip);
		const message =
			'its length could not be determined; set ‘Video Source’ to Duration and enter it';
		return { complaints: [{ field: source.medium.field, subject: 'Video:', message }] };
	},
	async perform({ ledger }, { request: input }) {
		const creditsAtMost = worstCaseCredits(input);
		const creditsEstimated = estimateCredits(input) ?? creditsAtMost;
		if (!isExact(input))
			ledger.hint(
				`This edit costs about ${formatNumber(creditsEstimated)} credits, and ${formatNumber(creditsAtMost)} at most: ${reasonFor(input)}.`,
			);
		return {
			output: {
				json: {
					...known(input),
					billedSeconds: billedSeconds(input),
					creditsPerSecond: CREDITS_PER_SECOND[input.resolution],
					creditsEstimated,
					usdEstimated: creditsToUsd(creditsEstimated),
					...(creditsEstimated < creditsAtMost && { creditsAtMost }),
				},
			},
		};
	},
});

/** Adds how long the clip can be at most. */
function withLength(
	parsed: Parsed<PricedInput>,
	{ atMost, isAbout }: ClipLength,
): Parsed<PricedInput> {
	if (!('value' in parsed) || parsed.value.mode !== 'editVideo') return parsed;
	return { value: { ...parsed.value, longestInput: atMost, isAbout } };
}

/** Plans the cut of a clip of which only the first seconds are used; undefined where all of it is. */
async function cutOf(
	run: Run,
	{ trimTo: given }: Record<string, unknown>,
	{ source }: Medium,
): Promise<Parsed<TrimPlan | undefined>> {
	const seconds = trimTo(given);
	if (typeof seconds === 'string') return { complaints: [{ field: 'trimTo', message: seconds }] };
	if (seconds.value === undefined || typeof source === 'string') return { value: undefined };
	return { value: await planFirstSeconds(run, source, seconds.value) };
}

/** The fields of an estimate that the item shows. */
function known(input: PricedInput) {
	if (input.mode !== 'editVideo') return input;
	const { mode, resolution, inputVideoDuration } = input;
	return { mode, resolution, inputVideoDuration };
}

/** Says why a price is not known exactly. */
function reasonFor(input: PricedInput): string {
	if (input.mode === 'editVideo' && input.longestInput === undefined)
		return 'the host of the URL, or the file, does not prove how long the clip is';
	if (input.mode === 'editVideo' && input.isAbout)
		return 'picture, sound and index of the clip differ in length';
	return 'HappyHorse does not say how it counts parts of a second';
}

/** The clip whose length is to be looked up; undefined where it is entered. */
function clipOf(
	{ context }: Run,
	{ videoSource, videoUrl, videoBinaryProperty }: Record<string, unknown>,
	item: number,
): { medium: Medium } | { complaint: Complaint } | undefined {
	const about = { role: 'video' as const, name: 'Video' };
	if (videoSource === 'url') {
		const url = fetchableUrl(true)(videoUrl);
		return typeof url === 'string'
			? { complaint: { field: 'videoUrl', message: url } }
			: { medium: { ...about, field: 'videoUrl', source: url.value } };
	}
	if (videoSource !== 'binary') return undefined;
	const field = 'videoBinaryProperty';
	const found = findFile(context, item, listNames(videoBinaryProperty)[0] ?? '');
	return 'complaint' in found
		? { complaint: { field, message: found.complaint } }
		: { medium: { ...about, field, source: found.file } };
}
