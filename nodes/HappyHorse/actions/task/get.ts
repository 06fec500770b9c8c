import { z } from 'zod';

import { deliver, simplify } from '../../completion/item';
import { pollUntilTerminal } from '../../completion/poll';
import { parseWith } from '../../schema/parse';
import { isTerminal } from '../../schema/responses';
import { withDetails } from '../../transport/errors';
import { getTask } from '../../transport/request';
import { FIELDS } from '../fields';
import { defineOperation } from '../operation';
import { BINARY_PROPERTY } from '../options';
import { flag, patience, SHORT_PATIENCE_MS, taskId } from '../settings';

const settings = z.object({
	taskId,
	...patience,
	waitForCompletion: flag(false),
	simplify: flag(true),
});

export const get = defineOperation<z.output<typeof settings>>({
	option: {
		name: 'Get',
		value: 'get',
		action: 'Get a task',
		description:
			'Look up how far a task is, by its task ID, or wait until it is done. Costs nothing.',
	},
	fields: [FIELDS.taskId, FIELDS.waitForTask, FIELDS.simplify, FIELDS.taskOptions],
	read: (_run, parameters) => parseWith(settings, parameters),
	async perform(run, { taskId: id, ...wanted }) {
		const first = await getTask(await run.connect(), id, Date.now() + SHORT_PATIENCE_MS);
		if (!wanted.waitForCompletion)
			return { json: wanted.simplify ? simplify(first.value) : first.raw };
		const task = { taskId: id, status: first.value.status };
		try {
			const last = isTerminal(first.value) ? first : await pollUntilTerminal(run, task, wanted);
			const delivery = { downloadVideo: false, binaryPropertyName: BINARY_PROPERTY };
			return await deliver(run, last, { simplify: wanted.simplify, ...delivery });
		} catch (error) {
			throw withDetails(error, task);
		}
	},
});
