// Draws the sandbox's video, a horse at a gallop along a beach in the evening: `npm run scene`, which needs Chromium and ffmpeg.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 24;
const SECONDS = 3;
/** Strides a second. */
const GAIT = 2;

const TARGET = join(dirname(fileURLToPath(import.meta.url)), 'video.mp4');

/** Runs in the browser: draws one frame, `t` seconds into the scene, and gives it as a PNG in Base64. */
function draw({ t, width, height, gait }) {
	const canvas = document.querySelector('canvas');
	const c = canvas.getContext('2d');
	const turn = Math.PI * 2;
	const gradient = (y0, y1, stops) => {
		const fill = c.createLinearGradient(0, y0, 0, y1);
		for (const [at, color] of stops) fill.addColorStop(at, color);
		return fill;
	};
	const horizon = height * 0.56;
	c.fillStyle = gradient(0, horizon, [
		[0, '#2b2350'],
		[0.45, '#8a3a64'],
		[0.8, '#f0764a'],
		[1, '#ffc46b'],
	]);
	c.fillRect(0, 0, width, horizon);
	const sun = { x: width * 0.68, y: horizon - 26 + t * 2.5 };
	const glow = c.createRadialGradient(sun.x, sun.y, 8, sun.x, sun.y, 190);
	glow.addColorStop(0, 'rgba(255,236,180,.9)');
	glow.addColorStop(1, 'rgba(255,190,110,0)');
	c.fillStyle = glow;
	c.fillRect(0, 0, width, horizon);
	c.fillStyle = '#fff0c2';
	c.beginPath();
	c.arc(sun.x, sun.y, 30, 0, turn);
	c.fill();
	// far hills go by slowly
	c.fillStyle = '#5a2a55';
	c.beginPath();
	c.moveTo(0, horizon);
	for (let x = 0; x <= width; x += 8) {
		const far = (x + t * 14) / 90;
		c.lineTo(x, horizon - 9 - 8 * Math.sin(far) - 5 * Math.sin(far * 2.3 + 1));
	}
	c.lineTo(width, horizon);
	c.fill();
	const shore = height * 0.74;
	c.fillStyle = gradient(horizon, shore, [
		[0, '#ffb066'],
		[0.25, '#a8506a'],
		[1, '#3a2a5c'],
	]);
	c.fillRect(0, horizon, width, shore - horizon);
	for (let row = 0; row < 9; row++) {
		const y = horizon + 3 + row * row * 0.75;
		const sway = Math.sin(t * 2 + row * 1.7) * 6;
		const length = 70 + row * 5 - 20 * Math.abs(Math.sin(t * 1.4 + row));
		c.fillStyle = `rgba(255,222,160,${0.6 - row * 0.05})`;
		c.fillRect(sun.x - length / 2 + sway, y, length, 1.6);
	}
	c.fillStyle = gradient(shore, height, [
		[0, '#6b4152'],
		[1, '#2a1a30'],
	]);
	c.beginPath();
	c.moveTo(0, height);
	for (let x = 0; x <= width; x += 8)
		c.lineTo(x, shore + 4 * Math.sin((x + t * 40) / 70) + 5 * Math.sin(t * 1.3));
	c.lineTo(width, height);
	c.fill();
	c.strokeStyle = 'rgba(255,225,200,.7)';
	c.lineWidth = 2;
	c.beginPath();
	for (let x = 0; x <= width; x += 8)
		c.lineTo(x, shore + 4 * Math.sin((x + t * 40) / 70) + 5 * Math.sin(t * 1.3));
	c.stroke();

	// the horse stays in the middle while the beach goes by
	const phase = t * gait * turn;
	const x = width * 0.42;
	const y = height * 0.68 + 5 * Math.sin(phase);
	c.save();
	c.translate(x, y);
	c.rotate(0.05 * Math.sin(phase + 0.8));
	c.fillStyle = '#170d1d';
	c.strokeStyle = '#170d1d';
	c.lineCap = 'round';
	c.lineJoin = 'round';
	const leg = (hipX, hipY, offset, hind) => {
		const swing = Math.sin(phase + offset);
		const upper = (hind ? 0.15 : -0.1) + swing * 0.85;
		const bend = Math.max(0, Math.cos(phase + offset)) * 1.25 * (hind ? -1 : 1);
		const knee = [hipX + 29 * Math.sin(upper), hipY + 29 * Math.cos(upper)];
		const lower = upper - bend;
		const hoof = [knee[0] + 30 * Math.sin(lower), knee[1] + 30 * Math.cos(lower)];
		c.lineWidth = 12;
		c.beginPath();
		c.moveTo(hipX, hipY);
		c.lineTo(...knee);
		c.stroke();
		c.lineWidth = 6;
		c.beginPath();
		c.moveTo(...knee);
		c.lineTo(...hoof);
		c.lineTo(hoof[0] + 5, hoof[1] + 1);
		c.stroke();
	};
	leg(-40, 10, 0.2, true);
	leg(-34, 10, 0.9, true);
	leg(36, 10, 2.6, false);
	leg(42, 8, 3.3, false);
	c.beginPath();
	c.moveTo(-58, -6);
	c.bezierCurveTo(-56, -30, -24, -26, 0, -22);
	c.bezierCurveTo(20, -20, 34, -30, 48, -46);
	c.bezierCurveTo(58, -60, 70, -70, 80, -74);
	c.lineTo(83, -84);
	c.lineTo(89, -75);
	c.bezierCurveTo(98, -70, 108, -58, 113, -50);
	c.bezierCurveTo(114, -43, 107, -40, 102, -43);
	c.bezierCurveTo(94, -48, 88, -48, 82, -46);
	c.bezierCurveTo(72, -28, 66, -8, 56, 10);
	c.bezierCurveTo(40, 24, -10, 16, -34, 20);
	c.bezierCurveTo(-54, 20, -60, 8, -58, -6);
	c.fill();
	// mane and tail blow back
	for (let strand = 0; strand < 7; strand++) {
		const [sx, sy] = [82 - strand * 7, -76 + strand * 7.5];
		const wave = Math.sin(phase * 0.9 - strand * 0.7) * 5;
		c.lineWidth = 4.5;
		c.beginPath();
		c.moveTo(sx, sy);
		c.quadraticCurveTo(sx - 14, sy - 6 + wave, sx - 30, sy + wave);
		c.stroke();
	}
	for (let strand = 0; strand < 5; strand++) {
		const wave = Math.sin(phase * 0.9 - strand * 0.5) * 8;
		c.lineWidth = 5;
		c.beginPath();
		c.moveTo(-54, -14);
		c.bezierCurveTo(
			-74,
			-26 + wave,
			-88,
			-16 + strand * 4,
			-112 + strand * 4,
			-8 + strand * 6 + wave,
		);
		c.stroke();
	}
	c.restore();
	c.fillStyle = 'rgba(20,10,24,.5)';
	c.beginPath();
	c.ellipse(x + 4, height * 0.865, 84 - 8 * Math.sin(phase), 6, 0, 0, turn);
	c.fill();
	// sand that the hooves throw up, and what lies on the beach
	for (let grain = 0; grain < 14; grain++) {
		const age = (t * gait + grain / 14) % 1;
		c.fillStyle = `rgba(255,214,170,${0.55 * (1 - age)})`;
		c.beginPath();
		c.arc(
			x - 46 - age * (70 + (grain % 4) * 18),
			height * 0.855 - Math.sin(age * Math.PI) * (10 + (grain % 5) * 5),
			2.2 - age,
			0,
			turn,
		);
		c.fill();
	}
	for (let stone = 0; stone < 9; stone++) {
		const along = (stone * 97 - t * 330) % (width + 80);
		c.fillStyle = '#1c1122';
		c.beginPath();
		c.ellipse(
			along < -40 ? along + width + 80 : along,
			height * 0.93 + (stone % 3) * 8,
			10 + (stone % 3) * 5,
			3,
			0,
			0,
			turn,
		);
		c.fill();
	}
	return canvas.toDataURL('image/png').split(',')[1];
}

const folder = mkdtempSync(join(tmpdir(), 'happyhorse-scene-'));
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu'],
});
try {
	const page = await browser.newPage();
	await page.setContent(`<canvas width="${WIDTH}" height="${HEIGHT}"></canvas>`);
	for (let frame = 0; frame < RATE * SECONDS; frame++) {
		const t = frame / RATE;
		const png = await page.evaluate(draw, { t, width: WIDTH, height: HEIGHT, gait: GAIT });
		writeFileSync(
			join(folder, `${String(frame).padStart(4, '0')}.png`),
			Buffer.from(png, 'base64'),
		);
	}
	// the sea, and hooves
	const sea = `anoisesrc=color=brown:duration=${SECONDS}:amplitude=0.5,tremolo=f=0.4:d=0.7`;
	const hooves = `aevalsrc='0.5*sin(2*PI*70*t)*exp(-22*mod(t,${1 / GAIT / 3}))*lt(mod(t,${1 / GAIT}),${(1 / GAIT) * 0.7})':d=${SECONDS}`;
	execFileSync('ffmpeg', [
		...['-v', 'error', '-y', '-framerate', String(RATE), '-i', join(folder, '%04d.png')],
		...['-f', 'lavfi', '-i', sea, '-f', 'lavfi', '-i', hooves],
		...['-filter_complex', '[1][2]amix=inputs=2[a]', '-map', '0:v', '-map', '[a]'],
		...['-c:v', 'libx264', '-preset', 'veryslow', '-tune', 'animation', '-pix_fmt', 'yuv420p'],
		...['-crf', '31', '-c:a', 'aac', '-b:a', '32k', '-ac', '1', '-t', String(SECONDS)],
		...['-movflags', '+faststart', '-map_metadata', '-1', '-fflags', '+bitexact', TARGET],
	]);
} finally {
	await browser.close();
	rmSync(folder, { recursive: true, force: true });
}
