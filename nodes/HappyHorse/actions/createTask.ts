import type { ErrorDetails } from '../errors/errors';
import { toDetails, withDetails } from '../errors/errors';
import { addToCustomData } from '../n8n/customData';
import type { Asked } from '../ledger/fingerprint';
import type { PaidTask, Wanted } from '../ledger/ledger';
import { untilOf } from '../ledger/ledger';
import type { Run } from '../execution/run';
import { estimateCredits, worstCaseCredits } from '../contract/cost';
import type { Mode } from '../contract/modes';
import { formatNumber } from '../validation/parse';
import type { VideoRequest } from '../contract/requests';
import type { Connection } from '../service/connection';
import { postGeneration, fetchBalance } from '../service/client';
import { StopSwitch } from '../service/stop';

/** Milliseconds that looking up the balance for a message may take. */
const BALANCE_MS = 5_000;

/**
 * Starts a video: a charge. Its id is noted before anything else is done.
 *
 * @param asked marks of what the item asks for
 * @throws HappyHorseError if there is no task, or nobody knows whether there is
 */
export async function createTask(
	run: Run,
	{ request, wanted, asked }: { request: VideoRequest; wanted: Wanted; asked: Asked },
	item: number,
): Promise<PaidTask> {
	const { body, cost } = request;
	const [estimated, atMost] = [estimateCredits(cost), worstCaseCredits(cost)];
	const connection = await run.connect();
	const until = untilOf(wanted);
	const { value: taskId, raw } = await postGeneration(connection, body, until).catch(
		async (error: unknown) => {
			const details = toDetails(error);
			if (details.taskMayExist) run.paidTasks.noteLost(item, details, asked, atMost);
			throw withDetails(error, await balanceBeside(details, connection, estimated));
		},
	);
	const task: PaidTask = {
		...{ taskId, status: 'pending', wanted, until, since: Date.now() },
		cost: { estimated, atMost },
	};
	run.paidTasks.note(item, task, asked);
	if (!wanted.waitForCompletion)
		task.output = wanted.simplify ? outputOf(request.mode, body.model, task) : raw;
	nameElsewhere(run, taskId);
	return task;
}

/** What comes out for a task that nobody waits for. */
export function outputOf(mode: Mode, model: string, { taskId, status, cost }: PaidTask) {
	const estimate = cost?.estimated === undefined ? {} : { creditsEstimated: cost.estimated };
	return { taskId, status, mode, model, ...estimate };
}

/** Names a task where it can be found if the run does not get to name it: in the execution's custom data and in n8n's log. */
function nameElsewhere({ context, paidTasks }: Run, taskId: string): void {
	try {
		context.logger.info(
			`HappyHorse task ${taskId} was created by execution ${context.getExecutionId()}`,
		);
		addToCustomData(context, taskId);
	} catch (error) {
		paidTasks.hint(
			`Task ${taskId} could not be added to n8n’s log and the execution’s custom data: ${toDetails(error).message}`,
		);
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
	const balance = await fetchBalance(aside, Date.now() + BALANCE_MS).catch(() => undefined);
	const facts = [
		balance && `The balance is ${formatNumber(balance.value.credits)} credits.`,
		needed !== undefined && `This video costs ${formatNumber(needed)} credits.`,
		description,
	];
	return { description: facts.filter(Boolean).join(' ') };
}
