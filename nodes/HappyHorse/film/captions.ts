/** Text of a clip, and the seconds of the film at which the clip begins and ends. */
export interface Caption {
	text: string;
	start: number;
	end: number;
}

/** Widths of narrow letters in a line; those of Chinese and Japanese are twice as wide. */
const MAX_WIDTH = 42;
const LINES = 2;
/** Seconds for which a caption stands at least: a shorter one can't be read. */
const MIN_SECONDS = 1;

/** Words with what stands before them; scripts that have no spaces may be broken after each letter. */
const WORDS =
	/\s*(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]\p{P}*|[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]+)/gu;
const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303f\uff00-\uff60]/u;

/**
 * Writes captions as an SRT file. Long texts become several captions, which share their clip's time by their lengths.
 */
export function toSrt(captions: Caption[]): string {
	const cues = captions.flatMap(cuesOf);
	return cues
		.map(({ lines, start, end }, index) =>
			[index + 1, `${timeOf(start)} --> ${timeOf(end)}`, ...lines, ''].join('\n'),
		)
		.join('\n');
}

interface Cue {
	lines: string[];
	start: number;
	end: number;
}

function cuesOf({ text, start, end }: Caption): Cue[] {
	// an arrow is a time's mark, and an empty line the end of a caption
	const plain = text.replace(/-->/g, '→').replace(/\s+/g, ' ').trim();
	if (plain === '') return [];
	const most = Math.max(1, Math.floor((end - start) / MIN_SECONDS));
	const parts = Math.min(Math.ceil(widthOf(plain) / (MAX_WIDTH * LINES)), most);
	const texts = split(plain, parts);
	const total = texts.reduce((sum, part) => sum + widthOf(part), 0);
	let at = start;
	return texts.map((part, index) => {
		const until = index === texts.length - 1 ? end : at + ((end - start) * widthOf(part)) / total;
		const lines = split(part, Math.ceil(widthOf(part) / MAX_WIDTH));
		const cue = { lines, start: at, end: until };
		at = until;
		return cue;
	});
}

/** Splits a text between words into parts of about the same width. */
function split(text: string, parts: number): string[] {
	if (parts <= 1) return [text];
	const most = widthOf(text) / parts;
	const split: string[] = [];
	let part = '';
	for (const [word] of text.matchAll(WORDS)) {
		const isFull = widthOf(part) + widthOf(word) / 2 > most;
		if (part !== '' && isFull && split.length < parts - 1) {
			split.push(part.trim());
			part = word;
		} else part += word;
	}
	return [...split, part.trim()];
}

const widthOf = (text: string) =>
	[...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);

function timeOf(seconds: number): string {
	const ms = Math.round(seconds * 1_000);
	const parts = [
		Math.floor(ms / 3_600_000),
		Math.floor(ms / 60_000) % 60,
		Math.floor(ms / 1_000) % 60,
	];
	const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
	return `${hours}:${minutes}:${rest},${String(ms % 1_000).padStart(3, '0')}`;
}
