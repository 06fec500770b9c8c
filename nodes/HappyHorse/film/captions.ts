/** A text and the seconds of the film in which it is shown. */
export interface Caption {
	text: string;
	start: number;
	end: number;
}

/** Columns of a line and lines of a card that people can read at a glance, as broadcasters have it. */
const MOST_COLUMNS = 42;
const MOST_LINES = 2;

/**
 * Captions file (SRT). Long texts are broken into lines of the same length and shown two at a time, each as long as its
 * share of the text takes to read. Captions without text are left out.
 */
export function srt(captions: Caption[]): string {
	const cards = captions.flatMap(cardsOf);
	return cards
		.map(({ text, start, end }, at) => `${at + 1}\n${time(start)} --> ${time(end)}\n${text}\n`)
		.join('\n');
}

function cardsOf({ text, start, end }: Caption): Caption[] {
	const lines = linesOf(text);
	const cards = lines.flatMap((_, at) =>
		at % MOST_LINES === 0 ? [lines.slice(at, at + MOST_LINES)] : [],
	);
	const all = columnsOf(lines.join(''));
	let read = 0;
	return cards.map((card) => {
		const from = read;
		read += columnsOf(card.join(''));
		const at = (columns: number) => start + ((end - start) * columns) / all;
		return { text: card.join('\n'), start: at(from), end: at(read) };
	});
}

/** Lines of about the same length, as few as there can be. */
function linesOf(text: string): string[] {
	const words = wordsOf(text);
	const count = wrap(words, MOST_COLUMNS).length;
	for (let columns = 1; columns < MOST_COLUMNS; columns++) {
		const lines = wrap(words, columns);
		if (lines.length === count && lines.every((line) => columnsOf(line) <= columns)) return lines;
	}
	return wrap(words, MOST_COLUMNS);
}

function wrap(words: string[], columns: number): string[] {
	const lines: string[] = [];
	for (const word of words) {
		const line = lines[lines.length - 1];
		if (line !== undefined && columnsOf((line + word).trim()) <= columns)
			lines[lines.length - 1] = line + word;
		else lines.push(word.trimStart());
	}
	return lines.map((line) => line.trim());
}

const WIDE =
	'\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uff60';
const CLOSING = '、。，．！？：；」』）】〉》…';
/** A word with the blank before it; signs of scripts without blanks one by one, with the punctuation behind them. */
const WORD = new RegExp(`\\s*(?:[${WIDE}][${CLOSING}]*|[^\\s${WIDE}]{1,${MOST_COLUMNS}})`, 'gu');

/** Words of a text that means nothing else in a captions file. */
const wordsOf = (text: string) =>
	text
		.replace(/\p{Cc}/gu, ' ')
		.replace(/-->/g, '→')
		.replace(/\s+/g, ' ')
		.match(WORD) ?? [];

const IS_WIDE = new RegExp(`[${WIDE}]`, 'u');

const columnsOf = (text: string) =>
	Array.from(text).reduce((sum, sign) => sum + (IS_WIDE.test(sign) ? 2 : 1), 0);

function time(seconds: number): string {
	const ms = Math.round(seconds * 1_000);
	const part = (unit: number, of: number, width = 2) =>
		String(Math.floor(ms / unit) % of).padStart(width, '0');
	return `${part(3_600_000, 100)}:${part(60_000, 60)}:${part(1_000, 60)},${part(1, 1_000, 3)}`;
}
