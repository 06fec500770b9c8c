import { conclude } from '../run/conclude';
import { deliver } from '../run/deliver';
import { callbackUrlOf, pendingItem } from '../run/nap';
import { deadlineOf, pollUntilTerminal } from '../run/poll';
import { addToCustomData } from '../run/customData';
import type { PaidTask } from '../run/paidTasks';
import type { Run } from '../run/run';
import { isTool } from '../run/run';
import { estimateCredits } from '../schema/cost';
import { LIMITS } from '../schema/limits';
import type { Mode } from '../schema/modes';
import { MODELS } from '../schema/modes';
import { complaintsOf, formatNumber } from '../schema/parse';
import type { VideoRequest } from '../schema/requests';
import { parseVideoRequest } from '../schema/requests';
import type { Task } from '../schema/responses';
import { isTerminal } from '../schema/responses';
import type { Connection } from '../service/connection';
import type { ErrorDetails } from '../errors/errors';
import { toDetails, withDetails } from '../errors/errors';
import { lostBefore } from '../errors/messages';
import { StopSwitch } from '../service/stop';
import type { Answer } from '../service/request';
import { createTask, getBalance, getTask } from '../service/request';
import type { ItemRequest, Operation } from './operation';
import type { GenerateSettings } from './settings';
import { parseGenerateSettings, SHORT_PATIENCE_MS } from './settings';
import { refuseOverBalance, refuseOverBudget } from './budget';
import { filesOf } from './inputFiles';
import { lookAtMedia } from './inputMedia';

/** One video to make: the request as it will be sent, and what the node is to do around it. */
interface Generation {
	request: VideoRequest;
	settings: GenerateSettings;
}

/** Milliseconds that looking up the balance for a message may take. */
const BALANCE_MS = 5_000;

/** What the four modes share: everything but their fields. */
export function generate(
	mode: Mode,
): Pick<Operation<Generation>, 'read' | 'review' | 'perform' | 'conclude'> {
	return {
		async read(run, parameters, item) {
			const { isPublic: publicOnly } = await run.connect();
			const settings = parseGenerateSettings(parameters);
			const timeout = 'value' in settings ? settings.value.timeout : LIMITS.timeout.max;
			const files = await filesOf(run, mode, parameters, { item, timeout, publicOnly });
			const isParked = 'value' in settings && isToBeParked(run, settings.value);
			const fields = {
				...parameters,
				...files.fields,
				...(isParked && { callbackUrl: callbackUrlOf(run.context, publicOnly) }),
			};
			const request = parseVideoRequest(mode, fields, { publicOnly });
			const checkMedia = 'value' in settings && settings.value.checkMedia;
			const media = await lookAtMedia(run, mode, { files, request, checkMedia, publicOnly });
			const complaints = [
				...complaintsOf(request),
				...files.complaints,
				...media.complaints,
				...complaintsOf(settings),
			];
			if (!('value' in settings && 'value' in request) || complaints.length > 0)
				return { complaints };
			run.hints.push(...media.hints.map((hint) => `Item ${item}: ${hint}`));
			const { cost } = request.value;
			const known = cost.mode === 'editVideo' && {
				cost: { ...cost, inputVideoDuration: media.duration },
			};
			return {
				value: {
					request: known ? { ...request.value, ...known } : request.value,
					settings: settings.value,
				},
			};
		},
		review: reviewRun,
		perform: async (run, { request, settings }, item) => {
			const obtained = await obtainTask(run, request, settings, item);
			const { task } = obtained;
			const creditsEstimated = estimateCredits(request.cost);
			if (settings.waitForCompletion)
				try {
					const answer = await endOf(run, obtained, settings);
					const delivery = { ...settings, creditsEstimated };
					if (answer) return await deliver(async () => await run.connect(), answer, delivery);
					run.parked.set(item, { taskId: task.taskId, ...delivery });
					return pendingItem(task.taskId);
				} catch (error) {
					const { taskId, status } = task;
					throw withDetails(error, { taskId, status });
				}
			if (!settings.simplify) return { json: task.raw };
			const { taskId, status } = task;
			const estimate = creditsEstimated === undefined ? {} : { creditsEstimated };
			return { json: { taskId, status, mode, model: MODELS[mode], ...estimate } };
		},
		conclude,
	};
}

/** Whether the execution is to be parked until the service calls back. */
const isToBeParked = (run: Run, { waitForCompletion, waitMethod }: GenerateSettings) =>
	waitForCompletion && waitMethod === 'callback' && !isTool(run.context);

/** The task's end, waited for; undefined if a callback will tell of it. */
async function endOf(
	run: Run,
	{ task, isNew }: { task: PaidTask; isNew: boolean },
	settings: GenerateSettings,
): Promise<Answer<Task> | undefined> {
	if (!isToBeParked(run, settings))
		return await pollUntilTerminal(run, task, settings, { atOnce: !isNew });
	if (isNew) return undefined;
	// an earlier try's task may have called back when nobody was waiting yet
	const answer = await getTask(await run.connect(), task.taskId, run.parkedUntil);
	task.status = answer.value.status;
	return isTerminal(answer.value) ? answer : undefined;
}

/** Keeps the whole run within the budget, and within the balance as far as it is not paid for yet. */
async function reviewRun(run: Run, generations: Array<ItemRequest<Generation>>): Promise<void> {
	const [first] = generations;
	if (!first) return;
	// worked out before anything is sent, so that nothing is paid for that would not be waited for
	run.parkedUntil = Math.max(
		...generations.map(({ request: { settings } }) => deadlineOf(settings)),
	);
	const { maxCredits, checkBalance } = first.request.settings;
	const costsOf = (some: typeof generations) => some.map(({ request }) => request.request.cost);
	if (maxCredits !== undefined) refuseOverBudget(costsOf(generations), maxCredits);
	if (!checkBalance) return;
	const unpaid = generations.filter(
		({ item, request }) => run.ledger.find(item, request.request.body) === undefined,
	);
	const balance = await getBalance(await run.connect(), Date.now() + SHORT_PATIENCE_MS);
	refuseOverBalance(costsOf(unpaid), balance.value.credits);
}

/**
 * The item's task: the one that an earlier try paid for, or a new one.
 *
 * @throws HappyHorseError if there is none, or nobody knows whether there is
 */
async function obtainTask(
	run: Run,
	{ body, cost }: VideoRequest,
	settings: GenerateSettings,
	item: number,
): Promise<{ task: PaidTask; isNew: boolean }> {
	const creditsEstimated = estimateCredits(cost);
	const earlier = run.ledger.find(item, body);
	if (earlier === 'lost') throw lostBefore();
	if (earlier) {
		run.paid.set(item, { task: earlier, creditsEstimated });
		return { task: earlier, isNew: false };
	}
	const connection = await run.connect();
	try {
		const { value: taskId, raw } = await createTask(connection, body, deadlineOf(settings));
		const task = { taskId, status: 'pending', raw };
		run.ledger.note(item, body, task);
		addToCustomData(run.context, taskId);
		// all that is left of it if n8n itself is killed before it saves the execution
		run.context.logger.info(
			`HappyHorse task ${taskId} was created by execution ${run.context.getExecutionId()}`,
		);
		run.paid.set(item, { task, creditsEstimated });
		return { task, isNew: true };
	} catch (error) {
		const trouble = toDetails(error);
		if (trouble.taskMayExist) run.ledger.note(item, body, 'lost');
		throw withDetails(error, await balanceBeside(trouble, connection, creditsEstimated));
	}
}

/** A refusal for lack of credits says how many there are, where that can be had. */
async function balanceBeside(
	{ code, description }: ErrorDetails,
	connection: Connection,
	needed: number | undefined,
): Promise<Partial<ErrorDetails>> {
	if (code !== 'insufficient_credits') return {};
	// the run may have been stopped by the refusal; only its message depends on this, so not getting it changes nothing
	const aside = { ...connection, stop: new StopSwitch() };
	const balance = await getBalance(aside, Date.now() + BALANCE_MS).catch(() => undefined);
	const facts = [
		balance && `The balance is ${formatNumber(balance.value.credits)} credits.`,
		needed !== undefined && `This video costs ${formatNumber(needed)} credits.`,
		description,
	];
	return { description: facts.filter(Boolean).join(' ') };
}
