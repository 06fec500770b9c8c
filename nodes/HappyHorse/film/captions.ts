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
	const lines = linesOf(wordsOf(text));
	const cards = lines.flatMap((_, at) =>
		at % MOST_LINES === 0 ? [lines.slice(at, at + MOST_LINES)] : [],
	);
	const all = columnsIn(lines);
	let read = 0;
	return cards.map((card) => {
		const from = read;
		read += columnsIn(card);
		const at = (columns: number) => start + ((end - start) * columns) / all;
		return { text: card.map((line) => line.text).join('\n'), start: at(from), end: at(read) };
	});
}

/** A text and the columns that it takes. */
interface Line {
	text: string;
	columns: number;
}

interface Word extends Line {
	/** A blank stands before it. */
	isApart: boolean;
}

const columnsIn = (lines: Line[]) => lines.reduce((sum, { columns }) => sum + columns, 0);

/** Lines of about the same length, as few as there can be. */
function linesOf(words: Word[]): Line[] {
	const fewest = wrap(words, MOST_COLUMNS);
	for (let most = 1; most < MOST_COLUMNS; most++) {
		const lines = wrap(words, most);
		if (lines.length === fewest.length && lines.every(({ columns }) => columns <= most))
			return lines;
	}
	return fewest;
}

function wrap(words: Word[], most: number): Line[] {
	const lines: Line[] = [];
	for (const { text, columns, isApart } of words) {
		const line = lines[lines.length - 1];
		const blank = isApart ? ' ' : '';
		if (line && line.columns + blank.length + columns <= most) {
			line.text += blank + text;
			line.columns += blank.length + columns;
		} else lines.push({ text, columns });
	}
	return lines;
}

/** Words of a text that means nothing else in a captions file. */
const wordsOf = (text: string): Word[] =>
	text
		.replace(/\p{Cc}/gu, ' ')
		.replace(/-->/g, '→')
		.split(/\s+/)
		.filter((part) => part !== '')
		.flatMap((part) => piecesOf(part).map((piece, at) => ({ ...piece, isApart: at === 0 })));

const inWords = new Intl.Segmenter(undefined, { granularity: 'word' });
const inSigns = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const IS_WIDE =
	/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u;

function lineOf(text: string): Line {
	const signs = Array.from(inSigns.segment(text), ({ segment }) => (IS_WIDE.test(segment) ? 2 : 1));
	return { text, columns: signs.reduce<number>((sum, columns) => sum + columns, 0) };
}

/** Text without a blank as it may be broken: between words in scripts that have no blanks, and anywhere if it is too long. */
function piecesOf(text: string): Line[] {
	const whole = lineOf(text);
	if (whole.columns <= MOST_COLUMNS && !IS_WIDE.test(text)) return [whole];
	const words: string[] = [];
	for (const { segment } of inWords.segment(text)) {
		const last = words[words.length - 1];
		// punctuation stays with the word before it, and a bracket that opens with the one behind it
		const isBound =
			/^(?![\p{Ps}\p{Pi}])\p{P}/u.test(segment) || /^[\p{Ps}\p{Pi}]+$/u.test(last ?? '');
		if (last !== undefined && isBound) words[words.length - 1] = last + segment;
		else words.push(segment);
	}
	return words
		.map(lineOf)
		.flatMap((word) => (word.columns <= MOST_COLUMNS ? [word] : brokenUp(word)));
}

/** A word that is longer than a line, sign by sign. */
function brokenUp({ text }: Line): Line[] {
	const signs = Array.from(inSigns.segment(text), ({ segment }) => lineOf(segment));
	return wrap(
		signs.map((sign) => ({ ...sign, isApart: false })),
		MOST_COLUMNS,
	);
}

function time(seconds: number): string {
	const ms = Math.round(seconds * 1_000);
	const part = (unit: number, of: number, width = 2) =>
		String(Math.floor(ms / unit) % of).padStart(width, '0');
	return `${part(3_600_000, 100)}:${part(60_000, 60)}:${part(1_000, 60)},${part(1, 1_000, 3)}`;
}
