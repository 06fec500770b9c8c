const MAX_LENGTH = 100;
/** Bytes: file systems take 255, and programs add to a name. */
const MAX_BYTES = 200;
/** Characters of a prompt, and of a task's id, in a video's name. */
const PROMPT_LENGTH = 40;
const ID_LENGTH = 8;

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
	let cut = [...usable].slice(0, MAX_LENGTH - ending.length);
	while (Buffer.byteLength(cut.join('') + ending) > MAX_BYTES) cut = cut.slice(0, -1);
	return cut.join('') + ending;
}

/** Makes a video's name, without its ending, of the prompt's first words and the task's first characters. */
export function defaultStem(taskId: string, prompt = ''): string {
	const words = prompt.replace(/['’]/g, '').match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
	const [first = 'video', ...more] = words.map((word) =>
		[...word].slice(0, PROMPT_LENGTH).join(''),
	);
	let stem = first;
	for (const word of more) {
		if ([...stem, ...word].length >= PROMPT_LENGTH) break;
		stem += `-${word}`;
	}
	return `${stem}-${taskId.slice(0, ID_LENGTH)}`;
}
