import type { History, Kill } from './history';

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

const SUBJECTS = {
	create: 'the creation',
	task: 'a look',
	credits: 'the balance',
	file: 'a download',
};

const itemsOf = ({ items, rounds, calls, areCallsAtOnce, fields, isPriceRandom }: History) => {
	const values = `(fields give ${fields}${isPriceRandom ? ', prices too' : ''})`;
	if (calls)
		return `an AI agent${areCallsAtOnce ? ' of the older kind' : ''} wants ${calls.map((wish) => `video ${wish}`).join(', then ')} ${values}`;
	const loop = rounds > 1 ? ` in each of ${rounds} rounds of a loop` : '';
	return `${items} ${items === 1 ? 'item' : 'items'}${loop} ${values}`;
};

function tellKill({ after, unit, reaches, then }: Kill): string {
	const last = reaches ? 'once the next one has left' : 'before the next one leaves';
	const when = unit === 'seconds' ? `after ${after} s` : `after ${after} requests, ${last}`;
	return `n8n is killed ${when}, and ${then}`;
}

/** A history as a sentence. */
export function tell(history: History): string {
	const { onError, tries, budget, troubles, courses, callbacks, kills, restarts } = history;
	const parts = [
		itemsOf(history),
		history.calls &&
			!history.areCallsAtOnce &&
			history.breakdowns &&
			`its model breaks down ${times(history.breakdowns)}`,
		history.waits ? `wait by ${history.waitMethod} for ${history.timeout} minutes` : 'do not wait',
		`${history.maxConcurrency} at once`,
		history.hasTwoKeys && 'every other item has another key',
		history.lostItem !== undefined && `item ${history.lostItem} has lost an expression`,
		history.creationSeconds && `each creation takes ${history.creationSeconds} s`,
		history.download && 'download',
		onError !== 'stopWorkflow' && `On Error is ${onError}`,
		tries > 1 && `Retry On Fail tries ${tries} times`,
		budget !== undefined && `the budget covers ${budget} videos of 5 seconds`,
		history.checkBalance && 'the balance is checked',
		...troubles.map(
			({ on, what, skip, times: count }) =>
				`${SUBJECTS[on]} gets ${what} ${times(count)}${skip > 0 ? `, after ${skip} that go well` : ''}`,
		),
		...courses.map(
			({ seconds, fails, lag }, index) =>
				`task ${index} ${fails ? 'fails' : 'is finished'} after ${seconds} s${lag > 0 ? ` and is not known for ${lag} s` : ''}`,
		),
		...callbacks.map(
			({ task, after, isEarly }) =>
				`a callback${isEarly ? ', too early,' : ''} for task ${task} comes ${after} s after parking`,
		),
		history.wakesTwice && 'n8n wakes it twice',
		restarts > 0 && `n8n is restarted in the first ${restarts === 1 ? 'nap' : `${restarts} naps`}`,
		history.childEnds !== undefined &&
			`a sub-workflow ends ${history.childEnds} s after the parking`,
		history.stopAfter !== undefined && `somebody presses Stop after ${history.stopAfter} s`,
		kills.length > 0 && history.savesProgress && 'n8n saves after each node',
		...kills.map(tellKill),
		...history.retries.map((how) => `somebody presses Retry ${how}`),
	];
	return `${parts.filter(Boolean).join('; ')}. (Random numbers by seed ${history.seed}.)`;
}
