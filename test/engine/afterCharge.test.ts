import type { INode } from 'n8n-workflow';

import type { Fault, Outcome as TaskOutcome } from '../sandbox';
import { createTask } from '../support/calls';
import { moveClocks, shortenWaits } from '../support/clock';
import type { Outcome } from '../support/engine';
import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';
import { ParkedBench, TriggerBench } from '../support/webhook';

const bench = useSandbox({ taskMs: 60 }, { shorter: 20 });
const { run } = bench;
afterEach(() => jest.restoreAllMocks());

const only = () => [...bench.sandbox.tasks.values()][0];
const JSON_TYPE = { 'content-type': 'application/json' };

interface Case {
	fault?: Fault;
	outcome?: TaskOutcome;
	/** Set where there is a video. */
	hasUrl?: boolean;
	without?: PropertyDescriptorMap;
}

const page = '<!doctype html><title>No</title>';
const file = (status: number): Case => ({
	fault: { on: 'file', respond: { status, body: page } },
	outcome: { completedAgoMs: 120_000 },
	hasUrl: true,
});

/** Errors that can follow a charge. */
const CASES: Record<string, Case> = {
	'the key is refused while polling': { fault: { on: 'task', error: 'invalid_api_key' } },
	'the address is refused while polling': { fault: { on: 'task', error: 'ip_not_allowed' } },
	'the service breaks down': { fault: { on: 'task', error: 'internal_error' } },
	'the service does not answer': { fault: { on: 'task', break: 'reset-before' } },
	'another service answers': { fault: { on: 'task', respond: { body: page } } },
	'another task comes': { outcome: { task: (body) => ({ ...body, id: 'another' }) } },
	'the task is lost': { outcome: { lagMs: 3_600_000 } },
	'the time is up': { outcome: { taskMs: 3_600_000 } },
	'the video could not be made': { outcome: { status: 'failed' } },
	'there is no video': {
		outcome: { completedAgoMs: 120_000, task: (body) => ({ ...body, output: { urls: [] } }) },
	},
	'the video’s URL is private': {
		outcome: { videoUrls: ['http://10.0.0.1:9/video.mp4'], completedAgoMs: 120_000 },
		hasUrl: true,
	},
	...Object.fromEntries(
		[202, 401, 404, 500].map((status) => [`the file host answers ${status}`, file(status)]),
	),
	'the URL has expired': { outcome: { file: 'gone' }, hasUrl: true },
	'the file is a page': { outcome: { file: 'html' }, hasUrl: true },
	'the file is empty': {
		fault: { on: 'file', respond: { headers: { 'content-type': 'video/mp4' }, body: '' } },
		outcome: { completedAgoMs: 120_000 },
		hasUrl: true,
	},
	'the download breaks off': {
		fault: { on: 'file', break: 'half' },
		outcome: { completedAgoMs: 120_000 },
		hasUrl: true,
	},
	'n8n can’t store the file': {
		hasUrl: true,
		without: {
			helpers: {
				get(this: object) {
					const { helpers } = Object.getPrototypeOf(this);
					const prepareBinaryData = async () => {
						throw new Error('ENOSPC: no space left on device');
					};
					return { ...helpers, prepareBinaryData };
				},
			},
		},
	},
};

async function play({ fault, outcome, without }: Case, settings: Partial<INode> = {}) {
	if (fault) bench.sandbox.fault(fault);
	if (outcome) bench.sandbox.outcome(outcome);
	const parameters = video('textToVideo', { downloadVideo: true, options: { timeout: 0.02 } });
	return await run({ settings, without, parameters });
}

/** Checks that whoever reads these words finds the task, and the video. */
function expectNamed(words: string, { hasUrl }: Case) {
	const [url] = only().videoUrls;
	// the URL may hold the id
	expect(url === undefined ? words : words.replace(url, '')).toContain(only().id);
	if (hasUrl) expect(words).toContain(url);
}

describe('an error after a charge names the task, and the video’s URL, in message or description:', () => {
	test.each(Object.entries(CASES))('%s', async (_name, what) => {
		const { error } = await play(what);
		expect(bench.sandbox.tasks.size).toBe(1);
		if (what.outcome?.videoUrls === undefined || error)
			expectNamed(`${error?.message} ${error?.description}`, what);
	});

	test.each(
		Object.entries(CASES).filter(([name]) => !/answers (202|401|500)|breaks|not answer/.test(name)),
	)('with On Error: Continue, %s', async (_name, what) => {
		const { json } = await play(what, { onError: 'continueRegularOutput' });
		const { message, description } = (json[0].error ?? json[0]) as Record<string, string>;
		if (json[0].error) expectNamed(`${message} ${description}`, what);
		else expect(what.outcome?.videoUrls).toBeDefined();
	});

	const named = async (outcome: Outcome, what: Case) => {
		const { error } = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
		expectNamed(`${error?.message} ${error?.description}`, what);
	};

	test.each(
		Object.entries(CASES).filter(
			([name, { fault, without }]) =>
				!without &&
				(fault === undefined || fault.on === 'file' || name.includes('refused')) &&
				!/the task is lost|another task|private/.test(name),
		),
	)('of a parked run, %s', async (_name, what) => {
		if (what.outcome) bench.sandbox.outcome(what.outcome);
		const parameters = video('textToVideo', {
			...{ downloadVideo: true, waitMethod: 'parked' },
			options: { timeout: 0.01 },
		});
		const outcome = await run({ parameters });
		if (what.fault) bench.sandbox.fault(what.fault);
		await bench.sandbox.waitFor(
			() => what.outcome?.taskMs !== undefined || only().completedAt !== undefined,
		);
		moveClocks(700);
		await named(outcome, what);
	});

	test.each(
		Object.entries(CASES).filter(
			([name, { hasUrl, without }]) =>
				hasUrl && !without && !/answers (202|401|500)|breaks/.test(name),
		),
	)('of a trigger’s download, %s', async (_name, what) => {
		// it has to answer the callback in time
		shortenWaits(1);
		if (what.outcome) bench.sandbox.outcome(what.outcome);
		if (what.fault) bench.sandbox.fault(what.fault);
		const { id } = await createTask(bench.sandbox);
		bench.sandbox.finish(id);
		const trigger = new TriggerBench(bench.sandbox.url, { downloadVideo: true });
		const body = { id, status: 'completed' };
		const { result } = await trigger.receive({ headers: JSON_TYPE, body });
		const json = result.workflowData?.[0]?.[0].json ?? {};
		if (json.downloadError) expectNamed(JSON.stringify(json.downloadError), what);
		else expect(what.outcome?.videoUrls).toBeDefined();
	});
});

describe('in the first minute after completion the file host is asked again:', () => {
	test.each([202, 403, 404, 410, 425])('it answers %i at first', async (status) => {
		bench.sandbox.fault({ on: 'file', times: 2, respond: { status, body: page } });
		const { outputs, error } = await run({
			parameters: video('textToVideo', { downloadVideo: true }),
		});
		expect(error).toBeUndefined();
		expect(outputs[0][0].binary?.data.mimeType).toBe('video/mp4');
	});

	test('it answers 404 more often than other setbacks are tried again', async () => {
		bench.sandbox.fault({ on: 'file', times: 4, respond: { status: 404, body: page } });
		const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(error).toBeUndefined();
	}, 20_000);

	test.each([
		[
			'later, it is asked once',
			{ completedAgoMs: 120_000 },
			/the file host answers 404$/,
			'download_refused',
		],
		[
			'after 24 hours, the URL has expired',
			{ completedAgoMs: 90_000_000 },
			/expire 24 hours/,
			'video_expired',
		],
	] as const)('%s', async (_name, outcome, message, code) => {
		bench.sandbox.outcome(outcome);
		bench.sandbox.fault({ on: 'file', respond: { status: 404, body: page } });
		const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(error?.message).toMatch(message);
		expect(error?.context.code).toBe(code);
		expect(bench.sandbox.requests.filter(({ server }) => server === 'file')).toHaveLength(1);
	});
});

describe('a task that is completed before its video is there is looked at again:', () => {
	/** Lists no video for the first two looks. */
	const lateVideo = (more = {}) => {
		let looks = 0;
		bench.sandbox.outcome({
			task: (body) =>
				body.status === 'completed' && looks++ < 2
					? { ...body, output: { urls: [] }, ...more }
					: body,
		});
	};

	test.each([
		['its time', {}],
		['no time', { completed_at: undefined }],
	])('polling, with %s', async (_what, more) => {
		lateVideo(more);
		const { json, error } = await run({ parameters: video('textToVideo') });
		expect(error).toBeUndefined();
		expect(json).toMatchObject([{ status: 'completed', videoUrl: only().videoUrls[0] }]);
	});

	test('parked', async () => {
		lateVideo();
		const parameters = video('textToVideo', { waitMethod: 'parked' });
		let outcome = await run({ parameters });
		await bench.sandbox.waitFor(() => only().completedAt !== undefined);
		for (let look = 0; look < 2; look++) {
			outcome = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
			expect(outcome.run.status).toBe('waiting');
		}
		const { json } = await new ParkedBench(bench.sandbox.url, outcome).wakeUp();
		expect(json).toMatchObject([{ videoUrl: only().videoUrls[0] }]);
	});

	test('Video: Download', async () => {
		await run({ parameters: video('textToVideo') });
		lateVideo();
		const { id } = await createTask(bench.sandbox);
		bench.sandbox.finish(id);
		const parameters = { resource: 'video', operation: 'download', taskId: id };
		const { outputs, error } = await run({ parameters });
		expect(error).toBeUndefined();
		expect(outputs[0][0].binary?.data.mimeType).toBe('video/mp4');
	});

	test('a trigger lets the callback come again', async () => {
		shortenWaits(1);
		const { id } = await createTask(bench.sandbox);
		lateVideo();
		const other = await createTask(bench.sandbox);
		bench.sandbox.finish(other.id);
		expect(id).not.toBe(other.id);
		const trigger = new TriggerBench(bench.sandbox.url);
		const incoming = { headers: JSON_TYPE, body: { id: other.id, status: 'completed' } };
		expect((await trigger.receive(incoming)).status).toBe(503);
		expect((await trigger.receive(incoming)).status).toBe(503);
		const { result } = await trigger.receive(incoming);
		expect(result.workflowData?.[0]?.[0].json.videoUrl).toBe(other.videoUrls[0]);
	});
});
