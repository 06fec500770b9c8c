import type { Field } from '../form/field';
import { FIELDS } from '../form/fields';
import { callbackUrlOf } from '../execution/suspend';
import type { Asked } from '../ledger/fingerprint';
import { markerOf } from '../ledger/fingerprint';
import type { PaidTask, Wanted } from '../ledger/ledger';
import type { Run } from '../execution/run';
import { worstCaseCredits } from '../contract/cost';
import { LIMITS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { MODELS } from '../contract/modes';
import type { Parsed } from '../validation/parse';
import { complaintsOf } from '../validation/parse';
import type { VideoRequest } from '../contract/requests';
import { parseVideoRequest } from '../contract/requests';
import { fetchBalance } from '../service/client';
import { refuseOverBalance, refuseOverBudget } from './budget';
import { createTask, outputOf } from './createTask';
import { filesOf } from './inputFiles';
import { lookAtMedia } from './inputMedia';
import type { ItemRequest, Operation } from './operation';
import { defineOperation } from './operation';
import type { GenerateSettings } from './settings';
import { parseGenerateSettings, SHORT_PATIENCE_MS } from './settings';

/** What all four modes have after the fields of their own. */
const COMMON_FIELDS = [
	FIELDS.downloadVideo,
	FIELDS.waitForCompletion,
	FIELDS.waitMethod,
	FIELDS.callbackUrl,
	FIELDS.simplify,
	FIELDS.generateOptions,
] as const;

/** Options that decide what is made, too. */
const DECISIVE_OPTIONS = ['model', 'seed'] as const;

/** One video: the task that there is already, or the request as it will be sent. */
type Generation = { settings: GenerateSettings; wanted: Wanted; asked: Asked } & (
	| { isKnown: true }
	| { isKnown: false; request: VideoRequest }
);

/** One of the four modes, of which only its option and the fields that decide what is made are its own. */
export function generation(
	mode: Mode,
	{ option, fields }: Pick<Operation, 'option'> & { fields: Field[] },
): Operation {
	const decisive = [...fields.map(({ name }) => name), ...DECISIVE_OPTIONS];
	return defineOperation({
		option,
		fields: [...fields, ...COMMON_FIELDS],
		async read(run, values: Record<string, unknown>, item): Promise<Parsed<Generation>> {
			const settings = parseGenerateSettings(values);
			const asked = askedFor(run, mode, decisive, values);
			const known = 'value' in settings && run.paidTasks.find(item, asked);
			if (known) {
				const { wanted } = settingsOf(run, settings.value);
				const output = outputFor(mode, values.model, wanted, known.task);
				run.paidTasks.adopt(item, { asked, wanted, output });
				return { value: { isKnown: true, asked, ...settingsOf(run, settings.value) } };
			}
			const request = await readRequest(run, mode, values, { settings, item });
			const complaints = [...complaintsOf(request), ...complaintsOf(settings)];
			if (!('value' in settings && 'value' in request)) return { complaints };
			const { value } = request;
			return {
				value: { isKnown: false, request: value, asked, ...settingsOf(run, settings.value) },
			};
		},
		review,
		async perform(run, generation, item) {
			if (!generation.isKnown)
				return { task: await createTask(run, generation, item), isNew: true };
			return run.paidTasks.taskOf(item, generation.asked);
		},
	});
}

/** What comes out for a task that there is already, where nobody is to wait for it. */
const outputFor = (mode: Mode, model: unknown, { waitForCompletion }: Wanted, task?: PaidTask) =>
	waitForCompletion || !task
		? undefined
		: (task.output ?? outputOf(mode, String(model || MODELS[mode]), task));

const settingsOf = (run: Run, settings: GenerateSettings) => ({
	settings,
	wanted: {
		waitForCompletion: settings.waitForCompletion,
		waitMethod: settings.waitMethod,
		timeout: settings.timeout,
		pollingInterval: settings.pollingInterval,
		simplify: settings.simplify,
		// an agent can't use a file
		downloadVideo: settings.downloadVideo && !run.isTool,
		binaryPropertyName: settings.binaryPropertyName,
	},
});

/** What marks the items of a run, made once, as n8n copies its form for each who asks. */
const markers = new WeakMap<Run, ReturnType<typeof markerOf>>();

/** Marks of what decides what is made. */
function askedFor(
	run: Run,
	mode: Mode,
	decisive: string[],
	values: Record<string, unknown>,
): Asked {
	const marker = markers.get(run) ?? markerFor(run, mode, decisive);
	markers.set(run, marker);
	return marker({ ...values, mode, model: values.model || MODELS[mode] });
}

function markerFor({ context }: Run, mode: Mode, decisive: string[]) {
	const { options, ...parameters } = context.getNode().parameters;
	const form: Record<string, unknown> = { ...parameters, mode };
	const added: Record<string, unknown> = { ...(typeof options === 'object' && options) };
	// one expression may give all options
	for (const name of DECISIVE_OPTIONS)
		form[name] = typeof options === 'string' ? options : added[name];
	form.model ||= MODELS[mode];
	return markerOf([...decisive, 'mode'], form);
}

/** The request for one item, with what is to be said of its files and media. */
async function readRequest(
	run: Run,
	mode: Mode,
	values: Record<string, unknown>,
	{ settings, item }: { settings: Parsed<GenerateSettings>; item: number },
): Promise<Parsed<VideoRequest>> {
	const { isPublic: publicOnly } = await run.connect();
	const {
		waitForCompletion = false,
		timeout = LIMITS.timeout.max,
		...known
	} = 'value' in settings ? settings.value : {};
	const files = await filesOf(run, mode, values, { item, timeout, publicOnly });
	const isCalledBack =
		waitForCompletion && 'value' in settings && run.waitMethodFor(settings.value) === 'callback';
	const added = {
		...files.fields,
		...(isCalledBack && { callbackUrl: callbackUrlOf(run.context, publicOnly) }),
	};
	// items that share their values share what is made of them
	const fields = Object.keys(added).length === 0 ? values : { ...values, ...added };
	const request = parseVideoRequest(mode, fields, { publicOnly });
	const checkMedia = 'checkMedia' in known && known.checkMedia;
	const media = await lookAtMedia(run, mode, { files, request, checkMedia, publicOnly });
	const complaints = [...complaintsOf(request), ...files.complaints, ...media.complaints];
	if (!('value' in request) || complaints.length > 0) return { complaints };
	const about = run.context.getInputData().length > 1 ? `Item ${item}: ` : '';
	for (const hint of [...media.hints, ...request.value.hints])
		run.paidTasks.hint(`${about}${hint}`);
	const { cost } = request.value;
	return cost.mode === 'editVideo'
		? { value: { ...request.value, cost: { ...cost, inputVideoDuration: media.duration } } }
		: request;
}

/** Keeps the whole run within the budget, and what is not paid yet within the balance. */
async function review(run: Run, generations: Array<ItemRequest<Generation>>): Promise<void> {
	const unpaid = generations.flatMap(({ item, request }) =>
		request.isKnown ? [] : [{ item, cost: request.request.cost }],
	);
	if (unpaid.length === 0) return;
	const costs = unpaid.map(({ cost }) => cost);
	const settings = generations.map(({ request }) => request.settings);
	const budgets = settings.flatMap(({ maxCredits }) => maxCredits ?? []);
	if (budgets.length > 0) refuseOverBudget(costs, run.paidTasks, Math.min(...budgets));
	if (run.isTool)
		for (const { item, cost } of unpaid) run.paidTasks.promise(item, worstCaseCredits(cost) ?? 0);
	if (!settings.some(({ checkBalance }) => checkBalance)) return;
	const balance = await fetchBalance(await run.connect(), Date.now() + SHORT_PATIENCE_MS);
	refuseOverBalance(costs, run.paidTasks, balance.value.credits);
}
