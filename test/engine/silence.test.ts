import { video } from '../support/parameters';
import { useSandbox } from '../support/sandboxed';

/** The package gives a request half a minute and more. */
const bench = useSandbox({}, { shorter: 40 });
const { run } = bench;

const posts = () => bench.sandbox.requests.filter(({ method }) => method === 'POST');
const onlyTask = () => [...bench.sandbox.tasks.values()][0];

describe('a POST that is not answered in time', () => {
	test.each([
		['before it was carried out', 'hang', 0],
		['after it was', 'hang-after', 1],
	] as const)('%s: its fate is not known, so it is not sent again', async (_name, how, tasks) => {
		bench.sandbox.fault({ on: 'create', break: how });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('HappyHorse could not be reached: no answer came in time');
		expect(error?.description).toMatch(/A task may have been created and charged anyway/);
		expect(posts()).toHaveLength(1);
		expect(bench.sandbox.tasks.size).toBe(tasks);
	});

	test('a drip that would take for ever counts as no answer', async () => {
		bench.sandbox.fault({ on: 'create', break: 'drip', dripMs: 60 });
		const { error } = await run({ parameters: video('textToVideo') });
		expect(error?.message).toBe('HappyHorse could not be reached: no answer came in time');
		expect(posts()).toHaveLength(1);
	});
});

test('a look that hangs is given up, and the next one succeeds', async () => {
	bench.sandbox.fault({ on: 'task', times: 2, break: 'hang' });
	const { json } = await run({ parameters: video('textToVideo') });
	expect(json[0].status).toBe('completed');
});

describe('a download that stalls', () => {
	test('is tried again', async () => {
		bench.sandbox.fault({ on: 'file', times: 1, break: 'drip', dripMs: 10_000 });
		const { outputs, error } = await run({
			parameters: video('textToVideo', { downloadVideo: true }),
		});
		expect(error).toBeUndefined();
		expect(outputs[0][0].binary?.data.bytes).toBeGreaterThan(1_000);
	});

	test.each([
		['stands still', 10_000],
		['drips', 100],
	])('again and again, as it %s: the paid task and its URL stay named', async (_name, dripMs) => {
		bench.sandbox.fault({ on: 'file', break: 'drip', dripMs });
		const { error } = await run({ parameters: video('textToVideo', { downloadVideo: true }) });
		expect(error?.message).toBe(
			'The video is finished but could not be downloaded: its host sent almost no data for a minute',
		);
		expect(error?.context).toMatchObject({
			code: 'download_interrupted',
			taskId: onlyTask().id,
			videoUrl: onlyTask().videoUrls[0],
		});
	});
});
