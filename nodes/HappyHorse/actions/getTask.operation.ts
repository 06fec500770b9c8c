import type { z } from 'zod';

import { deliver, simplify } from '../run/deliver';
import { pollUntilTerminal } from '../run/poll';
import { checkedFields, parseWith } from '../schema/parse';
import { withDetails } from '../errors/errors';
import { getTask } from '../service/request';
import { FIELDS } from '../form/fields';
import { defineOperation } from './operation';
import { BINARY_PROPERTY } from '../form/options';
import { flag, patience, SHORT_PATIENCE_MS, taskId } from './settings';

const settings = checkedFields({
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
		if (!wanted.waitForCompletion) {
			const { value, raw } = await getTask(await run.connect(), id, Date.now() + SHORT_PATIENCE_MS);
			return { json: wanted.simplify ? simplify(value) : raw };
		}
		const task = { taskId: id, status: 'unknown' };
		try {
			const answer = await pollUntilTerminal(run, task, wanted, { atOnce: true });
			const delivery = { downloadVideo: false, binaryPropertyName: BINARY_PROPERTY };
			return await deliver(async () => await run.connect(), answer, {
				simplify: wanted.simplify,
				...delivery,
			});
		} catch (error) {
			throw withDetails(error, task);
		}
	},
});
