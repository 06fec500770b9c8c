import { defineOperation } from '../execution/operation';
import { withFieldsBeside } from '../execution/beside';
import { shaped, simplify } from '../execution/deliver';
import { FIELDS } from '../form/fields';
import { BINARY_PROPERTY } from '../form/options';
import { deadlineOf } from '../ledger/ledger';
import { fetchTask } from '../service/client';
import { checkedFields } from '../validation/parse';
import {
	flag,
	outputChoice,
	patience,
	SHORT_PATIENCE_MS,
	taskId,
	taskWaitMethod,
} from './settings';

const parse = checkedFields({
	taskId,
	...patience,
	waitMethod: taskWaitMethod,
	waitForCompletion: flag(false),
	includeInputFields: flag(false),
	...outputChoice,
});

/** The output is the task alone. */
const WITHOUT_FILE = { downloadVideo: false, binaryPropertyName: BINARY_PROPERTY };

export const getTask = defineOperation({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get task',
		description: 'Retrieve the status of a video by its task ID, or wait until it is ready. Free.',
	},
	fields: [
		FIELDS.taskId,
		FIELDS.waitForTask,
		FIELDS.taskWaitMethod,
		FIELDS.simplify,
		FIELDS.output,
		FIELDS.outputFields,
		FIELDS.taskOptions,
	],
	tasks: {
		identify: ({ taskId: id }) => ({ taskId: id }),
		settle: (_run, values) => {
			const parsed = parse(values);
			return 'value' in parsed
				? { value: { settings: { ...parsed.value, ...WITHOUT_FILE } } }
				: parsed;
		},
	},
	read: (_run, values) => parse(values),
	async perform(run, { item, fingerprint, request: { taskId: id, ...settings } }) {
		if (settings.waitForCompletion) {
			const task = {
				...{ taskId: id, status: 'unknown', settings: { ...settings, ...WITHOUT_FILE } },
				...{ startedAt: Date.now(), deadline: deadlineOf(settings) },
			};
			run.ledger.created(item, fingerprint, task);
			return { task };
		}
		const connection = await run.connect(item);
		const { value, raw } = await fetchTask(connection, id, SHORT_PATIENCE_MS);
		const output = { json: shaped(settings, () => simplify(value), raw) };
		return { output: withFieldsBeside(run, item, settings, output) };
	},
});
