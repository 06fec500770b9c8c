import { FIELDS } from '../form/fields';
import { BINARY_PROPERTY } from '../form/options';
import { simplify } from '../execution/deliver';
import { untilOf } from '../ledger/ledger';
import { checkedFields } from '../validation/parse';
import { fetchTask } from '../service/client';
import { defineOperation } from './operation';
import { flag, patience, SHORT_PATIENCE_MS, taskId, taskWaitMethod } from './settings';

const settings = checkedFields({
	taskId,
	...patience,
	waitMethod: taskWaitMethod,
	waitForCompletion: flag(false),
	simplify: flag(true),
});

/** What comes out is the task alone. */
const WITHOUT_FILE = { downloadVideo: false, binaryPropertyName: BINARY_PROPERTY };

export const getTask = defineOperation({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a task',
		description: 'Check the status of a video by its task ID, or wait until it is ready. Free.',
	},
	fields: [
		FIELDS.taskId,
		FIELDS.waitForTask,
		FIELDS.taskWaitMethod,
		FIELDS.simplify,
		FIELDS.taskOptions,
	],
	read: (_run, values) => settings(values),
	async perform(run, { taskId: id, ...wanted }, item) {
		if (wanted.waitForCompletion) {
			const times = { since: Date.now(), until: untilOf(wanted) };
			const task = {
				taskId: id,
				status: 'unknown',
				wanted: { ...wanted, ...WITHOUT_FILE },
				...times,
			};
			run.paidTasks.note(item, task);
			return { task };
		}
		const patience = Date.now() + SHORT_PATIENCE_MS;
		const { value, raw } = await fetchTask(await run.connect(), id, patience);
		return { output: { json: wanted.simplify ? simplify(value) : raw } };
	},
});
