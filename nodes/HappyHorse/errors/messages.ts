import { DASHBOARD } from '../contract/dashboard';
import type { Tries } from './advice';
import { adviceOn, codeOf, limitedAfter } from './advice';
import type { ErrorDetails } from './errors';
import { HappyHorseError } from './errors';
import { withoutSignedUrls } from './redaction';
import type { RequestFailure } from './requestFailure';

const MAY_EXIST = `A task may have been created and charged anyway, so the request was not sent again. Check the balance and the tasks in your dashboard (${DASHBOARD.billing}) before you run this item again.`;

/**
 * Tells how to get a paid video without paying again.
 *
 * @param offersRetry set where the error fails the execution: n8n offers Retry for no other
 * @param elsewhere the operation that fetches it
 */
export const wayTo = (offersRetry: boolean, elsewhere = 'Task: Get and its ID') =>
	offersRetry
		? `press Retry in n8n’s list of executions, which costs nothing more; if this execution is not listed there, use ${elsewhere}`
		: `use ${elsewhere}`;

/** Added to an error of a run that has paid for tasks. */
export const RETRY_KEEPS_TASKS =
	'If this execution has failed, n8n’s Retry goes on with its tasks; a new execution pays for new ones.';

/** Hides keys, tokens and n8n's signed URLs in quoted words. */
const withoutSecrets = (text: string) =>
	withoutSignedUrls(text)
		.replace(/\bsk-[\w-]{4,}/g, 'sk-…')
		.replace(/([?&]token=)[\w.-]+/g, '$1…');

const MAX_CHARACTERS = 500;

/** Shortens the service's own words, without secrets. */
export function quote(said: string): string {
	const text = withoutSecrets(said).replace(/\s+/g, ' ').trim();
	const characters = [...text.slice(0, MAX_CHARACTERS * 2)];
	return characters.length > MAX_CHARACTERS
		? `${characters.slice(0, MAX_CHARACTERS).join('')}…`
		: text;
}

/** Call that brought no usable answer. */
interface FailedCall extends Tries {
	method: 'GET' | 'POST';
	/** Task that it was about. */
	taskId?: string;
	/** Set if a task may have been created anyway. */
	mayExist: boolean;
	/** Set if the call may succeed later. */
	isTransient?: boolean;
	/** See `wayTo`. */
	offersRetry?: boolean;
}

/**
 * Error for a failed request.
 *
 * @param said the service's own words
 */
export function requestError(
	call: FailedCall,
	failure: RequestFailure,
	said?: string,
): HappyHorseError {
	const advice = adviceOn(failure, said);
	const { mayExist } = call;
	// such an answer is hardly the service's, and then there is no task
	const isElsewhere =
		failure.kind === 'response' &&
		(failure.isPage || failure.httpCode < 400) &&
		failure.httpCode < 500;
	const isRefused = call.method === 'POST' && !mayExist;
	const isStillThere = call.taskId !== undefined && failure.code !== 'task_not_found';
	const description = [
		limitedAfter(call, failure),
		(!mayExist || isElsewhere) && advice.description,
		!mayExist && call.taskId === undefined && advice.again,
		mayExist && MAY_EXIST,
		isRefused && (advice.ifRefused ?? 'Nothing was charged for this item.'),
		isStillThere &&
			`This does not stop the task, and a new one would be charged again: to fetch this one later, ${wayTo(call.offersRetry ?? false)}.`,
		failure.kind === 'response' && said && `HappyHorse says: "${quote(said)}"`,
	];
	const details = {
		message: advice.message,
		description: description.filter(Boolean).join(' '),
		code: codeOf(failure),
		...(failure.kind === 'response' && { httpCode: failure.httpCode }),
		...(call.taskId !== undefined && { taskId: call.taskId }),
		...(mayExist && { taskMayExist: true as const }),
	};
	return new HappyHorseError(details, call.isTransient);
}

/** Error for a created task that the service still does not know after a minute. */
export const lostTaskError = (taskId: string, details: ErrorDetails, offersRetry: boolean) =>
	new HappyHorseError({
		...details,
		message: 'HappyHorse no longer knows a task it created',
		description: `The node asked for task ${taskId} for a minute, so this is not just a delay. The task is paid for: look for it in your dashboard (${DASHBOARD.billing}), or ask HappyHorse about it. To look for it again later, ${wayTo(offersRetry)}. Also check that the HappyHorse credential still belongs to the account that started it.`,
	});

/** Error for a paid task when the credential no longer works. */
export const unreachableTaskError = (taskId: string, details: ErrorDetails, offersRetry: boolean) =>
	new HappyHorseError({
		...details,
		description: `Task ${taskId} is already paid for. Fix this node’s HappyHorse credential. Then, to fetch the video, ${wayTo(offersRetry)}.`,
	});

/** Sentence about items whose answer to a creation was lost. */
export const lostAnswersOf = (items: number[]) =>
	`The answer to the request for ${items.length === 1 ? 'item' : 'items'} ${items.join(', ')} was lost. ${MAY_EXIST}`;

/**
 * Error for an item whose request lost its answer in an earlier try.
 *
 * @param reason of the first time: it holds what the answer named, and the remedy
 */
export const lostAnswerError = (reason?: ErrorDetails) =>
	new HappyHorseError({
		...reason,
		message: 'The answer to this request was lost in an earlier try',
		description: reason ? `${reason.message}. ${reason.description}` : MAY_EXIST,
		code: 'answer_lost',
		taskMayExist: true,
	});
