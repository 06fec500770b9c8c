// Makes the zoo: what real people upload, as small as it goes, and what ffprobe, identify and their like say of each.
// `npm run generate -- media`; needs ffmpeg, ImageMagick, exiftool, libheif-examples, libavif-bin and libjxl-tools (Debian's names).
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/zoo', import.meta.url));
const at = (name) => join(folder, name);

function tryToRun(command, args) {
	const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
	if (error) throw error;
	return status === 0 ? stdout : undefined;
}

function run(command, ...args) {
	const output = tryToRun(command, args.flat());
	if (output === undefined) throw new Error([command, ...args.flat()].join(' '));
	return output;
}

const ffmpeg = (...args) =>
	run('ffmpeg', '-v', 'error', '-y', ...args.slice(0, -1), '-fflags', '+bitexact', args.at(-1));

const PICTURE = ['-size', '640x480', 'gradient:teal-orange'];
const picture = (...args) => run('convert', PICTURE, '-strip', ...args);
const color = (size, rate, seconds) => [
	...['-f', 'lavfi', '-i', `color=c=teal:size=${size}:rate=${rate}:duration=${seconds}`],
];
const silence = (seconds) => [
	...['-f', 'lavfi', '-i', `anullsrc=sample_rate=8000:channel_layout=mono:duration=${seconds}`],
];
const H264 = ['-c:v', 'libx264', '-preset', 'veryslow', '-crf', '51', '-pix_fmt', 'yuv420p'];
const AAC = ['-c:a', 'aac', '-b:a', '8k'];
const CLIP = [...color('480x320', 10, 4), ...H264];
const START = ['-movflags', '+faststart'];

/** A part of another file of the zoo. */
const part = (name, from, length) => readFileSync(at(from)).subarray(0, length);
const half = (name, from) => writeFileSync(at(name), part(name, from, statSync(at(from)).size / 2));

/** By file name: what it is, and how it is made. */
const ZOO = {
	'baseline.jpg': ['a JPEG', (file) => picture('-quality', '20', file)],
	'progressive.jpg': [
		'a progressive JPEG',
		(file) => picture('-quality', '20', '-interlace', 'JPEG', file),
	],
	'cmyk.jpg': [
		'a JPEG for print',
		(file) => picture('-quality', '20', '-colorspace', 'CMYK', file),
	],
	'turned.jpg': [
		'a JPEG that EXIF turns by 90 degrees',
		(file) => {
			copyFileSync(at('baseline.jpg'), file);
			run('exiftool', '-q', '-overwrite_original', '-Orientation#=6', '-Make=Phone', file);
		},
	],
	'thumbnail.jpg': [
		'a JPEG with a small one in its EXIF',
		(file) => {
			const small = at('small.tmp.jpg');
			run('convert', PICTURE, '-resize', '160x120', '-quality', '20', '-strip', small);
			copyFileSync(at('turned.jpg'), file);
			run('exiftool', '-q', '-overwrite_original', `-ThumbnailImage<=${small}`, file);
			rmSync(small);
		},
	],
	'truecolor-16.png': ['a PNG of 16 bits a channel', (file) => picture('-depth', '16', file)],
	'palette.png': ['a PNG with a palette', (file) => picture('-colors', '16', `PNG8:${file}`)],
	'interlaced.png': [
		'an interlaced PNG',
		(file) => picture('-colors', '16', '-interlace', 'PNG', file),
	],
	'animated.png': [
		'an animated PNG',
		(file) => ffmpeg(...color('480x480', 2, 1), '-f', 'apng', '-plays', '0', file),
	],
	'lossy.webp': ['a lossy WEBP', (file) => picture('-quality', '20', file)],
	'lossless.webp': [
		'a lossless WEBP',
		(file) => ffmpeg(...color('480x480', 1, 1), '-frames:v', '1', '-lossless', '1', file),
	],
	'animated.webp': [
		'an animated WEBP',
		(file) => ffmpeg(...color('480x480', 2, 1), '-c:v', 'libwebp_anim', '-loop', '0', file),
	],
	'photo.avif': [
		'an AVIF',
		(file) => {
			picture(at('source.tmp.png'));
			run('avifenc', '--min', '60', '--max', '63', at('source.tmp.png'), file);
		},
	],
	'photo.heic': [
		'a HEIC, as iPhones make',
		(file) => run('heif-enc', '-q', '10', '-o', file, at('source.tmp.png')),
	],
	'photo.jxl': [
		'a JPEG XL',
		(file) => run('cjxl', '-q', '30', '--container=0', at('source.tmp.png'), file),
	],
	'boxed.jxl': [
		'a JPEG XL in boxes',
		(file) => {
			run('cjxl', '-q', '30', '--container=1', at('source.tmp.png'), file);
			rmSync(at('source.tmp.png'));
		},
	],
	'animated.gif': ['a GIF', (file) => ffmpeg(...color('480x480', 2, 1), file)],
	'photo.bmp': ['a BMP', (file) => run('convert', PICTURE, '-resize', '64x48', file)],
	'drawing.svg': [
		'an SVG',
		(file) =>
			writeFileSync(
				file,
				'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><circle r="9"/></svg>\n',
			),
	],
	'scan.jpg': [
		'a PDF under an image’s name',
		(file) =>
			writeFileSync(
				file,
				'%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n',
			),
	],
	'page.jpg': [
		'a web page under an image’s name',
		(file) => writeFileSync(file, '<!DOCTYPE html><title>Sign in</title><p>Sign in first</p>\n'),
	],
	'reason.jpg': [
		'an answer’s text under an image’s name',
		(file) => writeFileSync(file, 'Forbidden'),
	],
	'empty.png': ['an empty file', (file) => writeFileSync(file, '')],
	'clip.jpg': ['a clip under an image’s name', (file) => ffmpeg(...CLIP, '-f', 'mp4', file)],
	'cut-early.jpg': [
		'a JPEG that is cut off before its picture',
		(file) => writeFileSync(file, part(file, 'thumbnail.jpg', 300)),
	],
	'cut-late.jpg': [
		'a JPEG that is cut off in its picture',
		(file) => writeFileSync(file, part(file, 'baseline.jpg', 900)),
	],
	'garbage-behind.jpg': [
		'a JPEG with garbage behind it',
		(file) =>
			writeFileSync(file, Buffer.concat([part(file, 'baseline.jpg', 1e9), Buffer.alloc(500, 'x')])),
	],
	'front.mp4': ['an MP4 with its index in front', (file) => ffmpeg(...CLIP, ...START, file)],
	'behind.mp4': ['an MP4 with its index behind', (file) => ffmpeg(...CLIP, file)],
	'fragments.mp4': [
		'an MP4 in fragments, nothing in its index',
		(file) => ffmpeg(...CLIP, '-g', '10', '-movflags', 'frag_keyframe+empty_moov', file),
	],
	'first-fragment.mp4': [
		'an MP4 in fragments, the first in its index',
		(file) => ffmpeg(...CLIP, '-g', '10', '-movflags', 'frag_keyframe', file),
	],
	'uneven.mp4': [
		'an MP4 of a variable frame rate',
		(file) =>
			ffmpeg(
				...[...color('480x320', 20, 4), ...H264],
				...['-vf', "select='gte(n,40)+not(mod(n,2))'", '-fps_mode', 'vfr', file],
			),
	],
	'edited.mp4': [
		'an MP4 of which an edit list leaves out the first second',
		(file) => ffmpeg('-ss', '1', '-i', at('behind.mp4'), '-c', 'copy', file),
	],
	'late.mp4': [
		'an MP4 whose picture begins half a second after its sound',
		(file) =>
			ffmpeg(
				...['-itsoffset', '0.5', ...color('480x320', 10, 4), ...silence(4)],
				...[...H264, ...AAC, file],
			),
	],
	'turned.mp4': [
		'an MP4 that is to be turned by 90 degrees',
		(file) => ffmpeg('-i', at('behind.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', file),
	],
	'hevc.mp4': [
		'an MP4 in HEVC',
		(file) =>
			ffmpeg(
				...color('480x320', 10, 4),
				...[
					'-c:v',
					'libx265',
					'-x265-params',
					'log-level=none',
					'-crf',
					'51',
					'-tag:v',
					'hvc1',
					file,
				],
			),
	],
	'av1.mp4': [
		'an MP4 in AV1',
		(file) =>
			ffmpeg(
				...color('480x320', 10, 4),
				...['-c:v', 'libaom-av1', '-crf', '63', '-cpu-used', '8', file],
			),
	],
	'tracks.mp4': [
		'an MP4 with two pictures and two sounds',
		(file) =>
			ffmpeg(
				...[...silence(4), ...silence(4), ...color('480x320', 10, 4), ...color('320x240', 10, 4)],
				...['-map', '0', '-map', '1', '-map', '2', '-map', '3', ...H264, ...AAC, file],
			),
	],
	'motion-photo.mp4': [
		'an MP4 whose first picture is small and disabled, as in a phone’s motion photo',
		(file) =>
			ffmpeg(
				...[...color('160x120', 10, 2), ...color('480x320', 10, 4), '-map', '0', '-map', '1'],
				...[...H264, '-disposition:v:0', '0', '-disposition:v:1', 'default', file],
			),
	],
	'recording.mp4': [
		'a screen recording, in which the picture stands still at times',
		(file) =>
			ffmpeg(
				...[...color('480x320', 20, 10), ...H264, '-bf', '0'],
				...['-vf', "select='lt(n,20)+not(mod(n,20))+gte(n,190)'", '-fps_mode', 'vfr', file],
			),
	],
	'sound-longer.mp4': [
		'an MP4 of a minute whose sound is a little longer',
		(file) =>
			ffmpeg(...color('480x320', 10, 60), ...silence(60.05), ...H264, '-g', '600', ...AAC, file),
	],
	'minute-and-a-bit.mp4': [
		'an MP4 of 60.05 seconds',
		(file) => ffmpeg(...color('480x320', 20, 60.05), ...H264, '-g', '2000', file),
	],
	'short-of-three.mp4': [
		'an MP4 of 2.99 seconds',
		(file) => ffmpeg(...color('480x320', 100, 2.99), ...H264, file),
	],
	'only-sound.mp4': [
		'an MP4 with nothing but sound',
		(file) => ffmpeg(...silence(4), ...AAC, file),
	],
	'song.m4a': ['an M4A', (file) => ffmpeg(...silence(4), ...AAC, file)],
	'clip.mov': ['a MOV as QuickTime makes', (file) => ffmpeg(...CLIP, file)],
	'clip.m4v': ['an M4V', (file) => ffmpeg(...CLIP, '-f', 'ipod', '-brand', 'M4V ', file)],
	'clip.3gp': ['a 3GP', (file) => ffmpeg(...CLIP, file)],
	'clip.webm': [
		'a WEBM',
		(file) =>
			ffmpeg(...color('480x320', 10, 4), '-c:v', 'libvpx-vp9', '-crf', '63', '-b:v', '0', file),
	],
	'clip.mkv': ['an MKV', (file) => ffmpeg(...CLIP, file)],
	'cut-off.mp4': [
		'an MP4 with its index behind, cut off in its middle',
		() => half('cut-off.mp4', 'behind.mp4'),
	],
	'cut-off-front.mp4': [
		'an MP4 with its index in front, cut off near its end',
		(file) => writeFileSync(file, part(file, 'front.mp4', statSync(at('front.mp4')).size - 100)),
	],
	'garbage-behind.mp4': [
		'an MP4 with garbage behind it',
		(file) =>
			writeFileSync(file, Buffer.concat([part(file, 'behind.mp4', 1e9), Buffer.alloc(500, 'x')])),
	],
	'photo.mp4': ['a JPEG under a clip’s name', (file) => copyFileSync(at('baseline.jpg'), file)],
};

/** What a program says that knows the format, and the measures that it finds. */
function ask(name) {
	const file = at(name);
	if (/\.(mp4|mov|m4a|m4v|3gp|webm|mkv)$/.test(name) || name === 'clip.jpg') {
		const output = tryToRun('ffprobe', [
			...['-v', 'error', '-of', 'json', '-show_streams', '-show_format', file],
		]);
		if (output === undefined) return { by: 'ffprobe', says: 'cannot read it' };
		const { streams, format } = JSON.parse(output);
		const pictures = streams.filter(({ codec_type: type }) => type === 'video');
		// others are pictures that players don't show
		const video = pictures.find(({ disposition }) => disposition.default) ?? pictures[0];
		const kind = format.format_name.split(',').includes('mov') ? 'mov or mp4' : format.format_name;
		if (!video) return { by: 'ffprobe', says: `${kind}, no video` };
		const { width, height, codec_name: codec, duration, avg_frame_rate: rate } = video;
		const [frames, seconds] = rate.split('/').map(Number);
		return {
			by: 'ffprobe',
			says: `${kind}, ${codec}`,
			width,
			height,
			...(duration && { duration: Number(duration), frameRate: frames / seconds }),
		};
	}
	if (name.endsWith('.jxl')) {
		const [, size] = /JPEG XL image, (\d+x\d+)/.exec(run('jxlinfo', file)) ?? [];
		const [width, height] = size.split('x').map(Number);
		return { by: 'jxlinfo', says: 'JPEG XL', width, height };
	}
	if (/\.(avif|heic)$/.test(name)) {
		const [, width, height] = /image: (\d+)x(\d+)/.exec(run('heif-info', file));
		return { by: 'heif-info', says: 'HEIF', width: Number(width), height: Number(height) };
	}
	if (/\.(svg)$|^(scan|page)/.test(name))
		return { by: 'file', says: run('file', '-b', file).trim() };
	const output = tryToRun('identify', ['-format', '%m %w %h\n', file]);
	if (output === undefined) return { by: 'identify', says: 'cannot read it' };
	const [says, width, height] = output.split('\n')[0].split(' ');
	return { by: 'identify', says, width: Number(width), height: Number(height) };
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const probed = {};
let bytes = 0;
for (const [name, [what, make]] of Object.entries(ZOO)) {
	make(at(name));
	bytes += statSync(at(name)).size;
	probed[name] = { what, ...ask(name) };
}
writeFileSync(at('probed.json'), `${JSON.stringify(probed, null, '\t')}\n`);
process.stdout.write(`The zoo: ${Object.keys(probed).length} files, ${bytes} bytes\n`);
