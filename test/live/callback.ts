import type { Call, Listener } from './listener';
import type { Report } from './report';
import { fieldsOf, timeOf } from './shape';

/** Minutes after which a callback that was refused comes again (contract: "Callback"). */
const GAPS = [3, 10];
/** How much longer than promised is waited for each, and minutes on top of that. */
const MARGIN = 1.25;
const LATE = 0.5;

const describeHeaders = ({ method, headers }: Call, taskId: string): string => {
	const time = headers['x-timestamp'];
	return [
		method,
		String(headers['content-type'] ?? 'without a type').split(';')[0],
		`X-Event ${headers['x-event'] ?? 'is missing'}`,
		`X-Task-Id is ${headers['x-task-id'] === taskId ? 'the task’s' : (headers['x-task-id'] ?? 'missing')}`,
		`X-Timestamp in ${timeOf(time === undefined ? time : Number(time))}`,
	].join(', ');
};

/** Minutes between one and the next. */
const gapsOf = (calls: Call[], minuteMs: number) =>
	calls.slice(1).map(({ at }, index) => (at - calls[index].at) / minuteMs);

/** Whether callbacks came as promised, but for what a network takes. */
const isAsPromised = (gaps: number[]) =>
	gaps.length === GAPS.length &&
	GAPS.every((gap, index) => gaps[index] > gap - LATE && gaps[index] < gap * MARGIN + LATE);

/**
 * What a callback looks like, and how often one comes that is always refused.
 *
 * @param task as GET answers it, once it has ended
 * @param minuteMs milliseconds of a minute, less in tests
 */
export async function checkCallback(
	listener: Listener,
	task: unknown,
	report: Report,
	minuteMs: number,
): Promise<void> {
	const { calls } = listener;
	const { id, status } = fieldsOf(task);
	report.say('Waiting for the callback, and refusing it …');
	await listener.waitFor(1, minuteMs);
	const [first] = calls;
	if (!first) {
		report.add({
			id: 'callback',
			what: 'Callback',
			expected: 'one comes',
			where: 'Callback',
			came: 'none in a minute after the task has ended',
		});
		return;
	}
	report.add({
		id: 'callback',
		what: 'Callback',
		expected: `POST, application/json, X-Event task.${status}, X-Task-Id is the task’s, X-Timestamp in Unix seconds`,
		where: 'Callback',
		came: describeHeaders(first, String(id)),
	});
	report.add({
		id: 'callback body',
		what: 'Its body',
		expected: 'the task as GET answers it',
		where: 'Callback',
		came:
			JSON.stringify(first.body) === JSON.stringify(task)
				? 'the task as GET answers it'
				: `another: ${JSON.stringify(first.body).slice(0, 300)}`,
	});
	for (const [index, gap] of GAPS.entries()) {
		report.say(`The next is due in ${gap} minutes …`);
		await listener.waitFor(index + 2, (gap * MARGIN + LATE) * minuteMs);
		if (calls.length < index + 2) break;
	}
	report.say('None should come now …');
	await listener.waitFor(GAPS.length + 2, GAPS[1] * minuteMs * MARGIN);
	const gaps = gapsOf(calls, minuteMs);
	report.add({
		id: 'callback again',
		what: 'A callback that is refused',
		expected: `comes ${GAPS.length + 1} times, after ${GAPS.join(' and ')} minutes`,
		where: 'Callback',
		came: `comes ${calls.length} times, after ${gaps.map((gap) => gap.toFixed(1)).join(' and ')} minutes`,
		same: isAsPromised(gaps),
	});
}
