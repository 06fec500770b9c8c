import type { NodeParameterValueType } from 'n8n-workflow';

import type { Outcome } from '../support/engine';
import { storeBinary } from '../support/engine';
import type { MediaHost } from '../support/mediaHost';
import { startMediaHost, zooFile } from '../support/mediaHost';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

const bench = useSandbox({ inputVideoSeconds: 60 });
const { run } = bench;

let host: MediaHost;
beforeAll(async () => {
	host = await startMediaHost();
});
afterAll(async () => await host.close());

const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');
const hintsOf = ({ taskData }: Outcome) => (taskData.hints ?? []).map(({ message }) => message);

const edit = (options: Record<string, NodeParameterValueType>) =>
	video('editVideo', {
		...{ videoSource: 'binary', videoBinaryProperty: 'data', imageUrls: '', prompt: 'Snow' },
		options,
	});

/** Positions of all boxes of a type, behind their names. */
function boxes(file: Buffer, type: string): number[] {
	const found: number[] = [];
	for (let at = file.indexOf(type); at >= 0; at = file.indexOf(type, at + 1)) found.push(at + 4);
	return found;
}

/** Two pictures and two sounds of 4 seconds, of which one part says another length. */
const SAYING: Record<string, (file: Buffer, seconds: number) => void> = {
	'a sound’s header': (file, seconds) => {
		const [at] = boxes(file, 'mdhd');
		const [elst] = boxes(file, 'elst');
		file.writeUInt32BE(seconds * file.readUInt32BE(at + 12), at + 16);
		// without edits its header counts
		if (elst !== undefined) file.write('free', elst - 4);
	},
	'a sound’s edits': (file, seconds) => {
		const [at] = boxes(file, 'elst');
		file.writeUInt32BE(seconds * movieTicks(file), at + 8);
	},
	'the movie header': (file, seconds) => {
		const [at] = boxes(file, 'mvhd');
		file.writeUInt32BE(seconds * movieTicks(file), at + 16);
	},
	'a picture’s track header': (file, seconds) => {
		const [at] = boxes(file, 'tkhd').slice(2);
		file.writeUInt32BE(seconds * movieTicks(file), at + 20);
	},
	'a picture’s samples': (file, seconds) => {
		const [mdhd] = boxes(file, 'mdhd').slice(2);
		const [stts] = boxes(file, 'stts').slice(2);
		const frames = file.readUInt32BE(stts + 8);
		file.writeUInt32BE((seconds * file.readUInt32BE(mdhd + 12)) / frames, stts + 12);
	},
};

const movieTicks = (file: Buffer) => file.readUInt32BE(boxes(file, 'mvhd')[0] + 12);

async function clipSaying(part: string, seconds: number) {
	const file = Buffer.from(zooFile('tracks.mp4'));
	SAYING[part](file, seconds);
	return { data: await storeBinary(file, 'video/mp4') };
}

describe('the longest of all that says how long a clip is counts:', () => {
	test.each(Object.keys(SAYING))('%s', async (part) => {
		const items = [{ json: {}, binary: await clipSaying(part, 50) }];
		const refused = await run({ items, parameters: edit({ maxCredits: 300 }) });
		expect(refused.error?.message).toContain('up to 1,787.5 credits');
		expect(refused.error?.description).toContain('differ in length');
		expect(posts()).toEqual([]);
		const made = await run({ items, parameters: edit({ maxCredits: 2_000 }) });
		expect(made.error).toBeUndefined();
		expect(hintsOf(made).join(' ')).toMatch(/1 video, about [\d,.]+ credits/);
	});

	test.each(Object.keys(SAYING))('against the limit too: %s', async (part) => {
		const items = [{ json: {}, binary: await clipSaying(part, 75) }];
		const { error } = await run({ items, parameters: edit({}) });
		expect(error?.message).toMatch(/^Video: 75 seconds.*must be 3 to 60 seconds long$/);
		expect(posts()).toEqual([]);
	});

	test('a clip whose parts agree has its price', async () => {
		const items = [
			{ json: {}, binary: { data: await storeBinary(zooFile('tracks.mp4'), 'video/mp4') } },
		];
		const outcome = await run({ items, parameters: edit({ maxCredits: 250 }) });
		expect(outcome.error).toBeUndefined();
	});

	test('Estimate Cost says “about”, and the most', async () => {
		const items = [{ json: {}, binary: await clipSaying('the movie header', 50) }];
		const parameters = {
			...{ resource: 'credit', operation: 'estimateCost', mode: 'editVideo', resolution: '720p' },
			...{ videoSource: 'binary', videoBinaryProperty: 'data' },
		};
		const outcome = await run({ items, parameters });
		expect(outcome.json).toMatchObject([{ creditsEstimated: 1_787.5 }]);
		expect(hintsOf(outcome).join(' ')).toContain('about 1,787.5');
	});
});

describe('a length that a host told is an estimate:', () => {
	const byUrl = (options: Record<string, NodeParameterValueType>) =>
		video('editVideo', {
			...{ videoUrl: `${host.url}/3s.mp4`, imageUrls: '', prompt: 'Snow' },
			options: { checkMedia: true, ...options },
		});

	test('Max Credits counts the longest clip', async () => {
		const { error } = await run({ parameters: byUrl({ maxCredits: 300 }) });
		expect(error?.message).toContain('up to 2,062.5 credits, more than the 300');
		expect(posts()).toEqual([]);
	});

	test('so does Check Balance', async () => {
		const respond = { body: { code: 200, data: { balance: 300 } } };
		bench.sandbox.fault({ on: 'credits', respond });
		const { error } = await run({ parameters: byUrl({ checkBalance: true }) });
		expect(error?.message).toContain('up to 2,062.5 credits, more than the 300');
		expect(posts()).toEqual([]);
	});

	test('what comes out says “about”', async () => {
		const outcome = await run({ parameters: byUrl({}) });
		expect(outcome.json).toMatchObject([{ creditsEstimated: 165 }]);
		expect(hintsOf(outcome)).toContain('1 video, about 165 credits');
	});

	test('Max Credits over two tries counts what the first may have cost', async () => {
		bench.sandbox.outcome({ times: 1, taskMs: 3_600_000 });
		const parameters = byUrl({ timeout: 0.01, maxCredits: 3_000 });
		const items = [{ json: {} }];
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 10 };
		await run({ items, settings, parameters });
		expect(posts()).toHaveLength(1);
	});
});
