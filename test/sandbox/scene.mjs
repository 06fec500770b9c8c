// Draws the sandbox's scene, a horse at a gallop along a beach in the evening: `npm run generate -- scene`, which needs Chromium and ffmpeg.
// The result is one MP4 with a looping track per shape and one for the sound.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

/** Short side in pixels. */
const SIDE = 720;
const SHAPES = [
	[16, 9],
	[9, 16],
	[1, 1],
	[4, 3],
	[3, 4],
];

const RATE = 25;
/** Frames of a stride: 0.48 seconds or 22.5 packets of sound, so that loops of different lengths never drift apart. */
const STRIDE = 12;
const STRIDES = { picture: 2, sound: 4 };
const FRAMES = STRIDES.picture * STRIDE;
const PACKETS = STRIDES.sound * 22.5;
const SOUND_RATE = 48_000;
const SAMPLES = PACKETS * 1_024;

const TARGET = join(dirname(fileURLToPath(import.meta.url)), 'scene.mp4');

/** Runs in the browser: draws the frame at `loop` (0 to 1) and returns it as a PNG in Base64. At 1 everything is back in its place. */
function draw({ loop, width, height, frames, strides }) {
	const canvas = document.querySelector('canvas');
	Object.assign(canvas, { width, height });
	const c = canvas.getContext('2d');
	const turn = Math.PI * 2;
	/** Swings from -1 to 1, `times` per loop. */
	const wave = (times, offset = 0) => Math.sin(turn * times * loop + offset);
	/** Distance in whole, even pixels per frame, which video compression stores almost for free. */
	const evenly = (distance) => Math.ceil(distance / frames / 2) * frames * 2;
	const gradient = (y0, y1, ...stops) => {
		const fill = c.createLinearGradient(0, y0, 0, y1);
		for (const [at, color] of stops) fill.addColorStop(at, color);
		return fill;
	};
	const ellipse = (x, y, across, down, fill) => {
		c.fillStyle = fill;
		c.beginPath();
		c.ellipse(x, y, across, down, 0, 0, turn);
		c.fill();
	};

	// one unit is a pixel of a 640 × 360 picture
	const isTall = height >= width;
	const isWide = width > height * 1.5;
	const unit = Math.min(height / 360, width / 320);
	const ground = height * (isTall ? 0.83 : 0.865);
	const shore = ground - 45 * unit;
	const horizon = shore - (isTall ? 92 : 64) * unit;
	const sun = {
		x: width * (isTall ? 0.66 : isWide ? 0.69 : 0.75),
		y: horizon - (isTall ? 46 : 22) * unit,
		radius: (isTall ? 42 : 32) * unit,
	};

	c.fillStyle = gradient(
		0,
		horizon,
		[0, '#221d4a'],
		[0.35, '#5a2b63'],
		[0.62, '#a8435f'],
		[0.84, '#f0804c'],
		[1, '#ffcb73'],
	);
	c.fillRect(0, 0, width, horizon);
	const glow = c.createRadialGradient(sun.x, sun.y, sun.radius, sun.x, sun.y, sun.radius * 6);
	glow.addColorStop(0, 'rgba(255,226,160,.75)');
	glow.addColorStop(0.4, 'rgba(255,186,110,.25)');
	glow.addColorStop(1, 'rgba(255,170,100,0)');
	c.fillStyle = glow;
	c.fillRect(0, 0, width, horizon);
	ellipse(sun.x, sun.y, sun.radius, sun.radius, '#fff3cf');
	for (const [along, up, across] of [
		[0.2, 0.52, 74],
		[0.3, 0.56, 46],
		[0.82, 0.38, 88],
		[0.7, 0.42, 50],
		[0.46, 0.24, 60],
		[0.9, 0.7, 54],
		[0.08, 0.76, 40],
	]) {
		const [x, y] = [along * width, up * horizon];
		ellipse(x, y, across * unit, 4.2 * unit, 'rgba(255,176,140,.34)');
		ellipse(x + 18 * unit, y - 5 * unit, across * 0.6 * unit, 4.5 * unit, 'rgba(255,186,150,.3)');
	}
	c.strokeStyle = '#2c1738';
	c.lineCap = 'round';
	c.lineJoin = 'round';
	c.lineWidth = 2 * unit;
	for (const [gull, [along, up]] of [
		[0.36, 0.4],
		[0.43, 0.34],
		[0.3, 0.31],
	].entries()) {
		const [x, y] = [along * width, up * horizon + 2 * unit * wave(strides, gull + 1.5)];
		const beat = 4 * unit * wave(strides, gull * 2);
		const wing = (8 - gull) * unit;
		c.beginPath();
		c.moveTo(x - 2 * wing, y - beat);
		c.quadraticCurveTo(x - wing * 0.8, y - wing * 0.7, x, y);
		c.quadraticCurveTo(x + wing * 0.8, y - wing * 0.7, x + 2 * wing, y - beat);
		c.stroke();
	}

	// two headlands, so far away that they stand still
	for (const [color, from, to, high] of [
		['#83405f', 0.42, -0.1, 34],
		['#5a2a55', -0.05, 0.36, 22],
		['#6d3358', 0.8, 1.08, 20],
	]) {
		c.fillStyle = color;
		c.beginPath();
		c.moveTo(from * width, horizon);
		for (let step = 0; step <= 40; step++) {
			const rise = Math.sin((step / 40) * Math.PI) ** 0.8;
			const rough = 1 + 0.16 * Math.sin(step * 0.7 + high) + 0.08 * Math.sin(step * 1.9);
			c.lineTo((from + ((to - from) * step) / 40) * width, horizon - high * unit * rise * rough);
		}
		c.lineTo(to * width, horizon);
		c.fill();
	}

	c.fillStyle = gradient(
		horizon,
		shore + 8 * unit,
		[0, '#ffb86b'],
		[0.12, '#d9735f'],
		[0.45, '#8a4468'],
		[1, '#43305f'],
	);
	c.fillRect(0, horizon, width, shore + 8 * unit - horizon);
	const rows = isTall ? 11 : 9;
	for (let row = 0; row < rows; row++) {
		const y = horizon + (3 + row ** 1.85 * (isTall ? 0.95 : 0.92)) * unit;
		const across = (34 + row * 5 + 12 * wave(1 + (row % 2), row * 1.7)) * unit;
		const x = sun.x + 7 * unit * wave(1, row * 2.1);
		ellipse(x, y, across, (1 + row * 0.16) * unit, `rgba(255,226,168,${0.75 - row * 0.055})`);
	}

	// wet sand, foam and the beach; a whole number of waves passes in a loop
	const crests = evenly(360 * unit);
	const edge = (x, high) => shore + (high + 3.4 * Math.sin(turn * (x / crests + loop))) * unit;
	const beach = (fill, high) => {
		c.fillStyle = fill;
		c.beginPath();
		c.moveTo(0, height);
		for (let x = 0; x <= width + 8; x += 8) c.lineTo(x, edge(x, high));
		c.lineTo(width, height);
		c.fill();
	};
	beach('#f6d9c4', 0);
	beach('#8d5a64', 3);
	beach(gradient(shore, height, [0, '#7a4d58'], [0.4, '#5b3848'], [1, '#2a1a30']), 9);

	// the horse stays in place while the beach passes by
	const phase = turn * strides * loop;
	const x = width * (isTall ? 0.48 : isWide ? 0.43 : 0.41);
	const hop = 5 * Math.sin(phase);
	ellipse(x + 4 * unit, ground, (88 - 2 * hop) * unit, 6 * unit, 'rgba(24,12,28,.55)');
	c.save();
	c.translate(x, ground - (75 - hop) * unit);
	c.scale(unit, unit);
	c.rotate(0.055 * Math.sin(phase + 0.8));
	/** Leg of four joints, thick at the top. */
	const leg = (color, hipX, hipY, offset, isHind) => {
		const swing = Math.sin(phase + offset);
		const lift = Math.max(0, Math.cos(phase + offset)) ** 0.8;
		const upper = isHind ? -0.22 + swing * 0.72 : 0.12 + swing * 0.82;
		const lower = isHind ? upper + 0.42 + lift * 0.75 : upper - lift * 1.55;
		const foot = isHind ? lower - 0.5 - lift * 1.2 : lower - lift * 0.7 + 0.25;
		const joints = [[hipX, hipY]];
		for (const [angle, length] of [
			[upper, isHind ? 33 : 32],
			[lower, isHind ? 30 : 28],
			[foot, 9],
		]) {
			const [fromX, fromY] = joints[joints.length - 1];
			joints.push([fromX + length * Math.sin(angle), fromY + length * Math.cos(angle)]);
		}
		const thick = isHind ? [14, 5.4, 3.6, 3.8] : [11, 5, 3.5, 3.8];
		c.fillStyle = color;
		for (let joint = 0; joint < 3; joint++) {
			const [[x0, y0], [x1, y1]] = [joints[joint], joints[joint + 1]];
			const across = Math.atan2(y1 - y0, x1 - x0) + Math.PI / 2;
			const [dx, dy] = [Math.cos(across), Math.sin(across)];
			const [r0, r1] = [thick[joint], thick[joint + 1]];
			c.beginPath();
			c.moveTo(x0 + dx * r0, y0 + dy * r0);
			c.lineTo(x1 + dx * r1, y1 + dy * r1);
			c.arc(x1, y1, r1, across, across + Math.PI, true);
			c.lineTo(x0 - dx * r0, y0 - dy * r0);
			c.arc(x0, y0, r0, across + Math.PI, across, true);
			c.fill();
		}
	};
	const [DARK, FAR] = ['#170d1d', '#2b1830'];
	leg(FAR, -38, 4, 0.2, true);
	leg(FAR, 40, 8, 2.6, false);
	/** Strand of hair, from its root to its tip in the wind. */
	const strand = ([rootX, rootY], [tipX, tipY], thick, bulge) => {
		const middle = (rootX + tipX) / 2;
		c.fillStyle = DARK;
		c.beginPath();
		c.moveTo(rootX, rootY - thick);
		c.quadraticCurveTo(middle, rootY - thick - bulge, tipX, tipY);
		c.quadraticCurveTo(middle, rootY + thick - bulge * 0.4, rootX, rootY + thick);
		c.fill();
	};
	for (let hair = 0; hair < 4; hair++) {
		const blown = (5 + hair * 1.5) * Math.sin(phase - 1.2 - hair * 0.35);
		strand([-52, -17 + hair * 2], [-122 + hair * 9, -16 + hair * 9 + blown], 7, 17 - hair * 4);
	}
	for (let hair = 0; hair < 8; hair++) {
		const blown = (4 + hair * 0.5) * Math.sin(phase - 0.6 - hair * 0.45);
		const root = [84 - hair * 8, -74 + hair * 7];
		strand(root, [root[0] - 50 + hair * 2, root[1] - 1 + hair + blown], 9, 9);
	}
	c.fillStyle = DARK;
	c.beginPath();
	c.moveTo(-58, -4);
	c.bezierCurveTo(-60, -26, -40, -31, -20, -27);
	c.bezierCurveTo(-4, -23, 12, -25, 26, -30);
	c.bezierCurveTo(44, -38, 60, -62, 76, -76);
	c.lineTo(80, -88);
	c.lineTo(86, -79);
	c.bezierCurveTo(96, -76, 108, -62, 116, -52);
	c.bezierCurveTo(119, -45, 112, -39, 105, -42);
	c.bezierCurveTo(97, -46, 91, -50, 84, -47);
	c.bezierCurveTo(76, -34, 68, -14, 58, 4);
	c.bezierCurveTo(50, 20, 24, 20, 4, 17);
	c.bezierCurveTo(-12, 15, -26, 12, -36, 16);
	c.bezierCurveTo(-50, 18, -57, 8, -58, -4);
	c.fill();
	leg(DARK, -42, 4, 0.9, true);
	leg(DARK, 46, 6, 3.3, false);
	c.restore();

	// sand that the hooves throw up
	for (let grain = 0; grain < 12; grain++) {
		const age = (loop * strides + grain / 12) % 1;
		ellipse(
			x - (44 + age * (60 + (grain % 4) * 18)) * unit,
			ground - (2 + Math.sin(age * Math.PI) * (9 + (grain % 5) * 5)) * unit,
			(2.6 - 1.6 * age) * unit,
			(2.6 - 1.6 * age) * unit,
			`rgba(226,178,150,${0.8 * (1 - age)})`,
		);
	}
	// everything on the beach exists twice, so that after a loop each has taken the other's place
	const way = evenly(Math.max(width + 120 * unit, 760 * unit) / 2);
	const passing = (start) =>
		[0, way].map(
			(at) => width + 60 * unit - ((Math.round(start * way) + at + loop * way) % (2 * way)),
		);
	for (let stone = 0; stone < 4; stone++) {
		const depth = ((stone * 3 + 1) % 4) * 2;
		const y = ground + (10 + ((height - ground) / unit - 24) * (depth / 8)) * unit;
		const size = (5 + depth * 1.1) * unit;
		for (const at of passing(stone / 4))
			ellipse(at, y, size * 1.5, size * 0.45, stone % 2 ? '#22142a' : '#3b2436');
	}
	for (const [tuft, start] of [0.1, 0.62].entries())
		for (const root of passing(start)) {
			c.fillStyle = '#160c1c';
			for (let blade = 0; blade < 6; blade++) {
				const foot = root + (blade - 3) * 5 * unit;
				const tip = foot + (blade - 4.2) * 5 * unit;
				const top = height - (24 + ((blade * 5 + tuft * 3) % 7) * 3) * unit;
				c.beginPath();
				c.moveTo(foot - 2.6 * unit, height);
				c.quadraticCurveTo(foot, (height + top) / 2, tip, top);
				c.quadraticCurveTo(foot + 3 * unit, (height + top) / 2, foot + 2.6 * unit, height);
				c.fill();
			}
		}
	// so that it is not mistaken for an answer to the prompt
	c.fillStyle = 'rgba(255,255,255,.7)';
	c.font = `bold ${11 * unit}px sans-serif`;
	c.letterSpacing = `${2 * unit}px`;
	c.fillText('SAMPLE', 14 * unit, 22 * unit);
	return canvas.toDataURL('image/png').split(',')[1];
}

/** Three loops of surf and hooves as 16-bit PCM. Like the picture, each ends where it began. */
function sound() {
	const loop = new Float64Array(SAMPLES);
	let random = 1;
	const noise = Float64Array.from(loop, () => {
		random = (random * 48_271) % 2_147_483_647;
		return random / 1_073_741_824 - 1;
	});
	// filters run twice, so that the loop's end continues into its start
	let [low, lower] = [0, 0];
	for (let n = 0; n < 2 * SAMPLES; n++) {
		low += 0.05 * (noise[n % SAMPLES] - low);
		lower += 0.02 * (low - lower);
		const swell = 0.6 + 0.4 * Math.sin((2 * Math.PI * n) / SAMPLES);
		loop[n % SAMPLES] = 1.1 * swell * (low - 0.4 * lower);
	}
	const stride = SAMPLES / STRIDES.sound;
	for (let hoof = 0; hoof < STRIDES.sound * 3; hoof++) {
		const start = Math.floor((Math.floor(hoof / 3) + [0.1, 0.3, 0.46][hoof % 3]) * stride);
		for (let n = 0; n < 5_000; n++) {
			const t = n / SOUND_RATE;
			const thump = Math.sin(2 * Math.PI * (62 + 30 * Math.exp(-60 * t)) * t) * Math.exp(-32 * t);
			const crunch = 0.25 * noise[n] * Math.exp(-90 * t);
			loop[(start + n) % SAMPLES] += [0.4, 0.34, 0.5][hoof % 3] * (thump + crunch);
		}
	}
	const pcm = Int16Array.from(loop, (value) => Math.max(-1, Math.min(1, value)) * 32_000);
	return Buffer.concat([pcm, pcm, pcm].map(({ buffer }) => Buffer.from(buffer)));
}

const ffmpeg = (...args) => execFileSync('ffmpeg', ['-v', 'error', '-y', ...args]);

const folder = mkdtempSync(join(tmpdir(), 'happyhorse-scene-'));
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu'],
});
try {
	const page = await browser.newPage();
	await page.setContent('<canvas></canvas>');
	const tracks = [];
	for (const [across, down] of SHAPES) {
		const scale = SIDE / Math.min(across, down);
		const [width, height] = [across * scale, down * scale];
		const frames = join(folder, `${width}x${height}`);
		mkdirSync(frames);
		for (let frame = 0; frame < FRAMES; frame++) {
			const asked = { loop: frame / FRAMES, frames: FRAMES, strides: STRIDES.picture };
			const png = await page.evaluate(draw, { ...asked, width, height });
			const name = `${String(frame).padStart(2, '0')}.png`;
			writeFileSync(join(frames, name), Buffer.from(png, 'base64'));
		}
		// `-bf 0`: frames are stored in display order, so that a video can end after any of them;
		// `ref=12`: a stride resembles the one before it
		const colors = ['-colorspace', '-color_primaries', '-color_trc'].flatMap((of) => [of, 'bt709']);
		ffmpeg(
			...['-framerate', String(RATE), '-i', join(frames, '%02d.png')],
			...['-vf', 'scale=out_color_matrix=bt709,format=yuv420p', ...colors],
			...['-c:v', 'libx264', '-preset', 'veryslow', '-bf', '0', '-g', String(FRAMES), '-crf', '33'],
			...['-x264-params', 'aq-mode=1:psy=0:ref=12:deblock=2,2:me=tesa:merange=64:ipratio=1.8'],
			...['-bitexact', `${frames}.mp4`],
		);
		tracks.push(`${frames}.mp4`);
	}
	writeFileSync(join(folder, 'sound.pcm'), sound());
	ffmpeg(
		...['-f', 's16le', '-ar', String(SOUND_RATE), '-ac', '1', '-i', join(folder, 'sound.pcm')],
		...['-c:a', 'aac', '-b:a', '24k', '-bitexact', join(folder, 'whole.mp4')],
	);
	// the middle one of three loops begins with the tail of the one before it
	const middle = `noise=drop='not(between(n,${PACKETS},${2 * PACKETS - 1}))'`;
	ffmpeg(
		...['-i', join(folder, 'whole.mp4'), '-c', 'copy', '-bsf:a', middle],
		...['-bitexact', join(folder, 'sound.mp4')],
	);
	tracks.push(join(folder, 'sound.mp4'));
	ffmpeg(
		...tracks.flatMap((track) => ['-i', track]),
		...tracks.flatMap((_, number) => ['-map', String(number)]),
		...['-c', 'copy', '-movflags', '+faststart', '-map_metadata', '-1', '-bitexact', TARGET],
	);
	for (const track of [...tracks, TARGET])
		process.stdout.write(`${statSync(track).size} bytes  ${basename(track)}\n`);
} finally {
	await browser.close();
	rmSync(folder, { recursive: true, force: true });
}
