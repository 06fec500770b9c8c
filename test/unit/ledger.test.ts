import { causeOf } from '../../nodes/HappyHorse/ledger/cause';
import { decide } from '../../nodes/HappyHorse/ledger/decide';
import { fingerprinter } from '../../nodes/HappyHorse/ledger/fingerprint';
import type { Entry, Fingerprint, PaidTask } from '../../nodes/HappyHorse/ledger/ledger';
import { ledgerSchema } from '../../nodes/HappyHorse/ledger/ledger';
import { blankLedger, RunLedger } from '../../nodes/HappyHorse/ledger/runLedger';
import { keepLedger, KEY, readLedger } from '../../nodes/HappyHorse/ledger/saved';
import { agentTryOf } from '../../nodes/HappyHorse/n8n/agentTry';
import version1 from '../fixtures/saved/ledgerVersion1.json';

const EXECUTION = { executionId: '1', runIndex: 0 };

const settings: PaidTask['settings'] = {
	...{ waitForCompletion: true, waitMethod: 'parked', timeout: 15, pollingInterval: 5 },
	...{ simplify: true, downloadVideo: false, binaryPropertyName: 'data' },
};

const task = (taskId: string, status = 'pending'): PaidTask => ({
	...{ taskId, status, settings, startedAt: 0, deadline: 900_000 },
	cost: { estimated: 137.5, atMost: 137.5 },
});

const wish = (prompt: string, form = '={{ $json.prompt }}') =>
	fingerprinter({ prompt: form })({ prompt });

const reason = {
	message: 'The connection was cut',
	description: 'Task x may exist.',
	code: 'no_answer',
};

describe('why n8n runs the node', () => {
	const first = { ...EXECUTION, isTool: false, isRetry: false };
	const saved = { ...EXECUTION, suspension: undefined };
	const parked = { ...EXECUTION, suspension: { id: 'a', resumesAt: 1 } };

	test.each([
		['no ledger', undefined, first, 'first'],
		['a ledger of this run', saved, first, 'retryOnFail'],
		['another round of a loop', saved, { ...first, runIndex: 1 }, 'first'],
		['a parked run', parked, first, 'resume'],
		['a parked run, after a child of it has ended', parked, { ...first, runIndex: 1 }, 'resume'],
		['a copy of another execution', saved, { ...first, executionId: '2' }, 'first'],
		['Retry', saved, { ...first, executionId: '2', isRetry: true }, 'retriedByUser'],
		[
			'Retry of a parked run',
			parked,
			{ ...first, executionId: '2', isRetry: true },
			'retriedByUser',
		],
		[
			'Retry of a parked run that n8n counts anew',
			parked,
			{ ...first, executionId: '2', isRetry: true, runIndex: 1, suspensionId: 'a' },
			'retriedByUser',
		],
		['another try in a Retry', saved, { ...first, isRetry: true }, 'retryOnFail'],
		['a first run in a Retry', undefined, { ...first, isRetry: true }, 'first'],
		['a tool', saved, { ...first, isTool: true, runIndex: 7 }, 'toolCall'],
	])('%s', (_name, ledger, situation, cause) => {
		expect(causeOf(ledger, situation)).toBe(cause);
	});
});

describe('what to do about an item', () => {
	const same = wish('a');
	const other = wish('b', 'b');
	const made: Entry = { fingerprint: same, created: 1, task: task('t') };
	const failed: Entry = { ...made, task: task('t', 'failed') };
	const lost: Entry = { fingerprint: same, created: 1, attempt: { state: 'lost', reason } };
	const sent: Entry = { fingerprint: same, created: 0, attempt: { state: 'sent' } };
	const reserved: Entry = { fingerprint: same, created: 0, attempt: { state: 'reserved' } };
	const refused: Entry = { created: 0, refusal: reason };
	const prior = (entry: Entry): Entry => ({ ...entry, created: 0, isOfPriorExecution: true });

	const create = { action: 'create' };
	const compare = { action: 'compare' };
	const follow = (entry: Entry) => ({ action: 'follow', task: entry.task });
	const refuse = (details: object) => ({
		action: 'refuse',
		reason: expect.objectContaining(details),
	});
	const lostBefore = refuse({ code: 'answer_lost', taskMayExist: true });

	test.each<[string, Parameters<typeof decide>, object]>([
		['nothing known', [undefined, 'first', undefined, 1], create],
		['nothing known, resumed', [undefined, 'resume', undefined, 1], create],

		['a task, resumed', [made, 'resume', undefined, 1], follow(made)],
		['a failed task, resumed', [failed, 'resume', undefined, 3], follow(failed)],
		['a refusal, resumed', [refused, 'resume', undefined, 1], refuse(reason)],
		['a lost answer, resumed', [lost, 'resume', undefined, 1], refuse(reason)],
		['a request on its way, resumed', [sent, 'resume', undefined, 1], lostBefore],

		['a task, tried again', [made, 'retryOnFail', undefined, 3], follow(made)],
		['a failed task, tried again', [failed, 'retryOnFail', undefined, 2], create],
		['a failed task, tried too often', [failed, 'retryOnFail', undefined, 1], follow(failed)],
		['a refusal, tried again', [refused, 'retryOnFail', undefined, 3], create],
		['a lost answer, tried again', [lost, 'retryOnFail', undefined, 3], lostBefore],
		['a request on its way, tried again', [sent, 'retryOnFail', undefined, 3], lostBefore],
		['a reservation, tried again', [reserved, 'retryOnFail', undefined, 3], create],

		['Retry, before the fields are read', [prior(made), 'retriedByUser', undefined, 1], compare],
		['Retry for the same', [prior(made), 'retriedByUser', same, 1], follow(made)],
		['Retry for the same, failed', [prior(failed), 'retriedByUser', same, 1], create],
		['Retry for something else', [prior(made), 'retriedByUser', other, 1], create],
		['Retry of a lost answer', [prior(lost), 'retriedByUser', same, 1], lostBefore],
		['Retry of a lost answer, edited', [prior(lost), 'retriedByUser', other, 1], create],
		['Retry of a request on its way', [prior(sent), 'retriedByUser', same, 1], lostBefore],
		[
			'another try in a Retry, not compared yet',
			[prior(made), 'retryOnFail', undefined, 3],
			compare,
		],
		[
			'Retry of an entry that says nothing of its request',
			[prior({ ...made, fingerprint: undefined }), 'retriedByUser', same, 1],
			create,
		],

		['a call, before the fields are read', [undefined, 'toolCall', undefined, 1], compare],
		['a call for something new', [undefined, 'toolCall', same, 1], create],
		['a call for the same', [made, 'toolCall', same, 1], follow(made)],
		['a call for something else', [made, 'toolCall', other, 1], create],
		['a call whose answer was lost', [lost, 'toolCall', same, 1], lostBefore],
	])('%s', (_name, known, decision) => {
		expect(decide(...known)).toEqual(decision);
	});

	test('a lost answer keeps the reason of the first time', () => {
		const decision = decide(lost, 'retryOnFail', undefined, 3);
		expect(decision).toMatchObject({
			reason: { description: 'The connection was cut. Task x may exist.' },
		});
	});
});

describe('the same request', () => {
	const random = '={{ Math.random() }}';

	test.each<[string, Fingerprint, Fingerprint, boolean]>([
		['an expression that gives another value', wish('1', random), wish('2', random), true],
		['another expression that gives the same', wish('a', '={{ "a" }}'), wish('a', 'a'), true],
		['another text', wish('a', 'a'), wish('b', 'b'), false],
		['another operation', { ...wish('a'), operation: { form: 'x', value: 'x' } }, wish('a'), false],
	])('%s', (_name, one, another, isSame) => {
		const entry: Entry = {
			fingerprint: one,
			created: 0,
			isOfPriorExecution: true,
			task: task('t'),
		};
		const { action } = decide(entry, 'retriedByUser', another, 1);
		expect(action).toBe(isSame ? 'follow' : 'create');
	});
});

describe('the ledger of a run', () => {
	const open = () => new RunLedger(blankLedger(EXECUTION), 0);

	test('counts what is reserved, on its way, lost and booked, and not what failed', () => {
		const ledger = open();
		for (const item of [0, 1, 2, 3, 4]) ledger.reserve(item, wish('a'), 10);
		for (const item of [1, 2, 3, 4]) ledger.sent(item, wish('a'), 10);
		ledger.answerLost(2, wish('a'), reason);
		ledger.created(3, wish('a'), task('t3'));
		ledger.created(4, wish('a'), task('t4', 'failed'));
		expect(ledger.spent()).toBe(10 + 10 + 10 + 137.5);
		expect(ledger.lostItems()).toEqual([1, 2]);
		ledger.release();
		expect(ledger.spent()).toBe(10 + 10 + 137.5);
	});

	test('is blank until something has left', () => {
		const ledger = open();
		ledger.reserve(0, wish('a'), 10);
		expect(ledger.isBlank).toBe(true);
		ledger.sent(0, wish('a'), 10);
		expect(ledger.isBlank).toBe(false);
		ledger.notSent(0, wish('a'));
		expect(ledger.isBlank).toBe(true);
	});

	test('a refusal takes the place of nothing that is paid for', () => {
		const ledger = open();
		ledger.created(0, wish('a'), task('t0'));
		ledger.sent(1, wish('a'), 10);
		ledger.created(2, wish('a'), task('t2', 'failed'));
		for (const item of [0, 1, 2]) ledger.refused(item, reason, wish('a'));
		expect(ledger.tasks().map(([, { taskId }]) => taskId)).toEqual(['t0']);
		expect(ledger.lostItems()).toEqual([1]);
		expect(ledger.entryOf(2)).toEqual({ created: 1, refusal: reason });
	});

	test('an edited request has nothing of the one before, whose task its own execution names', () => {
		const ledger = open();
		ledger.created(0, wish('a', 'a'), task('t0'));
		ledger.begin('retriedByUser', '2', true);
		ledger.reserve(0, wish('b', 'b'), 10);
		expect(ledger.tasks()).toEqual([]);
		expect(decide(ledger.entryOf(0), 'retryOnFail', undefined, 3)).toEqual({ action: 'create' });
	});

	test('marks a task that it takes over, whose callback goes elsewhere', () => {
		const ledger = open();
		ledger.created(0, wish('a'), task('t'));
		expect(ledger.entryOf(0)?.task?.isAdopted).toBeUndefined();
		ledger.begin('retriedByUser', '2', true);
		ledger.adopt(0, wish('a'), { settings });
		expect(ledger.entryOf(0)?.task?.isAdopted).toBe(true);
	});

	test('says a sentence once', () => {
		const ledger = open();
		for (const sentence of ['One.', 'Two.', 'One.']) ledger.hint(sentence);
		expect(ledger.data.hints).toEqual(['One.', 'Two.']);
	});

	test('counts the tasks of all tries', () => {
		const ledger = open();
		for (const id of ['t1', 't2']) ledger.created(0, wish('a'), task(id, 'failed'));
		expect(ledger.entryOf(0)?.created).toBe(2);
	});
});

describe('calls of an agent', () => {
	const data = () => blankLedger(EXECUTION);
	const call = (ledger: ReturnType<typeof data>, name: string, runIndex = 0) =>
		new RunLedger(ledger, runIndex, [name]);

	test('two at the same moment with one run index have an entry each', () => {
		const ledger = data();
		const [one, other] = [call(ledger, 'x'), call(ledger, 'y')];
		for (const [calling, prompt] of [
			[one, 'a'],
			[other, 'b'],
		] as const) {
			expect(calling.entryOf(0, wish(prompt))).toBeUndefined();
			calling.reserve(0, wish(prompt), 10);
		}
		one.created(0, wish('a'), task('ta'));
		other.created(0, wish('b'), task('tb'));
		expect(one.tasks().map(([, { taskId }]) => taskId)).toEqual(['ta', 'tb']);
		expect(other.entryOf(0, wish('b'))?.task?.taskId).toBe('tb');
	});

	test('two alike at the same moment too', () => {
		const ledger = data();
		const [one, other] = [call(ledger, 'x'), call(ledger, 'x')];
		one.sent(0, wish('a'), 10);
		expect(other.entryOf(0, wish('a'))).toBeUndefined();
		other.sent(0, wish('a'), 10);
		one.created(0, wish('a'), task('t1'));
		other.created(0, wish('a'), task('t2'));
		expect(one.tasks()).toHaveLength(2);
	});

	test('a call that n8n tries again goes on with its own, also where its values differ', () => {
		const ledger = data();
		const varying = (value: string) => wish(value, '={{ Math.random() }}');
		call(ledger, 'x').created(0, varying('1'), task('t'));
		expect(call(ledger, 'x').entryOf(0, varying('2'))?.task?.taskId).toBe('t');
		expect(call(ledger, 'y', 1).entryOf(0, varying('2'))).toBeUndefined();
	});

	test('a later call takes over what an earlier one left unanswered, and once answered it is a new one', () => {
		const ledger = data();
		call(ledger, 'x').created(0, wish('a'), task('t'));
		const later = call(ledger, 'y', 1);
		expect(later.entryOf(0, wish('a'))?.task?.taskId).toBe('t');
		later.adopt(0, wish('a'), { settings });
		Object.assign(later.entryOf(0, wish('a'))?.task ?? {}, { status: 'completed' });
		later.answered();
		expect(call(ledger, 'z', 2).entryOf(0, wish('a'))).toBeUndefined();
	});

	test('of one try of n8n’s have its id, and those of the next have another', () => {
		const agent = (closeFunctions: unknown[]) =>
			({
				parentNode: { name: 'Agent' },
				closeFunctions,
				runExecutionData: { resultData: { runData: {} } },
			}) as never;
		const [first, second]: unknown[][] = [[], []];
		expect(agentTryOf(agent(first))).toEqual(agentTryOf(agent(first)));
		expect(agentTryOf(agent(first))?.try).not.toBe(agentTryOf(agent(second))?.try);
	});

	test('Retry of an agent that has its answer takes the video over', () => {
		const ledger = data();
		const first = call(ledger, 'x');
		first.created(0, wish('a'), task('t', 'completed'));
		first.answered();
		const retried = call(ledger, 'y');
		retried.begin('toolCall', '2', true);
		expect(retried.entryOf(0, wish('a'))?.task?.taskId).toBe('t');
	});
});

describe('what n8n has saved', () => {
	const saved = (ledger: unknown) => ({ [KEY]: JSON.parse(JSON.stringify(ledger)) });

	test('is read as it was written', () => {
		const store: Record<string, unknown> = {};
		const ledger = new RunLedger(blankLedger(EXECUTION), 0);
		keepLedger(store, ledger.data);
		ledger.created(0, wish('a'), task('t'));
		ledger.suspend({ id: 's', resumesAt: 5 }, true);
		expect(readLedger(saved(store[KEY]))).toEqual({ ledger: ledger.data });
		// calls of an agent at the same moment share one
		expect(readLedger(store)).toEqual({ ledger: ledger.data });
	});

	test('of version 1 is read', () => {
		const found = readLedger(saved(version1));
		if (!found || 'unreadable' in found) throw new Error('It was not read');
		const { ledger } = found;
		expect(ledgerSchema.parse(ledger)).toEqual(ledger);
		expect(ledger).toMatchObject({
			...{ version: 2, executionId: version1.execution, runIndex: 0, continues: true },
			suspension: { id: version1.nap, resumesAt: version1.until },
		});
		const [first, , third] = ['0', '1', '2'].map((key) => ledger.entries[key]);
		expect(first.task).toMatchObject({
			...{ taskId: version1.entries['0'].task.taskId, settings: { waitMethod: 'callback' } },
			deadline: version1.entries['0'].task.until,
		});
		expect(first.fingerprint?.operation).toEqual(version1.entries['0'].asked.mode);
		expect(third).toMatchObject({ attempt: { state: 'lost', credits: 137.5 } });
		expect(decide(third, 'resume', undefined, 1)).toMatchObject({
			...{ action: 'refuse', reason: { code: 'no_answer', taskMayExist: true } },
		});
	});

	test.each([
		[
			'a later version',
			{ ...blankLedger(EXECUTION), version: 3, entries: { 0: { task: { taskId: 't1' } } } },
		],
		[
			'one that is broken',
			{ execution: 5, entries: { 0: { task: { taskId: 't1' }, created: 'x' } } },
		],
		['a text', 'tasks'],
	])('names its tasks where it can’t be read: %s', (_name, ledger) => {
		const ids = typeof ledger === 'string' ? [] : ['t1'];
		expect(readLedger(saved(ledger))).toEqual({ unreadable: ids });
	});
});
