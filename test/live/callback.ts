import type { Call, Listener } from './listener';
import type { Report } from './report';
import { fieldsOf, timeOf } from './shape';

/** Minutes after which a callback that was refused comes again (contract: "Callback"). */
const GAPS = [3, 10];
/** How much longer than promised is waited for each. */
const MARGIN = 1.25;

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

/** Minutes, rounded to what a network's delay allows to tell. */
const gapsOf = (calls: Call[], minuteMs: number) =>
	calls.slice(1).map(({ at }, index) => Math.round((at - calls[index].at) / minuteMs));

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
		await listener.waitFor(index + 2, gap * minuteMs * MARGIN + minuteMs / 2);
		if (calls.length < index + 2) break;
	}
	report.say('None should come now …');
	await listener.waitFor(GAPS.length + 2, GAPS[1] * minuteMs * MARGIN);
	report.add({
		id: 'callback again',
		what: 'A callback that is refused',
		expected: `comes ${GAPS.length + 1} times, after ${GAPS.join(' and ')} minutes`,
		where: 'Callback',
		came: `comes ${calls.length} times, after ${gapsOf(calls, minuteMs).join(' and ')} minutes`,
	});
}
