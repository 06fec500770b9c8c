/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine only */
import { execFile } from 'node:child_process';
import {
	createReadStream,
	existsSync,
	mkdtempSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startBrowser } from '../../support/editor';
import { freePort, HOST } from '../../support/n8n';

/** A browser that plays films. */
export interface Player {
	name: string;
	version: string;
	/** What went otherwise than it should; nothing if a film plays across each seam and after seeking to each. */
	play(film: Film): Promise<string[]>;
	close(): Promise<void>;
}

/** A film to play, and the colors of the square in its clips' corners. */
export interface Film {
	file: string;
	/** Seconds at which each clip begins, and at last the film's end. */
	seams: number[];
	/** Seconds that a frame is shown. */
	frame: number;
	/** Missing if clips have no square. */
	colors?: readonly string[];
	/** Whether players turn the clips, and the square to the bottom. */
	isTurned?: boolean;
}

/** Serves the films, in ranges, and an empty page. */
export async function serveFilms(folder: string): Promise<{ url: string; close(): Promise<void> }> {
	const server: Server = createServer((request, response) => {
		const name = basename(new URL(request.url ?? '/', 'http://films').pathname);
		const file = join(folder, name);
		if (name === '' || !existsSync(file)) {
			response.writeHead(name === '' ? 200 : 404, { 'content-type': 'text/html' }).end();
			return;
		}
		const { size } = statSync(file);
		const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
		const [start, end] = [Number(from), to === '' ? size - 1 : Number(to)];
		response.writeHead(206, {
			'content-type': 'video/mp4',
			'accept-ranges': 'bytes',
			'content-range': `bytes ${start}-${end}/${size}`,
			'content-length': end - start + 1,
		});
		createReadStream(file, { start, end }).pipe(response);
	});
	await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
	return {
		url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/**
 * Runs in the page, as text: seeks to both sides of each seam and looks at the color, then plays across it; returns
 * what was wrong.
 */
const SCRIPT = `async (film) => {
	const wrong = [];
	const video = document.createElement('video');
	video.muted = true;
	video.preload = 'auto';
	document.body.append(video);
	const within = (promise, what) => Promise.race([promise, new Promise((_, reject) =>
		setTimeout(() => reject(new Error(what + (video.error ? ': ' + video.error.message : ''))), 8000))]);
	const once = (name) => new Promise((resolve, reject) => {
		video.addEventListener(name, resolve, { once: true });
		video.addEventListener('error', () => reject(new Error(video.error.message || 'error')), { once: true });
	});
	const canvas = document.createElement('canvas');
	const KNOWN = { red: [255,0,0], lime: [0,255,0], blue: [0,0,255], yellow: [255,255,0], magenta: [255,0,255], cyan: [0,255,255] };
	const color = () => {
		canvas.width = video.videoWidth; canvas.height = video.videoHeight;
		const context = canvas.getContext('2d', { willReadFrequently: true });
		context.drawImage(video, 0, 0);
		const pixel = context.getImageData(16, film.isTurned ? canvas.height - 16 : 16, 1, 1).data;
		const distance = (name) => KNOWN[name].reduce((sum, part, at) => sum + Math.abs(part - pixel[at]), 0);
		return Object.keys(KNOWN).sort((a, b) => distance(a) - distance(b))[0];
	};
	const seek = async (time) => {
		const seeked = once('seeked');
		const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
		video.currentTime = time;
		await within(seeked, 'no seek to ' + time);
		await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, 500))]);
	};
	const look = async (time, clip) => {
		await seek(time);
		if (film.colors && color() !== film.colors[clip]) wrong.push('at ' + time.toFixed(3) + ' s it shows ' + color() + ', not ' + film.colors[clip]);
	};
	try {
		const loaded = once('loadeddata');
		video.src = film.url;
		await within(loaded, 'not loaded');
		const end = film.seams[film.seams.length - 1];
		if (Math.abs(video.duration - end) > 0.06) wrong.push('it lasts ' + video.duration + ' s, not ' + end);
		const seams = film.seams.slice(1, -1);
		for (const [number, seam] of seams.entries()) {
			await look(seam + film.frame / 2, number + 1);
			await look(seam - film.frame / 2, number);
		}
		for (const [number, seam] of (seams.length ? seams : [end / 2]).entries()) {
			await seek(Math.max(0, seam - 0.4));
			const times = [];
			const watch = (_, { mediaTime }) => { times.push(mediaTime); video.requestVideoFrameCallback(watch); };
			video.requestVideoFrameCallback(watch);
			await within(video.play(), 'it does not play');
			await within(new Promise((resolve) => {
				const timer = setInterval(() => { if (video.currentTime > Math.min(seam + 0.4, end - 0.05) || video.ended) { clearInterval(timer); resolve(); } }, 20);
			}), 'it stands still at ' + seam);
			video.pause();
			if (!times.some((time) => time > seam - 0.001)) wrong.push('no frame is shown behind ' + seam);
			if (film.colors && seams.length && color() !== film.colors[number + 1]) wrong.push('playing over ' + seam + ' s it shows ' + color());
		}
	} catch (error) { wrong.push(error.message); }
	video.removeAttribute('src'); video.load(); video.remove();
	return wrong;
}`;

const pageFilm = ({ file, ...film }: Film, url: string) => ({
	...film,
	url: `${url}/${basename(file)}`,
});

/** Chromium, through Playwright. */
export async function startChromium(url: string): Promise<Player> {
	const browser = await startBrowser();
	const page = await browser.newPage();
	await page.goto(url);
	return {
		name: 'Chromium',
		version: browser.version().split('.')[0],
		play: async (film) =>
			await page.evaluate<string[]>(`(${SCRIPT})(${JSON.stringify(pageFilm(film, url))})`),
		close: async () => await browser.close(),
	};
}

const FIREFOX = '/usr/bin/firefox-esr';

/** Firefox, through its own protocol for tests (Marionette); undefined if it is not there. */
export async function startFirefox(url: string): Promise<Player | undefined> {
	if (!existsSync(FIREFOX)) return undefined;
	const profile = mkdtempSync(join(tmpdir(), 'film-firefox-'));
	const port = await freePort();
	const settings = { 'marionette.port': port, 'media.autoplay.default': 0 };
	writeFileSync(
		join(profile, 'user.js'),
		Object.entries(settings)
			.map(([name, value]) => `user_pref("${name}", ${value});\n`)
			.join(''),
	);
	const running = promisify(execFile)(
		FIREFOX,
		['--headless', '--marionette', '--profile', profile],
		{
			env: { ...process.env, HOME: profile },
		},
	);
	const ended = running.catch(() => undefined);
	const close = async () => {
		running.child.kill('SIGKILL');
		await ended;
		rmSync(profile, { recursive: true, force: true });
	};
	const session = await marionette(port).catch(async (error: Error) => {
		await close();
		throw new Error(`Firefox: ${error.message}`);
	});
	const { capabilities } = await session('WebDriver:NewSession', {});
	await session('WebDriver:SetTimeouts', { script: 120_000 });
	await session('WebDriver:Navigate', { url });
	const evaluate = async (code: string, argument: unknown) => {
		const script = `const done = arguments[arguments.length - 1]; (${code})(arguments[0]).then(done);`;
		const { value } = await session('WebDriver:ExecuteAsyncScript', { script, args: [argument] });
		return value;
	};
	return {
		name: 'Firefox',
		version: String(capabilities?.browserVersion).split('.')[0],
		play: async (film) => (await evaluate(SCRIPT, pageFilm(film, url))) as string[],
		close,
	};
}

/** Marionette's messages are JSON behind their length. */
type Command = (name: string, parameters: object) => Promise<Answer>;

interface Answer {
	value?: unknown;
	capabilities?: { browserVersion?: string };
}

async function marionette(port: number): Promise<Command> {
	let socket: Socket | undefined;
	for (const until = Date.now() + 30_000; !socket && Date.now() < until; await sleep(100))
		socket = await new Promise<Socket | undefined>((resolve) => {
			const attempt = connect(port, HOST, () => resolve(attempt));
			attempt.once('error', () => resolve(undefined));
		});
	if (!socket) throw new Error('Firefox does not answer');
	const waiting = new Map<number, (answer: [unknown, Answer]) => void>();
	let received = Buffer.alloc(0);
	socket.on('data', (data: Buffer) => {
		received = Buffer.concat([received, data]);
		for (;;) {
			const colon = received.indexOf(':');
			const length = Number(received.subarray(0, colon));
			if (colon < 0 || received.length < colon + 1 + length) return;
			const message: unknown = JSON.parse(
				received.subarray(colon + 1, colon + 1 + length).toString(),
			);
			received = received.subarray(colon + 1 + length);
			if (Array.isArray(message)) waiting.get(Number(message[1]))?.([message[2], message[3]]);
		}
	});
	let last = 0;
	return async (name, parameters) =>
		await new Promise((resolve, reject) => {
			last++;
			const text = JSON.stringify([0, last, name, parameters]);
			waiting.set(last, ([error, answer]) =>
				error ? reject(new Error(JSON.stringify(error))) : resolve(answer),
			);
			socket.write(`${Buffer.byteLength(text)}:${text}`);
		});
}
