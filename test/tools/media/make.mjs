// Makes the images and clips that the tests compare with the service's limits, and writes down what ffprobe says of
// them. `npm run generate -- media`; needs ffmpeg. The files are kept in the repository, so that tests need it not.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/media', import.meta.url));

function run(command, args) {
	const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
	return stdout;
}

// in RGB, since colour that is stored for two pixels at once knows no odd sizes
const picture = (size) => [
	...['-f', 'lavfi', '-i', `color=c=teal:size=${size},format=rgb24`, '-frames:v', '1'],
];
const clip = (size, rate, seconds) => [
	...['-f', 'lavfi', '-i', `color=c=teal:size=${size}:rate=${rate}:duration=${seconds}`],
	...['-c:v', 'libx264', '-preset', 'veryslow', '-crf', '51', '-pix_fmt', 'yuv420p', '-g', '600'],
];
const START = ['-movflags', '+faststart'];

/** By file name: what ffmpeg is told. Each limit has a file on both sides. */
const FILES = {
	'300x300.jpg': picture('300x300'),
	'299x300.jpg': picture('299x300'),
	'300x299.png': picture('300x299'),
	'750x300.png': picture('750x300'),
	'751x300.png': picture('751x300'),
	'300x750.webp': picture('300x750'),
	'300x751.webp': picture('300x751'),
	'400x1200.webp': [...picture('400x1200'), '-lossless', '1'],
	'399x1200.jpg': picture('399x1200'),
	'alpha-640x400.webp': [
		...['-f', 'lavfi', '-i', 'color=c=teal@0.5:size=640x400,format=rgba', '-frames:v', '1'],
	],
	'640x480.gif': picture('640x480'),
	'64x48.bmp': picture('64x48'),
	'640x480.tiff': [...picture('640x480'), '-compression_algo', 'deflate'],
	'3s.mp4': [...clip('320x320', 10, 3), ...START],
	'2.9s.mp4': [...clip('320x320', 10, 2.9), ...START],
	'60s.mp4': clip('320x320', 10, 60),
	'60.1s.mp4': clip('320x320', 10, 60.1),
	'8fps.mp4': clip('320x320', 8, 4),
	'8.1fps.mp4': clip('320x320', '81/10', 4),
	'29.97fps.mov': clip('320x320', '30000/1001', 4),
	'2160x864.mp4': clip('2160x864', 10, 3),
	'2162x866.mp4': clip('2162x866', 10, 3),
	'320x480.mp4': clip('320x480', 10, 3),
	'318x480.mp4': clip('318x480', 10, 3),
	'800x320.mov': [...clip('800x320', 10, 3), ...START],
	'802x320.mov': clip('802x320', 10, 3),
	'sound.mp4': [
		...['-f', 'lavfi', '-i', 'sine=duration=3'],
		...clip('320x320', 10, 3),
		...['-c:a', 'aac', '-b:a', '16k'],
	],
	'fragments.mp4': [...clip('320x320', 10, 3), '-movflags', 'frag_keyframe+empty_moov'],
	'640x480.webm': [
		...['-f', 'lavfi', '-i', 'color=c=teal:size=640x480:rate=10:duration=3', '-c:v', 'libvpx'],
	],
	'640x480.avi': [
		...['-f', 'lavfi', '-i', 'color=c=teal:size=640x480:rate=10:duration=3', '-c:v', 'mpeg4'],
	],
};

function probe(file) {
	const { streams, format } = JSON.parse(
		run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', file]),
	);
	const {
		width,
		height,
		avg_frame_rate: rate,
	} = streams.find(({ codec_type: type }) => type === 'video');
	const [frames, seconds] = rate.split('/').map(Number);
	return {
		width,
		height,
		...(/\.(mp4|mov)$/.test(file) && {
			duration: Number(format.duration),
			frameRate: frames / seconds,
		}),
	};
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const facts = {};
for (const [name, args] of Object.entries(FILES)) {
	const file = join(folder, name);
	run('ffmpeg', [
		'-v',
		'error',
		'-y',
		...args,
		'-map_metadata',
		'-1',
		'-fflags',
		'+bitexact',
		file,
	]);
	facts[name] = probe(file);
	process.stdout.write(`${name}: ${statSync(file).size} bytes\n`);
}
writeFileSync(join(folder, 'ffprobe.json'), `${JSON.stringify(facts, null, '\t')}\n`);
process.stdout.write(
	`${Object.keys(JSON.parse(readFileSync(join(folder, 'ffprobe.json')))).length} files\n`,
);
