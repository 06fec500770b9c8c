/** Chinese words in the service's reasons, with their meaning; as code points, since a package for n8n is in English. */
const REASONS: Array<[RegExp, string]> = [
	// min gan
	[/\u654f\u611f/, 'the prompt or an image contains content that HappyHorse considers sensitive'],
	// wei gui, bu he gui
	[
		/\u8fdd\u89c4|\u4e0d\u5408\u89c4/,
		'the prompt or an image goes against HappyHorse’s content rules',
	],
	// ban quan, qin quan
	[/\u7248\u6743|\u4fb5\u6743/, 'the prompt or an image may infringe a copyright'],
	// chao shi
	[/\u8d85\u65f6/, 'HappyHorse ran out of time'],
];

/**
 * Puts the English meaning before a known Chinese reason; returns any other reason as it is.
 *
 * @param said the service's own words
 */
export function inEnglish(said: string): string {
	const [, meaning] = REASONS.find(([words]) => words.test(said)) ?? [];
	return meaning === undefined ? said : `${meaning} (“${said}”)`;
}
