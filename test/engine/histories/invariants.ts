import type { INodeExecutionData } from 'n8n-workflow';

import type { SandboxTask } from '../../sandbox';
import { NODE_NAME } from '../../support/engine';
import type { Execution } from './executions';
import { OF_CHILD } from './executions';
import type { History } from './history';
import type { Played } from './play';
import { aboutOf, askedIn, OTHER_KEY, PRICE, wishesOf } from './setup';

const WINDOW_MS = 10_000;

const isKept = ({ status }: SandboxTask) => status !== 'failed';

const countBy = (keys: string[]) => {
	const counts = new Map<string, number>();
	for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
	return counts;
};

/** What an agent of the older kind is given stands in a response. */
const given = (item: INodeExecutionData): INodeExecutionData[] => {
	const { response } = item.json;
	if (response === undefined) return [item];
	return [response]
		.flat()
		.map((json) => ({ pairedItem: { item: 0 }, json: json as INodeExecutionData['json'] }));
};

/** What has come out, run by run: of each round of a loop, of each call of an agent. */
const runsOf = (execution: Execution): INodeExecutionData[][] =>
	recordsOf(execution).map(({ data }) =>
		[...(data?.main ?? []), ...(data?.ai_tool ?? [])].flatMap((items) =>
			(items ?? []).flatMap(given),
		),
	);

/** Whether a run is of the execution that was retried. */
const isOfBefore = (execution: Execution, round: number) =>
	recordsOf(execution)[round].startTime < execution.startedAt;

/** The node's runs but those in which n8n passes the items of a sub-workflow through it. */
const recordsOf = ({ outcome }: Execution) =>
	(outcome?.run.data.resultData.runData[NODE_NAME] ?? []).filter(
		({ data }) => !data?.main?.flat().some((item) => item && OF_CHILD in item.json),
	);

/** What of the rules for money was broken, in sentences; nothing where all of them hold. */
export function brokenRules(history: History, played: Played): string[] {
	return [
		...(played.stuck ? [`The run does not end: ${played.stuck}.`] : []),
		...taskTwice(history, played),
		...overBudget(history, played.executions),
		...otherVideo(history, played),
		...nothingOut(history, played),
		...notAnew(played.executions),
		...unnamed(history, played),
		...(history.areCallsAtOnce ? [] : repeated(played)),
		...tooFast(history, played),
		...inCalm(history, played.executions),
		...otherKey(history, played.executions),
		...lostSent(played.executions),
		...givenUpEarly(history, played.executions),
	];
}

/** Executions by what their user wanted. What a kill has cut off stands alone: nobody could go on from it. */
function byIntent(executions: Execution[]): Execution[][] {
	const intents = new Set(executions.map(({ intent }) => intent));
	return [
		...executions.filter(({ isCutOff }) => isCutOff).map((execution) => [execution]),
		...[...intents].map((wanted) =>
			executions.filter(({ intent, isCutOff }) => intent === wanted && !isCutOff),
		),
	].filter(({ length }) => length > 0);
}

/**
 * How many videos an agent wants of each kind: once a call was answered with one, the next such call is for another. Of
 * what a kill has cut off nobody knows the answers.
 */
function wishes(history: History, executions: Execution[]): Map<string, number> {
	const [execution] = executions;
	const answers = execution ? runsOf(execution) : [];
	const counts = new Map<string, number>();
	const open = new Set<number>();
	for (const [call, wish] of wishesOf(history).entries()) {
		const about = aboutOf(wish, 0, { versions: [0, 0] });
		// calls at the same moment don't know of each other
		if (!open.has(wish) || execution?.isCutOff || history.areCallsAtOnce)
			counts.set(about, (counts.get(about) ?? 0) + 1);
		open.add(wish);
		if (answers[call]?.some(({ json: { status } }) => status === 'completed')) open.delete(wish);
	}
	return counts;
}

const asked = ({ input }: SandboxTask) => askedIn(input.prompt) ?? [];

/** Tasks booked for an item are at most as many as the user wanted; failed ones are refunded and are made anew at most as often as Max. Tries says. */
function taskTwice(history: History, { executions }: Played): string[] {
	const { items, rounds, calls, tries } = history;
	const inRounds = calls ? calls.length : items * rounds;
	return byIntent(executions).flatMap((ofIntent) => {
		const broken: string[] = [];
		const kept = ofIntent.flatMap(({ tasks }) => tasks).filter(isKept);
		const edits = Math.max(
			0,
			...ofIntent.map(({ workflow: { versions } }) => Math.max(...versions)),
		);
		const from = Math.min(...ofIntent.map(({ workflow: { versions } }) => Math.min(...versions)));
		if (kept.length > inRounds * (edits - from + 1))
			broken.push(`${kept.length} tasks are booked for ${inRounds} items and ${edits} edits.`);
		const wanted = wishes(history, ofIntent);
		for (const [about, count] of countBy(kept.flatMap(asked)))
			if (count > (calls ? (wanted.get(about) ?? 0) : 1))
				broken.push(`${count} tasks are booked for item ${about}.`);
		for (const { tasks } of ofIntent) {
			if (tasks.length > inRounds * tries)
				broken.push(`${tasks.length} tasks were created for ${inRounds} items and ${tries} tries.`);
			for (const [about, count] of countBy(tasks.flatMap(asked)))
				if (count > tries * (calls ? calls.length : 1))
					broken.push(`${count} tasks were created for item ${about} in ${tries} tries.`);
		}
		return broken;
	});
}

/** Max Credits holds for a round of a loop and for what an agent asks for in one execution. */
function overBudget({ budget, rounds, calls }: History, executions: Execution[]): string[] {
	if (budget === undefined) return [];
	const most = budget * PRICE;
	return executions.flatMap(({ tasks }) => {
		const kept = tasks.filter(isKept);
		const inRound = (task: SandboxTask) =>
			calls ? '' : (askedIn(task.input.prompt)?.split('.')[0] ?? 'any');
		return [...new Set(kept.map(inRound))].flatMap((round) => {
			const booked = kept
				.filter((task) => inRound(task) === round)
				.reduce((sum, { creditsCharged }) => sum + creditsCharged, 0);
			return booked > most * (round === 'any' ? rounds : 1)
				? [`${booked} credits are booked on a budget of ${most}.`]
				: [];
		});
	});
}

/** The rounds of a loop that n8n may run at a place: a sub-workflow's items bring on the next one while one is parked. */
const roundsAt = ({ rounds, childEnds }: History, place: number): number[] =>
	childEnds === undefined ? [place] : Array.from({ length: rounds }, (_, round) => round);

/** What comes out for an item is what it asks for, and each video comes out once. */
function otherVideo(history: History, { executions }: Played): string[] {
	const tasks = new Map(executions.flatMap((one) => one.tasks.map((task) => [task.id, task])));
	const wished = wishesOf(history);
	return executions.flatMap((execution) => {
		const given = new Set<string>();
		return runsOf(execution).flatMap((items, round) =>
			(isOfBefore(execution, round) ? [] : items).flatMap(
				({ json: { taskId, status }, pairedItem }) => {
					if (typeof taskId !== 'string') return [];
					const isGivenTwice = given.has(taskId);
					if (status === 'completed' || !history.calls) given.add(taskId);
					if (isGivenTwice) return [`Task ${taskId} comes out twice.`];
					const item = (pairedItem as { item?: number } | undefined)?.item ?? 0;
					const wanted = history.calls
						? // an agent whose model broke down calls anew, and n8n counts on
							[aboutOf(wished[round % wished.length], 0, execution.workflow)]
						: roundsAt(history, round).map((each) => aboutOf(each, item, execution.workflow));
					const made = askedIn(tasks.get(taskId)?.input.prompt);
					return made === undefined || wanted.includes(made)
						? []
						: [`For item ${wanted.join(' or ')} comes out what was made for ${made}.`];
				},
			),
		);
	});
}

/** A run that ends well gives for each item what became of it. */
function nothingOut(history: History, { executions }: Played): string[] {
	return executions.flatMap((execution) => {
		const { outcome, workflow } = execution;
		if (outcome?.run.status !== 'success') return [];
		const items = history.calls || workflow.executeOnce ? 1 : history.items;
		const runs = runsOf(execution);
		const isWhole = runs.every(
			(given, round) =>
				isOfBefore(execution, round) ||
				(given.length === items && given.every(({ json }) => json.taskId ?? json.error)),
		);
		const count = history.calls?.length ?? 1;
		return isWhole && runs.length >= count
			? []
			: ['It ends well, and not all that was made comes out.'];
	});
}

/** What has failed is made anew by Retry, however often it was tried before. */
const notAnew = (executions: Execution[]): string[] =>
	executions.flatMap(({ outcome }, index) => {
		const { taskId, status } = outcome?.error?.context ?? {};
		const before = executions[index - 1]?.outcome?.error?.context;
		return [status, before?.status].every((one) => one === 'failed') && taskId === before?.taskId
			? [`Retry ends in task ${String(taskId)} again, which had failed before.`]
			: [];
	});

/** Where a task is named: in what comes out, in what is said, in custom data, in the log. */
export function namedIn(id: string, execution: Execution, log: string): string[] {
	const { resultData } = execution.outcome?.run.data ?? {};
	const { error } = execution.outcome ?? {};
	const places: Record<string, unknown> = {
		output: runsOf(execution),
		error: error && [error.message, error.description, error.context],
		'custom data': resultData?.metadata,
		log,
	};
	return Object.entries(places).flatMap(([place, content]) =>
		(JSON.stringify(content) ?? '').includes(id) ? [place] : [],
	);
}

/** Whether the user is told that a task may have been created for the item that a prompt was made for. */
function isToldOf(prompt: string, execution: Execution): boolean {
	const { error } = execution.outcome ?? {};
	const item = askedIn(prompt)?.split(/[. ]/)[1];
	const said = JSON.stringify([error?.message, error?.description]);
	if (said.includes('A task may have been created')) {
		if (item === undefined || String(error?.context.itemIndex) === item) return true;
		return new RegExp(`for items? ([\\d, ]+, )?${item}[, ]`).test(said);
	}
	return runsOf(execution)
		.flat()
		.some(({ json, pairedItem }) => {
			const isIts =
				item === undefined || (pairedItem as { item?: number } | undefined)?.item === Number(item);
			return isIts && JSON.stringify(json).includes('A task may have been created');
		});
}

/** A task whose id nobody got can be named nowhere; all others are, at least in n8n's log where the execution was cut off. */
function unnamed(_history: History, { executions, log, lost }: Played): string[] {
	return executions.flatMap((execution) => {
		const lostPrompts = new Set(
			execution.posts.flatMap(({ body }) => (lost.has(body) ? [promptOf(body)] : [])),
		);
		let unanswered = execution.unanswered;
		return execution.tasks.flatMap((task) => {
			const { id, input } = task;
			const places = namedIn(id, execution, log);
			const isForUser = places.includes('output') || places.includes('error');
			const isOver = execution.wasStopped || execution.isCutOff || wasCrashed(execution);
			if (isForUser || (isOver && places.length > 0)) return [];
			// a failed one that was made anew is refunded, and may be in custom data and log alone
			if (!isKept(task) && places.length > 0) return [];
			// its id never came: the user is told that there may be one
			if (lostPrompts.has(String(input.prompt))) {
				if (isOver || isToldOf(String(input.prompt), execution)) return [];
				return [`Nobody is told that a task may have been created for "${String(input.prompt)}".`];
			}
			if (places.length === 0 && unanswered-- > 0) return [];
			return [`Task ${id} is named only in ${places.join(' and ') || 'nothing'}.`];
		});
	});
}

/** Whether it was parked when n8n was killed in the middle of a wake-up. */
const wasCrashed = ({ outcome }: Execution) => outcome?.run.status === 'waiting';

const promptOf = (body: unknown) =>
	typeof body === 'object' && body && 'input' in body
		? String((body.input as Record<string, unknown>).prompt)
		: '';

/** A request that may have created a task is never sent again, unless the user edits it. */
function repeated({ executions, lost }: Played): string[] {
	return byIntent(executions).flatMap((ofIntent) => {
		const known = new Set<string>();
		return ofIntent
			.flatMap(({ posts }) => posts)
			.flatMap(({ body }) => {
				const about = askedIn(promptOf(body));
				if (about === undefined) return [];
				const isAgain = known.has(about);
				if (lost.has(body)) known.add(about);
				return isAgain
					? [`The request for item ${about} is sent again although it may have created a task.`]
					: [];
			});
	});
}

const LAG_S = 60;

/** Where nothing goes wrong but that reads lag, a lag of less than a minute is waited out, and a longer one is told. */
function inCalm(history: History, [first]: Execution[]): string[] {
	const { troubles, courses, stopAfter, budget, waits, waitMethod, timeout } = history;
	const isLeft = stopAfter === undefined && history.kills.length === 0 && !history.calls;
	const isUsual = history.lostItem === undefined && !history.creationSeconds;
	const isCalm = isUsual && troubles.length === 0 && isLeft && budget === undefined && waits;
	const used = courses.slice(0, first?.tasks.length);
	if (!isCalm || !first?.outcome || used.some(({ fails }) => fails)) return [];
	const isLong = used.some(({ lag }) => lag > LAG_S);
	const isShort = used.every(({ seconds, lag }) => lag < LAG_S && seconds < (timeout - 1) * 60);
	const code = first.outcome.error?.context?.code;
	const isGood = first.outcome.run.status === 'success';
	if (isShort && !isGood) return [`The run ends in ${String(code)} although nothing goes wrong.`];
	if (isLong && isGood && waitMethod === 'polling' && history.onError === 'stopWorkflow')
		return ['The run waits for a task that the service has not known for more than a minute.'];
	return [];
}

/** Each item's task is created with its own key. */
const otherKey = ({ hasTwoKeys }: History, executions: Execution[]): string[] =>
	executions.flatMap(({ tasks }) =>
		tasks.flatMap(({ input, apiKey }) => {
			const item = askedIn(input.prompt)?.split(/[. ]/)[1];
			if (item === undefined) return [];
			const isOther = hasTwoKeys === true && Number(item) % 2 === 1;
			return isOther === (apiKey === OTHER_KEY)
				? []
				: [`The task of item ${item} is created with the key of another.`];
		}),
	);

/** A prompt that has lost an expression is never sent. */
const lostSent = (executions: Execution[]): string[] =>
	executions.flatMap(({ posts }) =>
		posts.flatMap(({ body }) =>
			promptOf(body).includes('[object Object]') ? ['A lost expression is sent.'] : [],
		),
	);

/** A task that is given up was waited for as long as Timeout says, from its creation on. */
const givenUpEarly = ({ timeout, retries }: History, executions: Execution[]): string[] =>
	executions.flatMap((execution) => {
		const { outcome, tasks } = execution;
		const { code, taskId } = outcome?.error?.context ?? {};
		const task = tasks.find(({ id }) => id === taskId);
		const { startTime = 0, executionTime = 0 } = recordsOf(execution).at(-1) ?? {};
		// a parked or retried run's record begins later
		if (code !== 'timeout' || !task || retries.length > 0 || outcome?.run.waitTill) return [];
		const waitedMs = startTime + executionTime - task.createdAt;
		return waitedMs > 0 && waitedMs < timeout * 60_000 - 2_000
			? [`Task ${task.id} is given up after ${waitedMs / 1_000} s.`]
			: [];
	});

/** A request is given at most this often in ten seconds for each item, and a few more for a run. */
const MOST_FOR_ITEM = 12;
const MOST_BESIDE = 20;

function tooFast(history: History, { requests }: Played): string[] {
	const { items, rounds, calls, callbacks, kills } = history;
	const runs = (calls?.length ?? rounds) * (kills.length + 1);
	const most = (items * MOST_FOR_ITEM + MOST_BESIDE) * runs + callbacks.length * 8;
	for (let first = 0; first + most < requests.length; first++)
		if (requests[first + most].at - requests[first].at < WINDOW_MS)
			return [`More than ${most} requests are sent in ${WINDOW_MS / 1_000} s.`];
	return [];
}
