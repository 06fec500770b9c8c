import type { Trimmed } from './trims';
import type { Weight } from './weight';

/** What a film came to; each part says "exact", "yes" and the like, or what was otherwise. */
export interface FilmResult {
	what: string;
	/** Frames against those of the parts. */
	frames: string;
	/** Sound against where it has to be. */
	sound: string;
	/** Programs that read it. */
	read: string;
	players: Record<string, string>;
	isMet: boolean;
}

/** A refusal, by its sentence. */
export interface RefusalResult {
	what: string;
	says: string;
}

/** What a whole run has found. */
export interface Results {
	versions: Record<string, string>;
	joins: FilmResult[];
	sounds: FilmResult[];
	trims: Trimmed[];
	refusals: RefusalResult[];
	weights: Weight[];
}

const row = (cells: string[]) =>
	`| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

function filmTable(results: FilmResult[], head: string): string[] {
	const players = [...new Set(results.flatMap((result) => Object.keys(result.players)))];
	return [
		row([head, 'Frames', 'Sound', 'ffmpeg, ffprobe, mp4box', ...players]),
		row(['---', '---', '---', '---', ...players.map(() => '---')]),
		...results.map(({ what, frames, sound, read, players: played }) =>
			row([what, frames, sound, read, ...players.map((name) => played[name] ?? '–')]),
		),
	];
}

/** The part of the documentation about films. */
export function filmSection(results: Results): string {
	const { versions, joins, sounds, trims, refusals, weights } = results;
	const trimPlayers = [...new Set(trims.flatMap(({ players }) => Object.keys(players)))];
	const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
	return [
		'# Which films come out',
		'',
		`Join, Trim and Replace Sound rewrite the index of an MP4 and copy its media data, without decoding anything. \`npm run generate -- films\` makes clips of all kinds, films of them, and asks others what they see: ${programs.join(', ')}. Browsers play each film across every seam, and show the right clip after seeking to either side of it.`,
		'',
		'## Joined',
		'',
		'"Exact" means that the decoded frames are those of the clips, one by one, each within 0.01 ms of its time. Sound is judged by clicks in what is decoded: each may be off by half a packet, 10.7 ms at 48 kHz, and no more after ten clips or sixty.',
		'',
		...filmTable(joins, 'Clips'),
		'',
		'A clip begins with its first frame: sound before it, as of a picture that comes late, is left out, and sound that goes on behind the last frame too. The film keeps the labels (`udta`, `meta`) of one clip: of the first that is labeled as made by AI (`AIGC`), or else of the first that has any. Signatures (C2PA) hold for the very bytes of a file, and are not carried over.',
		'',
		'## Trimmed',
		'',
		'The end is cut in decoding order, so that every frame that is kept can be decoded; the last moment skips a few frames for it. No part is longer than asked for, nor shorter by more than a frame.',
		'',
		row([
			'Clip',
			'Parts',
			'Longer than asked',
			'Shorter, at most',
			'Frames skipped at the end, at most',
			'ffmpeg says',
			...trimPlayers,
		]),
		row(['---', '---', '---', '---', '---', '---', ...trimPlayers.map(() => '---')]),
		...trims.map(({ what, parts, longer, shorter, skipped, said, players }) =>
			row([
				...[what, String(parts), String(longer), `${shorter.toFixed(1)} ms`, String(skipped), said],
				...trimPlayers.map((name) => players[name] ?? '–'),
			]),
		),
		'',
		'## With another sound',
		'',
		...filmTable(sounds, 'Sound'),
		'',
		'MP3 is refused: Chromium and ffmpeg play an MP4 with MP3, but QuickTime and Safari are known to play it without sound. Captions come as an SRT file, not as a track (`tx3g`) in the MP4: Chromium doesn’t show such a track.',
		'',
		'## Refused',
		'',
		'Each before a byte is written.',
		'',
		row(['File', 'The node says']),
		row(['---', '---']),
		...refusals.map(({ what, says }) => row([what, says])),
		'',
		'## Large films',
		'',
		'Joined on disk by turns with ffmpeg, three times each; the median counts. Each input is read twice, once to find its index: one that stands in front ends the first reading at once. Memory is what the process grew by at most.',
		'',
		row(['Film', 'Size', 'Seconds', '`ffmpeg -f concat -c copy`', 'with `+faststart`', 'Memory']),
		row(['---', '---', '---', '---', '---', '---']),
		...weights.map(({ what, gigabytes, seconds, ffmpeg, ffmpegFront, growth }) =>
			row([
				...[what, `${gigabytes.toFixed(1)} GB`, seconds.toFixed(1)],
				...[ffmpeg, ffmpegFront].map((value) => value?.toFixed(1) ?? '–'),
				`${growth.toFixed(0)} MB`,
			]),
		),
		'',
	].join('\n');
}
