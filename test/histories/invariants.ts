import type { SandboxTask } from '../sandbox';
import type { History } from './history';
import type { Execution, Played, Post } from './play';

const PRICE = 137.5;
const WINDOW_MS = 10_000;

/** The item that a prompt was made for, and the edit of it; nothing where all items have the same. */
function aboutOf(prompt: string): string | undefined {
	const [, item, edit] = /^Horse (\d+) (\d+)/.exec(prompt) ?? [];
	return item === undefined ? undefined : `${item} after edit ${edit}`;
}

const isKept = ({ status }: SandboxTask) => status !== 'failed';
const countBy = (keys: string[]) => {
	const counts = new Map<string, number>();
	for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
	return counts;
};

/** What of the rules for money was broken, in sentences; nothing where all of them hold. */
export function brokenRules(history: History, played: Played): string[] {
	return [
		...(played.stuck ? [`The run does not end: ${played.stuck}.`] : []),
		...taskTwice(history, played),
		...overBudget(history, played.executions),
		...unnamed(played),
		...repeated(played.posts),
		...tooFast(history, played),
		...inCalm(history, played.executions),
	];
}

/** Tasks booked for an item are at most as many as the user wanted; failed ones are refunded and are made anew at most as often as Max. Tries says. */
function taskTwice({ items, tries }: History, { executions }: Played): string[] {
	const all = executions.flatMap(({ tasks }) => tasks);
	const edits = Math.max(0, ...executions.map(({ edit }) => edit));
	const kept = all.filter(isKept);
	const broken: string[] = [];
	if (kept.length > items * (edits + 1))
		broken.push(`${kept.length} tasks are booked for ${items} items and ${edits} edits.`);
	for (const [about, count] of countBy(
		kept.flatMap(({ input }) => aboutOf(String(input.prompt)) ?? []),
	))
		if (count > 1) broken.push(`${count} tasks are booked for item ${about}.`);
	for (const { tasks } of executions) {
		if (tasks.length > items * tries)
			broken.push(`${tasks.length} tasks were created for ${items} items and ${tries} tries.`);
		for (const [about, count] of countBy(
			tasks.flatMap(({ input }) => aboutOf(String(input.prompt)) ?? []),
		))
			if (count > tries)
				broken.push(`${count} tasks were created for item ${about} in ${tries} tries.`);
	}
	return broken;
}

function overBudget({ budget }: History, executions: Execution[]): string[] {
	if (budget === undefined) return [];
	return executions.flatMap(({ tasks }) => {
		const booked = tasks
			.filter(isKept)
			.reduce((sum, { creditsCharged }) => sum + creditsCharged, 0);
		return booked > budget * PRICE
			? [`${booked} credits are booked on a budget of ${budget * PRICE}.`]
			: [];
	});
}

/** Where a task is named: in what comes out, in what is said, in custom data, in the log. */
export function namedIn(id: string, { outcome }: Execution, log: string): string[] {
	const { resultData } = outcome.run.data;
	const places: Record<string, unknown> = {
		output: outcome.outputs,
		error: outcome.error && [
			outcome.error.message,
			outcome.error.description,
			outcome.error.context,
		],
		'custom data': resultData.metadata,
		log,
	};
	return Object.entries(places).flatMap(([place, content]) =>
		(JSON.stringify(content) ?? '').includes(id) ? [place] : [],
	);
}

/** Whether the user is told that a task may have been created for the item that a prompt was made for. */
function isToldOf(prompt: string, { outcome: { outputs, error } }: Execution): boolean {
	const [, item] = /^Horse (\d+) /.exec(prompt) ?? [];
	const said = JSON.stringify([error?.message, error?.description]);
	if (said.includes('A task may have been created')) {
		if (item === undefined || String(error?.context.itemIndex) === item) return true;
		return new RegExp(`for items? ([\\d, ]+, )?${item}[, ]`).test(said);
	}
	return outputs.flat().some(({ json, pairedItem }) => {
		const isIts = item === undefined || JSON.stringify(pairedItem) === `{"item":${item}}`;
		return isIts && JSON.stringify(json).includes('A task may have been created');
	});
}

function unnamed({ executions, log, posts }: Played): string[] {
	const lostPrompts = new Set(posts.filter(({ isLost }) => isLost).map(({ prompt }) => prompt));
	return executions.flatMap((execution) =>
		execution.tasks.flatMap((task) => {
			const { id, input } = task;
			const places = namedIn(id, execution, log);
			const isForUser = places.includes('output') || places.includes('error');
			if (isForUser || (execution.wasStopped && places.length > 0)) return [];
			// a failed one that was made anew is refunded, and may be in custom data and log alone
			if (!isKept(task) && places.length > 0) return [];
			// its id never came: the user is told that there may be one
			if (lostPrompts.has(String(input.prompt))) {
				if (isToldOf(String(input.prompt), execution) || execution.wasStopped) return [];
				return [`Nobody is told that a task may have been created for "${String(input.prompt)}".`];
			}
			return [`Task ${id} is named only in ${places.join(' and ') || 'nothing'}.`];
		}),
	);
}

/** A request that may have created a task is never sent again, unless the user edits it. */
function repeated(posts: Post[]): string[] {
	const lost = new Set<string>();
	return posts.flatMap(({ prompt, isLost }) => {
		const about = aboutOf(prompt);
		if (about === undefined) return [];
		const isAgain = lost.has(about);
		if (isLost) lost.add(about);
		return isAgain
			? [`The request for item ${about} is sent again although it may have created a task.`]
			: [];
	});
}

const LAG_S = 60;

/** Where nothing goes wrong but that reads lag, a lag of less than a minute is waited out, and a longer one is told. */
function inCalm(history: History, [first]: Execution[]): string[] {
	const { troubles, courses, stopAfter, budget, waits, waitMethod, timeout } = history;
	const isCalm = troubles.length === 0 && stopAfter === undefined && budget === undefined && waits;
	const used = courses.slice(0, first?.tasks.length);
	if (!isCalm || !first || used.some(({ fails }) => fails)) return [];
	const isLong = used.some(({ lag }) => lag > LAG_S);
	const isShort = used.every(({ seconds, lag }) => lag < LAG_S && seconds < (timeout - 1) * 60);
	const code = first.outcome.error?.context?.code;
	const isGood = first.outcome.run.status === 'success';
	if (isShort && !isGood) return [`The run ends in ${String(code)} although nothing goes wrong.`];
	if (isLong && isGood && waitMethod === 'polling' && history.onError === 'stopWorkflow')
		return ['The run waits for a task that the service has not known for more than a minute.'];
	return [];
}

/** A request is given at most this often in ten seconds for each item, and a few more for a run. */
const MOST_FOR_ITEM = 12;
const MOST_BESIDE = 20;

function tooFast({ items, calls }: History, { requests }: Played): string[] {
	const most = items * MOST_FOR_ITEM + MOST_BESIDE + calls.length * 8;
	for (let first = 0; first + most < requests.length; first++)
		if (requests[first + most].at - requests[first].at < WINDOW_MS)
			return [`More than ${most} requests are sent in ${WINDOW_MS / 1_000} s.`];
	return [];
}
