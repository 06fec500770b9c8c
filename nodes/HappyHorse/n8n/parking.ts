import type {
	IExecuteData,
	IExecuteFunctions,
	IRun,
	IRunExecutionData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { executionOf, stackOf, storeOf } from './execution';

/** Called by n8n with an execution that has ended or is parked, before n8n saves it. */
type Saver = (run: IRun) => void;

interface AdditionalData {
	hooks?: { handlers?: Record<string, unknown> };
	/** Set where n8n resumes an execution. */
	restartExecutionId?: string;
	/** Mode of the execution that a sub-workflow was started in the end by. */
	rootExecutionMode?: WorkflowExecuteMode;
}

const additionalDataOf = (context: object): AdditionalData =>
	(context as { additionalData?: AdditionalData }).additionalData ?? {};

function saversOf(context: object): Saver[] | undefined {
	const savers = additionalDataOf(context).hooks?.handlers?.workflowExecuteAfter;
	return Array.isArray(savers) ? savers : undefined;
}

/**
 * Tells if this n8n can park the execution and run this node again afterwards. n8n 2.14 and newer give each execution a
 * token for being resumed: they resume it once for each time that it was parked, and let a parent wait for its true end.
 * The second engine has a token too, but nothing that saves an execution.
 */
export function canPark(context: IExecuteFunctions): boolean {
	const store = storeOf(context);
	const { executionData, resumeToken, parentExecution } = executionOf(context) ?? {};
	return (
		Boolean(resumeToken) &&
		!losesItems(parentExecution) &&
		!isEvaluation(context) &&
		Boolean(saversOf(context)?.length) &&
		Object.values(executionData?.contextData ?? {}).includes(store) &&
		Array.isArray(executionData?.nodeExecutionStack) &&
		Array.isArray(context.getExecuteData?.()?.data?.main) &&
		typeof context.putExecutionToWait === 'function'
	);
}

/** Tells if n8n evaluates the workflow, or one that runs it: it takes a parked execution for one that has ended. */
const isEvaluation = (context: IExecuteFunctions) =>
	[context.getMode(), additionalDataOf(context).rootExecutionMode].includes('evaluation');

/** Ids by which n8n itself tells executions of its second engine. */
const SECOND_ENGINE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Tells if a sub-workflow's items would be lost once it is parked: the second engine ends a parent that is to wait. */
const losesItems = (parent: IRunExecutionData['parentExecution']) =>
	parent !== undefined &&
	parent.shouldResume !== false &&
	SECOND_ENGINE_ID.test(parent.executionId);

/** An entry of n8n's stack, with the id of the suspension that it was parked by last. */
type Entry = IExecuteData & { happyHorseSuspension?: string };

/** The suspension that n8n's stack entry for this run was parked by. */
export const suspensionOf = (context: IExecuteFunctions): string | undefined =>
	(context.getExecuteData?.() as Entry | undefined)?.happyHorseSuspension;

/**
 * Parks the execution. n8n resumes after the waiting node, so we push a copy of our stack entry and empty the original.
 *
 * @param suspensionId tells the entry from others of this node: n8n may run those first
 * @param until when n8n resumes it, unless something does before
 */
export async function parkAndRunAgain(
	context: IExecuteFunctions,
	suspensionId: string,
	until: Date,
): Promise<void> {
	const entry: Entry = context.getExecuteData();
	entry.happyHorseSuspension = suspensionId;
	const { node, data, source, metadata } = entry;
	const main = data.main.map((items) => items && [...items]);
	const again: Entry = {
		node: { ...node },
		data: { main },
		source,
		metadata: metadata && { ...metadata },
		happyHorseSuspension: suspensionId,
	};
	stackOf(context)?.unshift(again);
	entry.data.main = [];
	entry.node = { ...node, alwaysOutputData: false };
	await context.putExecutionToWait(until);
}

/** Tells if n8n has resumed this execution, at this node or another. */
export const wasResumed = (context: IExecuteFunctions) =>
	additionalDataOf(context).restartExecutionId !== undefined;

/** Calls a listener with what n8n saves, if this run of the execution ends with it parked by any node. */
export function onParked(context: IExecuteFunctions, listener: Saver): void {
	saversOf(context)?.unshift((run) => {
		if (run.waitTill) listener(run);
	});
}

/** Ends this run of the execution with the node, and lets n8n save the execution as it was parked before. */
export async function parkAs(context: IExecuteFunctions, parked: IRun): Promise<void> {
	const { data, stoppedAt } = parked;
	const waitTill = parked.waitTill ?? new Date();
	saversOf(context)?.unshift((run) => Object.assign(run, { data, waitTill, stoppedAt }));
	await context.putExecutionToWait(waitTill);
}

/** The URL at which n8n resumes the execution, its token included; undefined where n8n has no proper address. */
export function resumeUrlOf(context: IExecuteFunctions): string | undefined {
	try {
		// not as an expression, for which n8n may have to make an engine
		return String(context.getWorkflowDataProxy(0).$execution.resumeUrl);
	} catch {
		return undefined; // n8n 2.x can't sign an address without a scheme
	}
}
