import type { INodeExecutionData, INodeProperties, NodeParameterValueType } from 'n8n-workflow';
import nock from 'nock';

import { RESOURCES } from '../../nodes/HappyHorse/actions';
import { properties as trigger } from '../../nodes/HappyHorse/form/trigger';
import parked from '../fixtures/saved/parked-0.1.0.json';
import workflows from '../fixtures/saved/workflows-0.1.0.json';
import { createTask } from '../support/calls';
import { buildWorkflow, goOn, storeBinary } from '../support/engine';
import type { MediaHost } from '../support/mediaHost';
import { mediaFile, startMediaHost } from '../support/mediaHost';
import { useSandbox } from '../support/sandboxed';
import { TriggerBench } from '../support/webhook';

/** Node as a workflow has saved it. */
interface Saved {
	name: string;
	parameters: Record<string, NodeParameterValueType>;
	tool?: boolean;
	parks?: boolean;
	/** Public host that it reads a clip from. */
	host?: string;
}

const SAVED: Saved[] = workflows.nodes as unknown as Saved[];
const TRIGGERS: Array<Record<string, NodeParameterValueType>> = workflows.triggers;

const bench = useSandbox({ credits: 1_000_000 });
let media: MediaHost;
beforeAll(async () => {
	media = await startMediaHost();
});
afterAll(async () => await media.close());
afterAll(() => nock.restore());

/** An item with everything that a saved node asks for. */
async function item(): Promise<INodeExecutionData> {
	const { id } = await createTask(bench.sandbox);
	bench.sandbox.finish(id);
	const clip = mediaFile('sound.mp4');
	return {
		json: {
			...{ taskId: id, text: 'A horse runs', publicUrl: 'https://media.example.com/clip.mov' },
			...{ imageUrl: `${media.url}/alpha-640x400.webp`, videoUrl: `${media.url}/3s.mp4` },
		},
		binary: {
			data: await storeBinary(clip, 'video/mp4'),
			sound: await storeBinary(clip, 'video/mp4'),
			image: await storeBinary(mediaFile('alpha-640x400.webp'), 'image/webp'),
		},
	};
}

test.each(SAVED.map((saved): [string, Saved] => [saved.name, saved]))(
	'%s',
	async (_name, { parameters, tool, parks, host }) => {
		const clip = mediaFile('29.97fps.mov');
		if (host)
			nock(`https://${host}`)
				.get('/clip.mov')
				.reply(206, clip, { 'content-range': `bytes 0-${clip.length - 1}/${clip.length}` });
		const settings = tool ? { type: 'happyHorseTool' } : {};
		const { error, json, run } = await bench.run({ parameters, settings, items: [await item()] });
		expect(error).toBeUndefined();
		expect(run.status).toBe(parks ? 'waiting' : 'success');
		expect(json).toHaveLength(1);
		expect(json[0]).not.toHaveProperty('error');
	},
);

test('an execution that this version has parked is resumed', async () => {
	const task = await createTask(bench.sandbox);
	bench.sandbox.finish(task.id);
	const { parameters, executionId } = parked;
	const data = JSON.parse(
		JSON.stringify(parked.data)
			.replaceAll(parked.taskId, task.id)
			.replaceAll(/("(?:deadline|resumesAt)":)\d+/g, `$1${Date.now() + 60_000}`),
	);
	const setup = { baseUrl: bench.sandbox.url, executionId, restartExecutionId: executionId };
	const workflow = buildWorkflow({ ...setup, parameters, items: [{ json: {} }] });
	const { json, error } = await goOn(setup, workflow, data);
	expect(error).toBeUndefined();
	expect(json).toMatchObject([{ taskId: task.id, status: 'completed' }]);
	expect(bench.sandbox.ledger).toHaveLength(1);
});

test.each(TRIGGERS.map((parameters) => [parameters]))('a trigger with %j', async (parameters) => {
	const { id, model, videoUrls: urls } = await createTask(bench.sandbox);
	bench.sandbox.finish(id);
	const headers = { 'content-type': 'application/json' };
	const body = { id, status: 'completed', model, output: { urls } };
	const call = new TriggerBench(bench.sandbox.url, parameters).receive({ headers, body });
	const [{ json }] = (await call).result.workflowData?.[0] ?? [];
	expect(JSON.stringify(json)).toContain(id);
});

/** The options of a collection. */
const innerOf = ({
	type,
	options,
}: Pick<INodeProperties, 'type' | 'options'>): INodeProperties[] =>
	type === 'collection' ? ((options ?? []) as INodeProperties[]) : [];

const namesIn = (given: object[]) =>
	new Set(
		given.flatMap((one) => [
			...Object.keys(one),
			...Object.keys('options' in one && one.options instanceof Object ? one.options : {}),
		]),
	);

test('every operation is there with all its fields and options, and the trigger', () => {
	for (const { option: resource, operations } of RESOURCES)
		for (const { option, fields } of operations) {
			const saved = SAVED.map(({ parameters }) => parameters).filter(
				(one) => one.resource === resource.value && one.operation === option.value,
			);
			const names = namesIn(saved);
			const wanted = fields.flatMap((field) => [
				field.name,
				...innerOf(field)
					.filter(({ displayOptions: { show } = {} }) =>
						(show?.['/operation'] ?? [option.value]).includes(option.value),
					)
					.map(({ name }) => name),
			]);
			for (const name of wanted.filter((one) => one !== 'fields' || option.value === 'textToVideo'))
				expect([option.value, name, names.has(name)]).toEqual([option.value, name, true]);
		}
	const names = namesIn(TRIGGERS);
	for (const { name, type, options = [] } of trigger.filter((field) => field.type !== 'notice'))
		for (const one of [name, ...innerOf({ type, options }).map((option) => option.name)])
			expect([one, names.has(one)]).toEqual([one, true]);
});
