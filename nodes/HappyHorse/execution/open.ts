import type { IExecuteFunctions } from 'n8n-workflow';

import { HappyHorseError } from '../errors/errors';
import type { Cause, Situation } from '../ledger/cause';
import { causeOf } from '../ledger/cause';
import { hashOf } from '../ledger/fingerprint';
import type { Ledger } from '../ledger/ledger';
import { blankLedger, RunLedger } from '../ledger/runLedger';
import { keepLedger, makeRoom, readLedger } from '../ledger/saved';
import { agentTryOf, hasFailed } from '../n8n/agentTry';
import { isTool, runOf, storeOf } from '../n8n/execution';
import { canPark, suspensionOf } from '../n8n/parking';
import type { FindOperation, Operation } from './operation';
import { Run } from './run';

/**
 * Tells whether one item's error is its own and does not end the run. A tool always goes on: what it throws may reach the
 * agent as nothing at all, which would then pay for the same video again.
 */
export const continuesOf = (context: IExecuteFunctions) =>
	context.continueOnFail() || isTool(context);

/**
 * Opens a run: reads the ledger, works out why n8n runs the node, and begins. Sends nothing.
 *
 * @throws HappyHorseError for a ledger that this version can't read
 */
export function openRun(context: IExecuteFunctions): Run {
	const tool = isTool(context);
	return new Run({
		...{ context, isTool: tool },
		...openLedger(context, tool),
		continues: continuesOf(context),
		canPark: canPark(context),
	});
}

/**
 * Finds the operation that the workflow names.
 *
 * @throws HappyHorseError for one that this version does not have
 */
export function chosenOperation(context: IExecuteFunctions, find: FindOperation): Operation {
	const [resource, name] = ['resource', 'operation'].map((field) =>
		context.getNodeParameter(field, 0),
	);
	const operation = find(resource, name);
	if (operation) return operation;
	throw new HappyHorseError({
		message: 'This version of the HappyHorse node does not have the chosen operation',
		description: 'Choose another under ‘Operation’, or update the package.',
		code: 'unknown_operation',
	});
}

function openLedger(
	context: IExecuteFunctions,
	isToolCall: boolean,
): { ledger: RunLedger; cause: Cause; resumedFrom?: string } {
	const suspensionId = suspensionOf(context);
	const situation: Situation = {
		...runOf(context),
		suspensionId,
		isTool: isToolCall,
		isRetry: context.getMode() === 'retry',
	};
	const store = storeOf(context);
	makeRoom(store, suspensionId);
	const found = readLedger(store);
	if (found && 'unreadable' in found) throw unreadable(found.unreadable);
	const { executionId, runIndex, isRetry } = situation;
	const cause = causeOf(found?.ledger, situation);
	const isUsed = cause !== 'first' && (found?.ledger.executionId === executionId || isRetry);
	const data: Ledger = isUsed && found ? found.ledger : blankLedger({ executionId, runIndex });
	const resumedFrom = cause === 'resume' ? data.suspension?.id : undefined;
	const calls = isToolCall ? context.getInputData().map(({ json }) => hashOf(json)) : undefined;
	const ledger = new RunLedger(data, runIndex, calls, calls && agentTryOf(context));
	ledger.begin(cause, executionId, isRetry);
	if (isToolCall) ledger.forgetAnswers((answeredTo) => hasFailed(context, answeredTo));
	keepLedger(store, data);
	return { ledger, cause, resumedFrom };
}

const unreadable = (taskIds: string[]) =>
	new HappyHorseError({
		message:
			'This execution was started by a version of the HappyHorse package that this one can’t read',
		description: `Nothing was sent. ${
			taskIds.length > 0
				? `These tasks are already paid for; fetch them with Task: Get: ${taskIds.join(', ')}.`
				: 'Look for its tasks in your HappyHorse dashboard.'
		} Then run the workflow again for what is missing, or install the version that started it and, if the execution has failed, press Retry.`,
		code: 'unreadable_ledger',
	});
