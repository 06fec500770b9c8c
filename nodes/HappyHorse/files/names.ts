const MAX_LENGTH = 100;

/** Names that Windows keeps for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Makes a file name that every system takes.
 *
 * @param stem name without its extension; characters with a meaning somewhere are replaced
 * @param ending with its dot
 */
export function safeFileName(stem: string, ending: string): string {
	const safe = stem.replace(/[^\p{L}\p{N}\p{M}._ -]/gu, '_').replace(/^[. ]+|(?<![. ])[. ]+$/g, '');
	const usable = RESERVED.test(safe.split('.')[0]) ? `_${safe}` : safe || 'video';
	// cut between code points: n8n can't serve a file whose name contains half a character
	return [...usable].slice(0, MAX_LENGTH - ending.length).join('') + ending;
}
