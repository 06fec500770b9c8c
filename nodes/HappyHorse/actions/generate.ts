import type { CostInput } from '../contract/cost';
import { worstCaseCredits } from '../contract/cost';
import { LIMITS } from '../contract/limits';
import type { Mode } from '../contract/modes';
import { modelNamed, MODELS } from '../contract/modes';
import type { VideoRequest, VideoRequestBody } from '../contract/requests';
import { parseVideoRequest } from '../contract/requests';
import { createTask, outputOf } from '../execution/createTask';
import { selected } from '../execution/deliver';
import type { ItemRequest, Operation, Refusal } from '../execution/operation';
import { defineOperation } from '../execution/operation';
import { callbackUrlOf } from '../execution/park';
import type { Run } from '../execution/run';
import type { Field } from '../form/field';
import { labelOf } from '../form/field';
import { FIELDS } from '../form/fields';
import { PROMPT_ADVICE, rulesBroken } from '../form/promptRules';
import type { TaskSettings } from '../ledger/ledger';
import { fetchBalance } from '../service/client';
import type { Connection } from '../service/connection';
import type { Parsed } from '../validation/parse';
import { complaintsOf } from '../validation/parse';
import { refuseOverBalance, refuseOverBudget } from './budget';
import { filesOf } from './inputFiles';
import { lookAtMedia } from './inputMedia';
import type { GenerateSettings } from './settings';
import { parseGenerateSettings, SHORT_PATIENCE_MS } from './settings';

/** Fields of all four modes, after each mode's own. */
const COMMON_FIELDS = [
	FIELDS.downloadVideo,
	FIELDS.waitForCompletion,
	FIELDS.waitMethod,
	FIELDS.callbackUrl,
	FIELDS.simplify,
	FIELDS.output,
	FIELDS.outputFields,
	FIELDS.generateOptions,
] as const;

/** Options that decide which video is made, besides the mode's own fields. */
const DECISIVE_OPTIONS = ['model', 'seed', 'trimTo'];

/** A video to make, and how. */
interface Generation {
	request: VideoRequest;
	settings: GenerateSettings;
}

/** Builds one of the four modes of its menu entry and the fields that decide which video is made. */
export function generation(
	mode: Mode,
	{ option, fields }: Pick<Operation, 'option'> & { fields: Field[] },
): Operation {
	const decisive = [...fields.map(({ name }) => name), ...DECISIVE_OPTIONS];
	return defineOperation({
		option,
		fields: [...fields, ...COMMON_FIELDS],
		tasks: {
			identify: (values) => ({
				...Object.fromEntries(
					decisive.flatMap((name) => (name in values ? [[name, values[name]]] : [])),
				),
				model: modelNamed(mode, values.model),
			}),
			settle(run, values: Record<string, unknown>, task) {
				const settings = parseGenerateSettings(values);
				if (!('value' in settings)) return settings;
				const output = settings.value.waitForCompletion
					? undefined
					: (task.output ?? selected(outputOf(mode, task), settings.value));
				return { value: { settings: taskSettingsOf(run, settings.value), output } };
			},
		},
		async read(run, values: Record<string, unknown>, item): Promise<Parsed<Generation>> {
			const settings = parseGenerateSettings(values);
			const request = await readRequest(run, mode, values, { settings, item });
			if ('value' in settings && 'value' in request)
				return { value: { request: request.value, settings: settings.value } };
			return { complaints: [...complaintsOf(request), ...complaintsOf(settings)] };
		},
		reserve: reserveCredits,
		async perform(run, { request: { request, settings }, ...about }) {
			const task = await createTask(run, { ...about, request }, taskSettingsOf(run, settings));
			return { task, isNew: true };
		},
	});
}

const taskSettingsOf = (run: Run, settings: GenerateSettings): TaskSettings => ({
	waitForCompletion: settings.waitForCompletion,
	waitMethod: settings.waitMethod,
	timeout: settings.timeout,
	pollingInterval: settings.pollingInterval,
	simplify: settings.simplify,
	fields: settings.fields,
	// an agent can't use a file
	downloadVideo: settings.downloadVideo && !run.isTool,
	binaryPropertyName: settings.binaryPropertyName,
	fileName: settings.fileName,
	includeInputFields: settings.includeInputFields,
	label: settings.label,
});

/** Reads the request of one item, with everything there is to say about its files and media. */
async function readRequest(
	run: Run,
	mode: Mode,
	values: Record<string, unknown>,
	{ settings, item }: { settings: Parsed<GenerateSettings>; item: number },
): Promise<Parsed<VideoRequest>> {
	const { isPublic: publicOnly } = await run.connect(item);
	const {
		waitForCompletion = false,
		timeout = LIMITS.timeout.max,
		trimTo = undefined,
		...known
	}: Partial<GenerateSettings> = 'value' in settings ? settings.value : {};
	const files = await filesOf(run, mode, values, { item, timeout, trimTo, publicOnly });
	const isCalledBack =
		waitForCompletion && 'value' in settings && run.waitMethodFor(settings.value) === 'callback';
	const added = {
		...files.fields,
		...(isCalledBack && { callbackUrl: callbackUrlOf(run.context, publicOnly) }),
	};
	// items that share their values share the parsed request
	const fields = Object.keys(added).length === 0 ? values : { ...values, ...added };
	const request = parseVideoRequest(mode, fields, { publicOnly });
	const isUsual = modelNamed(mode, values.model) === MODELS[mode];
	const { checkMedia = false, mediaLimits = isUsual ? 'refuse' : 'warn' } = known;
	const media = await lookAtMedia(run, mode, {
		...{ files, request, checkMedia, mediaLimits, publicOnly },
	});
	const complaints = [...complaintsOf(request), ...files.complaints, ...media.complaints];
	if (!('value' in request) || complaints.length > 0) return { complaints };
	const { cost, body, beyond } = request.value;
	const ofOtherModel = beyond.map(
		({ field, message }) =>
			`For HappyHorse 1.0, ${labelOf(Object.values<Field>(FIELDS), field)} ${message}. It is sent as it is, since ‘Model’ is ${body.model}.`,
	);
	for (const hint of [...media.hints, ...request.value.hints, ...ofOtherModel])
		run.ledger.hint(`${hint}${run.itemSuffix(item)}`);
	hintAtPrompt(run, mode, body.input, item);
	if (cost.mode !== 'editVideo' || !media.clip) return request;
	const { duration: inputVideoDuration, atMost: longestInput, isAbout } = media.clip;
	return {
		value: { ...request.value, cost: { ...cost, inputVideoDuration, longestInput, isAbout } },
	};
}

/**
 * Says of a prompt by an expression what the form says of one that is typed in; each once, about the first item that it
 * applies to.
 */
function hintAtPrompt(
	run: Run,
	mode: Mode,
	{ prompt, duration, image_urls: images }: VideoRequestBody['input'],
	item: number,
): void {
	const { context, ledger } = run;
	if (!String(context.getNode().parameters.prompt).startsWith('=')) return;
	const count = Array.isArray(images) ? images.length : 0;
	const broken = rulesBroken(String(prompt), mode, Number(duration), count, LIMITS.speech);
	for (const rule of broken) {
		const advice = `${PROMPT_ADVICE[rule]}.`;
		if (!ledger.data.hints.some((said) => said.startsWith(advice)))
			ledger.hint(`${advice}${run.itemSuffix(item)}`);
	}
}

/** Keeps the whole run within the budget, and its new videos within each account's balance, and reserves their cost. */
async function reserveCredits(
	run: Run,
	requests: Array<ItemRequest<Generation>>,
): Promise<Refusal[]> {
	const { ledger } = run;
	const costs: CostInput[] = requests.map(({ request }) => request.request.cost);
	const settings = requests.map(({ request }) => request.settings);
	const budgets = settings.flatMap(({ maxCredits }) => maxCredits ?? []);
	if (budgets.length > 0) refuseOverBudget(costs, ledger, Math.min(...budgets));
	// in the same moment as the check: calls of an agent at the same time share the budget
	for (const { item, fingerprint, request } of requests)
		ledger.reserve(item, fingerprint, worstCaseCredits(request.request.cost));
	if (!settings.some(({ checkBalance }) => checkBalance)) return [];
	const accounts = await byAccount(run, requests);
	const refusals = await Promise.all(
		accounts.map(async ({ connection, items, costs: ofAccount }): Promise<Refusal[]> => {
			try {
				const balance = await fetchBalance(connection, SHORT_PATIENCE_MS);
				const ofItems = accounts.length > 1 ? items : undefined;
				refuseOverBalance(ofAccount, ledger, { credits: balance.value.credits, ofItems });
				return [];
			} catch (reason) {
				return [{ items, reason }];
			}
		}),
	);
	return refusals.flat();
}

interface Account {
	connection: Connection;
	items: number[];
	costs: CostInput[];
}

/** Groups requests by the account that pays for them. */
async function byAccount(run: Run, requests: Array<ItemRequest<Generation>>): Promise<Account[]> {
	const accounts = new Map<string, Account>();
	for (const { item, request } of requests) {
		const connection = await run.connect(item);
		const known = accounts.get(connection.account) ?? { connection, items: [], costs: [] };
		known.items.push(item);
		known.costs.push(request.request.cost);
		accounts.set(connection.account, known);
	}
	return [...accounts.values()];
}
