// Makes the clips that the tests of films are about, as small as they go, and writes down what ffprobe says of them.
// `npm run generate -- media`; needs ffmpeg. The files are kept in the repository, so that tests need it not.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/film', import.meta.url));
const at = (name) => join(folder, name);

function run(command, args) {
	const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
	return stdout;
}

const picture = (seconds, rate = 10, size = '64x48') => [
	...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${rate}:duration=${seconds}`],
];
// no packet is like another
const sound = (seconds, rate = 16_000) => [
	...['-f', 'lavfi', '-i', `aevalsrc=exprs=sin(1500*t*t):s=${rate}:d=${seconds}`],
];
const H264 = [
	'-c:v',
	'libx264',
	'-preset',
	'veryslow',
	'-crf',
	'45',
	'-pix_fmt',
	'yuv420p',
	'-g',
	'10',
];
const AAC = ['-c:a', 'aac', '-b:a', '8k'];
const CLIP = [...picture(2), ...sound(2), ...H264, ...AAC];
const SILENT = [...picture(1), ...H264];

/** By file name: what ffmpeg is told. */
const FILES = {
	'a.mp4': CLIP,
	'b.mp4': [...picture(1.3), ...sound(1.3), ...H264, ...AAC],
	'front.mp4': [...CLIP, '-movflags', '+faststart'],
	'silent.mp4': SILENT,
	'sets.mp4': [...picture(2), ...sound(2), ...H264, '-refs', '1', '-bf', '0', ...AAC],
	'ticks.mp4': [...CLIP, '-video_track_timescale', '90000'],
	'negative.mp4': [...CLIP, '-movflags', '+negative_cts_offsets'],
	'no-edits.mp4': [...CLIP, '-use_editlist', '0'],
	'uneven.mp4': [
		...[...picture(2, 20), ...sound(2), '-vf', "select='gte(n,20)+not(mod(n,4))'"],
		...['-fps_mode', 'vfr', ...H264, ...AAC],
	],
	'clip.mov': CLIP,
	'fragments.mp4': [...CLIP, '-movflags', '+frag_keyframe+empty_moov'],
	'first-fragment.mp4': [...CLIP, '-movflags', '+frag_keyframe'],
	'separate.mp4': [...CLIP, '-movflags', '+frag_keyframe+empty_moov+separate_moof'],
	'streaming.mp4': [...CLIP, '-movflags', '+cmaf+frag_keyframe+default_base_moof'],
	'late-sound.mp4': [...picture(2), '-itsoffset', '0.4', ...sound(1.6), ...H264, ...AAC],
	'late-picture.mp4': ['-itsoffset', '0.4', ...picture(2), ...sound(2), ...H264, ...AAC],
	'hevc.mp4': [
		...[...picture(1), '-c:v', 'libx265', '-crf', '51', '-tag:v', 'hvc1'],
		...['-x265-params', 'log-level=none:info=0:keyint=5:min-keyint=5:open-gop=1:scenecut=0'],
	],
	'ntsc.mp4': [...picture(16, '30000/1001', '32x32'), ...H264, '-g', '300'],
	'whole.mp4': [...picture(16, 30, '32x32'), ...sound(16, 8_000), ...H264, '-g', '300', ...AAC],
	'size.mp4': [...picture(1, 10, '48x64'), ...H264],
	'deep.mp4': [...picture(1), ...H264, '-pix_fmt', 'yuv420p10le'],
	'stereo.mp4': [...picture(1), ...sound(1), ...H264, ...AAC, '-ac', '2'],
	'pcm.mov': [...picture(1), ...sound(0.2), ...H264, '-c:a', 'pcm_s16le'],
	'mp3.mp4': [...picture(1), ...sound(1), ...H264, '-c:a', 'libmp3lame', '-b:a', '8k'],
	'labeled.mp4': [...SILENT, '-movflags', '+use_metadata_tags', '-metadata', 'AIGC={"Label":"1"}'],
	'surround.mp4': [
		...picture(1),
		...sound(1),
		...H264,
		'-af',
		'aformat=channel_layouts=5.1',
		...AAC,
	],
	'song.m4a': [...sound(1), ...AAC],
	'voice.aac': [...sound(1), ...AAC],
};
/** Copies without encoding, of files above. */
const COPIES = {
	'hidden.mp4': ['-ss', '0.5', '-i', at('a.mp4'), '-c', 'copy'],
	'turned.mp4': ['-i', at('silent.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90'],
};

function probe(file) {
	const { streams } = JSON.parse(
		run('ffprobe', ['-v', 'error', '-count_frames', '-of', 'json', '-show_streams', file]),
	);
	return Object.fromEntries(
		streams.map(({ codec_type: type, duration, nb_read_frames: frames }) => [
			type,
			{ seconds: Number(duration), frames: Number(frames) },
		]),
	);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const probed = {};
for (const [name, args] of Object.entries({ ...FILES, ...COPIES })) {
	run('ffmpeg', [
		'-v',
		'error',
		'-y',
		...args,
		'-fflags',
		'+bitexact',
		'-flags',
		'+bitexact',
		at(name),
	]);
	probed[name] = probe(at(name));
}
writeFileSync(at('probed.json'), `${JSON.stringify(probed, null, '\t')}\n`);
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(at(name)).size, 0);
process.stdout.write(`Clips for films: ${Object.keys(probed).length} files, ${bytes} bytes\n`);
