import { LIMITS } from '../contract/limits';
import { formatNumber } from '../validation/parse';

/** What an image or clip is for. */
export type Role = 'firstFrame' | 'referenceImage' | 'editImage' | 'video';

/** What is known of an image or clip. Sizes are in pixels, the duration in seconds. */
export interface Facts {
	format: string;
	bytes?: number;
	width?: number;
	height?: number;
	duration?: number;
	frameRate?: number;
	/** What makes it unusable whatever its measures are, see `ImageFacts`. */
	flaw?: string;
}

const IMAGE = { formats: ['JPEG', 'PNG', 'WEBP'], ...LIMITS.image };
const VIDEO = { formats: ['MP4', 'MOV'], ...LIMITS.video };

/** A kind of MP4 for phones: whether it counts as one for the service, its documentation does not say. */
const PERHAPS = '3GP';

/** Seconds by which a clip may miss the limits: what counts the length of the same clip differs by a frame or two. */
const LENGTH_LEEWAY = 0.1;

const MEGABYTE = 1024 * 1024;

/** Frame rates such as 30000/1001 are compared as people write them. */
const round = (value: number) => Math.round(value * 1_000) / 1_000;

function listOf(names: string[]): string {
	return `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

interface Sides {
	width: number;
	height: number;
}

/** What the service demands of the sides, each as the end of a sentence; and whether it is kept. */
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

/** What is to be told of a file that is too short for anything that the service takes. */
export const tooShort = (role: Role, bytes: number) =>
	`${formatNumber(bytes)} bytes, which is no ${role === 'video' ? 'clip' : 'image'}; it must be ${listOf(rulesFor(role).formats)}`;

/**
 * Compares an image or clip with what the service demands of it (contract: the media table).
 *
 * @returns what is wrong, each as a sentence behind its name, and what could not be told or is close to a limit
 */
export function judge(role: Role, facts: Facts): { objections: string[]; doubts: string[] } {
	const { formats, megabytes } = rulesFor(role);
	const isDoubtful = role === 'video' && facts.format === PERHAPS;
	if (!formats.includes(facts.format) && !isDoubtful) {
		const found = facts.format === 'unknown' ? 'of no format that is known' : facts.format;
		return { objections: [`${found}; it must be ${listOf(formats)}`], doubts: [] };
	}
	if (facts.flaw !== undefined) return { objections: [facts.flaw], doubts: [] };
	const checks = [
		...(isDoubtful ? [{ doubt: `whether HappyHorse takes ${PERHAPS} is not known` }] : []),
		size(facts, megabytes),
		...pixels(role, facts),
		...(role === 'video' ? [length(facts), rate(facts)] : []),
	];
	return {
		objections: checks.flatMap((check) => ('objection' in check ? [check.objection] : [])),
		doubts: checks.flatMap((check) => ('doubt' in check ? [check.doubt] : [])),
	};
}

type Check = { objection: string } | { doubt: string } | { fine: true };

const FINE: Check = { fine: true };

const unknown = (what: string): Check => ({ doubt: `its ${what} could not be determined` });

function size({ bytes }: Facts, megabytes: number): Check {
	if (bytes === undefined) return unknown('size');
	if (bytes <= megabytes * MEGABYTE) return FINE;
	return { objection: `${formatNumber(bytes / MEGABYTE)} MB; it must be at most ${megabytes} MB` };
}

function pixels(role: Role, { width, height }: Facts): Check[] {
	if (!width || !height) return [unknown('width and height')];
	return SIDES[role].map((rule) => {
		const [isKept, demand] = rule({ width, height });
		return isKept ? FINE : { objection: `${width} × ${height} pixels; ${demand}` };
	});
}

function length({ duration }: Facts): Check {
	const { min, max } = LIMITS.inputVideoDuration;
	if (duration === undefined) return unknown('length');
	if (duration >= min && duration <= max) return FINE;
	const demand = `${formatNumber(duration)} seconds; it must be ${min} to ${max} seconds long`;
	const isClose = duration > min - LENGTH_LEEWAY && duration < max + LENGTH_LEEWAY;
	return isClose
		? { doubt: `${demand}, and HappyHorse may refuse it; credits are refunded then` }
		: { objection: demand };
}

function rate({ frameRate }: Facts): Check {
	if (frameRate === undefined) return unknown('frame rate');
	if (round(frameRate) > VIDEO.frameRateAbove) return FINE;
	return {
		objection: `${formatNumber(frameRate)} frames a second; it must have more than ${VIDEO.frameRateAbove}`,
	};
}
