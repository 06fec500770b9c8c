/** Bytes. */
export const MEGABYTE = 1024 * 1024;

/**
 * Limits of the service (contract: "Models, one for each mode") and of this package: the only place for such numbers,
 * read by the form, the validation, the cost estimate and the tests. Whatever says nothing else stands in the contract.
 * "In doubt" marks what other providers of the same model publish differently; Media Limits lets a user try it.
 */
export const LIMITS = {
	/** Unicode code points. */
	prompt: { min: 1, max: 2500 },
	seed: { min: 0, max: 2_147_483_647 },
	/** Seconds of the video to generate. */
	duration: { min: 3, max: 15, default: 5 },
	/** Seconds of the clip to edit. */
	inputVideoDuration: { min: 3, max: 60, default: 10 },
	/** Seconds after which the service cuts an edited video. */
	editedVideoDuration: { max: 15 },
	/** Ours: seconds of a video at which it can be cut. */
	cut: { min: 0, max: 14_400 },
	/** Ours: hours for which a link to a new file works. */
	linkHours: { min: 1, max: 720, default: 24 },
	/** Ours: characters of a clip's caption. */
	caption: { max: 2_000 },
	/** Numbers of images or clips that each mode takes. */
	firstFrames: { min: 1, max: 1 },
	inputVideos: { min: 1, max: 1 },
	referenceImages: { min: 1, max: 9 },
	editImages: { min: 0, max: 5 },
	/** Sizes in megabytes, sides in pixels (contract: "What the service itself demands of the media behind a URL"). */
	image: { megabytes: 20 },
	/** Long and short side are in doubt: elsewhere 4096 and 360. */
	video: { megabytes: 100, maxLongSide: 2160, minShortSide: 320, frameRateAbove: 8 },
	/** Long side divided by short side, for all media but reference images. */
	mediaAspectRatio: { max: 2.5 },
	firstFrame: { minSide: 300 },
	referenceImage: { minShortSide: 400 },
	editImage: { minSide: 300 },
	/** Estimated: minutes that a video usually takes, 6.0 in the contract's examples, 14 by the maker for 15 seconds at 1080p. */
	usualWait: { min: 5, max: 15 },
	/** By the maker: what is spoken in a second, words or Chinese characters, and the share to stay below. */
	speech: { wordsPerSecond: 2.5, charactersPerSecond: 4, safety: 1.2 },
	/** By the vendor's other pages: hours for which a finished video's URL works. */
	videoUrlLifetime: 24,
	/** Ours, as is all that follows: a video to download: three times a clip that the service takes, and time for a slow line. */
	download: { megabytes: 300, minutes: 30 },
	/** Minutes to wait for a task. */
	timeout: { min: 0.01, max: 1440, default: 30 },
	/** Seconds between two status checks. */
	pollingInterval: { min: 0.1, max: 600, default: 5 },
	/** Requests that one node has in flight. */
	maxConcurrency: { min: 1, max: 100, default: 5 },
	/** Characters of a task's id: the contract sets no limit, but it has to fit into a URL. */
	taskId: { max: 2_000 },
	/** Tasks that a trigger remembers, and the days until it forgets them. */
	startedTasks: { max: 5_000, days: 3 },
	/** Characters of a name or label that users give. */
	fileName: { max: 200 },
	label: { max: 100 },
	/** Characters of the name of a field with a file. */
	binaryPropertyName: { max: 100 },
	/** Price of another model. */
	creditsPerSecond: { min: 0, max: Number.MAX_SAFE_INTEGER },
	/** Budget of one run. */
	maxCredits: { min: 0, max: Number.MAX_SAFE_INTEGER },
} as const;

/** In doubt for later models: elsewhere 1.1 has 480p, 4:5, 5:4, 9:21 and 21:9, too. */
export const RESOLUTIONS = ['720p', '1080p'] as const;
export const ASPECT_RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'] as const;
export const AUDIO_SETTINGS = ['auto', 'origin'] as const;
/** What to do about media beyond the limits, the default first. */
export const MEDIA_LIMITS = ['refuse', 'warn'] as const;
/** Ways to wait, the default first. */
export const WAIT_METHODS = ['polling', 'callback', 'parked'] as const;

export type Resolution = (typeof RESOLUTIONS)[number];

export type MediaLimits = (typeof MEDIA_LIMITS)[number];

export type WaitMethod = (typeof WAIT_METHODS)[number];
