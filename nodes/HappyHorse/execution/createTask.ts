import type { ErrorDetails } from '../errors/errors';
import { toDetails, withDetails } from '../errors/errors';
import { addToCustomData } from '../n8n/customData';
import type { PaidTask, TaskSettings } from '../ledger/ledger';
import { deadlineOf } from '../ledger/ledger';
import type { ItemRequest } from './operation';
import type { Run } from './run';
import { known, shaped } from './deliver';
import { estimateCredits, isExact, worstCaseCredits } from '../contract/cost';
import type { Mode } from '../contract/modes';
import { formatNumber, preview } from '../validation/parse';
import type { VideoRequest } from '../contract/requests';
import type { Connection } from '../service/connection';
import { postGeneration, fetchBalance } from '../service/client';
import { StopSwitch } from '../service/stop';

/** Milliseconds that looking up the balance for a message may take. */
const BALANCE_MS = 5_000;

/**
 * Creates a task: a charge. Its id is noted before anything else happens.
 *
 * @throws HappyHorseError if there is no task, or nobody knows if there is one
 */
export async function createTask(
	run: Run,
	{ item, request, fingerprint }: ItemRequest<VideoRequest>,
	settings: TaskSettings,
): Promise<PaidTask> {
	const { ledger } = run;
	const { body, cost, prompt, seed } = request;
	const [estimated, atMost] = [estimateCredits(cost), worstCaseCredits(cost)];
	const connection = await run.connect(item);
	ledger.sent(item, fingerprint, atMost);
	const { value: taskId, raw } = await postGeneration(
		connection,
		body,
		settings.timeout * 60_000,
	).catch(async (error: unknown) => {
		const details = toDetails(error);
		if (details.taskMayExist) {
			ledger.answerLost(item, fingerprint, details);
			logLostAnswer(run, item, details);
		} else ledger.notSent(item, fingerprint);
		throw withDetails(error, await balanceBeside(details, connection, estimated));
	});
	const task: PaidTask = {
		...{ taskId, status: 'pending', settings, prompt, seed },
		...{ startedAt: Date.now(), deadline: deadlineOf(settings) },
		cost: { estimated, atMost, ...(isExact(cost) ? {} : { isAbout: true }) },
	};
	if (!settings.waitForCompletion)
		task.output = shaped(settings, () => outputOf(request.mode, task), raw);
	ledger.created(item, fingerprint, task);
	nameElsewhere(run, task);
	return task;
}

/** The output for a task that the node does not wait for. */
export const outputOf = (mode: Mode, { taskId, status, prompt, cost, seed }: PaidTask) =>
	known({ taskId, status, prompt, mode, creditsEstimated: cost?.estimated, seed });

/** Names a task outside the run too, in case that does not get to it: in the execution's custom data and in n8n's log. */
function nameElsewhere({ context, ledger }: Run, { taskId, settings: { label } }: PaidTask): void {
	const about = label === undefined ? '' : ` (${preview(label)})`;
	try {
		context.logger.info(
			`HappyHorse task ${taskId}${about} was created by execution ${context.getExecutionId()}`,
		);
		addToCustomData(context, taskId, label);
	} catch (error) {
		ledger.hint(
			`Task ${taskId} could not be added to n8n’s log and the execution’s custom data: ${toDetails(error).message}`,
		);
	}
}

/** Logs a request that may have created a task, with every id that its answer named. */
function logLostAnswer({ context }: Run, item: number, details: ErrorDetails): void {
	try {
		context.logger.warn(
			`HappyHorse may have created a task for item ${item} of execution ${context.getExecutionId()}. ${details.message}. ${details.description}`,
		);
	} catch {
		// the ledger has it
	}
}

/** Adds the current balance to an insufficient-credits error, if it can be fetched. */
async function balanceBeside(
	{ code, description }: ErrorDetails,
	connection: Connection,
	needed: number | undefined,
): Promise<Partial<ErrorDetails>> {
	if (code !== 'insufficient_credits') return {};
	// its own stop switch, since the refusal may have stopped the run's
	const aside = { ...connection, stop: new StopSwitch() };
	const balance = await fetchBalance(aside, BALANCE_MS).catch(() => undefined);
	const facts = [
		balance && `The balance is ${formatNumber(balance.value.credits)} credits.`,
		needed !== undefined && `This video costs ${formatNumber(needed)} credits.`,
		description,
	];
	return { description: facts.filter(Boolean).join(' ') };
}
