/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- reads the test's files, and writes the documentation on demand */
import { createReadStream, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { StreamBytes } from '../../nodes/HappyHorse/media/bytes';
import { readClip } from '../../nodes/HappyHorse/media/clip';
import { HEAD } from '../../nodes/HappyHorse/media/formats';
import { readImage } from '../../nodes/HappyHorse/media/image';
import type { Facts, Role } from '../../nodes/HappyHorse/media/rules';
import { judge, tooShort } from '../../nodes/HappyHorse/media/rules';
import type { Results } from '../tools/film/report';
import { filmSection } from '../tools/film/report';

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(ROOT, 'test', 'fixtures', 'zoo');
const DOCUMENT = join(ROOT, 'docs', 'evidence', 'media.md');

/** What `npm run generate -- media` was told by a program that knows the format. */
interface Probed {
	what: string;
	by: string;
	says: string;
	width?: number;
	height?: number;
	duration?: number;
	frameRate?: number;
}

const PROBED: Record<string, Probed> = JSON.parse(
	readFileSync(join(FOLDER, 'probed.json'), 'utf8'),
);
/** What `npm run generate -- films` has found. */
const FILMS: Results = JSON.parse(
	readFileSync(join(ROOT, 'test', 'tools', 'film', 'results.json'), 'utf8'),
);
const NAMES = Object.keys(PROBED);

const roleOf = (name: string): Role =>
	/\.(mp4|mov|m4a|m4v|3gp|webm|mkv)$/.test(name) ? 'video' : 'firstFrame';

interface Looked {
	facts?: Facts;
	objections: string[];
	warnings: string[];
}

async function look(name: string): Promise<Looked> {
	const file = join(FOLDER, name);
	const { size } = statSync(file);
	const role = roleOf(name);
	const bytes = new StreamBytes(createReadStream(file, { highWaterMark: 997 }), size);
	const facts: Facts | undefined = await (role === 'video' ? readClip : readImage)(bytes);
	if (!facts) {
		expect(size).toBeLessThan(HEAD);
		return { objections: [tooShort(role, size)], warnings: [] };
	}
	return { facts, ...judge(role, { bytes: size, ...facts }) };
}

/** What other programs call what we call so; what is not in here has its own name everywhere. */
const OTHER_NAMES: Record<string, RegExp> = {
	JPEG: /^(JPEG|jpeg_pipe)/,
	MP4: /^mov or mp4/,
	MOV: /^mov or mp4/,
	'3GP': /^mov or mp4/,
	'M4A (audio only)': /^mov or mp4, no video/,
	'WEBM or MKV': /^matroska/,
	AVIF: /^HEIF/,
	HEIC: /^HEIF/,
	'SVG or XML': /^SVG/,
	'a web page': /^HTML/,
	unknown: /^cannot read it/,
};

const measures = ({ width, height, duration, frameRate }: Partial<Probed>) =>
	[
		width && `${width} × ${height}`,
		duration && `${Number(duration.toFixed(3))} s`,
		frameRate && `${Number(frameRate.toFixed(2))} fps`,
	].filter(Boolean);

const row = (cells: string[]) =>
	`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

async function table(): Promise<string> {
	const rows = await Promise.all(
		NAMES.map(async (name) => {
			const { what, by, says, ...theirs } = PROBED[name];
			const { facts, objections, warnings } = await look(name);
			const verdict = warnings.length > 0 ? 'with a hint' : 'yes';
			return row([
				`\`${name}\``,
				what,
				[`${by}: ${says}`, ...measures(theirs)].join(', '),
				facts ? [facts.format, ...measures(facts)].join(', ') : 'nothing',
				objections.length > 0 ? 'no' : verdict,
				[...objections, ...warnings].join('; '),
			]);
		}),
	);
	return [
		'# Which files are accepted',
		'',
		`These ${NAMES.length} files are what real people upload. \`npm run generate -- media\` makes them in \`test/fixtures/zoo\` and asks programs that know the formats; \`npm run generate -- media-page\` writes this page of what the node says of them, and the tests compare it with what it does. Images are judged as first frames, whatever is behind a clip's name as a clip to edit.`,
		'',
		'The node reads the beginning of an image and the index of a clip, no more: that a file is cut off or broken behind these it can’t tell. How an image or a clip is to be turned changes no rule, since all of them are about the long and the short side.',
		'',
		row(['File', 'What it is', 'Others say', 'The node says', 'Taken', 'Why']),
		row(['---', '---', '---', '---', '---', '---']),
		...rows,
		'',
		filmSection(FILMS),
	].join('\n');
}

test('every file of the zoo is in the list', () => {
	expect(readdirSync(FOLDER).sort()).toEqual([...NAMES, 'probed.json'].sort());
});

test.each(NAMES)(
	'%s: what the node says agrees with the others, or it says nothing',
	async (name) => {
		const { says, ...theirs } = PROBED[name];
		const { facts, objections } = await look(name);
		if (says === 'cannot read it') expect(objections).toHaveLength(1);
		if (!facts) return;
		const { format, width, height, frameRate, defect } = facts;
		const duration = 'pictureDuration' in facts ? facts.pictureDuration : undefined;
		if (defect !== undefined) {
			expect(theirs.width).toBeUndefined();
			return;
		}
		expect(says).toMatch(OTHER_NAMES[format] ?? new RegExp(`^${format}`));
		if (width !== undefined) expect([width, height]).toEqual([theirs.width, theirs.height]);
		if (duration !== undefined)
			expect(Math.abs(duration - (theirs.duration ?? NaN))).toBeLessThan(0.02);
		if (frameRate !== undefined) expect(frameRate / (theirs.frameRate ?? NaN)).toBeCloseTo(1, 1);
	},
);

test('the table in the documentation is what the node says', async () => {
	const written = await table();
	if (process.env.MEDIA === 'print') writeFileSync(DOCUMENT, written);
	expect(readFileSync(DOCUMENT, 'utf8')).toBe(written);
});
