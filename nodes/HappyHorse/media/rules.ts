import type { MediaLimits } from '../contract/limits';
import { LIMITS, MEGABYTE } from '../contract/limits';
import { formatNumber } from '../validation/parse';

/** Use of an image or clip in a request. */
export type Role = 'firstFrame' | 'referenceImage' | 'editImage' | 'video';

/** Known properties of an image or clip. Width and height are in pixels, the duration in seconds. */
export interface Facts {
	format: string;
	bytes?: number;
	width?: number;
	height?: number;
	/** See `Lengths`. */
	duration?: number;
	pictureDuration?: number;
	longestDuration?: number;
	/** See `ClipFacts`. */
	frameRate?: number;
	highestFrameRate?: number;
	/** See `ImageFacts`. */
	defect?: string;
}

const IMAGE = { formats: ['JPEG', 'PNG', 'WEBP'], ...LIMITS.image };
const VIDEO = { formats: ['MP4', 'MOV'], ...LIMITS.video };

/** MP4 variant for phones, which the service's documentation doesn't mention. */
const UNDOCUMENTED = '3GP';

/** Seconds by which a clip may miss the limits, because programs measure the same clip with a frame or two of difference. */
export const LENGTH_TOLERANCE = 0.1;

/** Rounds frame rates such as 30000/1001 to three decimals. */
const round = (value: number) => Math.round(value * 1_000) / 1_000;

function joinWithOr(names: string[]): string {
	return `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

interface Sides {
	width: number;
	height: number;
}

/** The service's demands on width and height: each returns its result and the end of a sentence that states it. */
const SIDES: Record<Role, Array<(sides: Sides) => [boolean, string]>> = {
	firstFrame: [bothAtLeast(LIMITS.firstFrame.minSide), ratio],
	referenceImage: [
		({ width, height }) => [
			Math.min(width, height) >= LIMITS.referenceImage.minShortSide,
			`the short side must be at least ${LIMITS.referenceImage.minShortSide}`,
		],
	],
	editImage: [bothAtLeast(LIMITS.editImage.minSide), ratio],
	video: [
		({ width, height }) => [
			Math.max(width, height) <= VIDEO.maxLongSide,
			`the long side must be at most ${VIDEO.maxLongSide}`,
		],
		({ width, height }) => [
			Math.min(width, height) >= VIDEO.minShortSide,
			`the short side must be at least ${VIDEO.minShortSide}`,
		],
		ratio,
	],
};

function bothAtLeast(min: number) {
	return ({ width, height }: Sides): [boolean, string] => [
		Math.min(width, height) >= min,
		`both sides must be at least ${min}`,
	];
}

function ratio({ width, height }: Sides): [boolean, string] {
	const { max } = LIMITS.mediaAspectRatio;
	return [
		Math.max(width, height) <= max * Math.min(width, height),
		`the aspect ratio must be from 1:${max} to ${max}:1`,
	];
}

const rulesFor = (role: Role) => (role === 'video' ? VIDEO : IMAGE);

/** Objection to a file that is too short for any accepted format. */
export const tooShort = (role: Role, bytes: number) =>
	`${formatNumber(bytes)} bytes, too short for ${role === 'video' ? 'a clip' : 'an image'}; it must be ${joinWithOr(rulesFor(role).formats)}`;

/** Objection to a file that is too large to be read. */
export function tooLarge(role: Role, bytes: number | undefined): string | undefined {
	const check = size({ bytes }, rulesFor(role).megabytes);
	return 'excess' in check ? check.excess : undefined;
}

/** Each sentence follows the medium's name. */
interface Judgment {
	/** Violations, for which nothing is sent. */
	objections: string[];
	/** About unknown properties, values close to a limit and, if the limits only warn, values beyond it. */
	warnings: string[];
	/** Set where all objections would be warnings if the limits only warned. */
	isWaivable?: boolean;
}

const REFUND = 'so HappyHorse may refuse it and refund the credits';

/**
 * Compares an image or clip with the service's demands (contract: the media table).
 *
 * @param limits `warn` lets sizes, pixels, shapes and rates pass; never the length, which makes the price
 */
export function judge(role: Role, facts: Facts, limits: MediaLimits = 'refuse'): Judgment {
	const { formats, megabytes } = rulesFor(role);
	const isUndocumented = role === 'video' && facts.format === UNDOCUMENTED;
	if (!formats.includes(facts.format) && !isUndocumented) {
		const found = facts.format === 'unknown' ? 'unknown format' : facts.format;
		return { objections: [`${found}; it must be ${joinWithOr(formats)}`], warnings: [] };
	}
	if (facts.defect !== undefined) return { objections: [facts.defect], warnings: [] };
	const checks = [
		...(isUndocumented ? [{ warning: `HappyHorse may not accept ${UNDOCUMENTED}` }] : []),
		size(facts, megabytes),
		...pixels(role, facts),
		...(role === 'video' ? [length(facts), rate(facts)] : []),
	];
	const isRefused = (check: Check) =>
		'objection' in check || (limits === 'refuse' && 'excess' in check);
	const refused = checks.filter(isRefused);
	const isWaivable = refused.length > 0 && refused.every((check) => 'excess' in check);
	return {
		objections: refused.map(sentenceOf),
		warnings: checks
			.filter((check) => !isRefused(check) && !('fine' in check))
			.map((check) => ('excess' in check ? `${check.excess}, ${REFUND}` : sentenceOf(check))),
		...(isWaivable && { isWaivable }),
	};
}

/** `excess` is a violation that may be let through. */
type Check = { objection: string } | { excess: string } | { warning: string } | { fine: true };

const sentenceOf = (check: Check): string => Object.values(check).join('');

const FINE: Check = { fine: true };

const unknown = (property: string): Check => ({
	warning: `its ${property} could not be determined`,
});

function size({ bytes }: Pick<Facts, 'bytes'>, megabytes: number): Check {
	if (bytes === undefined) return unknown('size');
	if (bytes <= megabytes * MEGABYTE) return FINE;
	return { excess: `${formatNumber(bytes / MEGABYTE)} MB; it must be at most ${megabytes} MB` };
}

function pixels(role: Role, { width, height }: Facts): Check[] {
	if (!width || !height) return [unknown('width and height')];
	return SIDES[role].map((rule) => {
		const [isKept, demand] = rule({ width, height });
		return isKept ? FINE : { excess: `${width} × ${height} pixels; ${demand}` };
	});
}

function length({
	duration,
	pictureDuration = duration,
	longestDuration = duration,
}: Facts): Check {
	const { min, max } = LIMITS.inputVideoDuration;
	if (duration === undefined || longestDuration === undefined) return unknown('length');
	if (duration > max) return lengthCheck(duration);
	if (longestDuration > max)
		return {
			objection: `${formatNumber(longestDuration)} seconds by its sound or its index; it must be ${min} to ${max} seconds long`,
		};
	return lengthCheck(pictureDuration ?? duration);
}

function lengthCheck(duration: number): Check {
	const { min, max } = LIMITS.inputVideoDuration;
	if (duration >= min && duration <= max) return FINE;
	const demand = `${formatNumber(duration)} seconds; it must be ${min} to ${max} seconds long`;
	const isClose = duration > min - LENGTH_TOLERANCE && duration < max + LENGTH_TOLERANCE;
	return isClose ? { warning: `${demand}, ${REFUND}` } : { objection: demand };
}

function rate({ frameRate, highestFrameRate = frameRate }: Facts): Check {
	const { frameRateAbove } = VIDEO;
	if (frameRate === undefined) return unknown('frame rate');
	if (round(frameRate) > frameRateAbove) return FINE;
	const demand = `it must have more than ${frameRateAbove}`;
	// nobody knows how the service counts a recording whose picture stands still at times
	if (highestFrameRate !== undefined && round(highestFrameRate) > frameRateAbove)
		return {
			warning: `${formatNumber(frameRate)} frames per second on average and up to ${formatNumber(highestFrameRate)}; ${demand}, ${REFUND}`,
		};
	return { excess: `${formatNumber(frameRate)} frames per second; ${demand}` };
}
